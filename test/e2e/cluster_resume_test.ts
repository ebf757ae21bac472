import { expect, onTestFinished } from "vitest";
import { e2e as test } from "../kit/e2e.ts";
import { type NatsServer, startNatsServer } from "../kit/nats_server.ts";
import { openSignallingSocket, type SignallingMessage, type SignallingSocket } from "../kit/signalling_socket.ts";
import { type RunningNode, startNode } from "../kit/start_node.ts";

const waitMs = 60_000;

async function startBus(): Promise<NatsServer> {
  const server = await startNatsServer();
  onTestFinished(() => server.kill());
  return server;
}

/** A node of a cluster, with the time after which others take it for lost cut to 3 s. */
async function startOn(nats: NatsServer, name: string, flags: readonly string[] = []): Promise<RunningNode> {
  const node = await startNode({
    timeoutMs: waitMs,
    flags: [
      ...["--nats", nats.url, "--node-id", name, "--node-timeout-ms", "3000"],
      ...["--host", "127.0.0.1", "--auth", "open", "--secret", "the-secret-of-the-whole-cluster-here"],
      ...flags,
    ],
  });
  onTestFinished(async () => void (await node.stop("SIGKILL")));
  return node;
}

/** Two nodes of one cluster that know each other. */
async function startTwo(): Promise<readonly [RunningNode, RunningNode, NatsServer]> {
  const nats = await startBus();
  const nodes = await Promise.all([startOn(nats, "one"), startOn(nats, "two")]);
  for (const node of nodes) await node.log.next(({ event }) => event === "node seen", { timeoutMs: waitMs });
  return [nodes[0], nodes[1], nats];
}

async function open(node: RunningNode): Promise<SignallingSocket> {
  const socket = await openSignallingSocket(node.wsUrl, waitMs);
  onTestFinished(() => socket.close());
  return socket;
}

async function resume(
  node: RunningNode,
  entry: SignallingMessage,
): Promise<readonly [SignallingSocket, SignallingMessage]> {
  const socket = await open(node);
  return [socket, await socket.ask({ type: "resume", token: entry["resume"] }, { timeoutMs: waitMs })];
}

test("[RC40] a client comes back by the other node to the session that its own still has, and both hear each other", async () => {
  const [one, two] = await startTwo();
  const [ada, bob] = [await open(one), await open(one)];
  const joined = await ada.ask({ type: "join", room: "atrium", name: "Ada" });
  await bob.ask({ type: "join", room: "atrium", name: "Bob" });
  await ada.close(3000);
  const [back, resumed] = await resume(two, joined);
  expect(resumed).toMatchObject({
    type: "resumed",
    fresh: false,
    node: "one",
    peer: joined["peer"],
    peers: [{ name: "Bob" }],
  });
  back.send({ type: "data", payload: "from two" });
  expect(await bob.next("data")).toMatchObject({ from: joined["peer"], payload: "from two" });
  bob.send({ type: "data", payload: "from one" });
  expect(await back.next("data")).toMatchObject({ payload: "from one" });
  // A newer socket on the first node replaces the one on the second.
  const [last, again] = await resume(one, resumed);
  expect(again).toMatchObject({ fresh: false, node: "one" });
  expect(await back.next("peer-left")).toMatchObject({ peer: joined["peer"], reason: "replaced" });
  expect(await back.closed()).toMatchObject({ code: 4409 });
  last.send({ type: "leave" });
  expect(await bob.next("peer-left")).toMatchObject({ peer: joined["peer"], reason: "left" });
}, 240_000);

test("[RC40] a node that is killed leaves its clients to the other one, at once", async () => {
  const [one, two] = await startTwo();
  const ada = await open(one);
  const joined = await ada.ask({ type: "join", room: "atrium", name: "Ada" });
  // One has its socket there already when the node dies.
  const eve = await open(one);
  const eveJoined = await eve.ask({ type: "join", room: "atrium", name: "Eve" });
  await eve.close(3000);
  const [eveBack, eveResumed] = await resume(two, eveJoined);
  expect(eveResumed).toMatchObject({ fresh: false });
  await one.stop("SIGKILL");
  const [back, resumed] = await resume(two, joined);
  expect(resumed).toMatchObject({ type: "resumed", fresh: true, node: "two", peer: joined["peer"] });
  expect(await eveBack.closed(waitMs)).toMatchObject({ code: 1012, reason: "node-lost" });
  const [, eveAgain] = await resume(two, eveResumed);
  expect(eveAgain).toMatchObject({ fresh: true, peer: eveJoined["peer"] });
  expect(await back.next("peer-joined")).toMatchObject({ peer: { id: eveJoined["peer"], name: "Eve" } });
}, 240_000);

test("[RC40] a node that was stopped for a while gives up what was taken up elsewhere", async () => {
  const [one, two] = await startTwo();
  const ada = await open(one);
  const joined = await ada.ask({ type: "join", room: "atrium", name: "Ada" });
  one.process.kill("SIGSTOP");
  const [back, resumed] = await resume(two, joined);
  expect(resumed).toMatchObject({ fresh: true, node: "two", peer: joined["peer"] });
  await two.log.next(({ event }) => event === "node lost", { timeoutMs: waitMs });
  one.process.kill("SIGCONT");
  expect(await ada.next("peer-left", { timeoutMs: waitMs })).toMatchObject({
    peer: joined["peer"],
    reason: "replaced",
  });
  expect(await ada.closed(waitMs)).toMatchObject({ code: 4409 });
  await two.log.next(({ event, isBack }) => event === "node seen" && isBack === true, { timeoutMs: waitMs });
  expect(back.isOpen).toBe(true);
}, 240_000);

test("[RC40] a node that is told to stop sends its clients to the other one, and ends when they went", async () => {
  const [one, two] = await startTwo();
  const ada = await open(one);
  const joined = await ada.ask({ type: "join", room: "atrium", name: "Ada" });
  const bob = await open(two);
  await bob.ask({ type: "join", room: "atrium", name: "Bob" });
  const stopped = one.stop("SIGTERM", 90_000);
  const migrate = await ada.next("migrate", { timeoutMs: waitMs });
  expect(migrate["deadline"]).toBeGreaterThan(1_000);
  // Whoever comes meanwhile is turned away.
  const late = await openSignallingSocket(one.wsUrl, waitMs);
  expect(await late.closed(waitMs)).toMatchObject({ code: 1012 });
  const readiness = await fetch(`${one.url}/readyz`);
  expect([readiness.status, await readiness.json()]).toEqual([503, { status: "draining" }]);
  const [, resumed] = await resume(two, migrate);
  expect(resumed).toMatchObject({ fresh: true, node: "two", peer: joined["peer"], peers: [{ name: "Bob" }] });
  await ada.close();
  expect(await stopped).toBe(0);
  expect(bob.messages.seen.filter(({ type }) => type === "peer-left")).toEqual([]);
}, 240_000);

test("[RC40] a node that is told to stop ends in time though its clients stay, and these come back", async () => {
  const nats = await startBus();
  const [one, two] = await Promise.all([startOn(nats, "one", ["--drain-timeout", "2s"]), startOn(nats, "two")]);
  for (const node of [one, two]) await node.log.next(({ event }) => event === "node seen", { timeoutMs: waitMs });
  const ada = await open(one);
  const joined = await ada.ask({ type: "join", room: "atrium", name: "Ada" });
  const stopped = one.stop("SIGTERM", 90_000);
  expect(await ada.closed(waitMs)).toMatchObject({ code: 1012 });
  const [, resumed] = await resume(two, joined);
  expect(resumed).toMatchObject({ fresh: true, node: "two", peer: joined["peer"] });
  expect(await stopped).toBe(0);
}, 240_000);

test("[RC40] when the bus is lost a client with its socket elsewhere comes back, and is let in once it is there again", async () => {
  const [one, two, nats] = await startTwo();
  const ada = await open(one);
  const joined = await ada.ask({ type: "join", room: "atrium", name: "Ada" });
  await ada.close(3000);
  const [back, resumed] = await resume(two, joined);
  await nats.kill();
  expect(await back.closed(waitMs)).toMatchObject({ code: 1012, reason: "bus-cut-off" });
  // The node with the session has it at once.
  const [, home] = await resume(one, resumed);
  expect(home).toMatchObject({ fresh: false, node: "one" });
  const again = await nats.restart();
  onTestFinished(() => again.kill());
  for (const node of [one, two]) {
    await expect.poll(async () => (await fetch(`${node.url}/readyz`)).status, { timeout: waitMs }).toBe(200);
  }
  const [, last] = await resume(two, home);
  expect(last).toMatchObject({ fresh: false, node: "one" });
}, 240_000);
