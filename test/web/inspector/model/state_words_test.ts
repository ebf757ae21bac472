import { expect, test } from "vitest";
import { eventWords } from "../../../../web/inspector/events/event_label.ts";
import { sharedWith } from "../../../../web/inspector/model/shared_value.ts";
import { stateWords } from "../../../../web/inspector/model/state_words.ts";

const wordsOf = (kind: string, value: unknown, endedAt?: number, status: "active" | "done" | "error" = "active") => {
  const { text, tone } = stateWords({ kind, endedAt }, { status, value, context: null });
  return `${text}: ${tone}`;
};

test("[IP24] each state is a word that tells how it is going, with a color", () => {
  expect([
    wordsOf("peer", { open: "connected" }),
    wordsOf("peer", { open: "connecting" }),
    wordsOf("peer", { open: "failed" }),
    wordsOf("peer", { open: "new" }),
    wordsOf("session", { open: { joined: "attached" } }),
    wordsOf("session", { open: { joined: "detached" } }),
    wordsOf("negotiation", { stable: "settled" }),
    wordsOf("negotiation", { "have-local-offer": "awaitingAnswer" }),
    wordsOf("node", "draining"),
  ]).toEqual([
    "connected: good",
    "connecting: working",
    "failed: bad",
    "new: idle",
    "joined: good",
    "joined detached: bad",
    "stable: good",
    "have-local-offer awaitingAnswer: working",
    "draining: working",
  ]);
});

test("[IP24] connectivity is what keeps packets from getting through: ICE first, then DTLS", () => {
  const value = (ice: string, dtls: string) => ({ gathering: "complete", ice, dtls, remoteCandidates: "awaited" });
  expect([
    wordsOf("connectivity", value("checking", "new")),
    wordsOf("connectivity", value("connected", "connecting")),
    wordsOf("connectivity", value("connected", "connected")),
    wordsOf("connectivity", value("failed", "connected")),
  ]).toEqual(["checking: working", "DTLS connecting: working", "connected: good", "failed: bad"]);
});

test("[IP24] what ended is said to have, with what it was last; a crash is none of these", () => {
  expect(wordsOf("peer", "closed", 5, "done")).toBe("closed: ended");
  expect(wordsOf("peer", { open: "connected" }, 5)).toBe("ended, was connected: ended");
  expect(wordsOf("negotiation", "failed", 5, "done")).toBe("failed: bad");
  expect(wordsOf("peer", { open: "connected" }, 5, "error")).toBe("crashed: bad");
});

test("[IP24] events are said in few words: messages by what they are, timers by their name", () => {
  const message = (type: string) => eventWords({ type, message: { type: "offer" } });
  expect([
    message("message.sent"),
    message("message.received"),
    eventWords({ type: "xstate.after.answerTimeout.negotiation.x" }),
    eventWords({ type: "xstate.done.actor.ada-1" }),
    eventWords({ type: "xstate.init" }),
    eventWords({ type: "ice.changed" }),
  ]).toEqual(["told offer", "said offer", "answerTimeout", "ada-1 ended", "start", "ice.changed"]);
});

test("[IP1] values share what is the same, whatever JSON they are", () => {
  const last = { a: [1, { b: 2 }], c: "x", d: null };
  expect(sharedWith(last, structuredClone(last))).toBe(last);
  const next = sharedWith(last, { a: [1, { b: 2 }, 3], c: "y" }) as typeof last;
  expect(next).toEqual({ a: [1, { b: 2 }, 3], c: "y" });
  expect(next.a[1]).toBe(last.a[1]);
  expect(sharedWith([1], { 0: 1 })).toEqual({ 0: 1 });
  expect(sharedWith({ a: 1, b: undefined }, { a: 1 })).toEqual({ a: 1 });
});
