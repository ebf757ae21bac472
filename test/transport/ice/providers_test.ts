import { expect, test } from "vitest";
import { ProviderFailure } from "../../../actors/fetched_servers.ts";
import { requestJson } from "../../../transport/ice/http_json.ts";
import { cloudflareProvider } from "../../../transport/ice/providers/cloudflare.ts";
import { meteredProvider } from "../../../transport/ice/providers/metered.ts";
import { twilioProvider } from "../../../transport/ice/providers/twilio.ts";
import { forNode } from "./asking.ts";
import { type ProviderAnswer, startProvider } from "./start_provider.ts";

const nowMs = 1_000_000;
const now = () => nowMs;
const ttlMs = 3_600_000;
const login = { username: "bc91", credential: "ebd7" };

test("[IS20] Cloudflare is asked as it documents, and URLs on the port of DNS are left out", async () => {
  const { url, requests } = await startProvider(() => ({
    status: 201,
    body: {
      iceServers: [
        { urls: ["stun:stun.cloudflare.com:3478", "stun:stun.cloudflare.com:53"] },
        {
          urls: ["turn:turn.cloudflare.com:3478?transport=udp", "turn:turn.cloudflare.com:53?transport=udp"],
          ...login,
        },
      ],
    },
  }));
  const source = { source: "cloudflare", keyId: "key1", apiToken: "hunter2", ttlMs, url, ...forNode } as const;
  expect(await cloudflareProvider(source, now).fetch()).toEqual({
    iceServers: [
      { urls: ["stun:stun.cloudflare.com:3478"] },
      { urls: ["turn:turn.cloudflare.com:3478?transport=udp"], ...login },
    ],
    expiresAtMs: nowMs + ttlMs,
    renewInMs: ttlMs,
  });
  expect(requests).toEqual([
    {
      line: "POST /v1/turn/keys/key1/credentials/generate-ice-servers",
      authorization: "Bearer hunter2",
      contentType: "application/json",
      body: '{"ttl":3600}',
    },
  ]);
});

test("[IS21] Twilio is asked as it documents, and the life that it grants counts", async () => {
  const turn = "turn:global.turn.twilio.com:3478?transport=udp";
  const { url, requests } = await startProvider(() => ({
    status: 201,
    body: {
      username: "dc2d",
      password: "tE2D",
      ttl: "600",
      ice_servers: [
        { url: "stun:global.stun.twilio.com:3478", urls: "stun:global.stun.twilio.com:3478" },
        { url: turn, urls: turn, username: "dc2d", credential: "tE2D" },
      ],
    },
  }));
  const source = { source: "twilio", accountSid: "AC1", authToken: "hunter2", ttlMs, url, ...forNode } as const;
  expect(await twilioProvider(source, now).fetch()).toEqual({
    iceServers: [
      { urls: ["stun:global.stun.twilio.com:3478"] },
      { urls: [turn], username: "dc2d", credential: "tE2D" },
    ],
    expiresAtMs: nowMs + 600_000,
    renewInMs: 600_000,
  });
  await twilioProvider({ ...source, keySid: "SK1" }, now).fetch();
  expect(requests.map(({ line }) => line)).toEqual(Array(2).fill("POST /2010-04-01/Accounts/AC1/Tokens.json"));
  expect(requests[0]?.body).toBe("Ttl=3600");
  const users = requests.map(({ authorization }) =>
    Buffer.from(authorization.slice("Basic ".length), "base64").toString(),
  );
  expect(users).toEqual(["AC1:hunter2", "SK1:hunter2"]);
});

test("[IS22] Metered is asked for the servers of an API key, or of a credential that is created and expires", async () => {
  const { url, requests } = await startProvider(({ line }) =>
    line.startsWith("POST")
      ? { body: { username: "u", password: "p", expiryInSeconds: 3_600, label: "signalbox", apiKey: "key2" } }
      : { body: [{ urls: "stun:stun.relay.metered.ca:80" }, { urls: "turn:global.relay.metered.ca:80", ...login }] },
  );
  const source = { source: "metered", app: "demo", region: "global", ttlMs, url, ...forNode } as const;
  const iceServers = [
    { urls: ["stun:stun.relay.metered.ca:80"] },
    { urls: ["turn:global.relay.metered.ca:80"], ...login },
  ];
  expect(await meteredProvider({ ...source, apiKey: "key1" }, now).fetch()).toEqual({ iceServers, renewInMs: ttlMs });
  expect(await meteredProvider({ ...source, secretKey: "hunter2" }, now).fetch()).toEqual({
    iceServers,
    expiresAtMs: nowMs + ttlMs,
    renewInMs: ttlMs,
  });
  expect(requests.map(({ line }) => line)).toEqual([
    "GET /api/v1/turn/credentials?apiKey=key1&region=global",
    "POST /api/v1/turn/credential?secretKey=hunter2",
    "GET /api/v1/turn/credentials?apiKey=key2&region=global",
  ]);
  expect(JSON.parse(requests[1]?.body ?? "")).toEqual({ expiryInSeconds: 3_600, label: "signalbox" });
});

const answers: readonly (readonly [string, ProviderAnswer, RegExp])[] = [
  ["a wrong key", { status: 401, body: { error: "hunter2" } }, /^HOST answered 401$/],
  ["a fault", { status: 500, body: "hunter2" }, /^HOST answered 500$/],
  ["text", { body: "hunter2" }, /^HOST answered with what is no JSON$/],
  ["nothing", { status: 204 }, /answered with what is no list of ICE servers$/],
  ["another shape", { body: { iceServers: "hunter2" } }, /answered with what is no list of ICE servers$/],
  [
    "servers of another shape",
    { body: { iceServers: [{ urls: 5 }] } },
    /answered with what is no list of ICE servers$/,
  ],
  ["no server", { body: { iceServers: [] } }, /answered without a server that can be used$/],
  ["no usable server", { body: { iceServers: [{ urls: "http://hunter2" }] } }, /without a server that can be used$/],
  ["far too much", { body: "x".repeat(300_000) }, /^HOST answered with more than 262144 bytes$/],
  ["a way elsewhere", { status: 302, headers: { location: "http://127.0.0.1:1/" } }, /^HOST cannot be reached/],
];
test.each(answers)(
  "[IS23] a provider that answers with %s has failed, in words without a secret",
  async (_, answer, words) => {
    const { url, host } = await startProvider(() => answer);
    const source = { source: "cloudflare", keyId: "key1", apiToken: "hunter2", ttlMs, url, ...forNode } as const;
    const failure: unknown = await cloudflareProvider(source, now)
      .fetch()
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProviderFailure);
    const { message } = failure as ProviderFailure;
    expect(message.replace(host, "HOST")).toMatch(words);
    expect(message).not.toContain("hunter2");
  },
);

test("[IS23] a provider that does not answer, or is not there, has failed; one that limits says for how long", async () => {
  const silent = await startProvider(() => null);
  await expect(requestJson({ url: new URL("/?apiKey=hunter2", silent.url), timeoutMs: 50 })).rejects.toThrow(
    `${silent.host} did not answer in time`,
  );
  await expect(requestJson({ url: new URL("http://127.0.0.1:1/?apiKey=hunter2") })).rejects.toThrow(
    /^127\.0\.0\.1:1 cannot be reached/,
  );
  const busy = await startProvider(() => ({ status: 429, headers: { "retry-after": "7" } }));
  await expect(requestJson({ url: new URL(busy.url) })).rejects.toMatchObject({ retryAfterMs: 7_000 });
  const rude = await startProvider(() => ({ status: 429, headers: { "retry-after": "999999" } }));
  await expect(requestJson({ url: new URL(rude.url) })).rejects.toMatchObject({ retryAfterMs: 3_600_000 });
});

test("[IS47] Cloudflare is told who a credential is issued to, as it documents", async () => {
  const { url, requests } = await startProvider(() => ({
    status: 201,
    body: { iceServers: [{ urls: "turn:turn.cloudflare.com", ...login }] },
  }));
  const source = { source: "cloudflare", keyId: "key1", apiToken: "hunter2", ttlMs, url, ...forNode } as const;
  const { issue } = cloudflareProvider(source, now).credentials;
  if (typeof issue === "string") throw new Error(issue);
  expect(await issue("ada", 60_000)).toMatchObject({ expiresAtMs: nowMs + 60_000 });
  expect(requests.map(({ body }) => body)).toEqual(['{"ttl":60,"customIdentifier":"ada"}']);
});

test("[IS47] the label of a credential of Metered is changed as it documents", async () => {
  const { url, requests } = await startProvider(({ line }) =>
    line.includes("username=u1&") || line.endsWith("username=u1")
      ? { body: { username: "u1", password: "p", expiryInSeconds: 3_600, label: "ada", apiKey: "key2" } }
      : { status: 400, body: { message: "credential of the specified username not found" } },
  );
  const source = { source: "metered", app: "demo", secretKey: "hunter2", ttlMs, url, ...forNode } as const;
  const { label } = meteredProvider(source, now);
  await label?.("u1", "ada");
  expect(requests).toMatchObject([
    {
      line: "POST /api/v2/turn/credential/update_label?secretKey=hunter2&username=u1",
      contentType: "application/json",
      body: '{"label":"ada"}',
    },
  ]);
  await expect(label?.("u7", "ada")).rejects.toThrow(ProviderFailure);
});
