import { expect, onTestFinished, test } from "vitest";
import { SimulatedClock } from "xstate";
import { FetchedServers } from "../../actors/fetched_servers.ts";
import { FlightRecorder } from "../../actors/flight_recorder.ts";
import "../kit/quiet_xstate.ts";
import { NumberedProvider } from "./numbered_provider.ts";
import { KeptLog, startSupervisor } from "./start_supervisor.ts";

const hourMs = 3_600_000;
const lifeMs = 12 * hourMs;

/** A source of a credential for each peer, on a clock that the test sets. */
async function open() {
  const clock = new SimulatedClock();
  const now = () => clock.now();
  const provider = new NumberedProvider({ now, lifeMs });
  const log = new KeptLog();
  const recorder = new FlightRecorder();
  const timeouts = { firstRetryMs: 1_000, maxRetryMs: 60_000, requestPauseMs: 500 };
  const servers = new FetchedServers({
    name: "a",
    provider,
    ahead: 4,
    timeouts,
    log,
    recorder,
    random: () => 1,
    now,
    clock,
  });
  onTestFinished(() => servers.stop());
  const answered = () => new Promise((resolve) => setImmediate(resolve));
  const pass = async (ms: number, stepMs = Math.min(ms, 250)) => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      clock.increment(stepMs);
      await answered();
    }
  };
  const told: string[] = [];
  servers.watch((peerId) => told.push(peerId ?? "all"));
  servers.start();
  await answered();
  const give = (peerId: string, isForNode = false) => servers.issue(peerId, { isForNode }).iceServers[0]?.username;
  return { servers, provider, log, recorder, pass, told, give, now };
}

test("[IS42] a node that nobody comes to asks for seven credentials in a day, and also when many came before", async () => {
  const { provider, pass, give, servers } = await open();
  await pass(24 * hourMs, 60_000);
  // Its own one after each 9.6 hours, and the one that is ready after each 6 hours.
  expect(provider.asked).toBe(1 + 2 + 1 + 3);
  for (let number = 0; number < 20; number += 1) give(`p${number}`);
  await pass(60_000);
  expect(provider.asked).toBe(7 + 19 + 4);
  for (let number = 0; number < 20; number += 1) servers.forget(`p${number}`);
  await pass(24 * hourMs, 60_000);
  const before = provider.asked;
  await pass(24 * hourMs, 60_000);
  expect(provider.asked - before).toBeLessThanOrEqual(7);
});

test("[IS43] credentials are asked for one after the other with a pause, however many peers wait", async () => {
  const { provider, pass, give } = await open();
  for (let number = 0; number < 100; number += 1) give(`p${number}`);
  await pass(10_000);
  expect(provider.asked).toBe(1 + 20);
  await pass(60_000);
  expect(provider.asked).toBe(1 + 104);
});

test("[IS41] who comes when none is ready has the node's own at once, and is told when there is one of its own", async () => {
  const { give, pass, told } = await open();
  expect([give("ann"), give("bob"), told]).toEqual(["u1", "u1", []]);
  await pass(500);
  expect(told).toEqual(["ann"]);
  await pass(500);
  expect(told).toEqual(["ann", "bob"]);
  expect([give("ann"), give("bob")]).toEqual(["u2", "u3"]);
});

test("[IS41] while the provider is down peers have what there is; those who wait are told when it is back", async () => {
  const { provider, give, pass, told, log } = await open();
  await pass(1_000);
  provider.isDown = true;
  expect([give("ann"), give("bob")]).toEqual(["u2", "u1"]);
  await pass(3_000);
  expect(told).toEqual([]);
  const failed = log.entries.filter(({ event }) => event === "ICE servers not fetched, trying on");
  expect(failed[0]).toMatchObject({ level: "warn", fields: { source: "a", attempts: 1 } });
  provider.isDown = false;
  await pass(10_000);
  expect(told).toEqual(["bob"]);
  expect(give("bob")).toBe("u3");
});

test("[IS46] the peer connections of the node have the node's own credential, which costs none of those for peers", async () => {
  const { give, pass, provider } = await open();
  await pass(1_000);
  const { asked } = provider;
  expect([give("pc-1", true), give("pc-2", true), give("ann")]).toEqual(["u1", "u1", "u2"]);
  await pass(10_000);
  // Two are ready: one peer came.
  expect(provider.asked).toBe(asked + 2);
});

test("[IS45] a credential that was disabled is given to nobody, and who had it is told another one at once", async () => {
  const { servers, give, pass, told } = await open();
  await pass(1_000);
  expect(give("ann")).toBe("u2");
  await pass(2_000);
  servers.drop("u2");
  expect(told).toEqual(["ann"]);
  expect(give("ann")).toBe("u3");
  servers.drop("u4");
  expect(give("bob")).toBe("u1");
  servers.drop("u9");
  expect(told).toEqual(["ann"]);
});

test("[IS45] the node's own one that was disabled is replaced, and who has it is told", async () => {
  const { servers, give, pass, told } = await open();
  expect(give("ann")).toBe("u1");
  servers.drop("u1");
  expect([give("ann"), give("pc-1", true), told]).toEqual([undefined, undefined, []]);
  await pass(250);
  expect([told, give("ann"), give("pc-1", true)]).toEqual([["ann"], "u2", "u2"]);
  await pass(1_000);
  expect([told, give("ann")]).toEqual([["ann", "ann"], "u3"]);
});

test("[IS47] the provider is told whose a credential has become; where it fails at that, the peer has it all the same", async () => {
  const { provider, give, pass, log } = await open();
  await pass(1_000);
  give("ann");
  await pass(2_000);
  expect(provider.labels).toEqual(["u2:ann"]);
  provider.isDown = true;
  expect(give("bob")).toBe("u3");
  await pass(250);
  const failed = log.entries.filter(({ event }) => event === "ICE credential not labelled");
  expect(failed).toMatchObject([{ level: "debug", fields: { source: "a" } }]);
});

test("[IS49] on a live call a peer is told another credential of its own before the last one ends, and none is logged", async () => {
  const { servers, pass, provider, now, log, recorder } = await open();
  const { openClient, tick, ...supervised } = startSupervisor({ iceServers: servers, now, recorder });
  await pass(1_000);
  const ada = openClient();
  await ada.join();
  const names: string[] = [];
  for (let minutes = 0; minutes < 48 * 60; minutes += 10) {
    for (const message of ada.take()) if ("iceServers" in message) names.push(message.iceServers[0]?.username ?? "");
    expect(provider.endsAtMs.get(names.at(-1) ?? "")).toBeGreaterThan(now());
    await pass(600_000, 60_000);
    tick(now());
  }
  // After 4.8 to 9.6 hours each: one that waited for a peer has lived already.
  expect(names.length).toBeGreaterThanOrEqual(5);
  expect(names.length).toBeLessThanOrEqual(10);
  expect(provider.labels).toEqual(names.map((name) => `${name}:${ada.id}`));
  const kept = recorder.records.map(({ events }) => events.map(({ event, after }) => [event, after]));
  const seen = JSON.stringify([kept, log.entries, supervised.log.entries]);
  expect(seen).toContain("spares.counted");
  expect(seen).not.toMatch(/hush|"u\d/);
});
