import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { eventually } from "./eventually.ts";
import { freePort } from "./free_port.ts";

/** A real coturn on loopback that knows one user; it ends with the test. @returns its URL */
export async function startCoturn({
  user,
  password,
}: {
  readonly user: string;
  readonly password: string;
}): Promise<string> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "signalbox-coturn-"));
  const flags = ["-n", "-v", "-L", "127.0.0.1", "-p", `${port}`, "-a", "-u", `${user}:${password}`, "-r", "signalbox"];
  const quiet = ["--no-tls", "--no-dtls", "--no-cli", "--log-file", "stdout", "--pidfile", join(folder, "pid")];
  const child = spawn("/usr/bin/turnserver", [...flags, ...quiet, "--allow-loopback-peers"], { cwd: folder });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (log += String(text)));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await eventually(() => child.exitCode !== null || child.signalCode !== null, { what: "coturn to end" });
    rmSync(folder, { recursive: true, force: true });
  });
  await eventually(() => /UDP listener opened|IPv4. UDP listener/i.test(log), {
    what: "coturn to listen",
    describe: () => log,
  });
  return `turn:127.0.0.1:${port}`;
}
