import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";

/** The cores that servers and clients run on, each its own, so that neither takes time from the other. */
export const cores = { server: 0, client: 1 } as const;

/** Whether `taskset` is there and may pin to both cores; without it the system places the processes. */
export const isPinning = Object.values(cores).every(
  (core) => spawnSync("taskset", ["-c", String(core), "true"], { stdio: "ignore" }).status === 0,
);

/** Starts Node on the core of its role. Whoever started it ends it. */
export function spawnPinned(role: keyof typeof cores, args: readonly string[], options: SpawnOptions): ChildProcess {
  const command = [process.execPath, ...args];
  if (isPinning) command.unshift("taskset", "-c", String(cores[role]));
  const [program = process.execPath, ...rest] = command;
  const child = spawn(program, rest, options);
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  child.once("close", () => process.removeListener("exit", killWithUs));
  return child;
}
