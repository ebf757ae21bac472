import { expect, test } from "vitest";
import type { SessionContext, SessionEvent } from "../../machines/session_events.ts";
import { sessionMachine } from "../../machines/session_machine.ts";
import type { ClientMessage } from "../../protocol/client_message.ts";
import "../kit/quiet_xstate.ts";
import { samples } from "./run_negotiation.ts";
import { limits, runSession, type SessionRun, timeouts } from "./run_session.ts";
import { nameOf, stepsOf } from "./walk.ts";

const join = { type: "join", room: "atrium", ref: 1 } as const;
const leave = { type: "leave" } as const;
const offer = { type: "offer", sdp: "o" } as const;
const data = { type: "data", payload: 1 } as const;
const roomMessages: readonly ClientMessage[] = [
  { type: "subscribe", track: "t", ref: "r" },
  { type: "unsubscribe", track: "t", ref: "r" },
  { type: "mute", track: "t", muted: true, ref: "r" },
  { type: "metadata", metadata: null, ref: "r" },
  { type: "data", payload: null, ref: "r" },
];

function runJoined(): SessionRun {
  const run = runSession();
  run.say(join);
  run.send({ type: "room.joined" });
  return run;
}

test.each([...roomMessages, { ...leave, ref: "r" }])("[RM10] outside of a room a $type is refused", (message) => {
  const run = runSession();
  expect(run.say(message)).toEqual([
    `error not-joined r - Cannot take the ${message.type}: this client is in no room; send a join first`,
  ]);
  expect(run.state).toBe("open.outside");
});

test.each(roomMessages)("[RM10] in a room a $type goes to the room", (message) => {
  expect(runJoined().say(message)).toEqual([`tell room ${message.type}`]);
});

test("[RM10] a client that is in a room cannot join another", () => {
  const run = runJoined();
  expect(run.say({ ...join, room: "cellar", ref: "again" })).toEqual([
    'error bad-state again - Cannot take the join: this client is in room "atrium"; send a leave first',
  ]);
  expect(run.state).toBe("open.joined.attached");
});

test("[RM10] what is about the peer connection goes to the peer, in a room or not", () => {
  const run = runJoined();
  expect(run.say(offer)).toEqual(["open s-1", "apply offer o"]);
  expect(run.say({ type: "bye" })).toEqual(["close s-1", "application closed"]);
  expect(run.state).toBe("open.joined.attached");
});

test("[RM11] what the client says while its join is decided waits, and is worked on in order", () => {
  const run = runSession();
  expect(run.say(join)).toEqual(["request join atrium 1"]);
  expect(run.say(offer, data, { type: "candidate", candidate: "c" })).toEqual([]);
  // A peer is made when the step is over, and gets its messages in their order then.
  expect(run.send({ type: "room.joined" })).toEqual(["tell room data", "open s-1", "apply offer o"]);
  expect(run.answer("s-1", samples.applied)).toContain("add c");
  expect(run.context.waiting).toEqual({ messages: [], length: 0 });
});

test("[RM11] what waited for a join that was refused is worked on outside of the room", () => {
  const run = runSession();
  run.say(join, offer, { ...data, ref: 7 });
  expect(run.send({ type: "room.refused" })).toEqual([
    "error not-joined 7 - Cannot take the data: this client is in no room; send a join first",
    "open s-1",
    "apply offer o",
  ]);
});

test("[RM11] joins and leaves in one breath happen one after the other", () => {
  const run = runSession();
  run.say(join, leave, { ...join, room: "cellar" }, data);
  expect(run.send({ type: "room.joined" })).toEqual(["leave left"]);
  expect(run.state).toBe("open.leaving");
  expect(run.send({ type: "room.left" })).toEqual(["request join cellar 1"]);
  expect(run.send({ type: "room.joined" })).toEqual(["tell room data"]);
});

const aboutPeer: readonly ClientMessage[] = [
  { type: "candidate", candidate: "c" },
  { type: "answer", sdp: "a" },
  { type: "pranswer", sdp: "a" },
  { type: "rollback" },
  { type: "bye" },
];

/** A session with a peer connection that was described once, about to enter or to leave a room. */
function runUnsettled(state: "joining" | "leaving"): SessionRun {
  const run = runSession();
  run.say(offer);
  run.answer("s-1", samples.applied, samples.created);
  run.say(join);
  if (state === "leaving") {
    run.send({ type: "room.joined" });
    run.say(leave);
  }
  expect(run.state).toMatch(`open.${state}`);
  return run;
}

test.each(
  (["joining", "leaving"] as const).flatMap((state) =>
    aboutPeer.map((message) => [message.type, state, message] as const),
  ),
)(
  "[RM68] a %s for the peer connection that is there reaches it at once while the client is %s",
  (_, state, message) => {
    const run = runUnsettled(state);
    expect(run.say(data)).toEqual([]);
    expect(run.say(message)).not.toEqual([]);
    expect(run.context.waiting.messages).toEqual([data]);
    expect(run.state).toContain(`open.${state}`);
  },
);

test.each(aboutPeer)("[RM68] a $type does not overtake an offer that waits", (message) => {
  const run = runUnsettled("joining");
  expect(run.say(offer, message)).toEqual([]);
  expect(run.context.waiting.messages).toEqual([offer, message]);
});

test("[RM68] after a bye the next peer connection's candidates wait with its offer", () => {
  const run = runUnsettled("joining");
  run.say({ type: "bye" });
  expect(run.context.peerId).toBe(null);
  expect(run.say({ type: "candidate", candidate: "early" }, offer)).toEqual([]);
  expect(run.send({ type: "room.joined" })).toEqual(["open s-2", "apply offer o"]);
  expect(run.answer("s-2", samples.applied)).toContain("add early");
});

test("[RM11] no more than maxWaitingMessages wait; the next is refused with its ref", () => {
  const run = runSession();
  run.say(join);
  expect(run.say(data, data, data)).toEqual([]);
  expect(run.say({ ...data, ref: 4 })).toEqual([
    "error rate-limited 4 - Cannot take the data: 3 messages wait for a join already",
  ]);
  expect(run.send({ type: "room.joined" })).toEqual(["tell room data", "tell room data", "tell room data"]);
});

test("[RM11] what waits is no longer than one frame, all of it together", () => {
  const run = runSession();
  run.say(join);
  const half = { type: "offer", sdp: "x".repeat(100) } as const;
  expect(run.say(half, half)).toEqual([]);
  expect(run.say({ ...half, ref: "r" })[0]).toMatch(/^error rate-limited r - /);
  expect(run.say(data)).toEqual([]);
});

test("[RM11] of what waits only the fields of its type are kept, however deep the rest is", () => {
  const run = runSession();
  const depth = 50_000;
  const deep = JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);
  run.say(join);
  expect(run.say({ ...data, junk: deep } as never, { ...offer, junk: "x".repeat(1_000) } as never)).toEqual([]);
  expect(run.context.waiting.messages).toEqual([data, offer]);
});

test("[RM12] a join that is not decided in time is refused, and what waited is worked on", () => {
  const run = runSession();
  run.say(join, { ...data, ref: 2 });
  expect(run.wait(timeouts.joinTimeoutMs - 1)).toEqual([]);
  expect(run.wait(1)).toEqual([
    "leave left",
    'error join-timeout 1 - Cannot join room "atrium": the application did not decide in time',
    "error not-joined 2 - Cannot take the data: this client is in no room; send a join first",
  ]);
  expect(run.state).toBe("open.outside");
  expect(run.send({ type: "room.joined" })).toEqual([]);
  expect(run.state).toBe("open.outside");
});

test("[RM12] a join that was decided has no time limit any more", () => {
  const run = runJoined();
  expect(run.wait(10 * timeouts.joinTimeoutMs)).toEqual([]);
  expect(run.state).toBe("open.joined.attached");
});

test.each([
  ["joining", [join], []],
  ["joined", [join], [{ type: "room.joined" }]],
  ["leaving", [join, leave], [{ type: "room.joined" }]],
] as const)("[RM13] a session that ends while it is %s ends what it is to its room", (state, messages, events) => {
  for (const [ending, line] of [
    [{ type: "socket.closed", isDropped: false }, "leave left at the end"],
    [{ type: "session.closed", code: 1000, reason: "" }, "leave kicked at the end"],
  ] as const) {
    const run = runSession();
    run.say(...messages);
    run.send(...events);
    expect(run.state).toContain(`open.${state}`);
    expect(run.send(ending)[0]).toBe(line);
    expect(run.say(data, join)).toEqual([]);
    expect(run.actor.getSnapshot().status).toBe("done");
  }
});

test("[RM13] a client that its room puts out is outside, and may join anew", () => {
  const run = runJoined();
  run.send({ type: "room.left" });
  expect(run.state).toBe("open.outside");
  expect(run.say(join)).toEqual(["request join atrium 1"]);
});

test("[RM13] a client that is put out before it knew that it is in is outside", () => {
  const run = runSession();
  run.say(join);
  run.send({ type: "room.left" });
  expect(run.state).toBe("open.outside");
});

/** What each event does to where a session belongs; an event that is not named changes nothing. */
const table: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "open.outside": {
    join: "open.joining",
    resume: "open.resuming",
    "session.reentered": "open.reentering",
    "socket.closed": "closed",
    "socket dropped": "closed",
    "session.closed": "closed",
  },
  "open.resuming": {
    "session.absorbed": "closed",
    "resume.refused": "open.outside",
    "socket.closed": "closed",
    "socket dropped": "closed",
    "session.closed": "closed",
  },
  "open.reentering": {
    "room.joined": "open.joined.attached",
    "room.refused": "open.outside",
    "room.left": "open.outside",
    "socket.closed": "closed",
    "socket dropped": "closed",
    "session.closed": "closed",
  },
  "open.joining": {
    "room.joined": "open.joined.attached",
    "room.refused": "open.outside",
    "room.left": "open.outside",
    "xstate.after.joinTimeout.session.open.joining": "open.outside",
    "socket.closed": "closed",
    "socket dropped": "closed",
    "session.closed": "closed",
  },
  "open.joined.attached": {
    leave: "open.leaving",
    "room.left": "open.outside",
    "socket.closed": "closed",
    "socket dropped": "open.joined.detached",
    "session.superseded": "closed",
    "session.closed": "closed",
  },
  "open.joined.detached": {
    // Whatever may still come of a socket that is gone.
    leave: "open.leaving",
    "room.left": "closed",
    "session.resumed": "open.joined.attached",
    "xstate.after.resumeTimeout.session.open.joined.detached": "closed",
    "session.superseded": "closed",
    "socket.closed": "closed",
    "socket dropped": "closed",
    "session.closed": "closed",
  },
  "open.leaving": {
    "room.left": "open.outside",
    "socket.closed": "closed",
    "socket dropped": "closed",
    "session.closed": "closed",
  },
  closed: {},
};

test("[RM10] every event does in every state what the table says, and nothing else", () => {
  const messages = [join, leave, resume, ...roomMessages];
  const events: SessionEvent[] = [
    ...messages.map((message) => ({ type: "message.received", message }) as const),
    { type: "session.resumed", ref: null },
    { type: "session.absorbed" },
    { type: "session.superseded" },
    { type: "resume.refused" },
    { type: "session.reentered", entry: { room: "atrium", name: "", isSubscribing: true, ref: null } },
    { type: "socket.closed", isDropped: true },
    { type: "room.joined" },
    { type: "room.refused" },
    { type: "room.left" },
    { type: "socket.closed", isDropped: false },
    { type: "session.closed", code: 1000, reason: "" },
  ];
  // Nothing waits here, so that what follows a change is not seen in the same step.
  const machine = sessionMachine.provide({ actions: { keepMessage: () => {} } });
  const seen = new Set<string>();
  for (const { from, event, to } of stepsOf(machine, {
    input: { sessionId: "s", timeouts, limits },
    events,
    relevant: ({ join: joining }: SessionContext) => joining === null,
  })) {
    const [before, after] = [nameOf(from.value), nameOf(to.value)];
    const name = "message" in event ? (event.message as ClientMessage).type : nameOfEvent(event);
    seen.add(before);
    expect(after, `${name} in ${before}`).toBe(table[before]?.[name] ?? before);
  }
  expect([...seen].sort()).toEqual(Object.keys(table).sort());
});

function nameOfEvent(event: { readonly type: string }): string {
  return "isDropped" in event && event.isDropped === true ? "socket dropped" : event.type;
}

const resume: ClientMessage = { type: "resume", token: "token", ref: 3 };
const dropped: SessionEvent = { type: "socket.closed", isDropped: true };

test("[RU1] a client in a room whose socket dropped is away, and comes back on another one", () => {
  const run = runJoined();
  expect(run.send(dropped)).toEqual(["detach member"]);
  expect(run.state).toBe("open.joined.detached");
  run.wait(timeouts.resumeTimeoutMs - 1);
  expect(run.send({ type: "session.resumed", ref: 3 })).toEqual(["resume member 3", "release kept"]);
  expect(run.state).toBe("open.joined.attached");
  expect(run.wait(timeouts.resumeTimeoutMs)).toEqual([]);
  expect(run.say(data)).toEqual(["tell room data"]);
});

test("[RU1] who does not come back in time has left by a timeout, and its peer connection ends", () => {
  const run = runJoined();
  run.say(offer);
  run.send(dropped);
  expect(run.wait(timeouts.resumeTimeoutMs)[0]).toBe("leave timeout at the end");
  expect(run.state).toBe("closing");
  run.toPeer("s-1", { type: "engine.closed" });
  expect(run.actor.getSnapshot().status).toBe("done");
});

test("[RU2] a client may be on another socket before the old one is known to be gone", () => {
  const run = runJoined();
  expect(run.send({ type: "session.resumed", ref: null })).toEqual(["resume member", "release kept"]);
  expect(run.state).toBe("open.joined.attached");
});

test("[RU3] a request to resume is decided outside of this machine, and what is said meanwhile is passed on", () => {
  const run = runSession();
  expect(run.say(resume)).toEqual(["request resume token 3"]);
  expect(run.say(data)).toEqual([]);
  expect(run.send({ type: "session.absorbed" })).toEqual(["pass on data"]);
  expect(run.actor.getSnapshot().status).toBe("done");
});

test("[RU3] a client that cannot resume is outside, and what it said meanwhile is answered there", () => {
  const run = runSession();
  run.say(resume, data);
  expect(run.send({ type: "resume.refused" })[0]).toMatch(/^error not-joined/);
  expect(run.state).toBe("open.outside");
});

test("[RU4] resuming is for a socket that has done nothing else", () => {
  const joined = runJoined();
  expect(joined.say(resume)[0]).toMatch(/^error bad-state 3 - Cannot take the resume: this client is in room "atrium"/);
  const connected = runSession();
  connected.say(offer);
  expect(connected.say(resume)[0]).toMatch(/^error bad-state 3 - .* resume before anything else$/);
});

test.each([[[]], [[dropped]]])(
  "[RC30] a session that goes on elsewhere leaves its room as replaced, with its peer connection",
  (before) => {
    const run = runJoined();
    run.say(offer);
    run.send(...before);
    const lines = run.send({ type: "session.superseded" });
    expect(lines).toContain("replace socket");
    expect(run.state).toBe("superseded");
    // Its media goes on for a moment.
    expect(run.wait(5_000)).toContain("leave replaced at the end");
    expect(run.state).toBe("closing");
    run.toPeer("s-1", { type: "engine.closed" });
    expect(run.actor.getSnapshot().status).toBe("done");
  },
);
