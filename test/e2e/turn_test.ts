import { createHmac } from "node:crypto";
import { expect, onTestFinished } from "vitest";
import type { IceServer } from "../../protocol/ice_server.ts";
import { clientTest as test } from "../kit/client_e2e.ts";
import { eventually } from "../kit/eventually.ts";
import { openSignallingSocket } from "../kit/signalling_socket.ts";
import { type RunningNode, type StartNodeOptions, startNode } from "../kit/start_node.ts";
import { startTurnServer } from "../kit/turn_server.ts";
import { WeriftClient } from "../kit/werift_client.ts";
import { startProvider } from "../transport/ice/start_provider.ts";

async function start(options: StartNodeOptions): Promise<RunningNode> {
  const node = await startNode(options);
  onTestFinished(async () => {
    await node.stop();
  });
  return node;
}

/** Joins, and connects by a relay of `joined` alone. */
async function joinByRelay(node: RunningNode) {
  const socket = await openSignallingSocket(node.wsUrl);
  const joined = await socket.ask({ type: "join", room: "atrium", subscribe: "none" });
  const [server] = joined.iceServers as readonly IceServer[];
  const { urls, username = "", credential = "" } = server ?? { urls: "" };
  const iceServers = [{ urls: [urls].flat()[0] ?? "", username, credential }];
  const client = new WeriftClient(socket, { config: { iceServers, iceTransportPolicy: "relay" } });
  onTestFinished(() => client.close());
  const channel = await client.openChannel("chat", { protocol: "signalbox.room" });
  return { peer: joined.peer as string, username, credential, channel };
}

test("[IS8] two clients that have nothing but the relay and the credentials of `joined` talk over data channels", async () => {
  const turn = await startTurnServer({ secrets: ["north"] });
  const flags = ["--log-level", "debug", "--ice-servers"];
  flags.push(JSON.stringify([{ source: "turn-rest", urls: [turn.url], secrets: ["$TURN_SECRET"], ttl: "1h" }]));
  const node = await start({ flags, env: { TURN_SECRET: "north" } });
  const [ada, bob] = [await joinByRelay(node), await joinByRelay(node)];
  ada.channel.channel.send("hello");
  expect(String(await bob.channel.messages.next())).toContain("hello");
  // Each under its own name.
  for (const { peer, username } of [ada, bob]) {
    expect(username).toMatch(new RegExp(`^\\d{10}:${peer}$`));
    expect(turn.log.seen.some((line) => line.includes(`user <${username}>`) && line.includes("ALLOCATE"))).toBe(true);
  }
  // Nobody reads in the log of the node what would open the relay.
  const log = node.log.transcript() + node.stderr();
  for (const secret of ["north", ada.credential, bob.credential]) expect(log).not.toContain(secret);
});

test("[IS40, IS49] two clients that have nothing but a provider's relay talk, each by a credential of its own", async () => {
  const turn = await startTurnServer({ secrets: ["north"] });
  let count = 0;
  // As Cloudflare answers, with what coturn takes.
  const provider = await startProvider(() => {
    const username = `${Math.floor(Date.now() / 1_000) + 3_600}:n${++count}`;
    const credential = createHmac("sha1", "north").update(username).digest("base64");
    return { status: 201, body: { iceServers: [{ urls: [turn.url], username, credential }] } };
  });
  const source = { source: "cloudflare", keyId: "key1", apiToken: "$TURN_TOKEN", perMinute: 6_000, url: provider.url };
  const flags = ["--log-level", "debug", "--ice-servers", JSON.stringify([source])];
  const node = await start({ flags, env: { TURN_TOKEN: "hunter2" } });
  // Somebody came, so that more than one is kept ready. When one is asked for, those before it have come.
  await fetch(new URL("/api/v1/ice-servers?peer=eve", node.url));
  const people: Awaited<ReturnType<typeof joinByRelay>>[] = [];
  for (const asked of [4, 5]) {
    await eventually(() => provider.requests.length >= asked, { what: `request ${asked}` });
    people.push(await joinByRelay(node));
  }
  const [ada, bob] = people;
  if (ada === undefined || bob === undefined) throw new Error("Two came");
  ada.channel.channel.send("hello");
  expect(String(await bob.channel.messages.next())).toContain("hello");
  expect(new Set([ada.username, bob.username]).size).toBe(2);
  for (const { username } of [ada, bob]) {
    expect(username).not.toMatch(/:n1$/);
    expect(turn.log.seen.some((line) => line.includes(`user <${username}>`) && line.includes("ALLOCATE"))).toBe(true);
  }
  const log = node.log.transcript() + node.stderr();
  for (const secret of ["hunter2", "north", ada.username, ada.credential, bob.credential]) {
    expect(log).not.toContain(secret);
  }
});

test("[IS11] a source that cannot be used stops the start with 78 and one line that names its entry", async () => {
  const entry = { source: "turn-rest", urls: "turn:a", secrets: ["$NO_SUCH_SECRET"] };
  const flags = ["--ice-servers", JSON.stringify([{ urls: "stun:a" }, entry])];
  const failed = await startNode({ flags }).then(
    () => "it started",
    (error: Error) => error.message,
  );
  expect(failed).toContain("ended with 78");
  expect(failed).toContain(
    "signalbox: Cannot use --ice-servers: [1].secrets[0] names the variable NO_SUCH_SECRET, which is not set",
  );
});

test("[IS30] a call of Chromium over the relay alone outlives its credentials, through an ICE restart", async ({
  enter,
}) => {
  const turn = await startTurnServer({ secrets: ["north"] });
  const entries = [{ source: "turn-rest", urls: turn.url, secrets: ["north"], ttl: "10s" }];
  const node = await start({ flags: ["--ice-servers", JSON.stringify(entries)] });
  const room = { url: node.wsUrl, rtcConfiguration: { iceTransportPolicy: "relay" } };
  const [ada, bob] = [await enter({ sends: [], room }), await enter({ sends: [], room })];
  for (const guest of [ada, bob]) await guest.call("openChannel", "chat");
  const first = await ada.call<string>("turnUsername");
  const [fragment] = [await ada.call<string>("usernameFragment")];
  const endOf = (username: string) => Number(username.split(":")[0]) * 1_000;
  expect(first).toBe(`${endOf(first) / 1_000}:${ada.id}`);
  await eventually(() => Date.now() > endOf(first) + 1_000, {
    what: "the first credential to expire",
    timeoutMs: 15_000,
  });
  expect(endOf(await ada.call("turnUsername"))).toBeGreaterThan(Date.now());
  await ada.call("restartIce");
  await eventually(async () => (await ada.call("usernameFragment")) !== fragment, { what: "the restart" });
  const isLater = (line: string) => {
    const username = /user <(\d+:[^>]+)>: incoming packet ALLOCATE processed, success/.exec(line)?.[1] ?? "0:";
    return username.endsWith(`:${ada.id}`) && endOf(username) > endOf(first);
  };
  await eventually(() => turn.log.seen.some(isLater), { what: "a relay by a later credential" });
  await ada.call("sendText", "chat", "still here");
  expect(await bob.call("channelGot", "chat", 1)).toEqual([{ from: ada.id, text: "still here" }]);
});
