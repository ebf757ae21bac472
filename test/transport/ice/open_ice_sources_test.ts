import { expect, onTestFinished, test } from "vitest";
import { FlightRecorder } from "../../../actors/flight_recorder.ts";
import { openIceSources } from "../../../transport/ice/open_ice_sources.ts";
import { KeptLog, startSupervisor } from "../../actors/start_supervisor.ts";
import { eventually } from "../../kit/eventually.ts";
import { type ProviderAnswer, startProvider } from "./start_provider.ts";

const good: ProviderAnswer = {
  status: 201,
  body: { iceServers: [{ urls: "turn:192.0.2.9", username: "u", credential: "hunter2" }] },
};

/** A list and Cloudflare, which answers as `answer` says. */
async function open(answer: () => ProviderAnswer | null) {
  const { url, requests } = await startProvider(answer);
  const log = new KeptLog();
  const recorder = new FlightRecorder();
  const cloudflare = { source: "cloudflare", keyId: "key1", apiToken: "hunter2", ttlMs: 3_600_000, url } as const;
  const sources = openIceSources([{ urls: "stun:192.0.2.1" }, cloudflare], {
    log,
    recorder,
    now: Date.now,
    timeouts: { firstRetryMs: 10, maxRetryMs: 20 },
  });
  onTestFinished(() => sources.stop());
  const urls = () => sources.issue("ann").iceServers.flatMap((server) => server.urls);
  return { sources, log, recorder, requests, urls };
}

test("[IS3] nobody waits for a provider that does not answer", async () => {
  const { urls, sources } = await open(() => null);
  expect(urls()).toEqual(["stun:192.0.2.1"]);
  const { openClient } = startSupervisor({ iceServers: sources });
  const ada = openClient();
  await ada.join();
  expect(ada.received.seen).toMatchObject([{ type: "joined", iceServers: [{ urls: "stun:192.0.2.1" }] }]);
});

test("[IS18] a provider is asked until it answers, and clients that joined meanwhile are told then", async () => {
  let isUp = false;
  const { urls, log, sources, requests } = await open(() => (isUp ? good : { status: 503 }));
  const { openClient } = startSupervisor({ iceServers: sources });
  const ada = openClient();
  await ada.join();
  await eventually(() => requests.length > 2, { what: "more attempts" });
  expect(urls()).toEqual(["stun:192.0.2.1"]);
  expect(log.entries[0]).toMatchObject({ level: "warn", fields: { source: "cloudflare", attempts: 1 } });
  isUp = true;
  expect(await ada.next("ice-servers")).toMatchObject({
    iceServers: [{ urls: "stun:192.0.2.1" }, { urls: ["turn:192.0.2.9"], username: "u" }],
  });
  const { length } = requests;
  expect(urls()).toEqual(["stun:192.0.2.1", "turn:192.0.2.9"]);
  expect(requests).toHaveLength(length);
  expect(sources.issue("ann").expiresAtMs).toBeGreaterThan(Date.now());
});

test("[IS19] each provider is an actor that is recorded, without what it gave or is asked with", async () => {
  let isUp = false;
  const { recorder, log, requests, urls, sources } = await open(() => (isUp ? good : { status: 503 }));
  await eventually(() => requests.length > 1, { what: "an attempt that fails" });
  isUp = true;
  await eventually(() => urls().length === 2, { what: "servers" });
  const [record] = recorder.records;
  expect(record).toMatchObject({ name: "ice-source:cloudflare", kind: "iceSource" });
  const types = record?.events.map(({ event }) => event.type) ?? [];
  expect(types).toContain("fetch.failed");
  expect(types.at(-1)).toBe("servers.fetched");
  const seen = JSON.stringify([record?.events.map(({ event, after }) => [event, after]), log.entries]);
  expect(seen).not.toContain("hunter2");
  sources.stop();
  expect(recorder.records[0]?.endedAtMs).toBeDefined();
});
