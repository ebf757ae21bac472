import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type EdgeFrame,
  encodeSignallingFrame,
  type HomeFrame,
  parseEdgeFrame,
  parseHomeFrame,
} from "../../protocol/signalling_frame.ts";

const head = { v: 1, from: "node-a", socket: "s1" } as const;
const toHome: HomeFrame[] = [
  { ...head, type: "attach", token: "a.b", address: "2001:db8::1", ref: "r" },
  { ...head, type: "message", n: 1, isPart: true },
  { ...head, type: "closed", code: 1006 },
  { v: 1, from: "node-a", type: "held", sockets: [["s1", 3]] },
];
const toEdge: EdgeFrame[] = [
  { ...head, type: "text", n: 1 },
  { ...head, type: "error", n: 2 },
  { ...head, type: "close", code: 4409, reason: "replaced" },
  { v: 1, from: "node-a", type: "held", sockets: [] },
];
const bytes = (text: string) => new TextEncoder().encode(text);

test("[RC27] every frame is read as it was written, with its body to the byte", () => {
  const body = bytes('{"a":"line\\nfeed 🦊"}\n\n');
  for (const frame of toHome) {
    expect(parseHomeFrame(encodeSignallingFrame(frame, body))).toEqual({ head: frame, body });
    expect(parseHomeFrame(encodeSignallingFrame(frame))).toEqual({ head: frame, body: bytes("") });
  }
  for (const frame of toEdge) expect(parseEdgeFrame(encodeSignallingFrame(frame, body))).toEqual({ head: frame, body });
});

test.each([
  ["of another version", { ...head, v: 2, type: "closed", code: 1000 }],
  ["of another type", { ...head, type: "text", n: 1 }],
  ["without a sender", { v: 1, socket: "s1", type: "closed", code: 1000 }],
  ["of a socket that is no id", { ...head, socket: "a.b", type: "closed", code: 1000 }],
  ["of no number", { ...head, type: "message" }],
  ["of the number 0", { ...head, type: "message", n: 0 }],
  ["with a long token", { ...head, type: "attach", token: "x".repeat(4_097), address: "" }],
  ["that holds too much", { v: 1, from: "a", type: "held", sockets: Array.from({ length: 1_001 }, () => ["s", 0]) }],
])("[RC27] a frame %s is none", (_, frame) => {
  expect(parseHomeFrame(bytes(`${JSON.stringify(frame)}\n`))).toBeUndefined();
});

test("[RC27] whatever bytes come, they are a frame or none", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map(bytes),
        fc.json().map((text) => bytes(`${text}\n`)),
      ),
      (any) => {
        expect(parseHomeFrame(any)).toBeUndefined();
        expect(parseEdgeFrame(any)).toBeUndefined();
      },
    ),
  );
});
