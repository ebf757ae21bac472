import { expect, test } from "vitest";
import { checkRoomLimits } from "../../protocol/check_room_limits.ts";
import type { ClientMessage } from "../../protocol/client_message.ts";

const limits = { maxMediaSections: 2, maxMetadataBytes: 10, maxPayloadBytes: 20, maxRoomPeers: 2 };
const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [i, { source: "s" }]));

const cases: readonly (readonly [string, (size: number) => ClientMessage, number, string])[] = [
  [
    "metadata of a join",
    (size) => ({ type: "join", room: "a", metadata: "x".repeat(size - 2) }),
    10,
    "join message: metadata has 11 bytes, expected 10",
  ],
  [
    "metadata",
    (size) => ({ type: "metadata", metadata: "x".repeat(size - 2) }),
    10,
    "metadata message: metadata has 11 bytes, expected 10",
  ],
  [
    "a payload",
    (size) => ({ type: "data", payload: ["x".repeat(size - 4)] }),
    20,
    "data message: payload has 21 bytes, expected 20",
  ],
  [
    "peers",
    (size) => ({ type: "data", payload: 1, to: Array(size).fill("a") }),
    2,
    "data message: to has 3 entries, expected 2",
  ],
  [
    "labels",
    (size) => ({ type: "offer", sdp: "", tracks: labels(size) }),
    2,
    "offer message: tracks has 3 entries, expected 2",
  ],
];

test.each(cases)("[PR9] %s may be as long as configured, and not longer", (_, messageOf, max, told) => {
  expect(() => checkRoomLimits(messageOf(max), limits)).not.toThrow();
  const code = told.includes("bytes") ? "message-too-large" : "bad-message";
  expect(() => checkRoomLimits(messageOf(max + 1), limits)).toThrow(
    expect.objectContaining({ code, message: `Cannot take the ${told} at most` }),
  );
});

test("[PR9] the length of JSON is counted in bytes of UTF-8", () => {
  expect(() => checkRoomLimits({ type: "metadata", metadata: "ääää" }, limits)).not.toThrow();
  expect(() => checkRoomLimits({ type: "metadata", metadata: "äääää" }, limits)).toThrow(/has 12 bytes/);
});

test("[PR9] a message without any of that is never too long", () => {
  for (const message of [{ type: "join", room: "a" }, { type: "offer", sdp: "" }, { type: "bye" }] as const) {
    expect(() => checkRoomLimits(message, { ...limits, maxMetadataBytes: 0 })).not.toThrow();
  }
});
