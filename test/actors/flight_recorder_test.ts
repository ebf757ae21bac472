import { expect, test } from "vitest";
import { assign, createActor, forwardTo, sendTo, setup } from "xstate";
import { FlightRecorder, type FlightRecorderOptions } from "../../actors/flight_recorder.ts";
import type { ConnectionObserved, ObservedPair } from "../../protocol/connection_observation.ts";

type DoorEvent = { type: "pushed" } | { type: "message.received"; message: object } | { type: "locked" };

/** A door with a lock: what is pushed and locked is passed on to the lock. */
const lock = setup({ types: { events: {} as DoorEvent } }).createMachine({
  id: "lock",
  initial: "open",
  states: { open: { on: { locked: "shut" } }, shut: { type: "final" } },
});
const door = setup({
  types: { context: {} as { count: number }, events: {} as DoorEvent },
  actors: { lock },
  actions: { toLock: forwardTo("lock"), count: assign({ count: ({ context }) => context.count + 1 }) },
}).createMachine({
  id: "door",
  context: { count: 0 },
  initial: "closed",
  invoke: { id: "lock", src: "lock" },
  on: { locked: { actions: "toLock" } },
  states: {
    closed: { on: { pushed: { target: "open", actions: "count" } } },
    open: { on: { pushed: { target: "closed", actions: "count" } } },
  },
});

function record(options: FlightRecorderOptions = {}) {
  const clock = { nowMs: 0 };
  const recorder = new FlightRecorder({ now: () => clock.nowMs, ...options });
  const start = (id: string) => {
    const actor = createActor(door, {
      id,
      ...recorder.record({ id, parent: "node", labels: () => ({ room: "hall" }) }),
    });
    return actor.start();
  };
  const find = (address: string) => recorder.records.find((record) => record.address === address);
  return { recorder, start, find, clock };
}

test("[IN1] of each actor and its children the events, who sent them, and the states and contexts that they led to are kept", () => {
  const { start, find } = record();
  const actor = start("a");
  actor.send({ type: "pushed" });
  actor.send({ type: "locked" });
  const events = find("a")?.events.map(({ event, source, after }) => [
    event.type,
    source,
    after?.value,
    after?.context,
  ]);
  expect(events).toEqual([
    ["xstate.init", undefined, "closed", { count: 0 }],
    ["pushed", undefined, "open", { count: 1 }],
    ["locked", undefined, "open", { count: 1 }],
    ["xstate.done.actor.lock", "a/lock", "open", { count: 1 }],
  ]);
  const lockRecord = find("a/lock");
  expect(lockRecord).toMatchObject({ kind: "lock", parent: "a", root: "a", labels: { room: "hall" }, endedAtMs: 0 });
  expect(lockRecord?.events.map(({ event, source, after }) => [event.type, source, after?.value])).toEqual([
    ["xstate.init", "a", "open"],
    ["locked", "a", "shut"],
  ]);
});

test("[IN1] what one actor has another one do is numbered after what made it do so", () => {
  const { start, find } = record();
  start("a").send({ type: "locked" });
  const seqOf = (address: string, type: string) => find(address)?.events.find(({ event }) => event.type === type)?.seq;
  expect(seqOf("a/lock", "locked")).toBeGreaterThan(seqOf("a", "locked") ?? Number.NaN);
});

test("[IN2] of each actor the last events are kept, and the state before the oldest", () => {
  const { start, find } = record({ maxRecordedEvents: 3 });
  const actor = start("a");
  for (let i = 0; i < 7; i += 1) actor.send({ type: "pushed" });
  const kept = find("a");
  expect(kept?.events.map(({ after }) => after?.context)).toEqual([{ count: 5 }, { count: 6 }, { count: 7 }]);
  expect(kept?.before?.context).toEqual({ count: 4 });
  expect(kept?.lostCount).toBe(5);
});

test("[IN2] all records together stay within their bound: those that ended go first, then the older half of each that lives", () => {
  const { recorder, start, find } = record({ maxRecordBytes: 200_000, maxRecordedEvents: 1_000 });
  start("gone");
  recorder.ended("gone");
  const [a, b] = [start("a"), start("b")];
  const sdp = "v".repeat(5_000);
  for (let i = 0; i < 60; i += 1) {
    for (const actor of [a, b]) actor.send({ type: "message.received", message: { type: "offer", sdp } });
    expect(recorder.bytes).toBeLessThanOrEqual(200_000);
  }
  expect(find("gone")).toBeUndefined();
  expect(recorder.bytes).toBeGreaterThan(100_000);
  expect(find("a")?.lostCount).toBeGreaterThan(0);
});

test("[IN3] an actor that ended is remembered for a while, and only so many", () => {
  const { recorder, start, find, clock } = record({ recordTimeoutMs: 1_000, maxEndedRecords: 4 });
  for (const id of ["a", "b", "c"]) {
    start(id);
    recorder.ended(id);
  }
  // Two for each: the door and its lock.
  expect(recorder.records.map(({ address }) => address)).toEqual(["b", "b/lock", "c", "c/lock"]);
  clock.nowMs = 1_001;
  expect(recorder.records).toEqual([]);
  expect(find("c")).toBeUndefined();
  expect(recorder.bytes).toBe(0);
});

test("[IN3] another actor of the same id is another record", () => {
  const { recorder, start } = record();
  start("a").send({ type: "pushed" });
  recorder.ended("a");
  start("a");
  expect(recorder.records.map(({ address, events }) => [address, events.length])).toEqual([
    ["a", 2],
    ["a/lock", 1],
    ["a~2", 1],
    ["a~2/lock", 1],
  ]);
  expect(recorder.transitions("a").map(({ event }) => event)).toEqual(["xstate.init", "xstate.init"]);
});

test("[IN4] tokens are never kept, and of what clients say to each other only how long it is, once for all that changes nothing", () => {
  const { recorder, start, find } = record();
  const actor = start("a");
  const say = (message: object) => actor.send({ type: "message.received", message });
  say({ type: "join", room: "hall", token: "eyJhbGciOiJIUzI1NiJ9.hush" });
  say({ type: "resume", token: "hush" });
  for (let i = 0; i < 500; i += 1) say({ type: "data", payload: "hush" });
  recorder.told("a", {
    type: "message.sent",
    message: { type: "joined", resume: "hush", iceServers: [{ credential: "hush" }] },
  });
  recorder.told("a", { type: "message.sent", message: { text: JSON.stringify({ type: "resumed", resume: "hush" }) } });
  const { events = [] } = find("a") ?? {};
  expect(JSON.stringify(events)).not.toContain("hush");
  expect(events.map(({ event, repeats }) => [(event["message"] as { type?: string })?.type, repeats])).toEqual([
    [undefined, 0],
    ["join", 0],
    ["resume", 0],
    ["data", 499],
    ["joined", 0],
    ["resumed", 0],
  ]);
});

/** The pairs of an observation have this state. */
function seen(state: ObservedPair["state"]): ConnectionObserved {
  const candidate = { type: "host", protocol: "udp", address: "192.0.2.1", port: 1 } as const;
  const pair = { local: candidate, remote: candidate, state, isSelected: false, requestsReceived: 0 };
  return { type: "connection.observed", observation: { pairs: [pair], tracks: [] } };
}

test("[IN21] what was observed of an actor takes no event's place, and of what was seen as time went on the newest is kept", () => {
  const { recorder, start, find } = record({ maxRecordedEvents: 3 });
  const actor = start("a");
  const kept = () =>
    find("a")?.events.map(
      ({ event }) => (event as Partial<ConnectionObserved>).observation?.pairs[0]?.state ?? event.type,
    );
  const door = recorder.find("a", "lock");
  expect([door?.address, recorder.find("a", "key"), recorder.find("b", "lock")]).toEqual([
    "a/lock",
    undefined,
    undefined,
  ]);
  const observe = (state: ObservedPair["state"], isMoment: boolean) => {
    const found = find("a");
    if (found !== undefined) recorder.observed(found, seen(state), isMoment);
  };
  observe("in-progress", true);
  actor.send({ type: "pushed" });
  for (let i = 0; i < 500; i += 1) observe("waiting", false);
  observe("succeeded", false);
  actor.send({ type: "pushed" });
  expect(kept()).toEqual(["xstate.init", "in-progress", "pushed", "succeeded", "pushed"]);
  expect([find("a")?.lostCount, find("a")?.state?.value]).toEqual([0, "closed"]);
  const bytes = recorder.bytes;
  for (let i = 0; i < 50; i += 1) observe("failed", true);
  expect(kept()).toEqual(["xstate.init", "pushed", "pushed", ...Array(8).fill("failed")]);
  expect(recorder.bytes).toBeLessThan(bytes + 10_000);
  actor.send({ type: "locked" });
  const lock = find("a/lock");
  if (lock !== undefined) recorder.observed(lock, seen("failed"), true);
  expect(lock?.events.map(({ event }) => event.type)).toEqual(["xstate.init", "locked"]);
});

test("[IN2] what was observed counts in the bound of all records, and half of it goes with the older half of the events", () => {
  const { recorder, start, find } = record({ maxRecordBytes: 20_000, maxRecordedEvents: 1_000 });
  const actor = start("a");
  const found = find("a");
  for (let i = 0; i < 200; i += 1) {
    if (found !== undefined) recorder.observed(found, seen("failed"), true);
    actor.send({ type: "pushed" });
    expect(recorder.bytes).toBeLessThanOrEqual(20_000);
    expect(recorder.records.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(recorder.bytes);
  }
  expect(found?.lostCount).toBeGreaterThan(0);
});

/** XState's own, which it calls to tell what happens. */
interface TellingSystem {
  _sendInspectionEvent: unknown;
}

test("[IN25] what XState tells is taken before it is copied; where it cannot be it comes by inspect, and is recorded once, too", () => {
  const recordBy = (isTold: boolean) => {
    const { recorder, find } = record();
    const { inspect } = recorder.record({ id: "a" });
    let count = 0;
    const actor = createActor(door, {
      id: "a",
      inspect: (event) => {
        count += 1;
        const { system } = event.actorRef as unknown as { readonly system: TellingSystem };
        const { _sendInspectionEvent: own } = system;
        inspect?.(event);
        if (isTold) system._sendInspectionEvent = own;
      },
    }).start();
    for (const type of ["pushed", "locked", "pushed"] as const) actor.send({ type });
    const events = ["a", "a/lock"].map((address) => find(address)?.events.map(({ event, seq }) => [event.type, seq]));
    return { count, events };
  };
  const [taken, told] = [recordBy(false), recordBy(true)];
  expect(taken.count).toBe(1);
  expect(told.count).toBeGreaterThan(10);
  expect(taken.events).toEqual(told.events);
  expect(taken.events[0]?.map(([type]) => type)).toEqual([
    "xstate.init",
    "pushed",
    "locked",
    "xstate.done.actor.lock",
    "pushed",
  ]);
});

test("[IN1] an event that is sent twice before it is handled keeps the numbers of both", () => {
  const pushed = { type: "pushed" } as const;
  const knocker = setup({
    types: { events: {} as { type: "knocked" } },
    actors: { door },
    actions: { push: sendTo("door", pushed) },
  }).createMachine({
    id: "knocker",
    invoke: { id: "door", src: "door" },
    on: { knocked: { actions: ["push", "push"] } },
  });
  const { recorder, find } = record();
  createActor(knocker, { id: "a", ...recorder.record({ id: "a" }) })
    .start()
    .send({ type: "knocked" });
  const [first, second] = find("a/door")?.events.filter(({ event }) => event === pushed) ?? [];
  expect((second?.seq ?? 0) - (first?.seq ?? 0)).toBe(1);
  expect([first?.after?.value, second?.after?.value]).toEqual(["open", "closed"]);
});

test("[IN4] of a text that is told to many what is kept is one for all, and the next text another", () => {
  const { recorder, start, find } = record();
  for (const id of ["a", "b"]) start(id);
  const told = (address: string) =>
    find(address)?.events.flatMap(({ event }) => (event.type === "message.sent" ? [event] : []));
  const texts = [
    { type: "peer-left", peer: "x" },
    { type: "resumed", resume: "hush" },
    { type: "peer-left", peer: "x" },
    { type: "migrate", resume: "hush" },
    { type: "joined", resume: "hush", iceServers: ["hush"] },
  ].map((message) => JSON.stringify(message));
  for (const text of texts) for (const id of ["a", "b", "c"]) recorder.textTold(id, text);
  expect(told("a")).toHaveLength(5);
  expect(JSON.stringify(told("a"))).not.toContain("hush");
  expect(told("a")?.every((event, at) => event === told("b")?.[at])).toBe(true);
  expect(told("a")?.[0]).toEqual({ type: "message.sent", message: { text: texts[0] } });
  expect(told("a")?.[1]).toEqual({ type: "message.sent", message: { type: "resumed", resume: "[redacted]" } });
});

test("[IN5] nothing is recorded, and XState inspects nothing, where the limit is 0", () => {
  const { recorder, start } = record({ maxRecordedEvents: 0 });
  expect(recorder.record({ id: "b" })).toEqual({});
  start("a").send({ type: "pushed" });
  recorder.told("a", { type: "message.sent" });
  expect([recorder.records, recorder.transitions("a"), recorder.bytes]).toEqual([[], [], 0]);
});

test("[AC11] an actor that ended, or was never recorded, has no transitions", () => {
  const { recorder, start } = record();
  start("a");
  recorder.ended("a");
  expect([recorder.transitions("a"), recorder.transitions("b")]).toEqual([[], []]);
});
