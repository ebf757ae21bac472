import { expect, test } from "vitest";
import { LocalHub } from "../../transport/bus/local_hub.ts";
import { eventually } from "../kit/eventually.ts";
import { startCluster, tokenOf, typesOf } from "./start_cluster.ts";

test("[RC20] a client that comes back on another node has its session where it is, and both hear each other in order", async () => {
  const { home, edge, ada, bob } = await startCluster();
  await ada.connect();
  ada.end(1006);
  await bob.next("peer-updated");
  for (const payload of [1, 2, 3]) bob.say({ type: "data", payload });
  const back = edge.openClient();
  back.say({ type: "resume", token: tokenOf(ada), ref: "r" });
  expect(await back.next("resumed")).toMatchObject({
    fresh: false,
    room: "atrium",
    peer: ada.id,
    node: "node",
    ref: "r",
  });
  await back.received.next((message) => message.type === "data" && message.payload === 3);
  expect(back.received.seen.map((message) => ("payload" in message ? message.payload : message.type))).toEqual([
    "resumed",
    1,
    2,
    3,
  ]);
  // The peer connection was never touched, and what the client says now is for it.
  const engine = home.engines.last;
  back.offer();
  await back.next("answer");
  expect(home.engines.last).toBe(engine);
  expect([home.supervisor.peerCount, edge.supervisor.peerCount]).toEqual([1, 0]);
  for (let payload = 0; payload < 50; payload += 1) back.say({ type: "data", payload });
  await bob.received.next((message) => message.type === "data" && message.payload === 49);
  const heard = bob.take().flatMap((message) => ("payload" in message ? [message.payload] : []));
  expect(heard).toEqual(Array.from({ length: 50 }, (_, n) => n));
  await eventually(() => edge.supervisor.sessionCount === 0, { what: "the session of the new socket to end" });
  expect(home.supervisor.sessionCount).toBe(2);
  // It may come back again and again, and leave at last.
  back.say({ type: "leave" });
  expect(await bob.next("peer-left")).toMatchObject({ peer: ada.id, reason: "left" });
});

test("[RC20] an error counts towards the limit of the socket at its edge, and has its ref", async () => {
  const { edge, comeBack } = await startCluster();
  const back = await comeBack(edge);
  back.say({ type: "mute", track: "none", muted: true, ref: 5 });
  expect(await back.next("error")).toMatchObject({ code: "no-such-track", ref: 5 });
});

test("[RC21] what a client says while its session is looked for is worked on there afterwards, in order", async () => {
  const { edge, ada, bob } = await startCluster();
  const back = edge.openClient();
  back.say({ type: "resume", token: tokenOf(ada) });
  for (const payload of [1, 2, 3]) back.say({ type: "data", payload });
  await bob.received.next((message) => message.type === "data" && message.payload === 3);
  expect(bob.take().flatMap((message) => ("payload" in message ? [message.payload] : []))).toEqual([1, 2, 3]);
});

test("[RC21] a client that is gone before its session is found changes nothing", async () => {
  const { home, edge, ada, bob } = await startCluster();
  const back = edge.openClient();
  back.say({ type: "resume", token: tokenOf(ada) });
  back.end(1006);
  await eventually(() => edge.supervisor.sessionCount === 0, { what: "the session of the new socket to end" });
  await home.cluster.bus.flush();
  ada.say({ type: "data", payload: 1 });
  await bob.next("data");
  expect(ada.take()).toEqual([]);
});

test("[RC22] of sockets on any nodes the newest has the session, the others are told and closed", async () => {
  const { home, edge, third, ada, bob, comeBack } = await startCluster();
  const token = tokenOf(ada);
  const ending = [
    { type: "peer-left", peer: ada.id, reason: "replaced" },
    { type: "closed", code: 4409, reason: "replaced" },
  ];
  const first = await comeBack(edge);
  expect(ada.take()).toEqual(ending);
  const second = await comeBack(third, token);
  await first.next("closed");
  expect(first.take().slice(-2)).toEqual(ending);
  const last = await comeBack(home, token);
  await second.next("closed");
  expect(second.take().slice(-2)).toEqual(ending);
  // What the old sockets still say is nobody's.
  for (const old of [ada, first, second]) old.say({ type: "leave" });
  last.say({ type: "data", payload: 1 });
  await bob.next("data");
  expect(typesOf(bob).filter((type) => type === "peer-left" || type === "peer-joined")).toEqual([]);
});

test.each([
  [1006, "peer-updated", { peer: { state: "reconnecting" } }],
  [1000, "peer-left", { reason: "left" }],
] as const)(
  "[RC23] a socket that closes with %d on its edge has closed with that for its session",
  async (code, type, what) => {
    const { edge, ada, bob, comeBack } = await startCluster();
    const back = await comeBack(edge);
    bob.received.clear();
    back.end(code);
    const told = await bob.received.next((message) => message.type === "peer-updated" || message.type === "peer-left");
    expect(told).toMatchObject({ type, ...what });
    if (code !== 1006) return;
    const again = await comeBack(edge, tokenOf(back));
    again.say({ type: "data", payload: 1 });
    expect(await bob.next("data")).toMatchObject({ from: ada.id });
  },
);

test("[RC23] a session that its node ends closes the client's socket on its edge", async () => {
  const { home, edge, comeBack } = await startCluster();
  const back = await comeBack(edge);
  await home.supervisor.closeAll(1012, "shutting-down");
  expect(await back.next("closed")).toMatchObject({ code: 1012, reason: "shutting-down" });
  expect(back.received.seen.at(-2)).toMatchObject({ type: "error", code: "shutting-down" });
});

test("[RC24] when the node with its session is lost the client is closed, comes back and is taken up", async () => {
  const { home, edge, third, ada, comeBack } = await startCluster();
  const back = await comeBack(edge);
  // Its process ends without a word.
  await home.cluster.bus.close();
  edge.cluster.pass(8_000);
  expect(await back.next("closed")).toMatchObject({ code: 1012, reason: "node-lost" });
  const again = third.openClient();
  again.say({ type: "resume", token: tokenOf(back) });
  expect(await again.next("resumed")).toMatchObject({ fresh: true, peer: ada.id, room: "atrium" });
});

test("[RC24] when the node with its socket is lost the client is away, and comes back elsewhere", async () => {
  const { home, edge, third, bob, comeBack } = await startCluster();
  const back = await comeBack(edge);
  bob.received.clear();
  await edge.cluster.bus.close();
  home.cluster.pass(8_000);
  expect(await bob.next("peer-updated")).toMatchObject({ peer: { state: "reconnecting" } });
  const again = await comeBack(third, tokenOf(back));
  expect(again.received.seen[0]).toMatchObject({ type: "resumed", fresh: false });
});

test.each(["home", "edge"] as const)(
  "[RC24] when the %s is cut off from the bus both let go, and the client comes back",
  async (end) => {
    const cluster = await startCluster();
    const { home, edge, ada, bob, comeBack } = cluster;
    const back = await comeBack(edge);
    bob.received.clear();
    cluster[end].cluster.bus.cutOff();
    if (end === "edge") expect(await back.next("closed")).toMatchObject({ code: 1012, reason: "bus-cut-off" });
    else expect(await bob.next("peer-updated")).toMatchObject({ peer: { id: ada.id, state: "reconnecting" } });
    cluster[end].cluster.bus.mend();
    // Neither was lost for the other: what one end alone knows to be over, both find out.
    for (const { cluster: each } of [home, edge]) each.pass(2_000);
    if (end === "home") expect(await back.next("closed")).toMatchObject({ code: 1012, reason: "unknown-there" });
    else expect(await bob.next("peer-updated")).toMatchObject({ peer: { id: ada.id, state: "reconnecting" } });
    expect((await comeBack(edge, tokenOf(back))).received.seen[0]).toMatchObject({ type: "resumed", fresh: false });
  },
);

test.each([
  ["to the session", "home", "nothing"],
  ["to the session", "home", "another"],
  ["to the client", "edge", "nothing"],
  ["to the client", "edge", "another"],
] as const)(
  "[RC25] a frame %s (the %s) that is lost breaks the link at both ends when %s follows",
  async (_, end, next) => {
    let isLosing = false;
    const hub = new LocalHub({ route: ({ subject }) => (isLosing && subject.endsWith(`.${end}`) ? undefined : 0) });
    const { home, edge, bob, comeBack } = await startCluster({ hub });
    const back = await comeBack(edge);
    bob.received.clear();
    const speaker = end === "home" ? back : bob;
    isLosing = true;
    speaker.say({ type: "data", payload: 1 });
    await home.cluster.bus.flush();
    isLosing = false;
    if (next === "another") speaker.say({ type: "data", payload: 2 });
    else for (const { cluster } of [home, edge]) cluster.pass(2_000);
    expect(await back.next("closed")).toMatchObject({ code: 1012, reason: "frames-lost" });
    expect(await bob.next("peer-updated")).toMatchObject({ peer: { state: "reconnecting" } });
    expect([...back.received.seen, ...bob.received.seen].filter((message) => message.type === "data")).toEqual([]);
    expect((await comeBack(edge, tokenOf(back))).received.seen[0]).toMatchObject({ fresh: false });
  },
);

test("[RC26] messages longer than the bus takes travel in parts, both ways", async () => {
  const { edge, bob, comeBack } = await startCluster({
    limits: { maxPayloadBytes: 4_000_000, maxQueuedBytes: 16_000_000 },
  });
  const back = await comeBack(edge);
  const payload = "🦊".repeat(700_000);
  back.say({ type: "data", payload });
  expect(await bob.next("data")).toMatchObject({ payload });
  bob.say({ type: "data", payload });
  expect(await back.next("data")).toMatchObject({ payload });
});

test("[RC27] frames that are none, of another version, or of links that are not there harm nobody", async () => {
  const { hub, home, edge, ada, bob, comeBack } = await startCluster();
  const back = await comeBack(edge);
  const stranger = hub.connect("stranger");
  const head = { v: 1, from: "stranger", socket: back.id };
  const frames = [
    "",
    "\n",
    "{}\n{}",
    `${JSON.stringify({ ...head, v: 2, type: "closed", code: 1000 })}\n`,
    `${JSON.stringify({ ...head, type: "closed", code: 1000 })}\n`,
    `${JSON.stringify({ ...head, type: "close", code: 1000, reason: "" })}\n`,
    `${JSON.stringify({ ...head, type: "message", n: 1 })}\n{"type":"leave"}`,
    `${JSON.stringify({ ...head, type: "text", n: 1 })}\n{"type":"bye"}`,
    `${JSON.stringify({ ...head, type: "attach", token: "no token", address: "" })}\n`,
    `${JSON.stringify({ ...head, type: "held", sockets: [[back.id, 7]] })}\n`,
  ];
  for (const frame of frames) {
    for (const [node, end] of [
      [home, "home"],
      [edge, "edge"],
    ] as const) {
      stranger.publish(node.cluster.subjects.node(node.cluster.nodes.origin, end), new TextEncoder().encode(frame));
    }
    const subject = home.cluster.subjects.session(ada.id, "resume");
    stranger.publish(subject, new TextEncoder().encode(frame));
  }
  await home.cluster.bus.flush();
  back.say({ type: "data", payload: 1 });
  await bob.next("data");
  bob.say({ type: "data", payload: 2 });
  await back.next("data");
  expect([...home.log.errors, ...edge.log.errors]).toEqual([]);
});

test("[RC27] an error that cannot be read breaks the link, and the client comes back", async () => {
  const { hub, home, edge, comeBack } = await startCluster();
  const back = await comeBack(edge);
  const head = {
    v: 1,
    from: home.cluster.nodes.origin,
    socket: back.id,
    type: "error",
    n: back.received.seen.length + 1,
  };
  const frame = new TextEncoder().encode(`${JSON.stringify(head)}\n{`);
  hub.connect("stranger").publish(edge.cluster.subjects.node(edge.cluster.nodes.origin, "edge"), frame);
  expect(await back.next("closed")).toMatchObject({ code: 1012, reason: "unreadable" });
  expect((await comeBack(edge, tokenOf(back))).received.seen[0]).toMatchObject({ fresh: false });
});

test("[RC27] what a client says that its session's node cannot read is refused there, and the session goes on", async () => {
  const { home, edge, comeBack } = await startCluster();
  const back = await comeBack(edge);
  // As an edge of a newer version would pass on what its clients know.
  back.say({ type: "dance", ref: 3 } as never);
  expect(await back.next("error")).toMatchObject({ code: "bad-message", ref: 3 });
  expect(home.log.errors).toEqual([]);
});
