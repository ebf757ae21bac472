import { expect } from "vitest";
import { e2e as test } from "../kit/e2e.ts";
import { handles, waitForHandles } from "../kit/handles.ts";
import { startNode } from "../kit/start_node.ts";
import { startTcpProxy } from "../kit/start_tcp_proxy.ts";
import { openWeriftClient } from "../kit/werift_client.ts";

/** The shortest that a node accepts (uWebSockets.js takes no less). */
const IDLE_TIMEOUT_MS = 8_000;

test("[E2E86] a client whose network is gone without a word is let go when its time is over", async ({
  onTestFinished,
}) => {
  const node = await startNode({ flags: ["--idle-timeout-ms", String(IDLE_TIMEOUT_MS)] });
  onTestFinished(async () => void (await node.stop()));
  const proxy = await startTcpProxy(node.wsUrl);
  onTestFinished(() => proxy.close());
  const before = handles(node.pid);

  const client = await openWeriftClient(proxy.wsUrl);
  onTestFinished(async () => {
    proxy.cut();
    await client.close();
  });
  const channel = await client.openChannel("chat");
  await channel.echo("hello");
  expect(handles(node.pid).udpSockets).toBeGreaterThan(before.udpSockets);
  proxy.freeze();
  await client.pc.close();
  await waitForHandles(node.pid, { udpSockets: before.udpSockets }, 3 * IDLE_TIMEOUT_MS);
});
