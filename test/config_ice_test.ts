import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Config, readConfig } from "../config.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";

const folder = mkdtempSync(join(tmpdir(), "signalbox-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(entries: unknown, env: Record<string, string> = {}): Config["iceServers"] {
  return readConfig({ argv: ["--ice-servers", JSON.stringify(entries)], env, cwd: "/nonexistent" }).iceServers;
}

function refusal(entries: unknown, env: Record<string, string> = {}): string {
  try {
    read(entries, env);
  } catch (error) {
    if (error instanceof SignalboxError && error.code === "bad-config") return error.message;
    throw error;
  }
  throw new Error("It was not refused");
}

const turnRest = { source: "turn-rest", urls: "turn:a:3478", secrets: ["hunter2"] };

test("[IS9] a source is read beside servers, from text and from the file", () => {
  const entries = [{ urls: "stun:a" }, { ...turnRest, ttl: "30m" }, turnRest];
  const expected = [
    { urls: "stun:a" },
    { source: "turn-rest", urls: ["turn:a:3478"], secrets: ["hunter2"], ttlMs: 1_800_000 },
    { source: "turn-rest", urls: ["turn:a:3478"], secrets: ["hunter2"], ttlMs: 43_200_000 },
  ];
  expect(read(entries)).toEqual(expected);
  writeFileSync(join(folder, "signalbox.json"), JSON.stringify({ "ice-servers": entries }));
  expect(readConfig({ argv: [], env: {}, cwd: folder }).iceServers).toEqual(expected);
});

test.each([
  [{ source: "hunter2" }, /^Cannot use --ice-servers: \[0\]\.source is unknown, expected one of turn-rest/],
  [{ ...turnRest, source: 7 }, /^Cannot use --ice-servers: \[0\]\.source is unknown/],
  [
    { source: "turn-rest", urls: "turn:a" },
    /: \[0\] must have required properties secrets, expected what docs\/ice\.md/,
  ],
  [{ ...turnRest, secrets: [] }, /: \[0\]\.secrets must not have fewer than 1 items/],
  [{ ...turnRest, secret: "hunter2" }, /: \[0\]\.secret is no field of turn-rest/],
  [{ ...turnRest, urls: "stun:a" }, /: \[0\]\.urls names no TURN server, expected turn: or turns:$/],
  [{ ...turnRest, urls: ["turn:a", "http://a"] }, /: \[0\]\.urls has the scheme "http", expected stun:/],
  [{ ...turnRest, ttl: "1s" }, /: \[0\]\.ttl is no time, expected one from 10s to 168h, as 12h, 30m or 600s$/],
  [{ ...turnRest, ttl: "8d" }, /: \[0\]\.ttl is no time/],
  [{ source: "cloudflare", keyId: "k/1", apiToken: "hunter2" }, /: \[0\]\.keyId must match pattern/],
  [
    { source: "cloudflare", keyId: "k", apiToken: "hunter2", ttl: "49h" },
    /\.ttl is no time, expected one from 60s to 48h/,
  ],
  [{ source: "twilio", accountSid: "AC1" }, /: \[0\] must have required properties authToken/],
  [
    { source: "twilio", accountSid: "AC1", authToken: "hunter2", url: "http://a" },
    /: \[0\]\.url is no address of a provider/,
  ],
  [{ source: "cloudflare", keyId: "k", apiToken: "hunter2", ahead: 0 }, /: \[0\]\.ahead must be >= 1/],
  [{ source: "cloudflare", keyId: "k", apiToken: "hunter2", perMinute: 1e6 }, /: \[0\]\.perMinute must be <= 30000/],
  [{ ...turnRest, credentials: "peer" }, /: \[0\]\.credentials is no field of turn-rest/],
  [
    { source: "metered", app: "demo", apiKey: "hunter2", credentials: "peer" },
    /: \[0\]\.credentials is peer, expected node: an apiKey is the key of one credential$/,
  ],
  [{ source: "metered", app: "demo" }, /: \[0\] is a source of Metered, expected one of apiKey and secretKey$/],
])("[IS9] what is wrong with a source is told by its place, without a secret: %j", (entry, message) => {
  const told = refusal([entry]);
  expect(told).toMatch(message);
  expect(told).not.toContain("hunter2");
});

test("[IS48] a provider's credentials are for one peer unless it is said otherwise, or it has but one", () => {
  const cloudflare = { source: "cloudflare", keyId: "k", apiToken: "t" };
  const metered = { source: "metered", app: "demo" };
  const asked = { ...cloudflare, credentials: "node", ahead: 256, perMinute: 30_000 };
  const sources = [cloudflare, { ...metered, secretKey: "s" }, { ...metered, apiKey: "s" }, asked];
  expect(read(sources)).toMatchObject([
    { credentials: "peer", ahead: 4, perMinute: 120 },
    { credentials: "peer", ahead: 4, perMinute: 120 },
    { credentials: "node" },
    { credentials: "node", ahead: 256, perMinute: 30_000 },
  ]);
});

test("[IS10] what a source names as $NAME is taken out of the environment, and nothing of a server", () => {
  const server = { urls: "turn:a", username: "$USER_NAME", credential: "$TURN" };
  const entries = [server, { ...turnRest, secrets: ["$TURN", "$", "$1", "a$TURN"] }];
  expect(read(entries, { TURN: "north" })).toMatchObject([server, { secrets: ["north", "$", "$1", "a$TURN"] }]);
});

test.each([{}, { TURN: "" }])("[IS10] a variable that is not set is refused by its place: %j", (env) => {
  expect(refusal([turnRest, { ...turnRest, secrets: ["hunter2", "$TURN"] }], env as Record<string, string>)).toBe(
    "Cannot use --ice-servers: [1].secrets[1] names the variable TURN, which is not set",
  );
});
