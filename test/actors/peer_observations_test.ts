import { expect, test } from "vitest";
import type { ConnectionObservation, ConnectionObserved, ObservedPair } from "../../protocol/connection_observation.ts";
import { eventually } from "../kit/eventually.ts";
import { startSupervisor } from "./start_supervisor.ts";

/** A client whose engine sees one pair in a state that the test sets. */
async function connect(timeouts: Parameters<typeof startSupervisor>[0] = {}) {
  const network: { state: ObservedPair["state"] } = { state: "in-progress" };
  const candidate = { type: "host", protocol: "udp", address: "192.0.2.1", port: 1 } as const;
  const observe = (): ConnectionObservation => {
    const pair = { local: candidate, remote: candidate, state: network.state, isSelected: true, requestsReceived: 0 };
    return { pairs: [pair], tracks: [] };
  };
  const { engines, recorder, supervisor, openClient } = startSupervisor({ script: { observe }, ...timeouts });
  const client = openClient();
  await client.connect();
  const record = () => recorder.records.find(({ kind }) => kind === "connectivity");
  const observed = () =>
    record()?.events.flatMap(({ event, after }) => {
      const { type, observation } = event as Partial<ConnectionObserved>;
      return type === "connection.observed" && after === undefined ? [observation?.pairs[0]?.state] : [];
    });
  const sees = (states: readonly ObservedPair["state"][]) =>
    eventually(() => JSON.stringify(observed()) === JSON.stringify(states), {
      what: `${states} to be observed`,
      describe: observed,
    });
  return { network, engine: engines.last, client, supervisor, record, observed, sees };
}

test("[IN20] the transport is observed when ICE connects, is disconnected, and before the connection is closed", async () => {
  const { network, engine, client, record, observed, sees } = await connect();
  expect(observed()).toEqual([]);
  network.state = "succeeded";
  engine.connect();
  await sees(["succeeded"]);
  expect(record()?.address).toBe("session:client-1/client-1-1/connectivity");
  network.state = "waiting";
  engine.options.report({ type: "transport.silent" });
  await sees(["succeeded", "waiting"]);
  network.state = "failed";
  client.say({ type: "bye" });
  await sees(["succeeded", "waiting", "failed"]);
  expect(record()?.endedAtMs).toBeDefined();
});

test("[PTH4] the pairs are recorded when the client moves to another one", async () => {
  const { network, engine, sees } = await connect();
  engine.connect();
  await sees(["in-progress"]);
  network.state = "succeeded";
  engine.options.report({ type: "selectedPair.changed" });
  await sees(["in-progress", "succeeded"]);
});

test("[IN20] the transport is observed when ICE fails", async () => {
  const { network, sees } = await connect({ timeouts: { connectingTimeoutMs: 20 } });
  network.state = "failed";
  await sees(["failed"]);
});

test("[IN20] the transport is observed when DTLS fails", async () => {
  const { network, engine, sees } = await connect();
  network.state = "succeeded";
  engine.options.report({ type: "ice.changed", state: "connected" });
  await sees(["succeeded"]);
  engine.options.report({ type: "dtls.changed", state: "failed" });
  // And before it is closed, which follows at once.
  await sees(["succeeded", "succeeded", "succeeded"]);
});

test("[IN23] what is observed as time goes on is recorded with the connection, its newest", async () => {
  const { network, engine, client, supervisor, record, sees } = await connect();
  engine.connect();
  await sees(["in-progress"]);
  const found = record();
  if (found === undefined) throw new Error("There is no record");
  for (const state of ["waiting", "succeeded"] as const) {
    network.state = state;
    supervisor.observe(found);
  }
  await sees(["in-progress", "succeeded"]);
  client.say({ type: "bye" });
  await eventually(() => supervisor.peerCount === 0, { what: "the connection to end" });
  supervisor.observe(found);
  await sees(["in-progress", "succeeded", "succeeded"]);
});
