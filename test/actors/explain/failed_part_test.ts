import { expect, test } from "vitest";
import { eventually } from "../../kit/eventually.ts";
import type { FakeClient } from "../start_supervisor.ts";
import { nameAddresses, type Recorded, startRecorded } from "./recorded_client.ts";

/** Both sides name addresses, and ICE fails. */
async function failToConnect(recorded: Recorded, client: FakeClient): Promise<void> {
  await nameAddresses(recorded, client);
  await client.next("error");
}

/** The client's socket breaks, and it does not come back. */
async function goAway(recorded: Recorded, client: FakeClient): Promise<void> {
  client.end(1006);
  await eventually(() => recorded.supervisor.sessionCount === 0, { what: "the session to end" });
}

test.each([
  ["is still failed", {}],
  ["was ended", { failedTimeoutMs: 10 }],
] as const)(
  "[XP6] a connection that failed, and %s when the socket broke, has the same cause afterwards",
  async (_, timeouts) => {
    const recorded = startRecorded({ timeouts: { connectingTimeoutMs: 20, resumeTimeoutMs: 20, ...timeouts } });
    const client = recorded.openClient();
    await client.join();
    await failToConnect(recorded, client);
    if ("failedTimeoutMs" in timeouts) await client.next("bye");
    const before = recorded.explain(client.id);
    recorded.pass(150_000);
    await goAway(recorded, client);
    expect(before.cause).toBe("udp-blocked");
    const after = [recorded.explain(client.id), recorded.explainConnection(client.id, `${client.id}-1`)];
    for (const explanation of after) {
      expect(explanation).toMatchObject({ cause: "udp-blocked", others: [{ cause: "client-gone" }] });
    }
  },
);

test("[XP6] a connection that never came up has the same cause when the client goes away", async () => {
  const recorded = startRecorded({ timeouts: { resumeTimeoutMs: 20 } });
  const client = recorded.openClient();
  await client.join();
  await nameAddresses(recorded, client);
  recorded.pass(9_000);
  expect(recorded.explain(client.id).cause).toBe("udp-blocked");
  await goAway(recorded, client);
  expect(recorded.explain(client.id)).toMatchObject({ cause: "udp-blocked", others: [{ cause: "client-gone" }] });
});

test("[XP6] a connection that fell silent and failed has lost its way, also when the client goes away later", async () => {
  const recorded = startRecorded({ timeouts: { disconnectedTimeoutMs: 20, resumeTimeoutMs: 20 } });
  const client = recorded.openClient();
  await client.join();
  await client.connect();
  recorded.engines.last.connect();
  await recorded.report({ type: "transport.silent" });
  await client.next("error");
  recorded.pass(150_000);
  await goAway(recorded, client);
  expect(recorded.explain(client.id)).toMatchObject({ cause: "consent-lost", others: [{ cause: "client-gone" }] });
});

test("[XP50] a client whose socket breaks first is gone, whatever fails then", async () => {
  const recorded = startRecorded({ timeouts: { connectingTimeoutMs: 60 } });
  const client = recorded.openClient();
  await client.join();
  await nameAddresses(recorded, client);
  recorded.pass(1_000);
  client.end(1006);
  await eventually(() => recorded.log.entries.some(({ event }) => event === "socket closed"), {
    what: "the socket to close",
  });
  recorded.pass(30_000);
  const fails = () => recorded.explain(client.id).state === "failed";
  await eventually(fails, { what: "ICE to fail" });
  expect(recorded.explain(client.id)).toMatchObject({ cause: "client-gone", others: [{ cause: "udp-blocked" }] });
});

test("[XP6] a connection that the client ended was ended by it, also when its socket breaks later", async () => {
  const recorded = startRecorded({ timeouts: { resumeTimeoutMs: 20 } });
  const client = recorded.openClient();
  await client.join();
  await client.connect();
  recorded.engines.last.connect();
  recorded.pass(1_000);
  await recorded.report({ type: "transport.ended" });
  recorded.pass(1_000);
  await client.connect();
  await goAway(recorded, client);
  expect(recorded.explainConnection(client.id, `${client.id}-1`)).toMatchObject({ cause: "left", isWell: true });
  expect(recorded.explain(client.id)).toMatchObject({ cause: "client-gone", connection: `${client.id}-2` });
});

test("[XP6] an offer of the node that is not answered is not the cause where ICE of the first one fails", async () => {
  const recorded = startRecorded({ timeouts: { connectingTimeoutMs: 60, failedTimeoutMs: 10, answerTimeoutMs: 20 } });
  const client = recorded.openClient();
  await nameAddresses(recorded, client);
  await recorded.report({ type: "negotiation.needed" });
  await client.next("offer");
  recorded.pass(30_000);
  await client.next("bye");
  const { cause, others } = recorded.explain(client.id);
  expect(cause).toBe("udp-blocked");
  expect(others).toMatchObject([{ cause: "answer-missing" }]);
  const line = recorded.log.entries.find(({ event }) => event === "peer failed");
  expect(line?.fields).toMatchObject({ reason: "ice-failed", cause: "udp-blocked" });
});
