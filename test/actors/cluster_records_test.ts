import { expect, onTestFinished, test } from "vitest";
import { createActor, createMachine } from "xstate";
import { ClusterRecords } from "../../actors/cluster_records.ts";
import { exportActors } from "../../actors/export_actors.ts";
import { FlightRecorder } from "../../actors/flight_recorder.ts";
import { InspectionFeed } from "../../actors/inspection_feed.ts";
import { InspectionMessages } from "../../actors/inspection_messages.ts";
import { type ExportedActor, isConnectionRecord } from "../../protocol/connection_record.ts";
import { parseInspectionQuery } from "../../protocol/inspection.ts";
import { encodeRecordQuestion, parseRecordPart } from "../../protocol/record_question.ts";
import { LocalHub } from "../../transport/bus/local_hub.ts";
import { eventually } from "../kit/eventually.ts";
import { offerSdp, type SupervisorSetup, startSupervisor } from "./start_supervisor.ts";

/** A node that records, and knows the others by name. */
function startNode(
  name: string,
  {
    hub = new LocalHub(),
    others = [] as string[],
    isAnswering = true,
    timeouts = {} as SupervisorSetup["timeouts"] & object,
  } = {},
) {
  const recorder = new FlightRecorder();
  const node = startSupervisor({ node: name, hub, recorder, timeouts });
  const { bus, subjects } = node.cluster;
  const waits: number[] = [];
  const options = {
    recorder,
    bus,
    subjects,
    origin: name,
    nodeId: name,
    epochMs: 1_700_000_000_000,
    version: "1.2.3",
    others: () => others.map((other) => ({ origin: other, nodeId: other })),
    now: () => performance.now(),
    after: (ms: number, call: () => void) => {
      waits.push(ms);
      const timer = setTimeout(call, ms);
      return () => {
        waits.pop();
        clearTimeout(timer);
      };
    },
  };
  const records = new ClusterRecords(options);
  if (!isAnswering) records.stop();
  onTestFinished(() => records.stop());
  return { ...node, recorder, records, options, waits };
}

const addressesOf = (actors: readonly ExportedActor[]) => actors.map(({ node, address }) => `${node} ${address}`);

test("[RR1] the record of a client holds its session, its peer connections and its subscriptions, and nobody else's", async () => {
  const node = startNode("n1");
  const [ada, bob] = [node.openClient(), node.openClient()];
  await ada.join();
  await bob.join();
  await ada.connect();
  node.engines.last.addRemoteTrack();
  await bob.connect();
  await bob.next("track-published");
  const record = await node.records.record(ada.id);
  expect(isConnectionRecord(JSON.parse(JSON.stringify(record)))).toBe(true);
  expect(record).toMatchObject({ version: "1.2.3", peer: ada.id, missingNodes: [] });
  const session = `session:${ada.id}`;
  const own = ["", "-1", "-1/negotiation", "-1/connectivity"].map((end) =>
    end === "" ? session : `${session}/${ada.id}${end}`,
  );
  expect(addressesOf(record.actors)).toEqual([
    ...own.map((address) => `n1 ${address}`),
    expect.stringContaining("n1 subscription:"),
  ]);
  const [first] = record.actors;
  expect(first).toMatchObject({
    kind: "session",
    origin: "n1",
    parent: "node",
    room: "atrium",
    peers: [ada.id],
    forgotten: 0,
  });
  expect(first?.events[0]).toMatchObject({
    event: { type: "xstate.init" },
    after: { status: "active", value: { open: "outside" } },
  });
  const told = first?.events.filter(({ after }) => after === undefined).map(({ event }) => event.type);
  expect(told?.length).toBeGreaterThan(0);
  expect(new Set(told)).toEqual(new Set(["message.sent"]));
  const connection = await node.records.record(`${ada.id}-1`);
  expect(connection.actors.map(({ kind }) => kind)).toEqual(["peer", "negotiation", "connectivity"]);
  for (const stranger of ["negotiation", "nobody", "room:atrium"]) {
    expect((await node.records.record(stranger)).actors, stranger).toEqual([]);
  }
  expect(JSON.stringify(record)).toContain("secretfragment");
  expect(JSON.stringify(record)).not.toContain("secretpassword");
});

test("[RR1] what a client says while it waits for a room is neither in its record nor shown", async () => {
  const gate = Promise.withResolvers<void>();
  const recorder = new FlightRecorder();
  const { openClient } = startSupervisor({ recorder, application: { joinRequested: () => gate.promise } as never });
  const ada = openClient();
  ada.say({ type: "join", room: "atrium", token: "hush" });
  ada.say({ type: "data", payload: "whispered" });
  ada.say({ type: "offer", sdp: offerSdp });
  const text = exportActors(recorder.records, ada.id, { nodeId: "n", origin: "n", epochMs: 0 });
  expect(text).toContain('"joining"');
  expect(text).toContain("[11 characters]");
  const messages = new InspectionMessages("n", 0);
  const feed = new InspectionFeed({ recorder, messages, filter: parseInspectionQuery(""), onReady: () => undefined });
  const shown: string[] = [];
  for (let taken = feed.take(); taken.length > 0; taken = feed.take()) shown.push(...taken);
  feed.close();
  for (const seen of [text, shown.join("\n")])
    for (const secret of ["whispered", "hush", "secretpassword"]) expect(seen).not.toContain(secret);
});

test("[RR2] from any node there is one record of a client that was on several", async () => {
  const hub = new LocalHub();
  const [a, b] = [startNode("a-", { hub, others: ["b-"] }), startNode("b-", { hub, others: ["a-"] })];
  const [first, second] = [a.openClient(), b.openClient()];
  const asked = async (id: string) => addressesOf((await a.records.record(id)).actors);
  expect(await asked(second.id)).toEqual([`b- session:${second.id}`]);
  // The same client on both.
  const both = startSupervisor({ node: "a-", recorder: b.recorder });
  expect(both.openClient().id).toBe(first.id);
  expect((await asked(first.id)).toSorted()).toEqual([`a- session:${first.id}`, `b- session:${first.id}`]);
  expect((await b.records.record(first.id)).actors).toHaveLength(2);
});

test("[RR3] a node that does not answer is named, and the rest is there", async () => {
  const hub = new LocalHub();
  const a = startNode("a-", { hub, others: ["b-", "c-"] });
  startNode("b-", { hub, isAnswering: false });
  const c = startNode("c-", { hub });
  // It takes the question, and never says anything.
  const deaf = hub.connect("d-");
  deaf.subscribe(a.options.subjects.node("b-", "records"), () => undefined);
  const client = c.openClient();
  const record = await a.records.record(client.id);
  expect(record.missingNodes).toEqual(["b-"]);
  expect(addressesOf(record.actors)).toEqual([`c- session:${client.id}`]);
});

test("[RR3] an answer that no message of the bus holds comes whole, and is kept only until then", async () => {
  const sizes: number[] = [];
  const route = ({ subject, payload }: { readonly subject: string; readonly payload: Uint8Array }) => {
    if (subject.includes("INBOX")) sizes.push(payload.length);
    return 0;
  };
  const hub = new LocalHub({ route });
  const a = startNode("a-", { hub, others: ["b-"] });
  const b = startNode("b-", { hub });
  const client = b.openClient();
  // Of two bytes and of three, so that some are cut within one.
  for (let count = 0; count < 60; count += 1) {
    client.say({ type: "offer", sdp: `${"ä€".repeat(10_000)}${count}` });
    await client.next("error");
  }
  const record = await a.records.record(client.id);
  const own = exportActors(b.recorder.records, client.id, b.options);
  const byAddress = (actors: readonly ExportedActor[]) => new Map(actors.map((actor) => [actor.address, actor]));
  expect(byAddress(record.actors)).toEqual(byAddress(JSON.parse(own)));
  expect(own.length).toBeGreaterThan(2_000_000);
  expect(sizes.length).toBeGreaterThan(8);
  expect(Math.max(...sizes)).toBeLessThan(300_000);
  expect(b.waits).toEqual([]);
});

test("[RR3] what is too long for a record is its older events, and it says how many", async () => {
  const { recorder, openClient, options } = startNode("n1");
  const client = openClient();
  for (let count = 0; count < 40; count += 1) client.say({ type: "leave", ref: `r${count}` });
  await eventually(() => recorder.records[0]?.events.length === 81, { what: "all to be answered" });
  const whole = JSON.parse(exportActors(recorder.records, client.id, options)) as ExportedActor[];
  const cut = JSON.parse(exportActors(recorder.records, client.id, options, 15_000)) as ExportedActor[];
  expect(JSON.stringify(cut.map(({ events }) => events)).length).toBeLessThanOrEqual(15_000);
  const [kept, all] = [cut[0], whole[0]];
  expect(kept?.forgotten).toBeGreaterThan(0);
  expect(kept?.events).toEqual(all?.events.slice(kept?.forgotten));
  expect(kept?.before).toMatchObject({ status: "active", value: { open: "outside" } });
});

test("[RR4] clients are listed with their names, rooms, states and peer connections, those that came last first", async () => {
  const hub = new LocalHub();
  const [a, b] = [startNode("a-", { hub, others: ["b-"] }), startNode("b-", { hub, others: ["a-"] })];
  const ada = a.openClient();
  await ada.join("atrium", { name: "Ada" });
  await ada.connect();
  const gone = b.openClient();
  gone.end();
  await eventually(() => b.recorder.records[0]?.endedAtMs !== undefined, { what: "the session to end" });
  const bare = b.openClient();
  const { peers, isCut, missingNodes } = await b.records.list();
  expect([isCut, missingNodes]).toEqual([false, []]);
  expect(peers.map(({ id }) => id)).toEqual([bare.id, gone.id, ada.id]);
  expect(peers[2]).toMatchObject({ name: "Ada", room: "atrium", node: "a-", state: "open.joined.attached" });
  expect(peers[2]?.connections).toEqual([{ id: `${ada.id}-1`, state: "open.connecting" }]);
  expect(peers[1]).toMatchObject({ state: "closed", endedAt: expect.any(Number) });
  expect(peers[0]).toEqual({
    id: bare.id,
    node: "b-",
    state: "open.outside",
    startedAt: expect.any(Number),
    connections: [],
  });
});

test("[RR4] a peer connection that failed is listed with what it failed for, one that works or was ended without", async () => {
  const node = startNode("n1", { timeouts: { connectingTimeoutMs: 20, failedTimeoutMs: 500 } });
  const [failed, secured, left] = [node.openClient(), node.openClient(), node.openClient()];
  await failed.connect();
  await secured.connect();
  node.engines.last.options.report({ type: "ice.changed", state: "connected" });
  node.engines.last.options.report({ type: "dtls.changed", state: "failed" });
  await left.connect();
  node.engines.last.connect();
  await failed.next("error");
  const failures = async () => {
    const { peers } = await node.records.list();
    const of = ({ id }: { readonly id: string }) => peers.find((peer) => peer.id === id)?.connections;
    return [failed, secured, left].map((client) => of(client)?.map(({ failure }) => failure));
  };
  expect(await failures()).toEqual([["ice-failed"], ["dtls-failed"], [undefined]]);
  left.say({ type: "bye" });
  await failed.next("bye");
  expect(await failures()).toEqual([["ice-failed"], ["dtls-failed"], [undefined]]);
});

test("[RR4] no more than 1,000 clients are listed, and it is said that there are more", async () => {
  const hub = new LocalHub();
  const [a, b] = [startNode("a-", { hub, others: ["b-"] }), startNode("b-", { hub })];
  for (let count = 0; count < 600; count += 1) for (const { openClient } of [a, b]) openClient();
  const { peers, isCut } = await a.records.list();
  expect([peers.length, isCut]).toEqual([1_000, true]);
});

test("[RR3] of a record that is too long nothing is read that is left out", () => {
  const recorder = new FlightRecorder();
  const machine = createMachine({ id: "session", on: { "*": {} } });
  const start = (id: string) =>
    createActor(machine, { ...recorder.record({ id, labels: () => ({ peers: ["ada"] }) }) }).start();
  const [busy, quiet] = [start("session:busy"), start("session:quiet")];
  quiet.send({ type: "quiet.first" });
  quiet.send({ type: "quiet.second" });
  let readCount = 0;
  for (let count = 0; count < 100; count += 1) {
    const event = { type: "busy", text: "" };
    const get = () => {
      readCount += 1;
      return "x".repeat(1_000);
    };
    Object.defineProperty(event, "text", { enumerable: true, get });
    busy.send(event);
  }
  readCount = 0;
  const where = { nodeId: "n", origin: "n", epochMs: 0 };
  const cut = JSON.parse(exportActors(recorder.records, "ada", where, 10_000)) as ExportedActor[];
  expect(cut[0]).toMatchObject({ forgotten: 93, before: { status: "active" } });
  expect(cut[0]?.events).toHaveLength(8);
  expect(readCount).toBe(9);
  // What one says much of hides nothing of the others.
  expect(cut[1]).toMatchObject({ forgotten: 0, events: [{}, {}, {}] });
});

test("[RR3] no more than 8 long answers are kept at a time for those who fetch them, and one that was fetched makes room", async () => {
  const hub = new LocalHub();
  const { openClient, options, waits } = startNode("n1", { hub });
  const client = openClient();
  for (let count = 0; count < 3; count += 1) {
    client.say({ type: "offer", sdp: `${"v".repeat(100_000)}${count}` });
    await client.next("error");
  }
  const bus = hub.connect("asker");
  const subject = options.subjects.node("n1", "records");
  const partsOf = async (ask: string, part = 0) => {
    const question = encodeRecordQuestion({ ask, part, peer: client.id });
    return parseRecordPart(await bus.request(subject, question, { timeoutMs: 1_000 }))?.parts ?? 0;
  };
  const partCount = await partsOf("ask-1");
  expect(partCount).toBeGreaterThan(1);
  for (let count = 2; count <= 8; count += 1) expect(await partsOf(`ask-${count}`)).toBe(partCount);
  expect([await partsOf("ask-9"), waits.length]).toEqual([0, 8]);
  for (let part = 1; part < partCount; part += 1) expect(await partsOf("ask-1", part)).toBe(partCount);
  expect([await partsOf("ask-9"), await partsOf("ask-1", 1)]).toEqual([partCount, 0]);
});
