import { expect, test } from "vitest";
import type { ServerMessage } from "../../protocol/server_message.ts";
import { eventually } from "../kit/eventually.ts";
import { startCluster, tokenOf } from "./start_cluster.ts";

test("[XC11] a client that goes on elsewhere may close its old socket in order, and keeps its media there for a moment", async () => {
  const { home, edge, ada, bob } = await startCluster();
  await ada.connect();
  void home.supervisor.moveAll({ deadlineMs: 10_000, spreadMs: 0 });
  const migrate = (await ada.next("migrate")) as Extract<ServerMessage, { type: "migrate" }>;
  const moved = edge.openClient();
  moved.say({ type: "resume", token: migrate.resume });
  expect(await moved.next("resumed")).toMatchObject({ fresh: true, peer: ada.id });
  ada.end(1000);
  await eventually(() => home.log.entries.some(({ event }) => event === "socket closed"), {
    what: "the socket to close",
  });
  expect(home.supervisor.peerCount).toBe(1);
  expect(ada.take().map(({ type }) => type)).not.toContain("peer-left");
  moved.say({ type: "data", payload: "I am here" });
  expect(await bob.next("data")).toMatchObject({ from: ada.id, payload: "I am here" });
  expect(bob.take().map(({ type }) => type)).not.toContain("peer-left");
});

test("[XC12] a client that is away when its node sends its clients on is sent on when it comes back, on each socket anew", async () => {
  const { home, edge, ada, bob } = await startCluster();
  ada.end(1006);
  await bob.next("peer-updated");
  void home.supervisor.moveAll({ deadlineMs: 10_000, spreadMs: 0 });
  await bob.next("migrate");
  for (const _ of ["first", "second"]) {
    const back = edge.openClient();
    back.say({ type: "resume", token: tokenOf(ada) });
    expect(await back.next("resumed")).toMatchObject({ fresh: false });
    const { deadline } = (await back.next("migrate")) as Extract<ServerMessage, { type: "migrate" }>;
    expect(deadline).toBeLessThanOrEqual(10_000);
    expect(back.take().map(({ type }) => type)).toEqual(["resumed", "migrate"]);
    back.end(1006);
  }
});

test("[XC12] a session that is taken up by a node that sends its clients on is sent on, too", async () => {
  const { home, edge, ada, bob } = await startCluster();
  const [token, other] = [tokenOf(ada), tokenOf(bob)];
  await home.cluster.bus.close();
  edge.cluster.pass(8_000);
  const first = edge.openClient();
  first.say({ type: "resume", token: other });
  await first.next("resumed");
  const late = edge.openClient();
  // The second one's turn comes after its session is taken up.
  void edge.supervisor.moveAll({ deadlineMs: 60_000, spreadMs: 60_000 });
  late.say({ type: "resume", token });
  await late.next("resumed");
  await late.next("migrate");
});

test("[XR3] a client that leaves on the node that it is on its way to has left, for those of the node before, too", async () => {
  const { home, edge, ada, bob } = await startCluster();
  ada.offer({ 0: { source: "camera" } });
  await ada.next("answer");
  home.engines.last.addRemoteTrack({ mid: "0", kind: "video" });
  await bob.next("track-published");
  void home.supervisor.moveAll({ deadlineMs: 10_000, spreadMs: 0 });
  const { resume: token } = (await ada.next("migrate")) as Extract<ServerMessage, { type: "migrate" }>;
  const moved = edge.openClient();
  moved.say({ type: "resume", token });
  await moved.next("resumed");
  moved.say({ type: "leave" });
  expect(await bob.next("peer-left")).toEqual({ type: "peer-left", peer: ada.id, reason: "left" });
  ada.end(1000);
  ada.say({ type: "data", payload: "a ghost's" });
  moved.say({ type: "join", room: "atrium" });
  await moved.next("joined");
  await bob.next("peer-joined");
  expect(bob.take().map(({ type }) => type)).not.toContain("data");
});

test("[XC14] a client that moves back to the node that it came from goes on there while its old media lingers", async () => {
  const { home, edge, ada, bob } = await startCluster();
  await ada.connect();
  const move = async (from: typeof home, client: typeof ada, to: typeof home) => {
    void from.supervisor.moveAll({ deadlineMs: 10_000, spreadMs: 0 });
    const { resume: token } = (await client.next("migrate")) as Extract<ServerMessage, { type: "migrate" }>;
    const moved = to.openClient();
    moved.say({ type: "resume", token });
    expect(await moved.next("resumed")).toMatchObject({ fresh: true, peer: ada.id });
    return moved;
  };
  const moved = await move(home, ada, edge);
  await edge.cluster.bus.flush();
  await home.cluster.bus.flush();
  expect(home.supervisor.peerCount).toBe(1);
  const back = await move(edge, moved, home);
  expect(home.supervisor.peerCount).toBe(0);
  back.say({ type: "data", payload: "I am back" });
  expect(await bob.next("data")).toMatchObject({ from: ada.id, payload: "I am back" });
  expect(bob.take().map(({ type }) => type)).not.toContain("peer-left");
});

test.each(["home", "third"] as const)(
  "[XC15] a node that only lends a socket sends its client on to the %s, and waits for it",
  async (where) => {
    const cluster = await startCluster();
    const { home, edge, ada, bob, comeBack } = cluster;
    await ada.connect();
    const lent = await comeBack(edge);
    ada.take();
    bob.take();
    let isEmpty = false;
    const moved = edge.supervisor.moveAll({ deadlineMs: 10_000, spreadMs: 0 }).then(() => {
      isEmpty = true;
    });
    const { resume: token } = (await lent.next("migrate")) as Extract<ServerMessage, { type: "migrate" }>;
    const back = cluster[where].openClient();
    back.say({ type: "resume", token });
    expect(await back.next("resumed")).toMatchObject({ fresh: false, peer: ada.id });
    back.say({ type: "data", payload: "by another way" });
    expect(await bob.next("data")).toMatchObject({ from: ada.id, payload: "by another way" });
    await home.cluster.bus.flush();
    await edge.cluster.bus.flush();
    expect([isEmpty, lent.take().map(({ type }) => type)]).toEqual([false, ["resumed", "migrate"]]);
    lent.end(1000);
    await moved;
    back.say({ type: "data", payload: "still here" });
    await bob.received.next((message) => message.type === "data" && message.payload === "still here");
    expect(bob.take().map(({ type }) => type)).toEqual(["data", "data"]);
    expect([home.supervisor.peerCount, home.log.errors, edge.log.errors]).toEqual([1, [], []]);
  },
);

test("[XC15] a client that comes to its session by a node that sends its clients on is sent on once it is there", async () => {
  const { edge, ada } = await startCluster();
  // The second one's turn comes after it is there.
  edge.openClient();
  const late = edge.openClient();
  void edge.supervisor.moveAll({ deadlineMs: 60_000, spreadMs: 60_000 });
  late.say({ type: "resume", token: tokenOf(ada) });
  await late.next("migrate");
  expect(late.take().map(({ type }) => type)).toEqual(["resumed", "migrate"]);
});
