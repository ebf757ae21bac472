import fc from "fast-check";
import { expect, test } from "vitest";
import { initialsOf, toneOf } from "../../../web/call/initials.ts";
import { mergeFaults, sayDevice, sayFault } from "../../../web/call/plain_words.ts";
import { sayQuality } from "../../../web/call/quality_words.ts";
import { linkOf, parseHash, toRoomName } from "../../../web/call/room_link.ts";
import { suggestRoomName } from "../../../web/call/room_words.ts";
import { sayRate, statsRows } from "../../../web/call/stats_rows.ts";

test.each([
  ["#atrium", "atrium"],
  ["#/atrium", "atrium"],
  ["", ""],
  ["#", ""],
  ["#Caf%C3%A9%20am%20Eck", "Cafe-am-Eck"],
  ["#50%", "50"],
])("[CP3] the link %s leads to the room %s", (hash, room) => {
  expect(parseHash(hash)).toEqual({ room, token: "" });
});

test.each([
  ["#atrium?token=aaa.b-b.c_c", { room: "atrium", token: "aaa.b-b.c_c" }],
  ["#atrium?token=open%20sesame&x=1", { room: "atrium", token: "open sesame" }],
  ["#atrium?token=what?", { room: "atrium", token: "what?" }],
  ["#atrium?other=1", { room: "atrium", token: "" }],
  ["#?token=aaa", { room: "", token: "aaa" }],
])("[CP38] the link %s carries a token", (hash, link) => {
  expect(parseHash(hash)).toEqual(link);
});

test("[CP3] whatever is written becomes a name that the server takes, and a link leads to it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
      const name = toRoomName(text);
      expect(name).toMatch(/^[A-Za-z0-9_-]{0,64}$/);
      expect(toRoomName(name)).toBe(name);
      const link = linkOf(name, { origin: "https://a.example", pathname: "/" });
      expect(parseHash(new URL(link).hash)).toEqual({ room: name, token: "" });
    }),
  );
});

test("[CP3] a suggested room has a name that can be said, and that is a name of a room as it is", () => {
  expect(suggestRoomName(() => 0)).toBe("amber-atlas-1000");
  expect(suggestRoomName(() => 0.999999)).toBe("young-wren-9999");
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
      const name = suggestRoomName(() => random);
      expect(toRoomName(name)).toBe(name);
      expect(name).toMatch(/^[a-z]+-[a-z]+-\d{4}$/);
    }),
  );
});

test.each([
  ["Ada Lovelace", "AL"],
  ["bo", "B"],
  ["Jean-Luc de la Tour", "JT"],
  ["", "?"],
  ["🙂", "?"],
  ["Łukasz", "Ł"],
])("[CP4] %s has the initials %s", (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});

test("[CP4] a name always has the same color", () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      expect(toneOf(name)).toBe(toneOf(name));
      expect([0, 1, 2, 3, 4, 5, 6, 7]).toContain(toneOf(name));
    }),
  );
  expect(toneOf("Ada")).not.toBe(toneOf("Bo"));
});

test("[CP4] each quality has words and bars: the better, the more", () => {
  const bars = (["excellent", "good", "poor", "lost"] as const).map((quality) => sayQuality(quality).bars);
  expect(bars).toEqual([3, 2, 1, 0]);
  expect(sayQuality("lost").text).not.toBe(sayQuality("unknown").text);
});

test("[CP5] what a device refuses is said in plain words, with what to do", () => {
  const denied = sayDevice({ code: "permission-denied", message: "x" }, "camera");
  expect(denied.title).toBe("The browser does not allow the camera");
  expect(denied.advice).toContain("try again");
  const unknown = sayDevice({ message: "Cannot open it: smoke" }, "microphone");
  expect(unknown).toEqual({ title: "The microphone cannot be opened", advice: "Cannot open it: smoke" });
  expect(sayFault({ code: "replaced", message: "x" }).title).toBe("This call goes on in another window");
  expect(sayFault({ code: "new-code", message: "Cannot do it" }).advice).toBe("Cannot do it");
});

test("[CP5] two faults that the same helps against are one", () => {
  const denied = (what: "camera" | "microphone") => sayDevice({ code: "permission-denied", message: "" }, what);
  const missing = sayDevice({ code: "device-not-found", message: "" }, "camera");
  expect(mergeFaults(denied("camera"), denied("microphone"))?.title).toBe(
    "The browser does not allow camera and microphone",
  );
  expect(mergeFaults(missing, denied("microphone"))).toBeNull();
  expect(mergeFaults(null, denied("microphone"))).toBeNull();
});

test("[CP6] statistics are few, and each has its unit", () => {
  const reading = { packets: 100, packetLoss: 0, jitterMs: 3, roundTripMs: 20, layers: [], framesPerSecond: 29.7 };
  const video = { ...reading, kind: "video", width: 1280, height: 720, bitrate: 1_500_000 } as const;
  const rows = Object.fromEntries(
    statsRows({
      roundTripMs: 20.4,
      availableOutgoingBitrate: null,
      tracks: [
        { ...video, track: "a", direction: "sent" },
        { ...video, track: "b", direction: "received", packetLoss: 0.034, width: 320, height: 180 },
        { ...video, track: "c", direction: "received" },
      ],
    }),
  );
  expect(rows).toMatchObject({
    "Round trip": "20 ms",
    Sent: "1.5 Mbit/s",
    Received: "3.0 Mbit/s",
    "Lost on the way in": "3.4 %",
    "Pictures sent": "1280 × 720, 30/s",
    "Pictures received": "2, the largest 1280 × 720, 30/s",
  });
  expect(sayRate(64_300)).toBe("64 kbit/s");
});
