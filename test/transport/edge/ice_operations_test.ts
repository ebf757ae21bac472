import { expect, onTestFinished, test } from "vitest";
import type { IceEntry } from "../../../config/ice_servers.ts";
import { iceOperations } from "../../../transport/edge/ice_operations.ts";
import { openIceSources } from "../../../transport/ice/open_ice_sources.ts";
import { KeptLog } from "../../actors/start_supervisor.ts";
import { forNode } from "../ice/asking.ts";
import { type ProviderAnswer, type ProviderRequest, startProvider } from "../ice/start_provider.ts";

const nowMs = 1_700_000_000_000;

/** Asks the operations of a node with these entries. */
function open(entries: readonly IceEntry[]) {
  const timeouts = { firstRetryMs: 60_000, maxRetryMs: 60_000 };
  const sources = openIceSources(entries, { log: new KeptLog(), now: () => nowMs, timeouts });
  onTestFinished(() => sources.stop());
  const operations = iceOperations({ servers: sources, credentials: sources.credentials });
  const askAs = async (subject: string) => {
    const own = operations.find(({ handleClient }) => handleClient !== undefined);
    return JSON.parse((await own?.handleClient?.(subject))?.body.toString() ?? "");
  };
  const ask = async (line: string) => {
    const [method = "", address = ""] = line.split(" ");
    const { pathname, searchParams } = new URL(address, "http://node/api/v1/");
    const [, source = ""] = /ice-sources\/([^/]+)\//.exec(pathname) ?? [];
    const pattern = pathname.replace(/ice-sources\/[^/]+\//, "ice-sources/{source}/");
    const operation = operations.find((each) => each.method === method && each.pattern === pattern);
    if (operation === undefined) throw new Error(`There is no ${line}`);
    const { status, body } = await operation.handle({ source }, searchParams, { accept: "application/json" });
    return { status, told: JSON.parse(body.toString()) };
  };
  return Object.assign(ask, { askAs });
}

const iceServers = [{ urls: "turn:192.0.2.9", username: "u", credential: "c" }];

/** Answers as Cloudflare, Twilio and Metered do. @param token what Twilio adds to its servers */
function startEveryProvider(token: object = {}) {
  return startProvider(({ line }) => {
    if (line.includes("Tokens.json")) return { status: 201, body: { ...token, ice_servers: iceServers } };
    if (line.includes("generate-ice-servers")) return { status: 201, body: { iceServers } };
    return line.startsWith("POST") ? { body: { apiKey: "key2" } } : { body: iceServers };
  });
}

/** A source of each kind that issues, with the providers at one address. */
const sourcesAt = (url: string): IceEntry[] => [
  turnRest,
  { source: "cloudflare", keyId: "key1", apiToken: "hunter2", ttlMs: 60_000, url, ...forNode },
  { source: "twilio", accountSid: "AC1", authToken: "hunter2", ttlMs: 60_000, url, ...forNode },
  { source: "metered", app: "demo", secretKey: "hunter2", ttlMs: 60_000, url, ...forNode },
];

const turnRest = { source: "turn-rest", urls: ["turn:192.0.2.1"], secrets: ["north"], ttlMs: 3_600_000 } as const;

test("[IS24] servers are given to who is named or anonymous, with their end", async () => {
  const ask = open([{ urls: "stun:192.0.2.1" }, turnRest]);
  expect(await ask("GET ice-servers?peer=ada")).toMatchObject({
    status: 200,
    told: {
      iceServers: [{ urls: "stun:192.0.2.1" }, { username: "1700003600:ada" }],
      expiresAt: "2023-11-14T23:13:20.000Z",
    },
  });
  expect(await ask("GET ice-servers")).toMatchObject({
    told: { iceServers: [{}, { username: "1700003600:anonymous" }] },
  });
  expect(await ask("GET ice-servers?peer=a:b")).toMatchObject({ status: 400, told: { error: { code: "bad-query" } } });
  expect(await open([{ urls: "stun:192.0.2.1" }])("GET ice-servers")).toEqual({
    status: 200,
    told: { iceServers: [{ urls: "stun:192.0.2.1" }] },
  });
});

test("[IS31] a client gets servers for who its token is of, whatever it is named by", async () => {
  const { askAs } = open([turnRest]);
  const usernameOf = async (subject: string) => (await askAs(subject)).iceServers[0].username as string;
  expect(await usernameOf("ada")).toBe("1700003600:ada");
  const ofMail = await usernameOf("ada@example.org");
  expect(ofMail).toMatch(/^1700003600:[\w-]{43}$/);
  expect(await usernameOf("bob:1@example.org")).not.toBe(ofMail);
});

test("[IS25] sources say what they can, and why not what they cannot; what cannot be done is refused so", async () => {
  const { url } = await startProvider(() => ({ status: 503 }));
  const ask = open([
    ...sourcesAt(url),
    { source: "metered", app: "demo", apiKey: "hunter2", ttlMs: 60_000, url, ...forNode },
  ]);
  const { told } = await ask("GET ice-sources");
  expect(told.sources.map(({ source, can }: { source: string; can: string[] }) => [source, can])).toEqual([
    ["turn-rest", ["issue"]],
    ["cloudflare", ["issue", "disable"]],
    ["twilio", ["issue"]],
    ["metered", ["issue", "list", "disable", "usage"]],
    ["metered-2", []],
  ]);
  expect(told.sources[4].cannot.usage).toBe("Metered lets only a secretKey do that; this source has an apiKey");
  expect(await ask("GET ice-sources/twilio/list")).toEqual({
    status: 501,
    told: {
      error: { code: "not-supported", message: "Cannot list credentials at twilio: Twilio keeps no list of tokens" },
    },
  });
  expect(await ask("POST ice-sources/metered/issue")).toMatchObject({
    status: 502,
    told: {
      error: {
        code: "provider-failed",
        message: expect.stringMatching(/^Cannot issue a credential at metered: .* answered 503$/),
      },
    },
  });
  expect(await ask("GET ice-sources/none/usage")).toMatchObject({
    status: 404,
    told: { error: { code: "no-such-source" } },
  });
  expect(await ask("POST ice-sources/cloudflare/disable")).toMatchObject({ status: 400 });
});

test("[IS26] a credential is issued at each source that has one made", async () => {
  const { url } = await startEveryProvider();
  const ask = open(sourcesAt(url));
  expect(await ask("POST ice-sources/turn-rest/issue?peer=ada")).toMatchObject({
    status: 200,
    told: { iceServers: [{ username: "1700003600:ada" }], expiresAt: "2023-11-14T23:13:20.000Z" },
  });
  for (const source of ["cloudflare", "twilio", "metered"]) {
    expect(await ask(`POST ice-sources/${source}/issue?peer=ada`)).toEqual({
      status: 200,
      told: { iceServers: [{ ...iceServers[0], urls: ["turn:192.0.2.9"] }], expiresAt: "2023-11-14T22:14:20.000Z" },
    });
  }
});

/** Metered as it documents, with two pages of credentials. */
function answerAsMetered({ line, body }: ProviderRequest): ProviderAnswer {
  if (line.startsWith("GET /api/v2/turn/credentials")) {
    const page = Number(/[?&]page=(\d+)/.exec(line)?.[1]);
    const credential = {
      username: `u${page}`,
      password: "hunter2",
      apiKey: "hunter2",
      expiryInSeconds: 60,
      label: "ada",
      expired: false,
    };
    return { body: { data: [credential], pagination: { total_records: 2, next_page: page === 1 ? 2 : null } } };
  }
  if (line.startsWith("GET /api/v1/turn/current_usage"))
    return { body: { quotaInGB: 150, usageInGB: 45.12, overageInGB: 0 } };
  if (line.startsWith("POST /api/v1/turn/credential/disable")) {
    return body === '{"username":"u1"}'
      ? { body: { message: "done" } }
      : { status: 401, body: { message: "credential not found" } };
  }
  return { status: 503 };
}

test("[IS27] credentials at Metered are listed without passwords, disabled and counted", async () => {
  const { url } = await startProvider(answerAsMetered);
  const ask = open([{ source: "metered", app: "demo", secretKey: "hunter2", ttlMs: 60_000, url, ...forNode }]);
  const list = await ask("GET ice-sources/metered/list");
  expect(list.told).toEqual({
    credentials: [
      { username: "u1", label: "ada", lifeSeconds: 60, isExpired: false },
      { username: "u2", label: "ada", lifeSeconds: 60, isExpired: false },
    ],
    isCut: false,
  });
  expect(await ask("POST ice-sources/metered/disable?username=u1")).toEqual({
    status: 200,
    told: { username: "u1", state: "disabled" },
  });
  expect(await ask("POST ice-sources/metered/disable?username=u7")).toMatchObject({ status: 502 });
  expect((await ask("GET ice-sources/metered/usage")).told).toEqual({ usageGb: 45.12, quotaGb: 150, overageGb: 0 });
});

test("[IS28] a credential of Cloudflare is revoked by its name", async () => {
  const { url, requests } = await startProvider(({ line }) => ({ status: line.endsWith("/revoke") ? 204 : 503 }));
  const ask = open([{ source: "cloudflare", keyId: "key1", apiToken: "hunter2", ttlMs: 60_000, url, ...forNode }]);
  expect(await ask("POST ice-sources/cloudflare/disable?username=bc%2F91")).toMatchObject({ status: 200 });
  const revoked = requests.find(({ line }) => line.endsWith("/revoke"));
  expect(revoked).toMatchObject({
    line: "POST /v1/turn/keys/key1/credentials/bc%2F91/revoke",
    authorization: "Bearer hunter2",
  });
});

test("[IS50] a credential is issued for the ttl that is asked for, of those that the source can give", async () => {
  const { url, requests } = await startEveryProvider({ ttl: "3600" });
  const ask = open([
    ...sourcesAt(url),
    { source: "metered", app: "demo", apiKey: "hunter2", ttlMs: 60_000, url, ...forNode },
  ]);
  for (const source of ["turn-rest", "cloudflare", "twilio", "metered"]) {
    const issued = await ask(`POST ice-sources/${source}/issue?peer=ada&ttl=1h`);
    expect(issued, source).toMatchObject({ status: 200, told: { expiresAt: "2023-11-14T23:13:20.000Z" } });
  }
  const bodies = requests.map(({ body }) => body);
  expect(bodies).toContain('{"ttl":3600,"customIdentifier":"ada"}');
  expect(bodies).toContain("Ttl=3600");
  expect(bodies).toContain('{"expiryInSeconds":3600,"label":"ada"}');
  const refused = { status: 400, told: { error: { code: "bad-query" } } };
  const { length } = requests;
  for (const [source, ttl] of Object.entries({ "turn-rest": "9s", cloudflare: "49h", twilio: "25h", metered: "x" })) {
    expect(await ask(`POST ice-sources/${source}/issue?ttl=${ttl}`), source).toMatchObject(refused);
  }
  expect(await ask("POST ice-sources/twilio/issue?ttl=")).toMatchObject({
    told: {
      error: {
        message: "Cannot issue a credential: ttl is no time, expected one from 60s to 24h, as 12h, 30m or 600s",
      },
    },
  });
  expect(requests).toHaveLength(length);
  expect(await ask("POST ice-sources/metered-2/issue?ttl=1h")).toMatchObject({ status: 501 });
});
