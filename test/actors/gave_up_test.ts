import { expect, test } from "vitest";
import { eventually } from "../kit/eventually.ts";
import { nameAddresses, type Recorded, startRecorded } from "./explain/recorded_client.ts";
import type { FakeClient } from "./start_supervisor.ts";

const logged = async ({ log }: Recorded) => {
  const lines = () => log.entries.filter(({ event }) => event === "peer failed" || event === "peer closed");
  await eventually(() => lines().length > 0, { what: "the end of a peer connection in the log" });
  return lines();
};

const leaving = {
  "says bye": (client: FakeClient) => client.say({ type: "bye" }),
  "closes its socket": (client: FakeClient) => client.end(1001),
} as const;

test.each(Object.entries(leaving))(
  "[XP7] a client that %s after a while without a way has given up, which is logged and listed as a failure with its cause",
  async (way, leave) => {
    const recorded = startRecorded();
    const client = recorded.openClient();
    await client.join("atrium", { name: "Ada" });
    await nameAddresses(recorded, client);
    recorded.pass(15_000);
    leave(client);
    const [line, ...others] = await logged(recorded);
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      level: "info",
      event: "peer failed",
      fields: { reason: "gave-up", cause: "udp-blocked" },
    });
    expect(line?.fields["summary"]).toContain("then the client gave up");
    // Whoever says bye is in its room still.
    if (way === "says bye") expect(line?.fields).toMatchObject({ room: "atrium", name: "Ada" });
    expect(recorded.failuresOf(client.id)).toEqual(["gave-up"]);
    expect(recorded.explain(client.id)).toMatchObject({ cause: "udp-blocked", isWell: false, state: "closed" });
  },
);

test.each(Object.entries(leaving))("[XP7] a client that %s soon has not given up", async (_, leave) => {
  const recorded = startRecorded();
  const client = recorded.openClient();
  await client.join();
  await nameAddresses(recorded, client);
  recorded.pass(2_000);
  leave(client);
  expect(await logged(recorded)).toMatchObject([{ event: "peer closed" }]);
  expect(recorded.failuresOf(client.id)).toEqual([undefined]);
  expect(recorded.explain(client.id)).toMatchObject({ cause: "left", isWell: true });
});

test("[XP7] the time that a client is away does not count, also where ICE fails meanwhile", async () => {
  const recorded = startRecorded({ timeouts: { connectingTimeoutMs: 300, resumeTimeoutMs: 600 } });
  const client = recorded.openClient();
  await client.join();
  await nameAddresses(recorded, client);
  client.end(1006);
  await eventually(() => recorded.log.entries.some(({ event }) => event === "socket closed"), {
    what: "the socket to close",
  });
  recorded.pass(30_000);
  expect(await logged(recorded)).toMatchObject([{ event: "peer closed" }]);
  expect(recorded.failuresOf(client.id)).toEqual([undefined]);
});

test("[XP7] a client that goes away after a while without a way, and does not come back, has given up", async () => {
  const recorded = startRecorded({ timeouts: { resumeTimeoutMs: 20 } });
  const client = recorded.openClient();
  await client.join();
  await nameAddresses(recorded, client);
  recorded.pass(12_000);
  client.end(1006);
  expect(await logged(recorded)).toMatchObject([
    { event: "peer failed", fields: { reason: "gave-up", cause: "udp-blocked" } },
  ]);
  expect(recorded.failuresOf(client.id)).toEqual(["gave-up"]);
});

test("[XP7] a client that leaves a peer connection that failed has given it up, whenever that is", async () => {
  const recorded = startRecorded({ timeouts: { connectingTimeoutMs: 20 } });
  const client = recorded.openClient();
  await nameAddresses(recorded, client);
  await client.next("error");
  client.say({ type: "bye" });
  expect(await logged(recorded)).toMatchObject([{ event: "peer failed", fields: { cause: "udp-blocked" } }]);
  expect(recorded.failuresOf(client.id)).toEqual(["gave-up"]);
});

test("[XP7] what the node closes was not given up by its client", async () => {
  const recorded = startRecorded();
  const client = recorded.openClient();
  await nameAddresses(recorded, client);
  recorded.pass(15_000);
  recorded.supervisor.closeAll(1001, "the node stops");
  expect(await logged(recorded)).toMatchObject([{ event: "peer closed" }]);
  expect(recorded.failuresOf(client.id)).toEqual([undefined]);
});

test("[XP7] a handshake that the client gives up counts with the time that ICE took", async () => {
  const recorded = startRecorded();
  const client = recorded.openClient();
  await nameAddresses(recorded, client);
  recorded.pass(7_000);
  await recorded.report({ type: "ice.changed", state: "connected" });
  recorded.pass(4_000);
  client.say({ type: "bye" });
  const [line] = await logged(recorded);
  expect(line).toMatchObject({ event: "peer failed", fields: { reason: "gave-up", cause: "dtls-unanswered" } });
  expect(line?.fields["summary"]).toContain("then the client gave up");
});

test("[XP7] a peer connection that worked, and is left, has not failed", async () => {
  const recorded = startRecorded();
  const client = recorded.openClient();
  await client.connect();
  recorded.engines.last.connect();
  recorded.pass(60_000);
  client.say({ type: "bye" });
  expect(await logged(recorded)).toMatchObject([{ event: "peer closed" }]);
  expect(recorded.failuresOf(client.id)).toEqual([undefined]);
});

test("[XP8] a client that gave up and tries again is not well until that works", async () => {
  const recorded = startRecorded();
  const client = recorded.openClient();
  await client.join();
  await nameAddresses(recorded, client);
  recorded.pass(15_000);
  client.say({ type: "bye" });
  recorded.pass(100);
  await client.connect();
  recorded.pass(1_000);
  const again = recorded.explain(client.id);
  expect(again).toMatchObject({
    connection: `${client.id}-2`,
    state: "connecting",
    cause: "udp-blocked",
    isWell: false,
    others: [],
  });
  expect(again.summary).toMatch(/^The client gave up \S+-1 and has tried again for 1 s\. What was wrong: No packet/);
  recorded.engines.last.connect();
  await Promise.resolve();
  expect(recorded.explain(client.id)).toMatchObject({ cause: "connected", isWell: true });
});
