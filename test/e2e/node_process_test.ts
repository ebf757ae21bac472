import { expect } from "vitest";
import { e2e as test } from "../kit/e2e.ts";
import { openSignallingSocket } from "../kit/signalling_socket.ts";
import { startNode } from "../kit/start_node.ts";
import { openWeriftClient } from "../kit/werift_client.ts";

test("[E2E90] a node says last of its start where it listens, with its real port", async ({ onTestFinished }) => {
  const node = await startNode();
  onTestFinished(async () => void (await node.stop()));
  expect(node.log.seen.at(-1)).toEqual({ text: `signalbox listening on ${node.url}` });
  const socket = await openSignallingSocket(node.wsUrl);
  await socket.close();
});

test("[E2E91] SIGTERM ends a node with exit code 0 while clients are connected", async ({ onTestFinished }) => {
  const node = await startNode();
  onTestFinished(async () => void (await node.stop()));
  const client = await openWeriftClient(node.wsUrl);
  onTestFinished(() => client.close());
  const channel = await client.openChannel("chat");
  await channel.echo("hello");
  expect(await node.stop("SIGTERM")).toBe(0);
  const { code } = await client.socket.closed();
  expect(code).toBeGreaterThan(1000);
});

test("[E2E92] a bad flag ends the start with code 78 and one line that names it", async () => {
  const outcome = await startNode({ flags: ["--max-sessions", "many"] }).then(
    (node) => node.stop().then(() => "it started"),
    (error: Error) => error.message,
  );
  expect(outcome).toMatch(/ended with 78\n[^\n]*max-sessions[^\n]*many[^\n]*\n/);
});
