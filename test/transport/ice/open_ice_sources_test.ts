import { expect, onTestFinished, test } from "vitest";
import { FlightRecorder } from "../../../actors/flight_recorder.ts";
import type { ServerMessage } from "../../../protocol/server_message.ts";
import { openIceSources } from "../../../transport/ice/open_ice_sources.ts";
import { KeptLog, startSupervisor } from "../../actors/start_supervisor.ts";
import { eventually } from "../../kit/eventually.ts";
import { openEngines } from "../media/open_engine.ts";
import { forNode, forPeers } from "./asking.ts";
import { type ProviderAnswer, type ProviderRequest, startProvider } from "./start_provider.ts";

const good: ProviderAnswer = {
  status: 201,
  body: { iceServers: [{ urls: "turn:192.0.2.9", username: "u", credential: "hunter2" }] },
};

/** A list and Cloudflare, which answers as `answer` says. */
async function open(answer: (request: ProviderRequest) => ProviderAnswer | null, asking = forNode) {
  const { url, requests } = await startProvider(answer);
  const log = new KeptLog();
  const recorder = new FlightRecorder();
  const cloudflare = {
    source: "cloudflare",
    keyId: "key1",
    apiToken: "hunter2",
    ttlMs: 3_600_000,
    url,
    ...asking,
  } as const;
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

/** Cloudflare as it documents: another credential each time. */
function numberedAnswers() {
  let count = 0;
  return (): ProviderAnswer => ({
    status: 201,
    body: { iceServers: [{ urls: "turn:192.0.2.9", username: `u${++count}`, credential: `hunter2-${count}` }] },
  });
}

test("[IS40] each client has a credential of its own from a provider, the same one when it comes back, and another when it joins anew", async () => {
  const { sources, requests } = await open(numberedAnswers(), forPeers);
  const { openClient, supervisor } = startSupervisor({ iceServers: sources });
  const nameOf = (message: unknown) => (message as { iceServers: { username?: string }[] }).iceServers[1]?.username;
  await eventually(() => requests.length === 2, { what: "the node's and one for a peer" });
  const names: unknown[] = [];
  /** The client's own: the node's is replaced at once. */
  const ownOf = async (client: ReturnType<typeof openClient>, entry: unknown) => {
    const own = nameOf(entry) === "u1" ? nameOf(await client.next("ice-servers")) : nameOf(entry);
    names.push(own);
    return own;
  };
  for (const client of [openClient(), openClient(), openClient()]) {
    await client.join();
    const joined = client.received.seen[0] as Extract<ServerMessage, { type: "joined" }>;
    const own = await ownOf(client, joined);
    client.end(1006);
    const back = openClient();
    back.say({ type: "resume", token: joined.resume });
    expect(nameOf(await back.next("resumed"))).toBe(own);
    back.say({ type: "leave" });
    await eventually(() => supervisor.roomCount === 0, { what: "the room to end" });
    back.say({ type: "join", room: "atrium" });
    await ownOf(back, await back.next("joined"));
    back.say({ type: "leave" });
    await eventually(() => supervisor.roomCount === 0, { what: "the room to end" });
  }
  expect(new Set(["u1", ...names]).size).toBe(7);
});

test("[IS41] nobody waits for a provider that has got slow: who comes has the node's credential at once", async () => {
  const answer = numberedAnswers();
  let isSlow = false;
  const { sources, requests } = await open(() => (isSlow ? null : answer()), forPeers);
  await eventually(() => sources.issue("x", { isForNode: true }).iceServers.length === 2, { what: "the node's own" });
  isSlow = true;
  await eventually(() => requests.length === 2, { what: "the request that is not answered" });
  const { openClient } = startSupervisor({ iceServers: sources });
  for (const client of [openClient(), openClient(), openClient()]) {
    await client.join();
    expect(client.received.seen[0]).toMatchObject({ iceServers: [{}, { username: expect.stringMatching(/^u[12]$/) }] });
  }
  expect(requests.length).toBeLessThanOrEqual(3);
});

test("[IS45] a client whose credential was disabled is told another one, also where the provider does not answer", async () => {
  const answer = numberedAnswers();
  const revoked: string[] = [];
  let isUp = true;
  const { sources, requests } = await open((request) => {
    if (!request.line.endsWith("/revoke")) return answer();
    revoked.push(request.line);
    return { status: isUp ? 204 : 503 };
  }, forPeers);
  const { openClient } = startSupervisor({ iceServers: sources });
  await eventually(() => requests.length === 2, { what: "the node's and one for a peer" });
  const [ada, bob] = [openClient(), openClient()];
  await ada.join();
  await bob.join();
  const nameOf = (peer: string) => sources.issue(peer).iceServers[1]?.username ?? "";
  const others = (name: string) => !["u1", name].includes(nameOf(ada.id));
  await eventually(() => others("") && nameOf(bob.id) !== "u1", { what: "credentials of their own" });
  const bobs = nameOf(bob.id);
  const [{ disable }] = sources.credentials as readonly [(typeof sources.credentials)[0]];
  if (typeof disable === "string") throw new Error(disable);
  for (const isAnswered of [true, false]) {
    isUp = isAnswered;
    const before = nameOf(ada.id);
    ada.take();
    const failed = await disable(before).then(
      () => false,
      () => true,
    );
    expect(failed).toBe(!isAnswered);
    expect(revoked.at(-1)).toContain(`/credentials/${before}/revoke`);
    await eventually(() => others(before), { what: "another credential" });
    const told = ada.take().filter(({ type }) => type === "ice-servers");
    expect(told.at(-1)).toMatchObject({ iceServers: [{}, { username: nameOf(ada.id) }] });
  }
  expect(nameOf(bob.id)).toBe(bobs);
  expect(bob.take().filter(({ type }) => type === "ice-servers").length).toBeLessThanOrEqual(1);
});

test("[IS46] a source is asked for the node's own servers by the peer connections of the node", async () => {
  const { sources, requests } = await open(numberedAnswers(), forPeers);
  await eventually(() => requests.length === 2, { what: "the node's and one for a peer" });
  const { create } = await openEngines({ iceServers: sources });
  create();
  create();
  await eventually(() => sources.issue("ann").iceServers[1]?.username === "u2", { what: "the one for a peer" });
});
