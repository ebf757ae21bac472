import fc from "fast-check";
import { expect, test } from "vitest";
import { ClientMessageError, clientMessageSchemas, parseClientMessage } from "../../protocol/client_message.ts";
import { arbitraryOf } from "./arbitrary_of.ts";

const validMessages = fc.oneof(...Object.values(clientMessageSchemas).map(arbitraryOf));
/** The longest message there is: a type of 64 characters, each of them escaped, and the words around it. */
const maxMessageLength = 64 * 6 + 160;

/** Reads a frame; what is refused is refused as it should be. Says whether it was taken. */
function isTaken(text: string): boolean {
  try {
    parseClientMessage(text);
    return true;
  } catch (error) {
    if (!(error instanceof ClientMessageError)) throw error;
    expect(["bad-json", "bad-message"]).toContain(error.code);
    expect(error.message).toMatch(/^Cannot read the /);
    expect(error.message.length).toBeLessThanOrEqual(maxMessageLength);
    return false;
  }
}

test.each(Object.entries(clientMessageSchemas))("[PR1] every valid %s message is read as itself", (_, schema) => {
  fc.assert(
    fc.property(arbitraryOf(schema), (message) => {
      expect(parseClientMessage(JSON.stringify(message))).toEqual(message);
    }),
  );
});

test("[PR7] any string is taken or refused, and nothing else happens", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (text) => void isTaken(text)));
});

test("[PR7] any JSON is taken or refused, and nothing else happens", () => {
  fc.assert(fc.property(fc.json({ depthSize: "large" }), (text) => void isTaken(text)));
});

test("[PR7] any JSON as the fields of a message is taken or refused, and nothing else happens", () => {
  const types = fc.constantFrom(...Object.keys(clientMessageSchemas));
  const fields = fc.constantFrom(
    ...Object.values(clientMessageSchemas).flatMap((schema) => Object.keys(schema.properties)),
  );
  fc.assert(
    fc.property(types, fc.dictionary(fields, fc.jsonValue()), (type, rest) => {
      isTaken(JSON.stringify({ ...rest, type }));
    }),
  );
});

test("[PR7] any field of a valid message may hold any JSON", () => {
  fc.assert(
    fc.property(validMessages, fc.nat(), fc.jsonValue(), (message, position, value) => {
      const names = Object.keys(message as object);
      isTaken(JSON.stringify({ ...(message as object), [names[position % names.length] ?? "type"]: value }));
    }),
  );
});

test("[PR7] a valid message with characters lost, changed or put in is taken or refused, and nothing else happens", () => {
  const edit = fc.record({
    at: fc.nat(),
    removed: fc.nat({ max: 3 }),
    put: fc.string({ maxLength: 3, unit: "binary" }),
  });
  fc.assert(
    fc.property(validMessages, fc.array(edit, { minLength: 1, maxLength: 4 }), (message, edits) => {
      let text = JSON.stringify(message);
      for (const { at, removed, put } of edits) {
        const index = at % (text.length + 1);
        text = text.slice(0, index) + put + text.slice(index + removed);
      }
      isTaken(text);
    }),
  );
});

test("[PR7] a refusal repeats no more than 64 characters of the frame", () => {
  const words = fc.string({ minLength: 100, maxLength: 5_000, unit: fc.constantFrom(..."abcdefghijkl0123456789") });
  const frames = fc.oneof(
    words.map((type) => ({ type })),
    words.map((name) => ({ type: "offer", [name]: name })),
    words.map((sdp) => ({ type: "offer", sdp: [sdp] })),
    words.map((name) => ({ type: "candidate", candidate: { [name]: name } })),
    words.map((candidate) => ({ type: "candidate", candidate: { candidate, sdpMid: candidate } })),
    words.map((ref) => ({ type: "bye", reason: {}, ref })),
    words.map((room) => ({ type: "join", room, subscribe: room })),
    words.map((mid) => ({ type: "offer", sdp: "", tracks: { [mid]: { source: mid } } })),
    words.map((id) => ({ type: "data", payload: id, to: [id] })),
    words.map((track) => ({ type: "mute", track, muted: track })),
  );
  fc.assert(
    fc.property(frames, (frame) => {
      let message = "";
      try {
        parseClientMessage(JSON.stringify(frame));
      } catch (error) {
        message = (error as Error).message;
      }
      // No word of ours is as long as that.
      expect(message).not.toMatch(/[a-l\d]{65}/);
    }),
  );
});

test("[PR7] nesting as deep as a frame can hold is taken or refused", () => {
  const depth = 100_000;
  expect(isTaken(`{"type":"bye","x":${"[".repeat(depth)}${"]".repeat(depth)}}`)).toBe(true);
  expect(isTaken("[".repeat(depth))).toBe(false);
  expect(isTaken(`{"type":${'{"type":'.repeat(depth)}1${"}".repeat(depth)}}`)).toBe(false);
});
