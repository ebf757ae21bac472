import fc from "fast-check";
import { expect, test } from "vitest";
import { addMessage, emptyChat, isContinued, readAll, splitLinks, textOfPayload } from "../../../web/call/chat_log.ts";
import { actionOf, callKeys, keyWords } from "../../../web/call/key_map.ts";
import { chooseLayer } from "../../../web/call/layer_choice.ts";
import { levelOf, smoothLevel } from "../../../web/call/level.ts";
import { defaultPreferences, parsePreferences } from "../../../web/call/preferences.ts";

const message = { author: "Ada", isOwn: false, text: "hello", atMs: 1_000 };

test("[CP7] what comes while nobody looks is unread until somebody does", () => {
  let log = addMessage(emptyChat, message, false);
  log = addMessage(log, { ...message, isOwn: true }, false);
  log = addMessage(log, message, true);
  expect([log.messages.map(({ id }) => id), log.unread]).toEqual([[1, 2, 3], 1]);
  expect(readAll(log).unread).toBe(0);
});

test("[CP7] a chat keeps the last 500 messages", () => {
  let log = emptyChat;
  for (let index = 0; index < 600; index += 1) log = addMessage(log, { ...message, text: `${index}` }, true);
  expect([log.messages.length, log.messages[0]?.text]).toEqual([500, "100"]);
});

test("[CP7] whatever comes over the wire is a text of bounded length, or nothing", () => {
  expect(textOfPayload({ text: " hi " })).toBe("hi");
  expect(textOfPayload("hi")).toBe("hi");
  for (const payload of [null, 7, {}, { text: 1 }, "  ", []]) expect(textOfPayload(payload)).toBeUndefined();
  fc.assert(
    fc.property(fc.jsonValue(), (payload) => {
      expect(textOfPayload(payload)?.length ?? 0).toBeLessThanOrEqual(2_000);
    }),
  );
});

test("[CP7] messages of one author in a row share a name, unless there is a pause", () => {
  const [first] = addMessage(emptyChat, message, true).messages;
  const next = { ...message, id: 2, atMs: 60_000 };
  expect(isContinued(first, next)).toBe(true);
  expect(isContinued(first, { ...next, atMs: 200_000 })).toBe(false);
  expect(isContinued(first, { ...next, author: "Bo" })).toBe(false);
  expect(isContinued(undefined, next)).toBe(false);
});

test("[CP7] only addresses of the web become links, and a message loses nothing by it", () => {
  expect(splitLinks("see https://a.example/b?c=d.")).toEqual(["see ", "https://a.example/b?c=d", "."]);
  expect(splitLinks("javascript:alert(1)")).toEqual(["javascript:alert(1)"]);
  fc.assert(
    fc.property(fc.string(), (text) => {
      const parts = splitLinks(`${text} http://x.example ${text}`);
      expect(parts.join("")).toBe(`${text} http://x.example ${text}`);
      for (const [index, part] of parts.entries()) if (index % 2 === 1) expect(part).toMatch(/^https?:\/\//i);
    }),
  );
});

const press = {
  key: "m",
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  repeat: false,
  tag: "BODY",
  isEditable: false,
};

test("[CP8] a key does what its tooltip says, and nothing while somebody writes or with Ctrl", () => {
  const keys = ["m", "V", "s", "c", "p", "d", "i", "x"];
  const actions = keys.map((key) => actionOf({ ...press, key }));
  expect(actions).toEqual(["microphone", "camera", "screen", "chat", "people", "settings", "statistics", undefined]);
  expect(actionOf({ ...press, key: "Escape" })).toBeUndefined();
  for (const key of Object.values(callKeys)) expect(keyWords).toContain(`${key}: `);
  for (const tag of ["INPUT", "TEXTAREA", "SELECT"]) expect(actionOf({ ...press, tag })).toBeUndefined();
  for (const held of ["ctrlKey", "altKey", "metaKey", "repeat", "isEditable"]) {
    expect(actionOf({ ...press, [held]: true })).toBeUndefined();
  }
});

test("[CP9] a small picture asks for a small layer, a large one leaves it to the bandwidth", () => {
  const layers = ["q", "h", "f"];
  expect([80, 180, 300, 420, 700].map((height) => chooseLayer(layers, height))).toEqual(["q", "q", "h", "h", null]);
  expect(chooseLayer([], 100)).toBeNull();
  expect(chooseLayer(["f"], 100)).toBeNull();
});

test("[CP10] a level is 0 for silence, 1 for full scale, and grows with the sound", () => {
  const tone = (amplitude: number) => Float32Array.from({ length: 480 }, (_, index) => amplitude * Math.sin(index / 5));
  expect(levelOf(tone(0))).toBe(0);
  expect(levelOf(tone(1))).toBe(1);
  expect(levelOf([])).toBe(0);
  const levels = [0.001, 0.01, 0.1, 0.5].map((amplitude) => levelOf(tone(amplitude)));
  expect(levels).toEqual([...levels].sort((one, other) => one - other));
  expect(levels[1]).toBeGreaterThan(0.1);
});

test("[CP10] a meter rises at once and falls slowly", () => {
  expect(smoothLevel(0.1, 0.9)).toBe(0.9);
  expect(smoothLevel(0.9, 0.1)).toBeGreaterThan(0.5);
  expect(smoothLevel(0.9, 0.1)).toBeLessThan(0.9);
});

test("[CP11] what is remembered is taken part by part where it is of the right kind", () => {
  const stored = JSON.stringify({ name: "Ada", isCameraWanted: false, theme: "pink", cameraId: 7, extra: 1 });
  expect(parsePreferences(stored)).toEqual({ ...defaultPreferences, name: "Ada", isCameraWanted: false });
  for (const text of [null, "", "null", "7", "{", "[]"]) expect(parsePreferences(text)).toEqual(defaultPreferences);
});
