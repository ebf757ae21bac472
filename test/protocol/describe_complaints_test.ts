import { expect, test } from "vitest";
import { parseClientMessage } from "../../protocol/client_message.ts";

/** Why a frame is refused, without how each refusal begins. */
function refusalOf(text: string): string {
  try {
    parseClientMessage(text);
  } catch (error) {
    return (error as Error).message.replace(/^Cannot read the \w+ message: /, "");
  }
  return "taken";
}

const allowedIds = "1 to 64 of the characters A-Z, a-z, 0-9, _ and - are allowed";

test.each([
  ['{"type":"join"}', "room is missing"],
  ['{"type":"mute"}', "track is missing"],
  ['{"type":"join","room":"the atrium"}', `room is "the atrium": ${allowedIds}`],
  ['{"type":"data","payload":1,"to":["a","b c"]}', `to.1 is "b c": ${allowedIds}`],
  ['{"type":"data","payload":1,"to":[]}', "to is empty: leave it out, or name 1 or more"],
  ['{"type":"join","room":"a","subscribe":7}', 'subscribe is 7: "all" or "none" is allowed'],
  ['{"type":"join","room":"a","subscribe":{}}', 'subscribe is an object: "all" or "none" is allowed'],
  ['{"type":"join","room":"a","token":12345}', "token is a number: a string is allowed"],
  ['{"type":"mute","track":"t","muted":"secret"}', "muted is a string: true or false is allowed"],
  ['{"type":"leave","ref":1e999}', "ref is too large a number: a string or a number is allowed"],
  [
    '{"type":"candidate","candidate":{"candidate":"","sdpMLineIndex":65536}}',
    "candidate.sdpMLineIndex is 65536: 65535 or less is allowed",
  ],
  [
    '{"type":"offer","sdp":"","tracks":{"a/b~c":{"source":""}}}',
    "tracks.a/b~c.source is empty: 1 or more characters are needed",
  ],
  ['{"type":"offer","sdp":"","tracks":{"":{"source":true}}}', "tracks..source is a boolean: a string is allowed"],
  ['{"type":"offer","sdp":"","tracks":{"__proto__":{}}}', "tracks.__proto__.source is missing"],
])("[PR10] %s is refused in plain words, with the value only where it is the value that is wrong", (text, why) => {
  expect(refusalOf(text)).toBe(why);
});

test("[PR10] a long value is cut, so that it and its field's name are 64 characters together", () => {
  expect(refusalOf(JSON.stringify({ type: "join", room: "x".repeat(1_000) }))).toBe(
    `room is "${"x".repeat(60)}": ${allowedIds}`,
  );
});
