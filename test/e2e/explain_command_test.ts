import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";
import { gaveUpAfterMs } from "../../actors/gave_up.ts";
import { e2e as test } from "../kit/e2e.ts";
import { eventually } from "../kit/eventually.ts";
import { explained } from "../kit/explained.ts";
import { freePort } from "../kit/free_port.ts";
import { openRawClient } from "../kit/raw_client.ts";
import { startNode } from "../kit/start_node.ts";
import { connect, openTroubledClient } from "../kit/troubled_client.ts";

const script = fileURLToPath(new URL("../../scripts/explain.ts", import.meta.url));
const token = "an-admin-token-for-tests";

/** What the command prints, and how it ends. */
function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return new Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>((resolve) => {
    const child = spawn(process.execPath, [script, ...args], { env: { ...process.env, ...env } });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => (out += String(data)));
    child.stderr.on("data", (data) => (err += String(data)));
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

test("[XP61] the command prints the report of a node or of a file, and its exit code says whether all is well", async () => {
  const node = await startNode({ flags: ["--admin-token", token, "--connecting-timeout-ms", "1000"] });
  onTestFinished(async () => void (await node.stop()));
  const url = ["--url", node.url];
  const admin = { SIGNALBOX_ADMIN_TOKEN: token };
  const well = await openTroubledClient(node.wsUrl);
  await connect(well);
  const failed = await openRawClient(node.wsUrl);
  await failed.connect();
  await failed.socket.next("error");

  const good = await run([well.peer, ...url], admin);
  expect(good).toMatchObject({ code: 0, err: "", out: expect.stringContaining("connected, well (connected)") });
  // Colors are for terminals.
  expect(good.out).not.toContain("\u001b");
  const bad = await run([failed.peer, ...url, "--token", token]);
  expect(bad).toMatchObject({ code: 1, out: expect.stringContaining("not well (udp-blocked)") });

  const failures = await run(["--failed", ...url], admin);
  expect(failures).toMatchObject({ code: 1, err: expect.stringMatching(/^1 peer connections? failed/) });
  expect(failures.out).toContain(`Client ${failed.peer}-1,`);
  expect(failures.out).not.toContain(well.peer);

  const record = await fetch(`${node.url}/api/v1/peers/${failed.peer}/record`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const folder = mkdtempSync(join(tmpdir(), "signalbox-explain-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "record.json");
  writeFileSync(file, await record.text());
  expect(await run([file])).toMatchObject({ code: 1, out: expect.stringContaining("not well (udp-blocked)") });
  writeFileSync(file, "{}");
  expect(await run([file])).toMatchObject({ code: 2, err: expect.stringContaining("no record of the format") });

  expect(await run([well.peer, ...url])).toMatchObject({
    code: 2,
    err: expect.stringContaining("SIGNALBOX_ADMIN_TOKEN"),
  });
  const mistyped = `${well.peer.slice(0, -1)}!`;
  expect(await run([mistyped, ...url], admin)).toMatchObject({ code: 2, err: expect.stringContaining(well.peer) });
  expect(await run(["x", "--url", `http://127.0.0.1:${await freePort()}`])).toMatchObject({
    code: 2,
    err: expect.stringContaining("ECONNREFUSED"),
  });
  expect(await run([])).toMatchObject({ code: 2, err: expect.stringContaining("npm run explain -- <peer>") });
});

test("[XP40] the log of a real node has the cause of a peer connection that failed, once", async () => {
  const node = await startNode({ flags: ["--connecting-timeout-ms", "500", "--failed-timeout-ms", "500"] });
  onTestFinished(async () => void (await node.stop()));
  const client = await openRawClient(node.wsUrl);
  await client.connect();
  const line = await node.log.next(({ event }) => event === "peer failed");
  const { cause, summary, remedy } = await explained(node, client.peer);
  expect(line).toMatchObject({ reason: "ice-failed", cause, remedy });
  expect(summary).toContain("No packet got through");
  expect(node.log.seen.filter(({ event }) => event === "peer failed")).toHaveLength(1);
});

test("[XP7, XP8] a client whose packets get nowhere, and that gives up before the node does, is a failure of the log and the command", async () => {
  const node = await startNode({ flags: ["--admin-token", token] });
  onTestFinished(async () => void (await node.stop()));
  const admin = { SIGNALBOX_ADMIN_TOKEN: token };
  const [blocked, hasty] = [await openRawClient(node.wsUrl), await openRawClient(node.wsUrl)];
  await blocked.connect();
  await hasty.connect();
  hasty.socket.send({ type: "bye" });
  // The command says so first, before anybody has given up.
  const isLate = async () => (await run([blocked.peer, "--url", node.url], admin)).out.includes("(udp-blocked)");
  await eventually(isLate, { what: "a connection that is late", timeoutMs: 20_000, intervalMs: 500 });
  // Longer than the bound, and much shorter than --connecting-timeout-ms.
  await new Promise((resolve) => setTimeout(resolve, gaveUpAfterMs));
  blocked.socket.send({ type: "bye" });
  const ofPeer = ({ session }: { readonly session?: unknown }) => session === blocked.peer;
  const line = await node.log.next((entry) => ofPeer(entry) && /^peer (failed|closed)$/.test(String(entry.event)));
  expect(line).toMatchObject({ event: "peer failed", reason: "gave-up", cause: "udp-blocked", room: "atrium" });
  await blocked.connect();
  expect(await run([blocked.peer, "--url", node.url], admin)).toMatchObject({
    code: 1,
    out: expect.stringContaining("connecting, not well (udp-blocked)"),
  });
  const failures = await run(["--failed", "--url", node.url], admin);
  expect(failures).toMatchObject({ code: 1, err: expect.stringMatching(/^1 peer connection failed/) });
  expect(failures.out).toContain(`Client ${blocked.peer}-1, room "atrium"`);
});
