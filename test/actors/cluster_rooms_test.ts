import { expect, test } from "vitest";
import type { RemoteTrack } from "../../actors/application.ts";
import type { Room, RoomMember } from "../../actors/room_application.ts";
import type { ServerMessage } from "../../protocol/server_message.ts";
import { LocalHub } from "../../transport/bus/local_hub.ts";
import { eventually } from "../kit/eventually.ts";
import type { FakeEngine } from "../kit/fake_engine.ts";
import { FakeRelays } from "../kit/fake_relay.ts";
import { tokenOf } from "./start_cluster.ts";
import { type FakeClient, type SupervisorSetup, startSupervisor } from "./start_supervisor.ts";

type Node = ReturnType<typeof startSupervisor> & { readonly name: string };

/** Nodes that know each other. */
async function startNodes(count: number, setup: SupervisorSetup = {}) {
  const cuts = new Set<string>();
  const hub = new LocalHub({ route: ({ from, to }) => (cuts.has(from) || cuts.has(to) ? undefined : 0) });
  const nodes = Array.from({ length: count }, (_, index) => {
    const name = `n${index + 1}`;
    return Object.assign(startSupervisor({ ...setup, node: name, hub }), { name });
  });
  await eventually(() => nodes.every(({ cluster }) => [...cluster.nodes.nodes].length === count - 1), {
    what: "the nodes to know each other",
  });
  return { hub, nodes, /** As if a node were killed. */ kill: ({ name }: Node) => cuts.add(name) };
}

async function join(node: Node, more: Parameters<FakeClient["join"]>[1] = {}): Promise<FakeClient> {
  const client = node.openClient();
  await client.join("atrium", { ...more, subscribe: "none" });
  return client;
}

function entryOf(client: FakeClient): Extract<ServerMessage, { type: "joined" | "resumed" }> {
  const found = client.received.seen.findLast(({ type }) => type === "joined" || type === "resumed");
  return found as Extract<ServerMessage, { type: "joined" | "resumed" }>;
}

const until = (check: () => boolean, what: string) => eventually(check, { what });
const told = (client: FakeClient, type: string) => client.received.seen.filter((message) => message.type === type);

/** Its engine finds a camera in its offer. */
async function sendCamera(node: Node, client: FakeClient): Promise<FakeEngine> {
  client.offer({ 0: { source: "camera" } });
  await client.next("answer");
  node.engines.last.addRemoteTrack({ mid: "0", kind: "video" });
  return node.engines.last;
}

test("[XR11] who enters a room here first is told who is in it on other nodes", async () => {
  const { nodes } = await startNodes(3);
  const [first, second, third] = nodes as [Node, Node, Node];
  const ada = await join(first, { name: "Ada", metadata: { hat: "red" } });
  const bob = await join(second, { name: "Bob" });
  const cy = await join(third, { name: "Cy" });
  expect(entryOf(bob).peers).toMatchObject([{ id: ada.id, name: "Ada", metadata: { hat: "red" }, tracks: [] }]);
  // Nobody hears of anybody before.
  for (const client of [bob, cy]) expect(client.received.seen[0]?.type).toBe("joined");
  expect(new Set(entryOf(cy).peers.map(({ id }) => id))).toEqual(new Set([ada.id, bob.id]));
  await until(() => told(ada, "peer-joined").length === 2, "Ada to hear of both");
});

test("[XR11] a node that does not answer is not waited for any longer than a second", async () => {
  const { nodes, kill } = await startNodes(2);
  const [first, second] = nodes as [Node, Node];
  await join(first);
  kill(first);
  const bob = await join(second);
  expect(entryOf(bob).peers).toEqual([]);
});

test("[XR11] a client that goes before it is in leaves nothing behind", async () => {
  const { nodes, kill } = await startNodes(2);
  const [first, second] = nodes as [Node, Node];
  kill(first);
  const bob = second.openClient();
  bob.say({ type: "join", room: "atrium" });
  await until(() => second.supervisor.roomCount === 1, "the room to open");
  bob.end(1000);
  await until(() => second.supervisor.roomCount === 0 && second.supervisor.sessionCount === 0, "nothing to be left");
});

test("[XR12] data reach everybody on all nodes in the order in which they were sent, or those named", async () => {
  const { nodes } = await startNodes(2);
  const [first, second] = nodes as [Node, Node];
  const ada = await join(first);
  const [bob, cy] = [await join(second), await join(second)];
  await until(() => told(ada, "peer-joined").length === 2, "Ada to know the others");
  for (let payload = 0; payload < 50; payload += 1) {
    ada.say({ type: "data", payload, ...(payload % 5 === 4 ? { to: [bob.id] } : {}) });
  }
  ada.say({ type: "data", payload: "last", to: [cy.id, ada.id], topic: "end" });
  await cy.received.next((message) => message.type === "data" && message.payload === "last", { timeoutMs: 3_000 });
  const payloads = (client: FakeClient) =>
    told(client, "data").map((message) => ("payload" in message ? message.payload : null));
  const all = Array.from({ length: 50 }, (_, payload) => payload);
  expect(payloads(bob)).toEqual(all);
  expect(payloads(cy)).toEqual([...all.filter((payload) => payload % 5 !== 4), "last"]);
  expect(payloads(ada)).toEqual(["last"]);
  expect(told(cy, "data").at(-1)).toEqual({ type: "data", from: ada.id, topic: "end", payload: "last" });
  ada.say({ type: "data", payload: 1, to: ["nobody"], ref: 7 });
  expect(await ada.next("error")).toMatchObject({ code: "no-such-peer", ref: 7 });
});

test("[XR12] what is said on a room channel reaches the channels of other nodes, text and bytes", async () => {
  const { nodes } = await startNodes(2);
  const [first, second] = nodes as [Node, Node];
  const [ada, bob] = [await join(first), await join(second)];
  await until(() => told(ada, "peer-joined").length === 1, "Ada to know Bob");
  await ada.connect();
  await bob.connect();
  const from = first.engines.last.openChannel("chat", "signalbox.room");
  const to = second.engines.last.openChannel("chat", "signalbox.room");
  const other = second.engines.last.openChannel("other", "signalbox.room");
  from.onmessage?.("hello");
  from.onmessage?.(Uint8Array.of(1, 2));
  await until(() => to.sent.length === 2, "both messages");
  const id = new TextEncoder().encode(ada.id);
  expect(to.sent[0]).toBe(`${ada.id}\nhello`);
  expect([...(to.sent[1] ?? [])]).toEqual([id.length, ...id, 1, 2]);
  expect([from.sent, other.sent]).toEqual([[], []]);
});

test("[XR13] a program sees members of other nodes come, change and go, with the reason", async () => {
  const seen: string[] = [];
  const application = {
    roomOpened: (room: Room) => {
      room.onmemberjoined = ({ id, session }) => seen.push(`joined ${id} ${session === null ? "elsewhere" : "here"}`);
      room.onmemberupdated = ({ id, metadata }) => seen.push(`updated ${id} ${JSON.stringify(metadata)}`);
      room.onmemberleft = ({ id }, reason) => seen.push(`left ${id} ${reason}`);
    },
  };
  const hub = new LocalHub();
  const [first, second] = [startSupervisor({ node: "n1", hub }), startSupervisor({ node: "n2", hub, application })];
  const bob = second.openClient();
  await bob.join();
  const ada = first.openClient();
  await ada.join();
  ada.say({ type: "metadata", metadata: 7 });
  ada.say({ type: "leave" });
  await until(() => seen.length === 4, "the program to hear of all");
  expect(seen).toEqual([
    `joined ${bob.id} here`,
    `joined ${ada.id} elsewhere`,
    `updated ${ada.id} 7`,
    `left ${ada.id} left`,
  ]);
});

test("[XR7] who comes back on a node that knew nothing of the room is who it was, and the others of its node are away", async () => {
  const { nodes, kill } = await startNodes(3);
  const [first, second, third] = nodes as [Node, Node, Node];
  const ada = await join(first, { name: "Ada", metadata: { hat: "red" } });
  await sendCamera(first, ada);
  const bob = await join(first, { name: "Bob" });
  const cy = await join(second);
  await until(() => told(ada, "track-published").length === 1, "Ada's camera");
  await until(
    () => told(cy, "track-published").length + entryOf(cy).peers.flatMap(({ tracks }) => tracks).length === 1,
    "Cy to know it",
  );
  kill(first);
  const back = third.openClient();
  back.say({ type: "resume", token: tokenOf(ada) });
  const resumed = await back.received.next(({ type }) => type === "resumed", { timeoutMs: 10_000 });
  expect(resumed).toMatchObject({ fresh: true, peer: ada.id, metadata: { hat: "red" } });
  const peers = new Map(entryOf(back).peers.map((peer) => [peer.id, peer]));
  expect(peers.get(bob.id)).toMatchObject({ name: "Bob", state: "reconnecting" });
  expect(peers.get(cy.id)).toMatchObject({ state: "connected" });
  await sendCamera(third, back);
  const [published] = told(ada, "track-published") as { track: { id: string } }[];
  expect(await back.next("track-published")).toMatchObject({ track: { id: published?.track.id }, mid: "0" });
  for (const type of ["peer-left", "track-unpublished"]) expect(told(cy, type)).toEqual([]);
  back.say({ type: "data", payload: 1 });
  await cy.next("data");
  // Cy noticed nothing.
  expect(told(cy, "peer-updated")).toEqual([]);
});

/** What a program of a node has of a room, and of somebody in it. */
function keepRoom() {
  const rooms: Room[] = [];
  // Of several nodes that have the program, the one where it is known as of another one.
  const member = ({ id }: FakeClient): RoomMember | undefined =>
    rooms.map(({ members }) => members.get(id)).findLast((found) => found?.session === null) ??
    rooms.at(-1)?.members.get(id);
  return { application: { roomOpened: (room: Room) => void rooms.push(room) }, rooms, member };
}

test("[XR41] who is put out while its node is gone is put out where it comes back", async () => {
  const { application, member } = keepRoom();
  const { nodes, kill } = await startNodes(3, { application });
  const [first, second, third] = nodes as [Node, Node, Node];
  const ada = await join(first, { name: "Ada" });
  const cy = await join(second);
  kill(first);
  member(ada)?.remove("spam");
  const back = third.openClient();
  back.say({ type: "resume", token: tokenOf(ada) });
  await back.received.next(({ type }) => type === "resumed", { timeoutMs: 10_000 });
  expect(await back.next("peer-left")).toMatchObject({ peer: ada.id, reason: "kicked", message: "spam" });
  expect(await cy.next("peer-left")).toEqual({ type: "peer-left", peer: ada.id, reason: "kicked" });
});

test("[XR41] who is put out while its node is gone, and comes back where that was wanted, is put out at once", async () => {
  const { application, member } = keepRoom();
  const { nodes, kill } = await startNodes(2, { application });
  const [first, second] = nodes as [Node, Node];
  const ada = await join(first, { name: "Ada" });
  const cy = await join(second);
  kill(first);
  member(ada)?.remove("spam");
  const back = second.openClient();
  back.say({ type: "resume", token: tokenOf(ada) });
  expect(await back.next("peer-left")).toMatchObject({ peer: ada.id, reason: "kicked", message: "spam" });
  expect(await cy.next("peer-left")).toEqual({ type: "peer-left", peer: ada.id, reason: "kicked" });
});

test("[XR41] a node that was not reached is asked again to put somebody out", async () => {
  const lost = new Set<string>();
  const hub = new LocalHub({ route: ({ subject }) => (lost.has(subject.split(".").at(-1) ?? "") ? undefined : 0) });
  const { application, member } = keepRoom();
  let beat = (): void => undefined;
  const time = {
    now: () => 0,
    every: (_: number, call: (nowMs: number) => void) => {
      beat = () => call(0);
      return () => undefined;
    },
  };
  const first = startSupervisor({ node: "n1", hub });
  const second = startSupervisor({ node: "n2", hub, application, time });
  const ada = first.openClient();
  await ada.join("atrium");
  const bob = second.openClient();
  await bob.join("atrium");
  await until(() => member(ada) !== undefined, "Bob's node to know Ada");
  lost.add("remove");
  member(ada)?.remove("spam");
  bob.say({ type: "data", payload: 1 });
  await ada.next("data");
  expect(told(ada, "peer-left")).toEqual([]);
  lost.clear();
  beat();
  expect(await ada.next("peer-left")).toMatchObject({ reason: "kicked", message: "spam" });
});

test("[XR42] a program has a track that it received from wherever its member goes on, and the session while it is here", async () => {
  const { application, rooms, member } = keepRoom();
  const hub = new LocalHub();
  const relays = new FakeRelays();
  const [first, second, third] = [
    startSupervisor({ node: "n1", hub, relay: relays.of("n1") }),
    startSupervisor({ node: "n2", hub, relay: relays.of("n2"), application }),
    startSupervisor({ node: "n3", hub, relay: relays.of("n3") }),
  ];
  await until(() => [...first.cluster.nodes.nodes].length === 2, "the nodes to know each other");
  const bob = second.openClient();
  await bob.join("atrium", { subscribe: "none" });
  const ada = first.openClient();
  await ada.join();
  const publish = async (node: typeof first, client: FakeClient) => {
    client.offer();
    await client.next("answer");
    return node.engines.last.addRemoteTrack({ mid: "0" });
  };
  /** A node is about to stop, and Ada goes on at the other one. */
  const move = async (from: typeof first, to: typeof first, client: FakeClient) => {
    void from.supervisor.moveAll({ deadlineMs: 10_000, spreadMs: 0 });
    const { resume } = (await client.next("migrate")) as Extract<ServerMessage, { type: "migrate" }>;
    const moved = to.openClient();
    moved.say({ type: "resume", token: resume });
    await moved.next("resumed");
    return moved;
  };
  const before = await publish(first, ada);
  await bob.next("track-published");
  const [published] = member(ada)?.tracks.values() ?? [];
  if (published === undefined) throw new Error("There is no track");
  expect([published.remoteTrack, member(ada)?.session]).toEqual([null, null]);
  const received = await published.receive();
  expect(received && relays.originOf(received)).toBe(before);
  const updates: (RemoteTrack | null)[] = [];
  const [room] = rooms;
  if (room !== undefined) room.ontrackupdated = ({ remoteTrack }) => updates.push(remoteTrack);

  const here = await move(first, second, ada);
  expect(member(ada)?.session?.id).toBe(ada.id);
  const local = await publish(second, here);
  await until(() => updates.length === 1, "the program to hear of it");
  expect([updates, published.remoteTrack]).toEqual([[local], local]);

  const there = await move(second, third, here);
  const after = await publish(third, there);
  await until(() => updates.length === 2, "the program to hear of it again");
  expect(member(ada)?.session).toBe(null);
  const [, last] = updates;
  expect(last && relays.originOf(last)).toBe(after);
  expect(told(bob, "track-unpublished")).toEqual([]);
});

test("[XR42] a program that waits for a track that is unpublished gets nothing", async () => {
  const { application, member } = keepRoom();
  const hub = new LocalHub();
  // Nobody ever answers.
  const [first, second] = [startSupervisor({ node: "n1", hub }), startSupervisor({ node: "n2", hub, application })];
  const bob = second.openClient();
  await bob.join();
  const ada = first.openClient();
  await ada.join();
  ada.offer();
  await ada.next("answer");
  const track = first.engines.last.addRemoteTrack({ mid: "0" });
  await bob.next("track-published");
  const [published] = member(ada)?.tracks.values() ?? [];
  const waiting = published?.receive();
  track.end();
  expect(await waiting).toBe(null);
  expect(await published?.receive()).toBe(null);
});

test("[XR43] two nodes that let somebody in at the same moment may be one over, and nobody is put out for it", async () => {
  const hub = new LocalHub();
  const start = (node: string) => startSupervisor({ node, hub, limits: { maxRoomPeers: 3 } });
  const nodes = [start("n1"), start("n2")] as const;
  const [first, second] = nodes;
  await until(() => [...first.cluster.nodes.nodes].length === 1, "the nodes to know each other");
  const all = [first.openClient(), second.openClient()];
  for (const client of all) await client.join();
  await all[0]?.next("peer-joined");
  const atOnce = nodes.map((node) => node.openClient());
  for (const client of atOnce) client.say({ type: "join", room: "atrium" });
  for (const client of atOnce) await client.next("joined");
  all.push(...atOnce);
  await until(() => all.every((client) => knownTo(client).size === 3), "all to know each other");
  for (const node of nodes) {
    const late = node.openClient();
    late.say({ type: "join", room: "atrium" });
    expect(await late.next("error")).toMatchObject({ code: "room-full", message: expect.stringContaining("4 of 3") });
  }
  expect(all.flatMap((client) => told(client, "peer-left"))).toEqual([]);
  // Two have to leave before another one comes.
  const [ada, bob, cy, dan] = all as [FakeClient, FakeClient, FakeClient, FakeClient];
  ada.say({ type: "leave" });
  for (const client of [bob, cy, dan]) await client.next("peer-left");
  ada.say({ type: "join", room: "atrium" });
  expect(await ada.next("error")).toMatchObject({ code: "room-full" });
  bob.say({ type: "leave" });
  for (const client of [cy, dan]) await client.next("peer-left");
  await ada.join();
});

/** Whom a client was told of. */
function knownTo(client: FakeClient): ReadonlySet<string> {
  const joined = told(client, "peer-joined") as unknown as { peer: { id: string } }[];
  return new Set([...entryOf(client).peers.map(({ id }) => id), ...joined.map(({ peer }) => peer.id)]);
}
