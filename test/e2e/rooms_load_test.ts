import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";
import type { LoadReport } from "../../load/load_report.ts";
import { e2e } from "../kit/e2e.ts";
import { eventually } from "../kit/eventually.ts";
import { startNode } from "../kit/start_node.ts";

/** Starts the load generator as `npm run load` does; ended at the latest with the test. */
function startLoad(...flags: string[]) {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-load-"));
  const json = join(folder, "report.json");
  const entry = fileURLToPath(new URL("../../load/main.ts", import.meta.url));
  const child = spawn(process.execPath, [entry, "--json", json, ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output.stderr += chunk;
  });
  const closed = once(child, "close");
  return {
    child,
    output,
    /** Resolves when it has ended. */
    async end(): Promise<{ code: number; report: LoadReport }> {
      const [code] = await closed;
      return { code, report: JSON.parse(readFileSync(json, "utf8")) };
    },
    async exitCode(): Promise<number> {
      return (await closed)[0];
    },
  };
}

e2e("[LG13] two rooms of three: everybody joins and gets all that is due", async ({ node }) => {
  const flags = "--rooms 2 --peers 3 --audio --video --data --for 4s --ramp 1s --join-timeout 60s --processes 2";
  const load = startLoad("--url", node.url, ...flags.split(" "));
  const { code, report } = await load.end();
  expect(load.output.stderr).toBe("");
  expect(code, load.output.stdout).toBe(0);
  expect(report.members).toMatchObject({ planned: 6, joined: 6, connected: 6, failed: 0, failures: [] });
  // Three kinds, of each to two others.
  expect(report.media).toMatchObject({ streams: 36, missing: 0 });
  for (const kind of ["audio", "video", "data"] as const) {
    const { sent, due, received, loss } = report.media[kind];
    expect(sent).toBeGreaterThan(kind === "data" ? 6 : 60);
    expect(received).toBeLessThanOrEqual(due);
    expect(due).toBeLessThanOrEqual(2 * sent);
    // What a machine that is busy with other things costs.
    expect(loss).toBeLessThan(15);
    expect(report.delayMs[kind].count).toBe(received);
  }
  expect(report.setUpMs.join.count).toBe(6);
  expect(report.setUpMs.media.count).toBe(6);
  expect(report.setUpMs.firstPacket.count).toBe(24);
  expect(report.roundTripMs.signaling.count).toBeGreaterThan(6);
  expect(report.roundTripMs.media.count).toBeGreaterThan(0);
  expect(report.generator.cpu.length).toBe(2);
  expect(load.output.stdout).toMatch(/^\d+ s: \d of 6 joined/m);
  expect(load.output.stdout).toContain("6 planned, 6 joined, 6 with media, 0 failed");
});

e2e("[LG14] a full room is told as such, and the others go on", async () => {
  const node = await startNode({ flags: ["--max-room-peers", "2"] });
  try {
    const load = startLoad("--url", node.url, ..."--peers 3 --audio --for 1s --ramp 0ms --join-timeout 60s".split(" "));
    const { code, report } = await load.end();
    expect(code).toBe(1);
    expect(report.members).toMatchObject({
      planned: 3,
      joined: 2,
      failed: 1,
      failures: [{ code: "room-full", count: 1 }],
    });
    expect(load.output.stdout).toMatch(/failed +1 x room-full: Cannot join/);
  } finally {
    await node.stop();
  }
});

e2e("[LG14] a server that is not there is told as unreachable, and nothing goes on for its sake", async () => {
  // The discard port (RFC 863), which nobody listens on.
  const load = startLoad(
    "--url",
    "http://127.0.0.1:9",
    ..."--peers 2 --for 1h --ramp 0ms --join-timeout 2s".split(" "),
  );
  const { code, report } = await load.end();
  expect(code).toBe(1);
  expect(report.members).toMatchObject({ joined: 0, failed: 2, failures: [{ code: "unreachable", count: 2 }] });
});

e2e("[LG15] Ctrl+C ends a run with its report, and no process is left", async ({ node }) => {
  const load = startLoad("--url", node.url, ..."--peers 2 --audio --for 1h --ramp 0ms --processes 2".split(" "));
  await eventually(() => load.output.stdout.includes("2 of 2 joined, 2 with media"), {
    what: "both to have media",
    timeoutMs: 60_000,
  });
  const children = readFileSync(`/proc/${load.child.pid}/task/${load.child.pid}/children`, "utf8").trim().split(" ");
  expect(children.length).toBe(2);
  // As a terminal does it: to the process that was started and to those that it started.
  for (const pid of [load.child.pid, ...children]) process.kill(Number(pid), "SIGINT");
  const { code, report } = await load.end();
  expect(code, load.output.stdout).toBe(0);
  expect(report.members).toMatchObject({ joined: 2, failed: 0 });
  for (const pid of children) expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
});

e2e("[LG2] a bad flag is one line and 78", async () => {
  const load = startLoad("--rooms", "none");
  expect(await load.exitCode()).toBe(78);
  expect(load.output).toEqual({
    stdout: "",
    stderr: 'signalbox load: Cannot use --rooms "none": expected a whole number from 1 to 10000\n',
  });
});

e2e("[LG8] Chromium shows the video of a bot", async ({ node, chromium }) => {
  const load = startLoad("--url", node.url, ..."--peers 1 --audio --video --for 1h --room seen".split(" "));
  const page = await chromium.newPage();
  await page.goto(`${node.url}/healthz`);
  // As text: a function that imports would be changed by the test runner.
  await page.evaluate(`(async () => {
    const { joinRoom } = await import("${node.url}/client.js");
    const room = await joinRoom("seen-1");
    const element = document.createElement("video");
    element.muted = true;
    document.body.append(element);
    room.on("track-started", (track) => track.kind === "video" && track.attach(element));
  })()`);
  // Keyframe and what follows it.
  await page.waitForFunction(() => {
    const video = document.querySelector("video");
    return video?.videoWidth === 320 && video.getVideoPlaybackQuality().totalVideoFrames > 30;
  });
  await page.close();
  load.child.kill("SIGINT");
  expect(await load.exitCode()).toBe(0);
});
