import fc from "fast-check";
import { expect, test } from "vitest";
import { readDescription } from "../../protocol/session_description.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { fixtures, readFixture } from "./read_fixture.ts";

const limits = { maxMediaSections: 8 };
const offers = fixtures.map(readFixture);

/** Reads a description; what is refused is refused as it should be. Says whether it was taken. */
function isTaken(sdp: string): boolean {
  try {
    readDescription(sdp, limits);
    return true;
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    expect(error.code).toBe("bad-sdp");
    // Words of ours, numbers, and the names of attributes: no part of what was sent.
    expect(error.message).toMatch(
      /^Cannot use the session description: (it is empty|it has no media section|it has more than 8 media sections|(line|media sections?) \d+ [\w "=<>-]+)$/,
    );
    return false;
  }
}

test.each(fixtures)("[SD7] the %s cut off anywhere is taken or refused, and nothing else happens", (name) => {
  const offer = readFixture(name);
  let takenCount = 0;
  for (let end = 0; end < offer.length; end++) if (isTaken(offer.slice(0, end))) takenCount += 1;
  expect(takenCount).toBeGreaterThan(0);
  expect(takenCount).toBeLessThan(offer.length);
});

test("[SD7] an offer with characters lost, changed or put in is taken or refused, and nothing else happens", () => {
  const put = fc.oneof(
    fc.string({ maxLength: 4, unit: "binary" }),
    fc.constantFrom("\r\n", "\n", "=", ":", "m=", "a=", " 0 "),
  );
  const edit = fc.record({ at: fc.nat(), removed: fc.nat({ max: 40 }), put });
  fc.assert(
    fc.property(fc.constantFrom(...offers), fc.array(edit, { minLength: 1, maxLength: 8 }), (offer, edits) => {
      let sdp = offer;
      for (const { at, removed, put: inserted } of edits) {
        const index = at % (sdp.length + 1);
        sdp = sdp.slice(0, index) + inserted + sdp.slice(index + removed);
      }
      isTaken(sdp);
    }),
    { numRuns: 300 },
  );
});

test("[SD7] an offer with lines lost, doubled or moved is taken or refused, and nothing else happens", () => {
  const moves = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(fc.constantFrom(...offers), moves, (offer, given) => {
      const lines = offer.split("\r\n");
      for (const [from, to, isKept] of given) {
        const [line = ""] = lines.splice(from % lines.length, isKept ? 0 : 1);
        lines.splice(to % (lines.length + 1), 0, line);
      }
      isTaken(lines.join("\r\n"));
    }),
    { numRuns: 300 },
  );
});

test("[SD7] any string is taken or refused, and nothing else happens", () => {
  const lines = fc.array(fc.string({ maxLength: 60, unit: "binary" }).map((value) => `a=${value}`));
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 1_000 }), (text) => void isTaken(text)));
  fc.assert(fc.property(lines, (given) => void isTaken(["v=0", ...given, "m=audio 9 x"].join("\n"))));
});

test("[SD7] a taken description has one mid for each section, each once, and user fragments that each are one", () => {
  fc.assert(
    fc.property(fc.constantFrom(...offers), fc.nat(), (offer, at) => {
      const lines = offer.split("\r\n");
      lines.splice(at % lines.length, 1);
      const sdp = lines.join("\r\n");
      if (!isTaken(sdp)) return;
      const { mids, usernameFragments } = readDescription(sdp, limits);
      expect(mids).toHaveLength(sdp.match(/^m=/gm)?.length ?? 0);
      expect(new Set(mids).size).toBe(mids.length);
      expect(usernameFragments.every((fragment) => sdp.includes(`a=ice-ufrag:${fragment}`))).toBe(true);
    }),
  );
});

const megabyte = 1_048_576;
const repeated = (text: string): string => text.repeat(Math.ceil(megabyte / text.length)).slice(0, megabyte);
const offer = readFixture("chromium_offer");
const large: Readonly<Record<string, string>> = {
  "line ends": `v=0${repeated("\r\n")}`,
  "carriage returns": `v=0\r\na=${repeated("\r")}`,
  spaces: repeated(" "),
  "one attribute": `v=0\n${repeated("a=x\n")}`,
  "attributes of different names": `v=0\n${Array.from({ length: 100_000 }, (_, index) => `a=x${index}:y`).join("\n")}`,
  "one line": `v=0\na=${repeated("x")}`,
  "one media line": `v=0\nm=audio ${repeated("9 ")}`,
  "a media line of spaces": `v=0\nm=${repeated(" ")}`,
  "a BUNDLE group": offer.replace("a=group:BUNDLE 0 1 2", `a=group:BUNDLE ${repeated("0 1 2 ")}`),
  "many BUNDLE groups": offer.replace("a=group:BUNDLE 0 1 2", repeated("a=group:BUNDLE 0 1 2\r\n")),
  "a fingerprint": offer.replace(/a=fingerprint:.*/, `a=fingerprint:sha-256 ${repeated("AB:")}`),
  "a user fragment": offer.replace(/a=ice-ufrag:.*/, `a=ice-ufrag:${repeated("a")}`),
  "a mid": offer.replace("a=mid:0", `a=mid:${repeated("0")}`),
  candidates: `${offer}${repeated("a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n")}`,
};

// A machine that is busy may take ten times as long as an idle one; what is not linear takes minutes.
test.each(Object.keys(large))("[SD8] a megabyte of %s is read within a moment", (name) => {
  const begin = performance.now();
  isTaken(large[name] ?? "");
  expect(performance.now() - begin).toBeLessThan(2_000);
});
