import { expect, test } from "vitest";
import { ClientMessageError, clientMessageSchemas, parseClientMessage } from "../../protocol/client_message.ts";

const good: readonly unknown[] = [
  { type: "offer", sdp: "v=0" },
  { type: "offer", sdp: "", ref: "" },
  { type: "offer", sdp: "x".repeat(1_048_576), ref: 1 },
  { type: "answer", sdp: "v=0", ref: -1.5 },
  { type: "pranswer", sdp: "v=0", ref: "r".repeat(128) },
  { type: "rollback" },
  { type: "candidate", candidate: null },
  { type: "candidate", candidate: "" },
  { type: "candidate", candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host" },
  { type: "candidate", candidate: "x".repeat(1_024) },
  { type: "candidate", candidate: { candidate: "" } },
  { type: "candidate", candidate: { candidate: "c", sdpMid: null, sdpMLineIndex: null, usernameFragment: null } },
  { type: "candidate", candidate: { candidate: "c", sdpMid: "0", sdpMLineIndex: 65_535, usernameFragment: "abcd" } },
  { type: "bye" },
  { type: "bye", reason: "r".repeat(256), ref: 0 },
  { type: "offer", sdp: "", tracks: {} },
  {
    type: "offer",
    sdp: "",
    tracks: { 0: { source: "camera" }, audio: { source: "s".repeat(64), name: "n".repeat(128) } },
  },
  { type: "join", room: "atrium" },
  { type: "join", room: "A-Z_0".padEnd(64, "x"), name: "n".repeat(128), metadata: { a: [1, null] }, ref: "r" },
  { type: "join", room: "a", token: "t".repeat(4_096), subscribe: "none", metadata: null },
  { type: "join", room: "a", subscribe: "all", name: "" },
  { type: "leave", ref: 1 },
  { type: "subscribe", track: "t" },
  { type: "subscribe", track: "t", layer: null },
  { type: "subscribe", track: "t", layer: "l".repeat(64) },
  { type: "unsubscribe", track: "t" },
  { type: "mute", track: "t", muted: false },
  { type: "metadata", metadata: "text" },
  { type: "data", payload: false },
  { type: "data", to: ["a", "a"], topic: "t".repeat(64), payload: { deep: [[["x"]]] } },
];

test.each(good.map((message) => [JSON.stringify(message).slice(0, 80), message] as const))(
  "[PR1] %s is what it says",
  (_, message) => {
    expect(parseClientMessage(JSON.stringify(message))).toEqual(message);
  },
);

test("[PR1] there is a good message of every type", () => {
  const types = good.map((message) => (message as { type: string }).type);
  expect([...new Set(types)].sort()).toEqual(Object.keys(clientMessageSchemas).sort());
});

test("[PR1] bounds count code points, so that a character outside of the basic plane is one", () => {
  const reason = "🚂".repeat(256);
  expect(parseClientMessage(JSON.stringify({ type: "bye", reason }))).toEqual({ type: "bye", reason });
});

test("[PR2] fields that nobody asked for do no harm", () => {
  const text = '{"type":"bye","__proto__":{"reason":7},"toString":1,"deep":[[[{}]]]}';
  const message = parseClientMessage(text) as object;
  expect(message).toMatchObject({ type: "bye" });
  expect(Object.getPrototypeOf(message)).toBe(Object.prototype);
});

test.each(["join", "metadata", "data"])("[PR8] JSON in a %s may be nested 64 deep, and not deeper", (type) => {
  const nested = (depth: number): unknown => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);
  const messageOf = (inner: unknown): string =>
    JSON.stringify({ type, room: "a", ...(type === "data" ? { payload: inner } : { metadata: inner }) });
  expect(parseClientMessage(messageOf(nested(64)))).toMatchObject({ type });
  expect(parseClientMessage(messageOf({ a: nested(63), b: nested(10) }))).toMatchObject({ type });
  const field = type === "data" ? "payload" : "metadata";
  for (const depth of [65, 3_000]) {
    expect(refusalOf(messageOf(nested(depth)))[1]).toBe(
      `Cannot read the ${type} message: ${field} must not be nested deeper than 64 levels`,
    );
  }
});

/** The code, the message and the ref of the refusal of a frame. */
function refusalOf(text: string): readonly [string, string, unknown] {
  try {
    parseClientMessage(text);
  } catch (error) {
    if (error instanceof ClientMessageError) return [error.code, error.message, error.ref];
    throw error;
  }
  throw new Error("It was not refused");
}

const notJson = "Cannot read the message: it is not JSON";
const notObject = "Cannot read the message: it is not a JSON object";

test.each(["", " ", "hello", "{", '{"type":"bye"', "{'type':'bye'}", '{"type":"bye"}{}', "undefined", "\0", "NaN"])(
  "[PR3] %j is not JSON",
  (text) => {
    expect(refusalOf(text)).toEqual(["bad-json", notJson, undefined]);
  },
);

test.each(["null", "7", '"bye"', "true", "[]", '[{"type":"bye"}]'])("[PR3] %s is JSON, but no object", (text) => {
  expect(refusalOf(text)).toEqual(["bad-message", notObject, undefined]);
});

const expected =
  "expected one of offer, answer, pranswer, rollback, candidate, bye, join, leave, subscribe, unsubscribe, mute, metadata, data";
const unknownTypes: readonly (readonly [string, string])[] = [
  ["{}", "none"],
  ['{"type":5}', "none"],
  ['{"type":["bye"]}', "none"],
  ['{"type":""}', '""'],
  ['{"type":"Bye"}', '"Bye"'],
  ['{"type":"constructor"}', '"constructor"'],
  ['{"type":"__proto__"}', '"__proto__"'],
  [`{"type":"${"x".repeat(65)}"}`, `"${"x".repeat(64)}"`],
  ['{"type":"a\\nb\\"c"}', '"a\\nb\\"c"'],
];

test.each(unknownTypes)("[PR4] %s has an unknown type, and the error names the known ones", (text, shown) => {
  expect(refusalOf(text)).toEqual([
    "bad-message",
    `Cannot read the message: its "type" is ${shown}, ${expected}`,
    undefined,
  ]);
});

const badFields: readonly (readonly [unknown, string])[] = [
  [{ type: "offer" }, "it must have required properties sdp"],
  [{ type: "offer", sdp: 1 }, "sdp must be string"],
  [{ type: "offer", sdp: null }, "sdp must be string"],
  [{ type: "offer", sdp: "x".repeat(1_048_577) }, "sdp must not have more than 1048576 characters"],
  [{ type: "answer", sdp: ["v=0"] }, "sdp must be string"],
  [{ type: "pranswer", sdp: {} }, "sdp must be string"],
  [{ type: "candidate" }, "it must have required properties candidate"],
  [{ type: "candidate", candidate: 5 }, "candidate must be null or be string or be object"],
  [{ type: "candidate", candidate: [] }, "candidate must be null or be string or be object"],
  [{ type: "candidate", candidate: {} }, "candidate must be null or be string or have required properties candidate"],
  [
    { type: "candidate", candidate: "x".repeat(1_025) },
    "candidate must be null or not have more than 1024 characters or be object",
  ],
  [{ type: "candidate", candidate: { candidate: 5 } }, "candidate.candidate must be string"],
  [
    { type: "candidate", candidate: { candidate: "x".repeat(1_025) } },
    "candidate.candidate must not have more than 1024 characters",
  ],
  [{ type: "candidate", candidate: { candidate: "c", sdpMid: 0 } }, "candidate.sdpMid must be string or be null"],
  [
    { type: "candidate", candidate: { candidate: "c", sdpMLineIndex: -1 } },
    "candidate.sdpMLineIndex must be >= 0 or be null",
  ],
  [
    { type: "candidate", candidate: { candidate: "c", sdpMLineIndex: 0.5 } },
    "candidate.sdpMLineIndex must be integer or be null",
  ],
  [
    { type: "candidate", candidate: { candidate: "c", usernameFragment: "u".repeat(257) } },
    "candidate.usernameFragment must not have more than 256 characters or be null",
  ],
  [{ type: "bye", reason: 1 }, "reason must be string"],
  [{ type: "bye", reason: "r".repeat(257) }, "reason must not have more than 256 characters"],
  [{ type: "offer", sdp: "", tracks: [] }, "tracks must be object"],
  [{ type: "offer", sdp: "", tracks: { 0: {} } }, "tracks.0 must have required properties source"],
  [{ type: "offer", sdp: "", tracks: { "\n": { source: 1 } } }, "tracks.\n.source must be string"],
  [{ type: "offer", sdp: "", tracks: { 0: { source: "" } } }, "tracks.0.source must not have fewer than 1 characters"],
  [
    { type: "offer", sdp: "", tracks: { 0: { source: "s".repeat(65) } } },
    "tracks.0.source must not have more than 64 characters",
  ],
  [
    {
      type: "offer",
      sdp: "",
      tracks: Object.fromEntries(Array.from({ length: 1_025 }, (_, i) => [i, { source: "a" }])),
    },
    "tracks must not have more than 1024 properties",
  ],
  [{ type: "join" }, "it must have required properties room"],
  [{ type: "join", room: "" }, 'room must match pattern "^[A-Za-z0-9_-]{1,64}$"'],
  [{ type: "join", room: "a b" }, 'room must match pattern "^[A-Za-z0-9_-]{1,64}$"'],
  [{ type: "join", room: "a\n" }, 'room must match pattern "^[A-Za-z0-9_-]{1,64}$"'],
  [{ type: "join", room: "x".repeat(65) }, 'room must match pattern "^[A-Za-z0-9_-]{1,64}$"'],
  [{ type: "join", room: "a", name: "n".repeat(129) }, "name must not have more than 128 characters"],
  [{ type: "join", room: "a", token: "t".repeat(4_097) }, "token must not have more than 4096 characters"],
  [{ type: "join", room: "a", subscribe: "some" }, 'subscribe must be "all" or be "none"'],
  [{ type: "subscribe" }, "it must have required properties track"],
  [{ type: "subscribe", track: "t", layer: 1 }, "layer must be string or be null"],
  [{ type: "unsubscribe", track: "!" }, 'track must match pattern "^[A-Za-z0-9_-]{1,64}$"'],
  [{ type: "mute", track: "t" }, "it must have required properties muted"],
  [{ type: "mute", track: "t", muted: 1 }, "muted must be boolean"],
  [{ type: "metadata" }, "it must have required properties metadata"],
  [{ type: "data" }, "it must have required properties payload"],
  [{ type: "data", payload: 1, to: [] }, "to must not have fewer than 1 items"],
  [{ type: "data", payload: 1, to: ["a", 5] }, "to.1 must be string"],
  [{ type: "data", payload: 1, to: Array(1_001).fill("a") }, "to must not have more than 1000 items"],
  [{ type: "data", payload: 1, topic: "t".repeat(65) }, "topic must not have more than 64 characters"],
  [{ type: "rollback", ref: {} }, "ref must be string or be number"],
  [{ type: "rollback", ref: null }, "ref must be string or be number"],
  [{ type: "rollback", ref: "r".repeat(129) }, "ref must not have more than 128 characters or be number"],
];

test.each(badFields.map(([message, why]) => [JSON.stringify(message).slice(0, 80), message, why] as const))(
  "[PR5] %s is refused with the field and what is allowed in it",
  (_, message, why) => {
    const { type } = message as { type: string };
    expect(refusalOf(JSON.stringify(message))).toEqual([
      "bad-message",
      `Cannot read the ${type} message: ${why}`,
      undefined,
    ]);
  },
);

test.each([
  ['{"ref":"r"}', "r"],
  ['{"type":"nonsense","ref":7}', 7],
  ['{"type":"offer","ref":0}', 0],
  ['{"type":"offer","sdp":"","ref":{}}', undefined],
  ['{"type":"offer","ref":1e999}', undefined],
  [`{"type":"offer","ref":"${"r".repeat(129)}"}`, undefined],
  [`{"type":"offer","ref":"${"🚂".repeat(128)}"}`, "🚂".repeat(128)],
])("[PR6] the refusal of %s has the ref if it is a usable one", (text, ref) => {
  expect(refusalOf(text)[2]).toBe(ref);
});
