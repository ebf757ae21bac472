import { expect, test } from "vitest";
import { EndedSessions } from "../../actors/ended_sessions.ts";
import type { Room } from "../../actors/room_application.ts";
import type { ServerMessage } from "../../protocol/server_message.ts";
import { LocalHub } from "../../transport/bus/local_hub.ts";
import { eventually } from "../kit/eventually.ts";
import { startCluster, tokenOf } from "./start_cluster.ts";
import { joinCluster, KeptLog, startSupervisor } from "./start_supervisor.ts";

type Cluster = Awaited<ReturnType<typeof startCluster>>;

/** A cluster whose program can put somebody out, wherever it is. */
async function startStrictCluster() {
  const rooms = new Set<Room>();
  const cluster = await startCluster({ application: { roomOpened: (room) => void rooms.add(room) } });
  // Where it was last.
  const putOut = (id: string): void => {
    const members = [...rooms].reverse().map((room) => room.members.get(id));
    members.find((member) => member?.session)?.remove();
  };
  return { ...cluster, putOut };
}

/** Ada's home sends her on, and she goes on at the edge. */
async function moveAda({ home, edge, ada }: Cluster) {
  void home.supervisor.moveAll({ deadlineMs: 10_000, spreadMs: 0 });
  const migrate = (await ada.next("migrate")) as Extract<ServerMessage, { type: "migrate" }>;
  const moved = edge.openClient();
  moved.say({ type: "resume", token: migrate.resume });
  await moved.next("resumed");
  return { moved, token: migrate.resume };
}

test("[RU12] who was put out does not come back with the token that it moved with, on any node", async () => {
  const cluster = await startStrictCluster();
  const { edge, third, bob, ada } = cluster;
  const { moved, token } = await moveAda(cluster);
  cluster.putOut(ada.id);
  expect(await moved.next("peer-left")).toMatchObject({ reason: "kicked" });
  await edge.cluster.bus.flush();
  for (const node of [third, edge]) {
    const back = node.openClient();
    back.say({ type: "resume", token, ref: 1 });
    expect(await back.next("error")).toMatchObject({ code: "session-gone", ref: 1 });
  }
  expect(bob.take().filter(({ type }) => type === "peer-joined")).toEqual([]);
});

test.each(["leave", "close", "kick"] as const)(
  "[RU12] after a %s no token of before brings anybody back once its node is gone",
  async (how) => {
    const { home, third, ada, bob, putOut } = await startStrictCluster();
    const token = tokenOf(ada);
    if (how === "leave") ada.say({ type: "leave" });
    else if (how === "close") ada.end(1000);
    else putOut(ada.id);
    await bob.next("peer-left");
    await home.cluster.bus.flush();
    await home.cluster.bus.close();
    const back = third.openClient();
    back.say({ type: "resume", token });
    expect(await back.next("error")).toMatchObject({ code: "session-gone" });
  },
);

test("[RU12] who joins again after it left comes back with the token of then", async () => {
  const { home, third, ada, bob } = await startCluster();
  ada.say({ type: "leave" });
  await bob.next("peer-left");
  ada.received.clear();
  await ada.join();
  const token = tokenOf(ada);
  await home.cluster.bus.flush();
  await home.cluster.bus.close();
  const back = third.openClient();
  back.say({ type: "resume", token });
  expect(await back.next("resumed")).toMatchObject({ fresh: true, peer: ada.id });
});

test("[RU13] a node that starts is told of the sessions that ended before", async () => {
  const { hub, home, edge, ada, bob, putOut } = await startStrictCluster();
  const token = tokenOf(ada);
  putOut(ada.id);
  await bob.next("peer-left");
  await home.cluster.bus.flush();
  await home.cluster.bus.close();
  const late = startSupervisor({ node: "d-", hub });
  await eventually(() => late.cluster.nodes.has("b-"), { what: "the late node to know the edge" });
  await edge.cluster.bus.flush();
  await late.cluster.bus.flush();
  const back = late.openClient();
  back.say({ type: "resume", token });
  expect(await back.next("error")).toMatchObject({ code: "session-gone" });
});

test("[RU13] what ended while a node was cut off is told when it is back, both ways", async () => {
  const { home, third, ada, bob, putOut } = await startStrictCluster();
  const tokens = { ada: tokenOf(ada), bob: tokenOf(bob) };
  home.cluster.bus.cutOff();
  putOut(ada.id);
  await bob.next("peer-left");
  home.cluster.bus.mend();
  await home.cluster.bus.flush();
  third.cluster.bus.cutOff();
  putOut(bob.id);
  await bob.next("peer-left");
  await home.cluster.bus.flush();
  third.cluster.bus.mend();
  await eventually(() => third.cluster.bus.link.state === "connected", { what: "the third to be back" });
  await home.cluster.bus.flush();
  await third.cluster.bus.flush();
  await home.cluster.bus.close();
  for (const token of Object.values(tokens)) {
    const back = third.openClient();
    back.say({ type: "resume", token });
    expect(await back.next("error")).toMatchObject({ code: "session-gone" });
  }
});

/** The memories of two nodes, with one clock. */
function startMemories() {
  const hub = new LocalHub();
  const time = { nowMs: 1_000 };
  const start = (origin: string) => {
    const cluster = joinCluster(origin, { hub });
    const tokens = { lifetimeMs: 60_000, now: () => time.nowMs };
    const sessions = new EndedSessions({ cluster, tokens, log: new KeptLog() });
    cluster.nodes.start();
    return { cluster, sessions };
  };
  return { time, start };
}

test("[RU14] a session is remembered as long as its tokens may be believed, and only against those of before", () => {
  const { time, start } = startMemories();
  const { sessions } = start("a");
  sessions.note("ada", { epoch: 5, reason: "kicked" });
  expect([sessions.has("ada", 5), sessions.has("ada", 6), sessions.has("bob", 1)]).toEqual([true, false, false]);
  time.nowMs += 60_000;
  expect(sessions.has("ada", 5)).toBe(true);
  time.nowMs += 1;
  expect(sessions.has("ada", 5)).toBe(false);
});

test("[RU14] 10,000 of each kind are remembered, the latest, so that leaving drives out nobody who was put out", async () => {
  const { start } = startMemories();
  const first = start("a");
  first.sessions.note("ada", { epoch: 1, reason: "kicked" });
  for (let n = 0; n <= 10_000; n += 1) first.sessions.note(`client-${n}`, { epoch: 1, reason: "left" });
  const known = ({ sessions }: typeof first) => ["ada", "client-0", "client-1"].map((id) => sessions.has(id, 1));
  expect(known(first)).toEqual([true, false, true]);
  const second = start("b");
  await eventually(() => second.sessions.has("client-10000", 1), { what: "the second to be told" });
  expect(known(second)).toEqual([true, false, true]);
});

test("[RU14] all that is remembered is told in one message that the bus takes, first of who was put out", async () => {
  const { start } = startMemories();
  const first = start("a");
  const long = (n: number) => `${"x".repeat(50)}-${n}`;
  for (let n = 0; n < 10_000; n += 1) {
    first.sessions.note(long(n), { epoch: 1_764_000_000_000, reason: "kicked" });
    first.sessions.note(`l${long(n)}`, { epoch: 1_764_000_000_000, reason: "left" });
  }
  const second = start("b");
  await eventually(() => second.sessions.has(long(9_999), 1), { what: "the second to be told" });
  expect(second.sessions.has(long(0), 1)).toBe(true);
  expect(second.sessions.has(`l${long(9_999)}`, 1)).toBe(true);
  expect(second.sessions.has(`l${long(0)}`, 1)).toBe(false);
});

test("[RU14] what is no word of ended sessions is nothing", async () => {
  const { start } = startMemories();
  const [first, second] = [start("a"), start("b")];
  const { bus, subjects } = first.cluster;
  for (const text of ["", "{}", '{"v":2,"type":"ended","kicked":[["ada",1,9e9]],"left":[]}', '{"v":1,"type":"ask"}']) {
    bus.publish(subjects.cluster("ended"), new TextEncoder().encode(text));
    bus.publish(subjects.node("b", "ended"), new TextEncoder().encode(text));
  }
  await bus.flush();
  expect(second.sessions.has("ada", 1)).toBe(false);
});
