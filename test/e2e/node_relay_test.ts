import { createHmac } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../kit/eventually.ts";
import { explained } from "../kit/explained.ts";
import { freePort } from "../kit/free_port.ts";
import { openRawClient } from "../kit/raw_client.ts";
import { openRelayedClient } from "../kit/relay_client.ts";
import { type RunningNode, startNode } from "../kit/start_node.ts";
import { connect, openTroubledClient } from "../kit/troubled_client.ts";
import { startTurnServer, type TurnServer } from "../kit/turn_server.ts";

const users = { signalbox: "a-long-password" };
const login = { username: "signalbox", credential: "a-long-password" };

async function start(
  servers: readonly object[],
  { turn, flags = [] }: { readonly turn?: TurnServer; readonly flags?: readonly string[] } = {},
): Promise<RunningNode> {
  const node = await startNode({
    flags: ["--relay-candidates", "on", "--ice-servers", JSON.stringify(servers), ...flags],
    ...(turn === undefined ? {} : { env: { NODE_EXTRA_CA_CERTS: turn.certificateFile } }),
  });
  onTestFinished(async () => {
    await node.stop();
  });
  return node;
}

/** What coturn relayed for a user in a session that has ended, in packets. */
async function relayedFor(turn: TurnServer, user: string): Promise<{ readonly in: number; readonly out: number }> {
  const usage = new RegExp(`username=<${user}>, rp=(\\d+), rb=\\d+, sp=(\\d+)`);
  const [, received, sent] = await eventually(
    () => turn.log.seen.map((line) => usage.exec(line)).findLast((match) => match !== null),
    { what: `coturn to say what it relayed for ${user}`, describe: () => turn.log.transcript() },
  );
  return { in: Number(received), out: Number(sent) };
}

test.each([
  ["UDP", "url"],
  ["TCP", "tcpUrl"],
  ["TLS", "tlsUrl"],
] as const)("[RLY1] data and video of a client that reaches nothing but the node's relay, over %s", async (_, way) => {
  const turn = await startTurnServer({ users, hasTls: way === "tlsUrl" });
  const node = await start([{ urls: turn[way], ...login }], { turn });
  const client = await openRelayedClient(node.wsUrl);
  const video = client.addTrack("video");
  const channel = await client.openChannel("chat");
  expect(await channel.echo("hello")).toBe("hello");
  const long = Buffer.alloc(60_000, 7);
  expect(await channel.echo(long)).toEqual(long);
  await video.sendUntilReturned(60);
  expect(turn.log.seen.some((line) => /CHANNEL_BIND processed, success/.test(line))).toBe(true);
  await client.close();
  // [RLY8] The node says that it is done, and coturn ends the session at once.
  const relayed = await relayedFor(turn, "signalbox");
  expect(Math.min(relayed.in, relayed.out)).toBeGreaterThan(100);
});

test("[RLY2] data and video between a relay of the node and a relay of the client", async () => {
  const turn = await startTurnServer({ users: { ...users, ada: "her-own-password" } });
  const node = await start([{ urls: turn.url, ...login }]);
  const iceServers = [{ urls: turn.tcpUrl, username: "ada", credential: "her-own-password" }];
  const client = await openRelayedClient(node.wsUrl, { iceServers, iceTransportPolicy: "relay" });
  const video = client.addTrack("video");
  const channel = await client.openChannel("chat");
  expect(await channel.echo("hello")).toBe("hello");
  await video.sendUntilReturned(30);
  await client.close();
  for (const user of ["signalbox", "ada"]) expect((await relayedFor(turn, user)).out).toBeGreaterThan(30);
});

test("[RLY3] TURN servers that refuse or do not answer are passed over for the next one, and told of", async () => {
  const turn = await startTurnServer({ users });
  const gone = `turn:127.0.0.1:${await freePort()}?transport=tcp`;
  const servers = [
    { urls: gone, ...login },
    { urls: turn.url, ...login, credential: "another-password" },
    { urls: [turn.tcpUrl, turn.url], ...login },
  ];
  const node = await start(servers, { flags: ["--connecting-timeout-ms", "5000"] });
  const silent = await openRawClient(node.wsUrl);
  await silent.connect();
  const client = await openTroubledClient(node.wsUrl);
  await connect(client);
  const { others } = await explained(node, client.peer, (each) => each.others.length > 1);
  expect(others.map(({ cause }) => cause).sort()).toEqual(["turn-refused", "turn-unreachable"]);
  expect(others.map(({ summary }) => summary).join()).toContain(gone);
  const relayed = await openRelayedClient(node.wsUrl);
  expect(await (await relayed.openChannel("chat")).echo("hello")).toBe("hello");
  // They are not why somebody else is not reached.
  const failed = await explained(node, silent.peer, ({ state }) => state === "failed");
  expect(failed.cause).toBe("udp-blocked");
  for (const { summary } of failed.others) expect(summary).toContain("another one gave the node a relay");
  expect(failed.others).toHaveLength(2);
});

test("[RLY4] a STUN server that does not answer is passed over for the next one", async () => {
  const turn = await startTurnServer({ users });
  const dead = `stun:127.0.0.1:${await freePort()}`;
  const node = await start([{ urls: dead }, { urls: turn.url.replace(/^turn(.*)\?.*/, "stun$1") }]);
  const client = await openRawClient(node.wsUrl);
  await client.connect();
  await client.socket.next((message) => JSON.stringify(message).includes("typ srflx"));
});

test("[RLY7] an ICE restart keeps a relay that its TURN server renews", async () => {
  const turn = await startTurnServer({ users });
  const node = await start([{ urls: turn.url, ...login }]);
  const client = await openRelayedClient(node.wsUrl);
  const channel = await client.openChannel("chat");
  const fragment = () => client.pc.iceTransports[0]?.getRemoteParameters()?.usernameFragment;
  const before = fragment();
  client.pc.restartIce();
  await client.negotiate();
  await turn.log.next((line) => /REFRESH processed, success/.test(line), { what: "a refresh" });
  expect(fragment()).not.toBe(before);
  expect(await channel.echo("after")).toBe("after");
  expect(turn.log.seen.filter((line) => /ALLOCATE processed, success/.test(line))).toHaveLength(1);
});

test("[RLY7] after its TURN server was started anew and its credentials have expired, the node restarts ICE with others", async () => {
  const first = await startTurnServer({ secrets: ["north"] });
  const { port } = first;
  const flags = ["--silence-timeout-ms", "2000", "--restart-timeout-ms", "500"];
  const entry = { source: "turn-rest", urls: first.url, secrets: ["north"], ttl: "10s" };
  const node = await start([entry], { flags });
  const client = await openRelayedClient(node.wsUrl);
  const channel = await client.openChannel("chat");
  expect(await channel.echo("before")).toBe("before");
  const [, end] = /user <(\d+):[^>]*>: incoming packet ALLOCATE processed, success/.exec(first.log.transcript()) ?? [];
  await eventually(() => Date.now() > (Number(end) + 1) * 1_000, {
    what: "the credential to expire",
    timeoutMs: 15_000,
  });
  await first.stop();
  const second = await startTurnServer({ secrets: ["north"], port });
  const allocated = /user <(\d+):[^>]*>: incoming packet ALLOCATE processed, success/;
  const line = await second.log.next((each) => allocated.test(each), { what: "another relay" });
  expect(Number(allocated.exec(line)?.[1])).toBeGreaterThan(Number(end));
  expect(await channel.echo("after")).toBe("after");
});

test("[RLY16] credentials of the node that have expired are told as refused", async () => {
  const turn = await startTurnServer({ secrets: ["north"] });
  const username = `${Math.floor(Date.now() / 1_000) - 60}:node`;
  const credential = createHmac("sha1", "north").update(username).digest("base64");
  const node = await start([{ urls: turn.url, username, credential }], { flags: ["--connecting-timeout-ms", "2000"] });
  const client = await openRawClient(node.wsUrl);
  await client.connect();
  const explanation = await explained(node, client.peer, ({ state }) => state === "failed");
  expect(explanation).toMatchObject({ cause: "turn-refused", isWell: false });
  expect(explanation.summary).toContain("401");
});
