import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startProgram } from "../kit/start_program.ts";
import { startProvider } from "../transport/ice/start_provider.ts";

const script = fileURLToPath(new URL("../../scripts/ice.ts", import.meta.url));
const adminToken = "an-admin-token-of-a-test";

/** Runs the command as an operator does. */
async function run(args: readonly string[], token = adminToken) {
  const child = spawn(process.execPath, [script, ...args], { env: { PATH: "", SIGNALBOX_ADMIN_TOKEN: token } });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.on("data", (chunk) => out.push(String(chunk)));
  child.stderr.on("data", (chunk) => err.push(String(chunk)));
  const exitCode = await new Promise((resolve) => child.once("close", resolve));
  return { exitCode, out: out.join(""), err: err.join("") };
}

test("[IS29, IS50] npm run ice does the same verbs at a running node, for who has its admin token", async () => {
  const metered = await startProvider(({ line }) =>
    line.startsWith("GET /api/v1/turn/current_usage")
      ? { body: { quotaInGB: 150, usageInGB: 45.12, overageInGB: 0 } }
      : { status: 401, body: { message: "credential not found" } },
  );
  const entries = [
    { source: "turn-rest", urls: "turn:192.0.2.1", secrets: ["north"] },
    { source: "metered", app: "demo", secretKey: "hunter2", url: metered.url },
  ];
  const { node, faults } = await startProgram({}, [
    "--admin-token",
    adminToken,
    "--ice-servers",
    JSON.stringify(entries),
  ]);
  const ice = (line: string, token?: string) => run([...line.split(" "), "--url", node.url], token);
  const [issued, short, long, usage, list, disable, stranger, unknown, wrong] = await Promise.all([
    ice("issue turn-rest --peer ada"),
    ice("issue turn-rest --peer ada --ttl 10m"),
    ice("issue turn-rest --ttl 200h"),
    ice("usage metered"),
    ice("list turn-rest"),
    ice("disable metered --username u"),
    ice("sources", ""),
    ice("usage twilio"),
    ice("dissable metered"),
  ]);
  const { iceServers } = JSON.parse(issued.out);
  expect(iceServers[0].username).toMatch(/^\d{10}:ada$/);
  expect(iceServers[0].credential).toBe(createHmac("sha1", "north").update(iceServers[0].username).digest("base64"));
  const { expiresAt } = JSON.parse(short.out);
  expect(Date.parse(expiresAt)).toBeLessThan(Date.parse(JSON.parse(issued.out).expiresAt) - 11 * 3_600_000);
  expect([long.exitCode, long.err]).toEqual([
    1,
    "ice: Cannot issue a credential: ttl is no time, expected one from 10s to 168h, as 12h, 30m or 600s\n",
  ]);
  expect(JSON.parse(usage.out)).toEqual({ usageGb: 45.12, quotaGb: 150, overageGb: 0 });
  expect([list.exitCode, list.err]).toEqual([
    1,
    "ice: Cannot list credentials at turn-rest: credentials of a shared secret are signed and not kept\n",
  ]);
  expect([disable.exitCode, disable.err]).toEqual([
    1,
    `ice: Cannot disable a credential at metered: ${metered.host} answered 401\n`,
  ]);
  expect([stranger.exitCode, stranger.err]).toEqual([1, "ice: Cannot look inside: a bearer token is needed\n"]);
  expect([unknown.exitCode, unknown.err]).toEqual([
    1,
    "ice: Cannot tell the usage at twilio: there is turn-rest, metered\n",
  ]);
  expect([wrong.exitCode, wrong.err.startsWith("ice: usage: npm run ice -- sources|servers|issue")]).toEqual([
    64,
    true,
  ]);
  // Metered creates no credential for the node itself either, and somebody came without the token.
  expect(new Set(faults)).toEqual(new Set(["ICE servers not fetched, trying on", "watcher refused"]));
  faults.length = 0;
});
