import { expect, test } from "vitest";
import { PeerLog, type PeerLogOptions } from "../../actors/peer_log.ts";
import { eventually } from "../kit/eventually.ts";
import { KeptLog, startSupervisor } from "./start_supervisor.ts";

const opened = { type: "ice.moved" };

function start(explain: PeerLogOptions["explain"] = () => undefined, place: ReturnType<PeerLogOptions["place"]> = {}) {
  const log = new KeptLog();
  return {
    log,
    peer: new PeerLog(
      log,
      { session: "s", peer: "p" },
      { openedAtMs: 1_000, place: () => place, hasGivenUp: () => false, explain },
    ),
  };
}

test("[RM79] that a peer connection is up is logged once, with the milliseconds since its first offer", () => {
  const { log, peer } = start();
  peer.stateChanged("connecting", { cause: opened, nowMs: 1_010 });
  expect(log.entries).toEqual([]);
  for (const nowMs of [1_250.4, 9_000]) {
    peer.stateChanged("connected", { cause: opened, nowMs });
    peer.stateChanged("disconnected", { cause: opened, nowMs });
  }
  expect(log.entries).toEqual([
    { level: "info", event: "peer connected", fields: { session: "s", peer: "p", ms: 250 } },
  ]);
});

test.each([
  [{ type: "connectivity.failed", code: "ice-timeout" }, "peer failed", "ice-timeout"],
  [{ type: "peer.closed", reason: "enough" }, "peer closed", "enough"],
  [{ type: "peer.closed", reason: undefined }, "peer closed", "peer.closed"],
  [{ type: "transport.ended" }, "peer closed", "transport.ended"],
] as const)("[RM79] the end by %j is logged once with its reason", async (cause, event, reason) => {
  const { log, peer } = start();
  peer.stateChanged("failed", { cause, nowMs: 1_500 });
  expect(log.entries).toEqual([]);
  for (const nowMs of [2_000, 3_000]) peer.stateChanged("closed", { cause, nowMs });
  await Promise.resolve();
  expect(log.entries).toEqual([{ level: "info", event, fields: { session: "s", peer: "p", reason } }]);
});

test("[RM79] a peer connection of a client logs its way from the first to the last line", async () => {
  const { engines, log, openClient, supervisor } = startSupervisor();
  const client = openClient();
  const lines = () => log.entries.filter(({ event }) => event.startsWith("peer "));
  await client.connect();
  engines.last.connect();
  client.say({ type: "bye", reason: "done" });
  const { peerId: peer } = engines.last.options;
  expect(lines()).toMatchObject([
    { event: "peer connected", fields: { session: client.id, peer, ms: expect.any(Number) } },
    { event: "peer closed", fields: { session: client.id, peer, reason: "done" } },
  ]);
  await client.connect();
  client.end();
  await eventually(() => supervisor.sessionCount === 0, { what: "the session to end" });
  expect(lines().slice(2)).toMatchObject([{ event: "peer closed", fields: { session: client.id } }]);
});

test("[XP40] a failure is logged once with its cause, a summary and what to do; one that cannot be explained is logged all the same", async () => {
  const explanation = { cause: "udp-blocked", summary: "No packet got through.", remedy: "Let UDP in." };
  const place = { room: "atrium", name: "Ada" };
  const { log, peer } = start(() => explanation, place);
  const cause = { type: "connectivity.failed", code: "ice-failed" };
  for (const nowMs of [2_000, 3_000]) peer.stateChanged("closed", { cause, nowMs });
  await Promise.resolve();
  expect(log.entries).toEqual([
    {
      level: "info",
      event: "peer failed",
      fields: { session: "s", peer: "p", reason: "ice-failed", ...place, ...explanation },
    },
  ]);
  const broken = start(() => {
    throw new Error("a fault of ours");
  });
  broken.peer.stateChanged("closed", { cause, nowMs: 2_000 });
  await Promise.resolve();
  expect(broken.log.errors).toMatchObject([
    { fields: { reason: "ice-failed", error: { message: "a fault of ours" } } },
  ]);
});

test("[XP40] the line of a failure has the client's room and name, and neither of a client in no room", async () => {
  const { log, openClient } = startSupervisor({ timeouts: { connectingTimeoutMs: 20, failedTimeoutMs: 10 } });
  const [ada, nameless, lone] = [openClient(), openClient(), openClient()];
  await ada.join("atrium", { name: "Ada" });
  await nameless.join();
  for (const client of [ada, nameless, lone]) {
    await client.connect();
    await client.next("bye");
  }
  await Promise.resolve();
  const lines = log.entries.filter(({ event }) => event === "peer failed");
  expect(lines.map(({ fields: { room, name } }) => [room, name])).toEqual([
    ["atrium", "Ada"],
    ["atrium", undefined],
    [undefined, undefined],
  ]);
});
