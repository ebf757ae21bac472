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
  { type: "resume", token: "a.b", ref: 1 },
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
  "expected one of offer, answer, pranswer, rollback, candidate, bye, join, leave, resume, subscribe, unsubscribe, mute, metadata, data";
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
  [{ type: "offer" }, "sdp is missing"],
  [{ type: "offer", sdp: 1 }, "sdp is a number: a string is allowed"],
  [{ type: "offer", sdp: null }, "sdp is null: a string is allowed"],
  [{ type: "offer", sdp: "x".repeat(1_048_577) }, "sdp is too long: at most 1048576 characters are allowed"],
  [{ type: "answer", sdp: ["v=0"] }, "sdp is an array: a string is allowed"],
  [{ type: "pranswer", sdp: {} }, "sdp is an object: a string is allowed"],
  [{ type: "candidate" }, "candidate is missing"],
  [{ type: "candidate", candidate: 5 }, "candidate is a number: null, a string or an object is allowed"],
  [{ type: "candidate", candidate: [] }, "candidate is an array: null, a string or an object is allowed"],
  [{ type: "candidate", candidate: {} }, "candidate.candidate is missing"],
  [{ type: "candidate", candidate: "x".repeat(1_025) }, "candidate is too long: at most 1024 characters are allowed"],
  [{ type: "candidate", candidate: { candidate: 5 } }, "candidate.candidate is a number: a string is allowed"],
  [
    { type: "candidate", candidate: { candidate: "x".repeat(1_025) } },
    "candidate.candidate is too long: at most 1024 characters are allowed",
  ],
  [
    { type: "candidate", candidate: { candidate: "c", sdpMid: 0 } },
    "candidate.sdpMid is a number: a string or null is allowed",
  ],
  [
    { type: "candidate", candidate: { candidate: "c", sdpMLineIndex: -1 } },
    "candidate.sdpMLineIndex is -1: 0 or more is allowed",
  ],
  [
    { type: "candidate", candidate: { candidate: "c", sdpMLineIndex: 0.5 } },
    "candidate.sdpMLineIndex is a fraction: a whole number or null is allowed",
  ],
  [
    { type: "candidate", candidate: { candidate: "c", usernameFragment: "u".repeat(257) } },
    "candidate.usernameFragment is too long: at most 256 characters are allowed",
  ],
  [{ type: "bye", reason: 1 }, "reason is a number: a string is allowed"],
  [{ type: "bye", reason: "r".repeat(257) }, "reason is too long: at most 256 characters are allowed"],
  [{ type: "offer", sdp: "", tracks: [] }, "tracks is an array: an object is allowed"],
  [{ type: "offer", sdp: "", tracks: { 0: {} } }, "tracks.0.source is missing"],
  [{ type: "offer", sdp: "", tracks: { "\n": { source: 1 } } }, "tracks.\n.source is a number: a string is allowed"],
  [
    { type: "offer", sdp: "", tracks: { 0: { source: "" } } },
    "tracks.0.source is empty: 1 or more characters are needed",
  ],
  [
    { type: "offer", sdp: "", tracks: { 0: { source: "s".repeat(65) } } },
    "tracks.0.source is too long: at most 64 characters are allowed",
  ],
  [
    {
      type: "offer",
      sdp: "",
      tracks: Object.fromEntries(Array.from({ length: 1_025 }, (_, i) => [i, { source: "a" }])),
    },
    "tracks has too many entries: at most 1024 are allowed",
  ],
  [{ type: "join" }, "room is missing"],
  [{ type: "join", room: "" }, 'room is "": 1 to 64 of the characters A-Z, a-z, 0-9, _ and - are allowed'],
  [{ type: "join", room: "a b" }, 'room is "a b": 1 to 64 of the characters A-Z, a-z, 0-9, _ and - are allowed'],
  [{ type: "join", room: "a\n" }, 'room is "a\\n": 1 to 64 of the characters A-Z, a-z, 0-9, _ and - are allowed'],
  [
    { type: "join", room: "x".repeat(65) },
    'room is "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": 1 to 64 of the characters A-Z, a-z, 0-9, _ and - are allowed',
  ],
  [{ type: "join", room: "a", name: "n".repeat(129) }, "name is too long: at most 128 characters are allowed"],
  [{ type: "join", room: "a", token: "t".repeat(4_097) }, "token is too long: at most 4096 characters are allowed"],
  [{ type: "join", room: "a", subscribe: "some" }, 'subscribe is "some": "all" or "none" is allowed'],
  [{ type: "subscribe" }, "track is missing"],
  [{ type: "subscribe", track: "t", layer: 1 }, "layer is a number: a string or null is allowed"],
  [{ type: "unsubscribe", track: "!" }, 'track is "!": 1 to 64 of the characters A-Z, a-z, 0-9, _ and - are allowed'],
  [{ type: "mute", track: "t" }, "muted is missing"],
  [{ type: "mute", track: "t", muted: 1 }, "muted is a number: true or false is allowed"],
  [{ type: "metadata" }, "metadata is missing"],
  [{ type: "data" }, "payload is missing"],
  [{ type: "data", payload: 1, to: [] }, "to is empty: leave it out, or name 1 or more"],
  [{ type: "data", payload: 1, to: ["a", 5] }, "to.1 is a number: a string is allowed"],
  [{ type: "data", payload: 1, to: Array(1_001).fill("a") }, "to has too many entries: at most 1000 are allowed"],
  [{ type: "data", payload: 1, topic: "t".repeat(65) }, "topic is too long: at most 64 characters are allowed"],
  [{ type: "rollback", ref: {} }, "ref is an object: a string or a number is allowed"],
  [{ type: "rollback", ref: null }, "ref is null: a string or a number is allowed"],
  [{ type: "rollback", ref: "r".repeat(129) }, "ref is too long: at most 128 characters are allowed"],
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
