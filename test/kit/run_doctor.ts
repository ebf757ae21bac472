import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withDeadline } from "./with_deadline.ts";

const script = fileURLToPath(new URL("../../scripts/doctor.ts", import.meta.url));

/** A check as `--json` tells it. */
export interface ToldCheck {
  readonly group: string;
  readonly name: string;
  readonly verdict: string;
  readonly saw: string;
  readonly advice?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

export interface DoctorRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the doctor as an operator does, in an empty folder, with a port that nobody has unless the flags say another. */
export async function runDoctor(
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<DoctorRun> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-doctor-"));
  const port = flags.includes("--port") ? [] : ["--port", "0"];
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("SIGNALBOX_"));
  const child = spawn(process.execPath, [script, ...port, ...flags], {
    cwd: folder,
    env: { ...Object.fromEntries(kept), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  try {
    const exitCode = await withDeadline(ended, {
      what: "the doctor to end",
      timeoutMs: 60_000,
      describe: () => stdout + stderr,
    });
    return { exitCode, stdout, stderr };
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same with `--json`: its checks by name. */
export async function askDoctor(flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const run = await runDoctor(["--json", ...flags], env);
  const { checks } = JSON.parse(run.stdout) as { readonly checks: readonly ToldCheck[] };
  const byName = new Map(checks.map((check) => [`${check.group}/${check.name}`, check]));
  return { ...run, checks, of: (group: string, name: string) => byName.get(`${group}/${name}`) };
}
