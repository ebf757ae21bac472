import fc from "fast-check";
import { expect, test } from "vitest";
import { choosable, sayDeviceName } from "../../../web/call/device_label.ts";
import { initialsOf, toneOf } from "../../../web/call/initials.ts";
import { sayWay } from "../../../web/call/media_way.ts";
import { mergeFaults, sayDevice, sayEnding, sayRefusal } from "../../../web/call/plain_words.ts";
import { sayQuality } from "../../../web/call/quality_words.ts";
import { linkOf, parseHash, toRoomName } from "../../../web/call/room_link.ts";
import { sayRoomName } from "../../../web/call/room_name_words.ts";
import { suggestRoomName } from "../../../web/call/room_words.ts";
import { sayRate, statsRows } from "../../../web/call/stats_rows.ts";
import { sayTrouble } from "../../../web/call/trouble_words.ts";

test.each([
  ["#atrium", "atrium"],
  ["#/atrium", "atrium"],
  ["", ""],
  ["#", ""],
  ["#Caf%C3%A9%20am%20Eck", "Cafe-am-Eck"],
  ["#50%", "50"],
])("[CP3] the link %s leads to the room %s", (hash, room) => {
  expect(parseHash(hash)).toMatchObject({ room, token: "" });
});

test.each([
  ["#atrium?token=aaa.b-b.c_c", { room: "atrium", token: "aaa.b-b.c_c" }],
  ["#atrium?token=open%20sesame&x=1", { room: "atrium", token: "open sesame" }],
  ["#atrium?token=what?", { room: "atrium", token: "what?" }],
  ["#atrium?other=1", { room: "atrium", token: "" }],
  ["#?token=aaa", { room: "", token: "aaa" }],
])("[CP38] the link %s carries a token", (hash, link) => {
  expect(parseHash(hash)).toMatchObject(link);
});

test("[CP3] whatever is written becomes a name that the server takes, and a link leads to it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
      const name = toRoomName(text);
      expect(name).toMatch(/^[A-Za-z0-9_-]{0,64}$/);
      expect(toRoomName(name)).toBe(name);
      const link = linkOf(name, { origin: "https://a.example", pathname: "/" });
      expect(parseHash(new URL(link).hash)).toEqual({ room: name, written: name, token: "" });
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
  expect(sayEnding({ code: "replaced", message: "x" }).title).toBe("This call goes on in another window");
  expect(sayEnding({ code: "new-code", message: "Cannot do it" }).advice).toBe("Cannot do it");
});

test("[CP46] the words of the program that refused somebody, or put them out, are shown; its silence is not", () => {
  const reasonOf = (code: string, message: string) => sayEnding({ code, message }).reason;
  expect(reasonOf("forbidden", 'Cannot join room "atrium": for staff: see "rules"')).toBe('for staff: see "rules"');
  expect(reasonOf("forbidden", 'Cannot join room "atrium": the application refused it')).toBeUndefined();
  expect(reasonOf("forbidden", "The connection to the server ended (close code 4400)")).toBeUndefined();
  expect(reasonOf("room-full", 'Cannot join room "atrium": it holds 2 of 2 peers')).toBeUndefined();
  const remedy = "The server put this peer out of the room. Ask whoever runs the room before joining again.";
  expect(reasonOf("kicked", `Put out of the room: enough. Go home. ${remedy}`)).toBe("enough. Go home");
  expect(reasonOf("kicked", `Put out of the room. ${remedy}`)).toBeUndefined();
});

test("[CP22] what comes back by itself asks for nothing, what the server refused is told", () => {
  for (const code of ["shutting-down", "silent", "bad-state", "ice-failed", "unreachable", "room-crashed"])
    expect(sayRefusal({ code, message: "x" }), code).toBeNull();
  expect(sayRefusal({ code: "forbidden", message: "Cannot publish it" })).toEqual({
    title: "The server did not do that",
    advice: "Cannot publish it",
  });
});

test("[CP22] each trouble is said in plain sentences: what is so, and what happens next", () => {
  const facts = {
    isOnline: true,
    wasJoined: true,
    state: "joined",
    mediaState: "connected",
    isMediaBlocked: false,
  } as const;
  const troubles = [
    sayTrouble({ ...facts, isOnline: false }),
    sayTrouble({ ...facts, wasJoined: false, state: "connecting" }),
    sayTrouble({ ...facts, wasJoined: false, state: "waiting" }),
    sayTrouble({ ...facts, state: "waiting" }),
    sayTrouble({ ...facts, mediaState: "connecting" }),
    sayTrouble({ ...facts, mediaState: "disconnected" }),
    sayTrouble({ ...facts, mediaState: "failed" }),
    sayTrouble({ ...facts, isMediaBlocked: true }),
  ];
  expect(new Set(troubles.map(({ next }) => next)).size).toBe(troubles.length);
  for (const { title, next } of troubles) {
    expect(`${title} ${next}`).not.toMatch(/ICE|TURN|UDP|socket|attempt|ws:/);
    expect(next).toMatch(/\.$/);
  }
});

test("[CP3] what becomes of a room's name is told, with what a name may hold", () => {
  expect(sayRoomName("atrium")).toBe("Letters A to Z, digits, - and _, up to 64.");
  expect(sayRoomName("atrium ")).toBe(sayRoomName(""));
  expect(sayRoomName("Café am Eck")).toMatch(/^“Café am Eck” becomes “Cafe-am-Eck”/);
  expect(sayRoomName("会议")).toMatch(/^“会议” has none of the letters .* another name was chosen\.$/);
  expect(sayRoomName("é".repeat(200)).length).toBeLessThan(220);
});

test("[CP50] a device is called as people call it", () => {
  const name = (label: string, deviceId = "x") => sayDeviceName({ deviceId, label }, "Camera 2");
  expect(name("HD Webcam (046d:0825)")).toBe("HD Webcam");
  expect(name("Headset (Bluetooth)")).toBe("Headset (Bluetooth)");
  expect(name("")).toBe("Camera 2");
  expect(name("Default - Headset (Bluetooth)", "default")).toBe("Headset (Bluetooth) (default)");
  expect(name("Default", "default")).toBe("System default");
  const ids = ["", "default", "communications", "a"].map((deviceId) => ({ deviceId, label: "" }));
  expect(choosable(ids).map(({ deviceId }) => deviceId)).toEqual(["default", "a"]);
});

test("[CP5] two faults that the same helps against are one", () => {
  const denied = (what: "camera" | "microphone") => sayDevice({ code: "permission-denied", message: "" }, what);
  const missing = sayDevice({ code: "device-not-found", message: "" }, "camera");
  expect(mergeFaults(denied("camera"), denied("microphone"))?.title).toBe(
    "The browser does not allow camera and microphone",
  );
  expect(mergeFaults(missing, sayDevice({ code: "device-not-found", message: "" }, "microphone"))?.title).toBe(
    "No camera and no microphone was found",
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
    "Available bandwidth": "–",
    "Lost on the way in": "3.4 %",
    "Pictures sent": "1280 × 720, 30/s",
    "Pictures received": "2, the largest 1280 × 720, 30/s",
  });
  expect(sayRate(64_300)).toBe("64 kbit/s");
});

test.each([
  [{ candidateType: "host", protocol: "udp" }, "directly, UDP"],
  [{ candidateType: "prflx", protocol: "tcp" }, "directly, TCP"],
  [{ candidateType: "relay", protocol: "udp", relayProtocol: "tls" }, "relay (TLS)"],
  [{ candidateType: "relay", protocol: "udp" }, "relay (UDP)"],
  [{ candidateType: "host" }, null],
])("[CP6] statistics tell the way that media takes: %o", (local, way) => {
  const pair = { type: "candidate-pair", localCandidateId: "L" };
  const candidates = { L: local, M: { candidateType: "host", protocol: "other" } };
  const named = {
    T: { type: "transport", selectedCandidatePairId: "P" },
    N: { ...pair, localCandidateId: "M" },
    P: pair,
  };
  expect(sayWay(new Map<string, unknown>(Object.entries({ ...candidates, ...named })))).toBe(way);
  const nominated = { N: { ...pair, localCandidateId: "M" }, P: { ...pair, nominated: true, state: "succeeded" } };
  expect(sayWay(new Map<string, unknown>(Object.entries({ ...candidates, ...nominated })))).toBe(way);
  expect(sayWay(new Map<string, unknown>(Object.entries(candidates)))).toBeNull();
});
