import { expect, test } from "vitest";
import { readAddress } from "../../../../web/inspector/model/actor_address.ts";
import { stateOf } from "../../../../web/inspector/model/actor_view.ts";
import { ClusterRecord, recordLimits } from "../../../../web/inspector/model/cluster_record.ts";
import { maxStepsOfActor } from "../../../../web/inspector/model/known_actor.ts";
import { NodeWatch } from "../../../../web/inspector/model/node_watch.ts";
import { actorMessage, stepMessages, toldMessage } from "../feed_messages.ts";

const session = "n1/session:ada";
const peer = `${session}/ada-1`;

function takeAll(record: ClusterRecord, messages: readonly string[]): void {
  for (const message of messages) record.take(message);
}

function recordOfSession(limits = recordLimits): ClusterRecord {
  const record = new ClusterRecord(limits);
  record.beginHistory();
  record.take(actorMessage({ id: session, kind: "session", peers: ["ada"], definition: { id: "session" } }));
  return record;
}

test("[IP1] an event and what it led to are one step of its actor, and what a client was told is a step of who told it", () => {
  const record = recordOfSession();
  takeAll(
    record,
    stepMessages({ id: session, event: { type: "x", repeats: 2 }, value: "a", context: { n: 1 }, sourceId: "n1/y" }),
  );
  record.take(toldMessage({ id: session, message: { type: "joined" } }));
  const { steps, definition } = record.actors.get(session) ?? { steps: [] };
  expect(steps).toMatchObject([
    {
      actorId: session,
      sourceId: "n1/y",
      event: { type: "x" },
      repeats: 2,
      snapshot: { status: "active", value: "a" },
    },
    { actorId: `${session}/client`, sourceId: session, event: { type: "message.sent" }, snapshot: undefined },
  ]);
  expect(definition).toEqual({ id: "session" });
  expect(stateOf(record.actors.get(session) as never)).toMatchObject({ value: "a" });
});

test("[IP1] what did not change between two contexts is kept once", () => {
  const record = recordOfSession();
  const context = { limits: { a: [1, 2] }, count: 1 };
  takeAll(record, stepMessages({ id: session, event: { type: "x" }, context }));
  takeAll(record, stepMessages({ id: session, event: { type: "y" }, context: { ...context, count: 2 } }));
  const [one, two] = (record.actors.get(session)?.steps ?? []).map(
    ({ snapshot }) => snapshot?.context as typeof context,
  );
  expect(one).toEqual(context);
  expect(two).toEqual({ ...context, count: 2 });
  expect(two?.limits).toBe(one?.limits);
});

test("[IP2] an actor keeps its last steps, and what is left out is counted with the state before them", () => {
  const record = recordOfSession();
  for (let index = 0; index <= maxStepsOfActor; index += 1)
    takeAll(record, stepMessages({ id: session, event: { type: `e${index}` }, value: `s${index}` }));
  const actor = record.actors.get(session);
  expect(actor?.steps.length).toBeLessThanOrEqual(maxStepsOfActor);
  expect(actor?.steps.at(-1)?.event.type).toBe(`e${maxStepsOfActor}`);
  expect(actor?.forgotten).toBe(maxStepsOfActor + 1 - (actor?.steps.length ?? 0));
  expect(actor?.before.value).toBe(`s${(actor?.forgotten ?? 0) - 1}`);
});

test("[IP2] when all together is too much, the older steps go, of those that ended first", () => {
  const record = recordOfSession({ maxCharacters: 30_000, maxActors: 100 });
  const ended = "n1/session:bob";
  record.take(actorMessage({ id: ended, kind: "session", endedAt: 5 }));
  const fill = (id: string, count: number) => {
    for (let index = 0; index < count; index += 1)
      takeAll(record, stepMessages({ id, isHistory: true, event: { type: "e", text: "x".repeat(200) } }));
  };
  fill(ended, 20);
  fill(session, 20);
  expect(record.actors.get(ended)?.forgotten).toBeGreaterThan(0);
  expect(record.actors.get(session)?.forgotten).toBe(0);
  fill(session, 200);
  expect(record.actors.get(session)?.steps.length).toBeLessThan(150);
  expect(record.forgotten).toBeGreaterThan(100);
});

test("[IP2] of too many actors those go that ended first", () => {
  const record = new ClusterRecord({ maxCharacters: 1e6, maxActors: 20 });
  for (let index = 0; index < 21; index += 1)
    record.take(actorMessage({ id: `n1/session:${index}`, kind: "session", ...(index < 5 ? { endedAt: index } : {}) }));
  expect([...record.actors.keys()].slice(0, 3)).toEqual(["n1/session:2", "n1/session:3", "n1/session:4"]);
  expect(record.actors.size).toBe(19);
});

test("[IP3] what a node sends once more after a reconnect is known already; who is not told of any more has ended", () => {
  const record = recordOfSession();
  const first = stepMessages({ id: session, event: { type: "x" }, seq: 100 });
  const introduction = actorMessage({ id: peer, rootId: session, kind: "peer", seq: 101 });
  takeAll(record, [...first, introduction]);
  const actor = record.actors.get(session);
  record.beginHistory();
  takeAll(record, [
    actorMessage({ id: session, kind: "session", seq: actor?.startSeq ?? 0, at: actor?.startedAt ?? 0 }),
    ...first,
  ]);
  takeAll(record, stepMessages({ id: session, event: { type: "y" }, seq: 102 }));
  record.endHistory(7_000_000);
  expect(record.actors.get(session)).toBe(actor);
  expect(actor?.steps.map(({ event }) => event.type)).toEqual(["x", "y"]);
  expect([actor?.endedAt, record.actors.get(peer)?.endedAt]).toEqual([undefined, 7_000_000]);
});

test("[IP3] another start of a node ends what was on it before", () => {
  const record = recordOfSession();
  record.take(actorMessage({ id: "n1/node", kind: "node", seq: 1, at: 1_000_000 }));
  record.take(actorMessage({ id: "n1/node", kind: "node", seq: 1, at: 9_000_000 }));
  expect(record.actors.get(session)?.endedAt).toBe(9_000_000);
  expect(record.actors.get("n1/node")?.endedAt).toBeUndefined();
});

test("[IP4] lost events are counted and said where they are missing; an actor whose introduction was lost is known by its id", () => {
  const record = recordOfSession();
  takeAll(
    record,
    stepMessages({ id: `${session}/ada-1/negotiation`, rootId: session, event: { type: "x" }, lost: 12 }),
  );
  expect(record.lost).toBe(12);
  const actor = record.actors.get(`${session}/ada-1/negotiation`);
  expect(actor).toMatchObject({ kind: "negotiation", name: "negotiation", parentId: peer, node: "n1" });
  expect(actor?.steps).toMatchObject([{ lost: 12 }]);
});

test.for([
  ["n1/ice-source:turn-rest", "iceSource", "turn-rest", "n1/node"],
  ["n1/bus-link", "busLink", "bus-link", "n1/node"],
  ["n1/remote-part:atrium:n2", "remotePart", "atrium:n2", "n1/node"],
  ["n1/room:atrium", "room", "atrium", "n1/node"],
  ["n1/node", "node", "node", undefined],
] as const)("[IP4] of what kind an actor is, its id says: %s", ([id, kind, name, parentId]) => {
  expect(readAddress(id)).toEqual({ node: "n1", kind, name, parentId });
});

test("[IP5] people are called what they call themselves, and are in the room that they are or were in last; with a session all in it ends", () => {
  const record = recordOfSession();
  record.take(actorMessage({ id: peer, rootId: session, kind: "peer", peers: ["ada"] }));
  takeAll(
    record,
    stepMessages({
      id: session,
      event: { type: "message.received", message: { type: "join", name: "Ada" } },
      context: { join: { room: "atrium" } },
    }),
  );
  takeAll(record, stepMessages({ id: session, event: { type: "room.left" }, context: { join: null } }));
  record.take(actorMessage({ id: "n2/room:atrium", node: "n2", kind: "room" }));
  takeAll(
    record,
    stepMessages({
      id: "n2/room:atrium",
      node: "n2",
      event: { type: "x" },
      context: { members: [{ id: "bob", name: "Bob" }] },
    }),
  );
  expect([record.names.get("ada"), record.names.get("bob")]).toEqual(["Ada", "Bob"]);
  expect([record.actors.get(session)?.room, record.actors.get(peer)?.room]).toEqual(["atrium", "atrium"]);
  takeAll(record, stepMessages({ id: session, event: { type: "xstate.stop" }, status: "stopped", at: 8_000_000 }));
  expect(record.systemOf(session).map(({ endedAt }) => endedAt)).toEqual([8_000_000, 8_000_000]);
});

test("[IP3] what was on a node that is gone has ended, until the node speaks again", () => {
  const record = recordOfSession();
  for (const text of stepMessages({ id: session, event: { type: "x" } })) record.take(text);
  record.keepNodes(new Set(["n1", "n2"]), 8_000_000);
  expect(record.actors.get(session)?.endedAt).toBeUndefined();
  record.keepNodes(new Set(["n2"]), 8_000_000);
  expect(record.actors.get(session)?.endedAt).toBe(8_000_000);
  for (const text of stepMessages({ id: session, event: { type: "y" } })) record.take(text);
  expect(record.actors.get(session)?.endedAt).toBeUndefined();
});

test("[IP3] a node is gone when it was missing twice; an answer that is none says nothing", async () => {
  const timers: (() => void)[] = [];
  const seen: string[][] = [];
  const answers = [["n1", "n2"], ["n1"], null, ["n1"]];
  const watch = new NodeWatch({
    fetch: async () => {
      const ids = answers.shift();
      return ids == null ? new Response("", { status: 500 }) : Response.json({ nodes: ids.map((id) => ({ id })) });
    },
    after: (_, callback) => {
      timers.push(callback);
      return () => undefined;
    },
    onNodes: (nodes) => seen.push([...nodes]),
  });
  watch.ask();
  for (let count = 0; count < 4; count += 1) {
    timers.at(-1)?.();
    await expect.poll(() => timers.length).toBe(count + 2);
  }
  expect(seen).toEqual([["n1", "n2"], ["n1"]]);
});
