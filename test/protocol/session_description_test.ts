import { expect, test } from "vitest";
import { readDescription, readUsernameFragment } from "../../protocol/session_description.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { readFixture } from "./read_fixture.ts";

const limits = { maxMediaSections: 8 };
const read = (sdp: string) => readDescription(sdp, limits);

function refusalOf(sdp: string): string {
  try {
    read(sdp);
  } catch (error) {
    if (error instanceof SignalboxError && error.code === "bad-sdp") return error.message;
    throw error;
  }
  throw new Error("It was not refused");
}
const because = (why: string): string => `Cannot use the session description: ${why}`;

const fingerprint = `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AB").join(":")}`;
const credentials = (fragment = "abcd"): string[] => [
  `a=ice-ufrag:${fragment}`,
  "a=ice-pwd:0123456789012345678901",
  fingerprint,
];
const head = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0"];
const audio = (mid: string, ...lines: string[]): string[] => [
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  `a=mid:${mid}`,
  ...lines,
];
const sdpOf = (...lines: readonly (string | readonly string[])[]): string => [...lines.flat(), ""].join("\r\n");

test.each([
  ["chromium_offer", { mids: ["0", "1", "2"], usernameFragments: ["1BIH"] }],
  ["firefox_offer", { mids: ["0", "1", "2"], usernameFragments: ["80361cce"] }],
  ["aiortc_offer", { mids: ["0", "1", "2"], usernameFragments: ["Pl1u", "FHsO", "zOMl"] }],
] as const)("[SD1] the %s of a real client is read", (name, facts) => {
  expect(read(readFixture(name))).toEqual(facts);
});

test("[SD1] an offer of Firefox with sections for the BUNDLE group only has port 0 in them", () => {
  expect(readFixture("firefox_offer").match(/^m=\w+ 0 /gm)).toHaveLength(2);
});

test("[SD2] lines may end with LF alone, and empty lines and a missing last line end do no harm", () => {
  const sdp = sdpOf(head, audio("0", ...credentials()));
  const facts = { mids: ["0"], usernameFragments: ["abcd"] };
  expect(read(sdp)).toEqual(facts);
  expect(read(sdp.replaceAll("\r\n", "\n"))).toEqual(facts);
  expect(read(sdp.trimEnd())).toEqual(facts);
  expect(read(`${sdp}\r\n\r\n`)).toEqual(facts);
});

test.each([
  ["", "it is empty"],
  [" \r\n\t\r\n", "it is empty"],
  ["v=1\r\n", 'line 1 is not "v=0"'],
  ["v=0 \r\n", 'line 1 is not "v=0"'],
  ["\r\nv=0\r\n", 'line 1 is not "v=0"'],
  ["hello", 'line 1 is not "v=0"'],
  [sdpOf(head, "a"), "line 5 is not of the form <letter>=<value>"],
  [sdpOf(head, "A=x"), "line 5 is not of the form <letter>=<value>"],
  [sdpOf(head, " a=x"), "line 5 is not of the form <letter>=<value>"],
  [sdpOf(head, "a:x"), "line 5 is not of the form <letter>=<value>"],
  [sdpOf(head, "=x"), "line 5 is not of the form <letter>=<value>"],
  [sdpOf(head).replaceAll("\r\n", "\r"), 'line 1 is not "v=0"'],
])("[SD2] %j is refused with the line that is malformed", (sdp, why) => {
  expect(refusalOf(sdp)).toBe(because(why));
});

test.each([
  [[], "it has no media section"],
  [["m="], "line 5 is a section of an unknown kind"],
  [["m=text 9 UDP/TLS/RTP/SAVPF 0"], "line 5 is a section of an unknown kind"],
  [["m=audios 9 UDP/TLS/RTP/SAVPF 0"], "line 5 is a section of an unknown kind"],
  [["m=audio"], "line 5 has no port"],
  [["m=audio x RTP 0"], "line 5 has no port"],
  [["m=audio -1 RTP 0"], "line 5 has no port"],
  [["m=audio 123456 RTP 0"], "line 5 has no port"],
] as const)("[SD3] sections %j are refused", (lines, why) => {
  expect(refusalOf(sdpOf(head, lines))).toBe(because(why));
});

test("[SD3] as many media sections as the limit are read, and one more is refused", () => {
  const sections = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => audio(String(index), ...credentials())).flat();
  expect(read(sdpOf(head, sections(8))).mids).toHaveLength(8);
  expect(refusalOf(sdpOf(head, sections(9)))).toBe(because("it has more than 8 media sections"));
  expect(refusalOf(sdpOf(head, sections(500)))).toBe(because("it has more than 8 media sections"));
});

const names = ["ice-ufrag", "ice-pwd", "fingerprint"];

test.each(names)('[SD4] a section without "a=%s" is refused', (name) => {
  const left = credentials().filter((line) => !line.startsWith(`a=${name}`));
  expect(refusalOf(sdpOf(head, audio("0", ...left)))).toBe(because(`media section 0 has no "a=${name}" line`));
});

test.each([
  ["ice-ufrag", "abc"],
  ["ice-ufrag", "a".repeat(257)],
  ["ice-ufrag", "ab cd"],
  ["ice-ufrag", ""],
  ["ice-pwd", "0".repeat(21)],
  ["ice-pwd", "0".repeat(257)],
  ["ice-pwd", `${"0".repeat(22)}\t`],
  ["fingerprint", "nonsense"],
  ["fingerprint", "sha-256"],
  ["fingerprint", "sha-256 AB"],
  ["fingerprint", "sha-256 AB:"],
  ["fingerprint", "sha-256 AB:GG"],
  ["fingerprint", "sha-256  AB:CD"],
])("[SD4] a section whose %s is %j is refused", (name, value) => {
  const lines = [`a=${name}:${value}`, ...credentials()];
  expect(refusalOf(sdpOf(head, audio("0", ...lines)))).toBe(
    because(`media section 0 has a malformed "a=${name}" line`),
  );
});

test("[SD4] what a section does not say the session may say for all, and the section's own word counts", () => {
  const { usernameFragments } = read(
    sdpOf(head, credentials("session"), audio("0"), audio("1", ...credentials("own1"))),
  );
  expect(usernameFragments).toEqual(["session", "own1"]);
});

test("[SD4] the tagged section speaks for the others of its BUNDLE group, and for no other", () => {
  const tagged = audio("0", ...credentials("tagg"));
  expect(read(sdpOf(head, "a=group:BUNDLE 0 1", tagged, audio("1"))).usernameFragments).toEqual(["tagg"]);
  expect(refusalOf(sdpOf(head, "a=group:BUNDLE 0 1", tagged, audio("1"), audio("2")))).toBe(
    because('media section 2 has no "a=ice-ufrag" line'),
  );
  expect(refusalOf(sdpOf(head, "a=group:BUNDLE 1 0", tagged, audio("1")))).toBe(
    because('media section 1 has no "a=ice-ufrag" line'),
  );
  expect(refusalOf(sdpOf(head, "a=group:LS 0 1", tagged, audio("1")))).toMatch(/section 1 has no/);
  expect(read(sdpOf(head, "a=group:LS 0 1", "a=group:BUNDLE 0 1", tagged, audio("1"))).mids).toEqual(["0", "1"]);
});

const rejected = (mid: string, ...lines: string[]): string[] => [
  "m=video 0 UDP/TLS/RTP/SAVPF 96",
  `a=mid:${mid}`,
  ...lines,
];

test("[SD5] a section with port 0 is rejected and needs nothing but its mid", () => {
  const facts = read(sdpOf(head, audio("0", ...credentials()), rejected("1")));
  expect(facts).toEqual({ mids: ["0", "1"], usernameFragments: ["abcd"] });
  expect(read(sdpOf(head, rejected("0", ...credentials("gone"))))).toEqual({ mids: ["0"], usernameFragments: [] });
});

test("[SD5] a section with port 0 that is offered for its BUNDLE group only is used, and so is checked", () => {
  const only = rejected("1", "a=bundle-only", ...credentials("only"));
  expect(read(sdpOf(head, audio("0", ...credentials()), only)).usernameFragments).toEqual(["abcd", "only"]);
  expect(refusalOf(sdpOf(head, audio("0", ...credentials()), rejected("1", "a=bundle-only")))).toMatch(
    /section 1 has no/,
  );
});

test("[SD5] the word of one section is not that of another: a rejected one beside one for BUNDLE only stays rejected", () => {
  const only = rejected("1", "a=bundle-only", ...credentials("only"));
  const facts = read(sdpOf(head, "a=group:BUNDLE 0 1", audio("0", ...credentials()), only, rejected("2")));
  expect(facts).toEqual({ mids: ["0", "1", "2"], usernameFragments: ["abcd", "only"] });
});

test("[SD6] mids are read in the order of their sections", () => {
  const sections = ["audio", "b~!#", "0"].map((mid) => audio(mid, ...credentials()));
  expect(read(sdpOf(head, ...sections)).mids).toEqual(["audio", "b~!#", "0"]);
});

test.each(["", "a b", "a:b", "ä", "m".repeat(65)])("[SD6] the mid %j is refused", (mid) => {
  expect(refusalOf(sdpOf(head, audio(mid, ...credentials())))).toBe(
    because('media section 0 has a malformed "a=mid" line'),
  );
});

test("[SD6] two sections of one mid are refused, and a section without one", () => {
  const [first, second] = [audio("x", ...credentials()), rejected("x")];
  expect(refusalOf(sdpOf(head, first, second))).toBe(because("media sections 0 and 1 share one mid"));
  expect(refusalOf(sdpOf(head, "m=audio 9 RTP 0", credentials()))).toBe(because('media section 0 has no "a=mid" line'));
});

test.each([
  [{ candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host" }, undefined],
  [{ candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host ufrag abcd network-id 1" }, "abcd"],
  [{ candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host", usernameFragment: "efgh" }, "efgh"],
  [{ candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host ufrag abcd", usernameFragment: "efgh" }, "efgh"],
  [{ candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host ufrag abcd", usernameFragment: null }, "abcd"],
  [{ candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host ufrag abcd", usernameFragment: "" }, "abcd"],
  [{ candidate: "candidate:ufrag 1 udp 1 192.0.2.1 9 typ host ufrag" }, undefined],
])("[SD9] the user fragment of %j is %s", (candidate, fragment) => {
  expect(readUsernameFragment(candidate)).toBe(fragment);
});

test.each([
  ["ssrc", 64],
  ["rid", 16],
  ["candidate", 200],
])("[SD10] a section has no more lines of %s than a browser needs", (name, most) => {
  const section = ["m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:0", "a=ice-ufrag:abcd", `a=ice-pwd:${"a".repeat(22)}`];
  const fingerprint = `a=fingerprint:sha-256 ${Array<string>(32).fill("AA").join(":")}`;
  const lines = (count: number): string =>
    ["v=0", ...section, fingerprint, ...Array.from({ length: count }, (_, index) => `a=${name}:${index} x`)]
      .map((line) => `${line}\r\n`)
      .join("");
  expect(readDescription(lines(most), { maxMediaSections: 1 }).mids).toEqual(["0"]);
  expect(() => readDescription(lines(most + 1), { maxMediaSections: 1 })).toThrow(
    `media section 0 has more than ${most} "a=${name}" lines`,
  );
});
