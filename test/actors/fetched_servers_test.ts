import { expect, onTestFinished, test } from "vitest";
import { FetchedServers } from "../../actors/fetched_servers.ts";
import type { FetchedServerSet, IceProvider } from "../../actors/ports.ts";
import { eventually } from "../kit/eventually.ts";
import { KeptLog } from "./start_supervisor.ts";

test("[IS16] servers that are over are given to nobody, and one request at a time waits for the next", async () => {
  const asked: ((set: FetchedServerSet) => void)[] = [];
  const provider: IceProvider = {
    credentials: { lives: { minMs: 0, maxMs: 0 }, issue: "", list: "", disable: "", usage: "" },
    fetch: () => new Promise((resolve) => asked.push(resolve)),
  };
  const log = new KeptLog();
  const timeouts = { firstRetryMs: 10, maxRetryMs: 10, requestPauseMs: 1 };
  const servers = new FetchedServers({ name: "a", provider, timeouts, log, random: () => 1, now: Date.now });
  onTestFinished(() => servers.stop());
  const setFor = (ms: number) => ({
    iceServers: [{ urls: "turn:192.0.2.1" }],
    expiresAtMs: Date.now() + ms,
    renewInMs: ms,
  });
  servers.start();
  await eventually(() => asked.length === 1, { what: "the first request" });
  asked[0]?.(setFor(1_000));
  await eventually(() => servers.issue("ann").iceServers.length === 1, { what: "servers" });
  await eventually(() => asked.length === 2, { what: "the second request" });
  expect(servers.state).toEqual({ stale: "fetching" });
  await eventually(() => JSON.stringify(servers.state) === '{"empty":"fetching"}', { what: "the end of the servers" });
  expect([servers.issue("ann").iceServers, asked.length]).toEqual([[], 2]);
  expect(log.errors).toMatchObject([{ event: "ICE servers are over, and no others came", fields: { source: "a" } }]);
  asked[1]?.(setFor(3_600_000));
  await eventually(() => servers.issue("ann").iceServers.length === 1, { what: "servers again" });
});
