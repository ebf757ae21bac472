import { expect, onTestFinished, test } from "vitest";
import type { Peer, PublishedTrack, Room } from "../mod.ts";
import { parseNodePresence } from "../protocol/node_presence.ts";
import { createSubjects } from "../protocol/subjects.ts";
import { openBus } from "../transport/bus/open_bus.ts";
import { eventually } from "./kit/eventually.ts";
import { startNatsServer } from "./kit/nats_server.ts";
import { startProgram } from "./kit/start_program.ts";

// Two programs in this process, with a real NATS server between their nodes.

test("[XR42] a program passes a track of another node on to a client that is in no room, packet by packet", async () => {
  const nats = await startNatsServer();
  onTestFinished(() => nats.kill());
  const flags = ["--nats", nats.url, "--secret", "a secret of 32 characters or more", "--auth", "open"];
  const rooms: Room[] = [];
  const peers: Peer[] = [];
  const [near, far] = [
    await startProgram({}, flags),
    await startProgram({ roomOpened: (room) => rooms.push(room), peerOpened: (peer) => void peers.push(peer) }, flags),
  ];
  const [publisher, listener] = [await near.openClient(), await far.openClient()];
  await publisher.socket.ask({ type: "join", room: "stage", name: "Ada" });
  const sent = publisher.addTrack("video");
  await publisher.negotiate();
  await publisher.connectionState("connected");
  // The room is there on the other node, too, as long as somebody there is in it.
  const guest = await far.openSocket();
  await guest.ask({ type: "join", room: "stage", subscribe: "none" });
  const found = (): PublishedTrack | undefined =>
    [...(rooms[0]?.members.values() ?? [])].flatMap(({ tracks }) => [...tracks.values()])[0];
  await eventually(() => found() !== undefined, { what: "the track to be known" });
  await listener.openChannel("any");
  await listener.connectionState("connected");
  const received = await found()?.receive();
  expect([received?.kind, received?.readyState, received]).toEqual(["video", "live", found()?.remoteTrack]);
  expect(received).not.toBeNull();
  if (received) peers[0]?.addTrack(received);
  const { receiver } = await listener.remoteTracks.next();
  sent.collect(receiver.track);
  await sent.sendUntilReturned(30);
  // In the order in which they were sent, whatever was before the first one.
  const [first = 0] = sent.returned;
  expect(sent.returned.slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, index) => first + index));
  await publisher.close();
  await eventually(() => received?.readyState === "ended", { what: "the track to end" });
});

test("[RC5] a node that is told to drain while it starts does so once it has started", async () => {
  const nats = await startNatsServer();
  onTestFinished(() => nats.kill());
  const [namespace, nodeId] = ["early", "watcher"];
  const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
  const bus = await openBus({ nats: { servers: [{ host: "127.0.0.1", port: nats.port }] }, namespace, nodeId, log });
  onTestFinished(() => bus.close());
  const subjects = createSubjects(namespace);
  const told: Promise<unknown>[] = [];
  bus.subscribe(subjects.cluster("nodes"), (payload) => {
    const presence = parseNodePresence(payload);
    if (presence === undefined || told.length > 0) return;
    told.push(bus.request(subjects.node(presence.origin, "drain"), new Uint8Array(), { timeoutMs: 5_000 }));
  });
  await eventually(() => bus.link.state === "connected", { what: "the bus to be there" });
  const secret = "a secret of 32 characters or more";
  const flags = ["--nats", nats.url, "--namespace", namespace, "--secret", secret, "--auth", "open"];
  const { node } = await startProgram({}, flags);
  expect(told).toHaveLength(1);
  await told[0];
  const isUp = async () => (await fetch(`${node.url}/healthz`).catch(() => undefined))?.ok === true;
  await eventually(async () => !(await isUp()), { what: "the node to stop" });
});
