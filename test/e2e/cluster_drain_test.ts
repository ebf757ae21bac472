import { expect, onTestFinished } from "vitest";
import { clusterTest as test } from "../kit/cluster_e2e.ts";
import { startFront } from "../kit/start_front.ts";

test("[XC10] a node that is told to stop has its people go on at another one, and nobody sees or hears a break", async ({
  enter,
  startClusterNode,
}) => {
  const [old, other] = [await startClusterNode(), await startClusterNode()] as const;
  const front = await startFront([old.wsUrl, other.wsUrl]);
  onTestFinished(() => front.close());
  const moving = await enter({ room: { url: front.wsUrl, name: "Ada" } });
  const neighbor = await enter({ room: { url: front.wsUrl, name: "Grace" } });
  const watcher = await enter({ room: { url: other.wsUrl, name: "Joan" } });
  const guests = [moving, neighbor, watcher];
  for (const guest of guests) for (const seen of guests) if (guest !== seen) await guest.sees(seen);
  // As a load balancer does that knows of the node's readiness.
  front.targets = [other.wsUrl];
  const stopped = old.stop("SIGTERM", 90_000);
  expect(await stopped).toBe(0);
  for (const guest of guests) {
    await guest.call("mediaIs", "connected");
    expect(await guest.call("id")).toBe(guest.id);
    for (const event of ["peer-left", "peer-joined"]) {
      expect([guest.id, event, await guest.call("countOf", event)]).toEqual([guest.id, event, expect.any(Number)]);
    }
    expect(await guest.call("countOf", "peer-left")).toBe(0);
  }
  for (const guest of guests) for (const seen of guests) if (guest !== seen) await guest.sees(seen);
  for (const guest of guests) for (const heard of guests) if (guest !== heard) await guest.hears(heard);
  expect((await watcher.peers()).map(({ name, state }) => [name, state])).toEqual([
    ["Ada", "connected"],
    ["Grace", "connected"],
  ]);
});

test("[RC5] a node drains that an operator tells to by way of another one, and its process ends", async ({
  enter,
  startClusterNode,
}) => {
  const [old, other] = [await startClusterNode(["--node-id", "old"]), await startClusterNode()] as const;
  const front = await startFront([old.wsUrl]);
  onTestFinished(() => front.close());
  const moving = await enter({ room: { url: front.wsUrl, name: "Ada" } });
  front.targets = [other.wsUrl];
  const watcher = await enter({ room: { url: other.wsUrl, name: "Joan" } });
  await watcher.sees(moving);
  const ask = async (path: string, method = "GET") => {
    const answer = await fetch(`${other.url}/api/v1/nodes${path}`, { method });
    return { status: answer.status, body: await answer.json() };
  };
  expect(await ask("/nobody/drain", "POST")).toMatchObject({ status: 404, body: { error: { code: "no-such-node" } } });
  const { body } = await ask("");
  expect(body.nodes.map(({ id }: { readonly id: string }) => id)).toContain("old");
  expect(await ask("/old/drain", "POST")).toEqual({ status: 200, body: { id: "old", state: "draining" } });
  await old.log.next(({ event }) => event === "node stopped", { timeoutMs: 60_000 });
  await expect.poll(async () => (await ask("")).body.nodes.length).toBe(1);
  await watcher.sees(moving);
  expect(await watcher.call("countOf", "peer-left")).toBe(0);
  expect(old.process.exitCode).toBe(0);
});
