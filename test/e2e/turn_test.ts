import { expect, onTestFinished } from "vitest";
import type { IceServer } from "../../protocol/ice_server.ts";
import { e2e as test } from "../kit/e2e.ts";
import { openSignallingSocket } from "../kit/signalling_socket.ts";
import { type RunningNode, type StartNodeOptions, startNode } from "../kit/start_node.ts";
import { startTurnServer } from "../kit/turn_server.ts";
import { WeriftClient } from "../kit/werift_client.ts";

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
  const turn = await startTurnServer(["north"]);
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
