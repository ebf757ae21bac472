import { expect, onTestFinished, test } from "vitest";
import { createActor, setup } from "xstate";
import { ClusterInspection } from "../../actors/cluster_inspection.ts";
import { maxObservedConnections } from "../../actors/connection_watch.ts";
import { FlightRecorder } from "../../actors/flight_recorder.ts";
import { InspectionFeed } from "../../actors/inspection_feed.ts";
import { InspectionMessages } from "../../actors/inspection_messages.ts";
import { type InspectionFilter, type InspectionMessage, parseInspectionQuery } from "../../protocol/inspection.ts";
import { createSubjects } from "../../protocol/subjects.ts";
import { LocalHub } from "../../transport/bus/local_hub.ts";
import { codeOf } from "../kit/code_of.ts";
import { eventually } from "../kit/eventually.ts";
import { KeptLog } from "./start_supervisor.ts";

/** Stands for a peer connection. */
const lamp = setup({
  types: { events: {} as { type: "switched"; why?: string; more?: string }, context: {} as { password: string } },
}).createMachine({
  id: "peer",
  context: () => ({ password: "hush" }),
  initial: "off",
  states: { off: { on: { switched: "on" } }, on: { on: { switched: "off" } } },
});

const cable = setup({}).createMachine({ id: "connectivity" });

/** A node with lamps in rooms. */
function startNode(name: string, hub = new LocalHub()) {
  const recorder = new FlightRecorder();
  const messages = new InspectionMessages(name, 1_000_000);
  /** Which connections were observed, and what does so each second. */
  const [observed, looks]: [string[], Set<() => void>] = [[], new Set()];
  const bus = hub.connect(name);
  const inspection = new ClusterInspection({
    recorder,
    messages,
    bus,
    subjects: createSubjects("test"),
    origin: name,
    nodeId: name,
    observe: (record) => {
      observed.push(record.address);
      recorder.observed(record, { type: "connection.observed", observation: { pairs: [], tracks: [] } }, false);
    },
    every: (ms, call) => {
      if (ms === 1_000) {
        looks.add(call);
        return () => looks.delete(call);
      }
      const timer = setInterval(call, Math.min(ms, 50));
      return () => clearInterval(timer);
    },
    after: (ms, call) => {
      const timer = setTimeout(call, Math.min(ms, 50));
      return () => clearTimeout(timer);
    },
    log: new KeptLog(),
  });
  onTestFinished(() => inspection.stop());
  const light = (id: string, where: { room: string | undefined }) => {
    const labels = () => ({ room: where.room, peers: [`peer-of-${id}`] });
    return createActor(lamp, { id, ...recorder.record({ id: `lamp:${id}`, parent: "node", labels }) }).start();
  };
  /** Stands for a connection of a peer. */
  const connect = (id: string, room: string) => {
    const labels = () => ({ room, peers: [id] });
    return createActor(cable, { id, ...recorder.record({ id, parent: "node", labels }) }).start();
  };
  /** A second passes. @returns the connections that were observed */
  const look = () => {
    observed.length = 0;
    for (const call of looks) call();
    return [...observed];
  };
  const filter = (query = ""): InspectionFilter => parseInspectionQuery(query);
  return { recorder, messages, inspection, light, connect, look, looks, filter };
}

function read(feed: { take(): readonly string[] }): InspectionMessage[] {
  const all: string[] = [];
  for (let taken = feed.take(); taken.length > 0; taken = feed.take()) all.push(...taken);
  return all.map((text) => JSON.parse(text));
}

const shown = (messages: readonly InspectionMessage[]) =>
  messages.map((message) => [message.type.slice(8), message.sessionId, message.isHistory]);

function openFeed(node: ReturnType<typeof startNode>, query = "", maxWaiting?: number) {
  const ready = { count: 0 };
  const feed = new InspectionFeed({
    recorder: node.recorder,
    messages: node.messages,
    filter: node.filter(query),
    onReady: () => {
      ready.count += 1;
    },
    ...(maxWaiting === undefined ? {} : { maxWaiting }),
  });
  onTestFinished(() => feed.close());
  return { feed, ready };
}

test("[IN10] a watcher gets what there was first, then what comes, each event with what it led to", () => {
  const node = startNode("n1");
  const actor = node.light("a", { room: "hall" });
  const { feed, ready } = openFeed(node);
  expect(shown(read(feed))).toEqual([
    ["actor", "n1/lamp:a", true],
    ["event", "n1/lamp:a", true],
    ["snapshot", "n1/lamp:a", true],
  ]);
  actor.send({ type: "switched" });
  actor.send({ type: "switched" });
  expect(ready.count).toBe(1);
  const live = read(feed);
  expect(shown(live)).toEqual([
    ["event", "n1/lamp:a", false],
    ["snapshot", "n1/lamp:a", false],
    ["event", "n1/lamp:a", false],
    ["snapshot", "n1/lamp:a", false],
  ]);
  expect(live[1]).toMatchObject({ snapshot: { value: "on" }, node: "n1", rootId: "n1/lamp:a" });
  feed.close();
  actor.send({ type: "switched" });
  expect(read(feed)).toEqual([]);
});

test("[IN11] a watcher gets what fits its filter, and an actor that fits later comes with its past", () => {
  const node = startNode("n1");
  const where = { room: undefined as string | undefined };
  const [a, b] = [node.light("a", where), node.light("b", { room: "cellar" })];
  const { feed } = openFeed(node, "room=hall&kind=peer");
  expect(read(feed)).toEqual([]);
  b.send({ type: "switched" });
  a.send({ type: "switched" });
  expect(read(feed)).toEqual([]);
  where.room = "hall";
  a.send({ type: "switched" });
  expect(shown(read(feed))).toEqual([
    ["actor", "n1/lamp:a", true],
    ["event", "n1/lamp:a", true],
    ["snapshot", "n1/lamp:a", true],
    ["event", "n1/lamp:a", false],
    ["snapshot", "n1/lamp:a", false],
    ["event", "n1/lamp:a", false],
    ["snapshot", "n1/lamp:a", false],
  ]);
  const fits = (query: string) => read(openFeed(node, query).feed).length > 0;
  expect(["peer=peer-of-a", "node=n1", "kind=peer", "room=cellar&peer=peer-of-b"].map(fits)).toEqual(
    Array(4).fill(true),
  );
  expect(["peer=peer", "node=n2", "kind=room", "room=cellar&peer=peer-of-a"].map(fits)).toEqual(Array(4).fill(false));
});

test("[IN11] a query that is no filter is refused", () => {
  for (const query of [
    "rooms=a",
    "room=",
    "definitions=never",
    `room=${"a".repeat(257)}`,
    "kind=foo",
    "kind=peer&".repeat(33),
  ]) {
    expect(codeOf(() => parseInspectionQuery(query))).toBe("bad-message");
  }
  expect(parseInspectionQuery("room=a&room=b&access_token=x")).toMatchObject({ room: ["a", "b"], node: [] });
});

test("[IN12] the definition of a machine comes with each actor, or once", () => {
  const node = startNode("n1");
  for (const id of ["a", "b"]) node.light(id, { room: "hall" });
  const definitions = (query: string) =>
    read(openFeed(node, query).feed).flatMap((message) =>
      message.type === "@xstate.actor" ? [message.definition] : [],
    );
  expect(definitions("").map((text) => JSON.parse(text ?? "{}").id)).toEqual(["peer", "peer"]);
  expect(definitions("definitions=once").map((text) => typeof text)).toEqual(["string", "undefined"]);
});

test("[IN4] what is shown holds no secret of a context or an event", () => {
  const node = startNode("n1");
  const { feed } = openFeed(node);
  node.light("a", { room: "hall" }).send({ type: "switched", why: "a=ice-pwd:hush\r\na=ice-ufrag:seen" });
  const text = JSON.stringify(read(feed));
  expect(text).not.toContain("hush");
  expect(text).toContain("a=ice-ufrag:seen");
});

test("[IN13] a watcher that takes nothing loses what comes on top, and is told how much", () => {
  const node = startNode("n1");
  const actor = node.light("a", { room: "hall" });
  const { feed } = openFeed(node, "", 10);
  read(feed);
  for (let i = 0; i < 25; i += 1) actor.send({ type: "switched" });
  const messages = read(feed);
  expect(messages).toHaveLength(20);
  expect(messages[0]?.lost).toBe(15);
  expect(messages.slice(1).map(({ lost }) => lost)).toEqual(Array(19).fill(undefined));
});

test("[IN14] from any node a watcher sees all of them, those too that come later, and they spend nothing when it is gone", async () => {
  const hub = new LocalHub();
  const [one, two] = [startNode("n1", hub), startNode("n2", hub)];
  const [here, there] = [one.light("a", { room: "hall" }), two.light("b", { room: "hall" })];
  const feed = one.inspection.open(one.filter(), () => undefined);
  const seen: InspectionMessage[] = [];
  const sees = (sessionId: string, count: number) =>
    eventually(
      () => {
        seen.push(...read(feed));
        return seen.filter((message) => message.sessionId === sessionId).length >= count;
      },
      { what: `${count} messages of ${sessionId}`, describe: () => shown(seen) },
    );
  await sees("n1/lamp:a", 3);
  await sees("n2/lamp:b", 3);
  here.send({ type: "switched" });
  there.send({ type: "switched" });
  await sees("n1/lamp:a", 5);
  await sees("n2/lamp:b", 5);
  startNode("n3", hub).light("c", { room: "hall" });
  await sees("n3/lamp:c", 3);
  expect(two.inspection.counts).toEqual({ watchers: 0, served: 1 });
  feed.close();
  there.send({ type: "switched" });
  await eventually(() => two.inspection.counts.served === 0, { what: "the other node to stop telling" });
});

test("[IN14] only the nodes that are asked for tell, and one message of the bus holds many of them", async () => {
  const hub = new LocalHub();
  const [one, two, three] = [startNode("n1", hub), startNode("n2", hub), startNode("n3", hub)];
  for (let i = 0; i < 300; i += 1) for (const node of [two, three]) node.light(`l${i}`, { room: "hall" });
  const spy = hub.connect("spy");
  let batches = 0;
  spy.subscribe(createSubjects("test").node("n1", "inspect"), () => {
    batches += 1;
  });
  const feed = one.inspection.open(one.filter("node=n2&definitions=once"), () => undefined);
  onTestFinished(() => feed.close());
  const seen: InspectionMessage[] = [];
  await eventually(
    () => {
      seen.push(...read(feed));
      return seen.length >= 900;
    },
    { what: "the lamps of n2" },
  );
  expect(new Set(seen.map(({ node }) => node))).toEqual(new Set(["n2"]));
  expect(three.inspection.counts.served).toBe(0);
  expect(batches).toBeLessThan(20);
});

test("[IN13] a watcher that takes nothing makes other nodes wait, not send", async () => {
  const hub = new LocalHub();
  const [one, two] = [startNode("n1", hub), startNode("n2", hub)];
  const actor = two.light("a", { room: "hall" });
  const feed = one.inspection.open(one.filter(), () => undefined);
  onTestFinished(() => feed.close());
  await eventually(() => two.inspection.counts.served === 1, { what: "the watcher to be served" });
  const before = hub.connect("spy").counts;
  for (let i = 0; i < 60_000; i += 1) actor.send({ type: "switched" });
  expect(before).toBeDefined();
  const seen: InspectionMessage[] = [];
  await eventually(
    () => {
      seen.push(...read(feed));
      return seen.some(({ lost = 0 }) => lost > 0);
    },
    { what: "what was lost to be told" },
  );
  const lost = seen.reduce((sum, message) => sum + (message.lost ?? 0), 0);
  expect(lost).toBeGreaterThan(30_000);
});

test("[IN13] what no message of the bus can hold is left out, and what follows comes", async () => {
  const hub = new LocalHub();
  const [one, two] = [startNode("n1", hub), startNode("n2", hub)];
  const actor = two.light("a", { room: "hall" });
  const text = "v".repeat(200_000);
  actor.send({ type: "switched", why: text });
  actor.send({ type: "switched", why: text, more: text });
  actor.send({ type: "switched", why: "the last" });
  const feed = one.inspection.open(one.filter(), () => undefined);
  onTestFinished(() => feed.close());
  const seen: string[] = [];
  await eventually(
    () => {
      seen.push(...read(feed).map((message) => JSON.stringify(message)));
      return seen.some((message) => message.includes("the last"));
    },
    { what: "the last event" },
  );
  expect(seen.filter((message) => message.includes(text))).toHaveLength(2);
});

test("[IN22] what was observed is an event of the actor itself, and what the client was told one of the client", () => {
  const node = startNode("n1");
  node.connect("a", "hall");
  const { feed } = openFeed(node);
  read(feed);
  const [record] = node.recorder.records;
  if (record === undefined) throw new Error("There is no record");
  node.recorder.observed(record, { type: "connection.observed", observation: { pairs: [], tracks: [] } }, true);
  node.recorder.told("a", { type: "message.sent", message: { type: "bye" } });
  const messages = read(feed);
  expect(messages[0]).not.toHaveProperty("sourceId");
  expect(messages).toMatchObject([
    { type: "@xstate.event", sessionId: "n1/a", event: { observation: { pairs: [] } } },
    { type: "@xstate.event", sessionId: "n1/a/client", sourceId: "n1/a", event: { message: { type: "bye" } } },
  ]);
});

test("[IN23] the connections that a watcher is shown are observed each second, once however many watch, and none while nobody does", () => {
  const node = startNode("n1");
  for (const [id, room] of [
    ["a", "hall"],
    ["b", "hall"],
    ["c", "cellar"],
  ] as const)
    node.connect(id, room);
  const open = (query: string) => node.inspection.open(node.filter(query), () => undefined);
  for (const query of ["", "node=n1", "kind=connectivity"]) {
    const feed = open(query);
    expect([node.look(), node.looks.size]).toEqual([[], 0]);
    feed.close();
  }
  const [room, peer] = [open("room=hall"), open("peer=b"), open("peer=c&kind=negotiation")];
  expect(node.look()).toEqual(["a", "b"]);
  node.connect("d", "hall");
  node.recorder.ended("a");
  expect(node.look()).toEqual(["b", "d"]);
  expect(read(room).filter(({ type }) => type === "@xstate.event").length).toBeGreaterThan(0);
  room.close();
  expect(node.look()).toEqual(["b"]);
  peer.close();
  expect(node.look()).toEqual([]);
});

test("[IN23] of more connections than are observed each second each gets its turn", () => {
  const node = startNode("n1");
  for (let i = 0; i < 450; i += 1) node.connect(`p${i}`, "hall");
  const feed = node.inspection.open(node.filter("room=hall"), () => undefined);
  const turns = Array.from({ length: 9 }, () => node.look());
  expect(turns.map(({ length }) => length)).toEqual(Array(9).fill(maxObservedConnections));
  const counts = Map.groupBy(turns.flat(), (address) => address);
  expect(counts.size).toBe(450);
  expect(new Set([...counts.values()].map(({ length }) => length))).toEqual(new Set([4]));
  feed.close();
  expect(node.looks.size).toBe(0);
});

test("[IN23] who watches at another node has connections observed, too", async () => {
  const hub = new LocalHub();
  const [one, two] = [startNode("n1", hub), startNode("n2", hub)];
  two.connect("a", "hall");
  const feed = one.inspection.open(one.filter("room=hall"), () => undefined);
  await eventually(() => two.look().length > 0, { what: "the connection to be observed" });
  const seen: InspectionMessage[] = [];
  const isSeen = () => {
    seen.push(...read(feed));
    return seen.some((message) => message.type === "@xstate.event" && message.event.type === "connection.observed");
  };
  await eventually(isSeen, { what: "the observation of the other node" });
  feed.close();
  await eventually(() => two.looks.size === 0, { what: "the other node to observe no more" });
});
