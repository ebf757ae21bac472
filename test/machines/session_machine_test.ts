import { expect, test } from "vitest";
import { assign } from "xstate";
import type { SessionContext, SessionEvent } from "../../machines/session_events.ts";
import { sessionMachine } from "../../machines/session_machine.ts";
import type { ClientMessage } from "../../protocol/client_message.ts";
import { samples } from "./run_negotiation.ts";
import { limits, runSession, type SessionRun, timeouts } from "./run_session.ts";
import { nameOf, walk } from "./walk.ts";

const { accepted, applied, created, refused, tainted } = samples;
const offer = { type: "offer", sdp: "o" } as const;
const bye = { type: "bye" } as const;
const engineClosed = { type: "engine.closed" } as const;
const messages: readonly ClientMessage[] = [
  offer,
  { type: "answer", sdp: "a" },
  { type: "pranswer", sdp: "p" },
  { type: "rollback" },
  { type: "candidate", candidate: "c" },
  bye,
];
const roomMessages: readonly ClientMessage[] = [
  { type: "join", room: "atrium" },
  { type: "leave" },
  { type: "subscribe", track: "t" },
  { type: "unsubscribe", track: "t" },
  { type: "mute", track: "t", muted: true },
  { type: "metadata", metadata: null },
  { type: "data", payload: null },
];
const candidateOf = (name: string, ref?: number): ClientMessage => ({
  type: "candidate",
  candidate: { candidate: name },
  ...(ref === undefined ? {} : { ref }),
});

/** A session whose peer `s-1` has answered an offer. */
function runAnswered(): SessionRun {
  const run = runSession();
  run.say(offer);
  run.answer("s-1", applied, accepted, created);
  return run;
}

test("[SE1] a session gets into every documented state and into no other", () => {
  const events: SessionEvent[] = [
    ...[...messages, ...roomMessages].map((message) => ({ type: "message.received", message }) as const),
    { type: "room.joined" },
    { type: "room.refused" },
    { type: "room.left" },
    { type: "socket.closed", isDropped: false },
    { type: "socket.closed", isDropped: true },
    { type: "session.reentered", entry: { room: "atrium", name: "", isSubscribing: true, ref: null } },
    { type: "message.received", message: { type: "resume", token: "token" } },
    { type: "session.closed", code: 1000, reason: "" },
    { type: "peer.left", peerId: "s-1" },
  ];
  // In a walk nothing lives: a peer is its id alone.
  const startPeer = assign({ peerId: "s-1", livePeerIds: ["s-1"], earlyCandidates: [] }) as never;
  const found = walk(sessionMachine.provide({ actions: { startPeer } }), {
    input: { sessionId: "s", timeouts, limits },
    events: [
      ...events,
      { type: "xstate.done.actor.s-1", actorId: "s-1" } as never,
      { type: "xstate.error.actor.s-1", actorId: "s-1", error: null } as never,
    ],
    relevant: ({ peerId, livePeerIds, earlyCandidates, waiting }: SessionContext) => [
      peerId,
      livePeerIds,
      earlyCandidates.length,
      waiting.messages.length,
    ],
  });
  expect([...new Set(found.map(({ value }) => nameOf(value)))].sort()).toEqual([
    "closed",
    "closing",
    "open.joined.attached",
    "open.joined.detached",
    "open.joining",
    "open.leaving",
    "open.outside",
    "open.reentering",
    "open.resuming",
  ]);
});

test("[SE2] the first offer starts a peer, and what follows is for that peer", () => {
  const run = runSession();
  expect(run.say(offer)).toEqual(["open s-1", "apply offer o"]);
  expect(run.answer("s-1", applied, accepted, created)).toEqual([
    "ask",
    "application connecting",
    "create answer",
    "send offer own",
  ]);
  expect(run.say({ type: "offer", sdp: "again" })).toEqual(["apply offer again"]);
  expect(run.context).toMatchObject({ peerId: "s-1", livePeerIds: ["s-1"], peerCount: 1 });
});

test("[SE2] each kind of message reaches the peer", () => {
  const run = runAnswered();
  run.toPeer("s-1", { type: "negotiation.needed" });
  run.answer("s-1", created);
  expect(run.say({ type: "pranswer", sdp: "p" })).toEqual(["apply pranswer p"]);
  expect(run.say({ type: "answer", sdp: "a" })).toEqual([]);
  expect(run.answer("s-1", applied, applied)).toEqual(["apply answer a"]);
  expect(run.say({ type: "candidate", candidate: "bare" }, candidateOf("full"))).toEqual(["add bare", "add full"]);
  run.say(offer, { type: "rollback" });
  expect(run.answer("s-1", applied)).toEqual(["roll back remote"]);
  expect(run.say(bye)).toEqual(["close s-1", "application closed"]);
});

test("[SE2] the server is the impolite side: it goes on with its own offer when the client offers too", () => {
  const run = runAnswered();
  run.toPeer("s-1", { type: "negotiation.needed" });
  run.answer("s-1", created);
  expect(run.say(offer)).toEqual([]);
  expect(run.say({ type: "answer", sdp: "a" })).toEqual(["apply answer a"]);
});

test("[SE3] candidates that come before the first offer are handed over after it, in order and with their refs", () => {
  const run = runSession();
  expect(
    run.say(candidateOf("a", 1), { type: "candidate", candidate: "b" }, { type: "candidate", candidate: null }),
  ).toEqual([]);
  expect(run.say(offer)).toEqual(["open s-1", "apply offer o"]);
  expect(run.context.earlyCandidates).toEqual([]);
  expect(run.answer("s-1", applied)).toEqual(["ask", "add a 1", "add b", "application connecting"]);
});

test("[SE3] no more than maxWaitingCandidates wait for an offer; the next is refused with its ref", () => {
  const run = runSession();
  expect(run.say(candidateOf("a"), candidateOf("b"), candidateOf("c"))).toEqual([]);
  expect(run.say(candidateOf("d", 4))[0]).toMatch(/^error bad-state 4 - /);
  run.say(offer);
  expect(run.answer("s-1", applied)).toEqual(["ask", "add a", "add b", "add c", "application connecting"]);
});

test("[SE4] a new offer after a bye starts a new peer while the old one is still closing", () => {
  const run = runAnswered();
  expect(run.say(bye)).toEqual(["close s-1", "application closed"]);
  expect(run.say(offer)).toEqual(["open s-2", "apply offer o"]);
  expect(run.context).toMatchObject({ peerId: "s-2", livePeerIds: ["s-1", "s-2"] });
  expect(run.toPeer("s-1", engineClosed)).toEqual(["forget s-1"]);
  expect(run.context).toMatchObject({ peerId: "s-2", livePeerIds: ["s-2"] });
});

test("[SE4] a peer that begins to close by itself no longer gets what the client says", () => {
  const run = runAnswered();
  run.toPeer("s-1", { type: "peer.closed", isTold: false });
  run.send({ type: "peer.left", peerId: "s-1" });
  expect(run.say(offer)).toEqual(["open s-2", "apply offer o"]);
});

test("[SE4] a peer that left long ago takes nothing from the one that followed it", () => {
  const run = runAnswered();
  run.say(bye, offer);
  run.send({ type: "peer.left", peerId: "s-1" });
  expect(run.context.peerId).toBe("s-2");
});

test("[SE4] a session whose peer ended by itself takes a new offer", () => {
  const run = runSession();
  run.say(offer);
  run.answer("s-1", refused);
  expect(run.toPeer("s-1", engineClosed)).toEqual(["forget s-1"]);
  expect(run.context).toMatchObject({ peerId: null, livePeerIds: [] });
  expect(run.say(offer)).toEqual(["open s-2", "apply offer o"]);
});

test.each([
  { type: "answer", sdp: "", ref: "r" },
  { type: "pranswer", sdp: "", ref: "r" },
  { type: "rollback", ref: "r" },
] as const)("[SE5] $type without a peer is refused with bad-state and its ref", (message) => {
  const why = `Cannot take the ${message.type}: there is no peer connection; send an offer first`;
  expect(runSession().say(message)).toEqual([`error bad-state r - ${why}`]);
});

test("[SE5] a bye without a peer is nothing", () => {
  expect(runSession().say(bye, bye)).toEqual([]);
});

test("[SE6] a session whose socket closed ends when all of its peers have", () => {
  const run = runAnswered();
  run.say(bye, offer);
  expect(run.send({ type: "socket.closed", isDropped: false })).toEqual([
    "leave left at the end",
    "close s-2",
    "application closed",
  ]);
  expect(run.state).toBe("closing");
  run.toPeer("s-2", engineClosed);
  expect(run.state).toBe("closing");
  run.toPeer("s-1", engineClosed);
  expect(run.state).toBe("closed");
  expect(run.actor.getSnapshot().status).toBe("done");
});

test("[SE6] a session without a peer ends with its socket", () => {
  const run = runSession();
  run.send({ type: "socket.closed", isDropped: false });
  expect(run.actor.getSnapshot().status).toBe("done");
});

test("[SE6] a session ends although an engine never closes", () => {
  const run = runAnswered();
  run.send({ type: "socket.closed", isDropped: false });
  expect(run.wait(timeouts.closeTimeoutMs)).toEqual(["forget s-1"]);
  expect(run.actor.getSnapshot().status).toBe("done");
});

test.each(["negotiation", "connectivity"] as const)(
  "[SE7] a crash in the %s of a peer is told, and the session goes on",
  (throwsIn) => {
    const fault: { throwsIn?: typeof throwsIn } = { throwsIn };
    const run = runSession(fault);
    const first = run.say(candidateOf("a"), offer);
    const lines = [...first, ...run.answer("s-1", applied)];
    expect(lines).toContain(`bury s-1 boom in ${throwsIn}`);
    expect(run.context).toMatchObject({ peerId: null, livePeerIds: [] });
    delete fault.throwsIn;
    expect(run.say(offer)).toEqual(["open s-2", "apply offer o"]);
  },
);

test("[SE7] a failure of the application's code ends the peer that it was about and no other", () => {
  const run = runAnswered();
  run.say(bye, offer);
  expect(run.toPeer("s-2", { type: "application.failed", message: "boom" })).toEqual(["bury s-2 boom"]);
  expect(run.context.livePeerIds).toEqual(["s-1"]);
  expect(run.toPeer("s-1", engineClosed)).toEqual(["forget s-1"]);
});

test("[SE7] a session that is closing ends also when its last peer crashes", () => {
  const run = runAnswered();
  run.toPeer("s-1", { type: "application.failed", message: "boom" });
  run.send({ type: "socket.closed", isDropped: false });
  expect(run.actor.getSnapshot().status).toBe("done");
});

test("[SE8] a session that this side closes closes its peers without a bye, and then its socket", () => {
  const run = runAnswered();
  expect(run.send({ type: "session.closed", code: 1012, reason: "shutting-down" })).toEqual([
    "leave node-lost at the end",
    "close socket 1012 shutting-down",
    "close s-1",
    "application closed",
  ]);
  run.send({ type: "socket.closed", isDropped: false });
  run.toPeer("s-1", engineClosed);
  expect(run.actor.getSnapshot().status).toBe("done");
});

test("[SE9] nothing that the client said last is heard by a session that closes", () => {
  const run = runAnswered();
  run.send({ type: "socket.closed", isDropped: false });
  expect(run.say(...messages)).toEqual([]);
  expect(run.send({ type: "session.closed", code: 1000, reason: "" })).toEqual([]);
  expect(run.context.livePeerIds).toEqual(["s-1"]);
});

test("[SE9] what a client says to a peer that failed does not reach it", () => {
  const run = runAnswered();
  run.say(offer);
  expect(run.answer("s-1", tainted)).toEqual([
    "error peer-crashed",
    "bye peer-crashed",
    "close s-1",
    "application closed",
  ]);
  expect(run.say({ type: "answer", sdp: "" })).toEqual([]);
});
