import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";

/** Has this process, and those that it starts, run before what else the machine does. */
export function goFirst(): void {
  setPriority(-15);
  // Where the sessions share the processor, and not the processes (autogroups of Linux), this one's share counts.
  const file = "/proc/self/autogroup";
  if (!existsSync(file)) return;
  const before = /nice (-?\d+)/.exec(readFileSync(file, "utf8"))?.[1] ?? "0";
  writeFileSync(file, "-15");
  process.once("exit", () => writeFileSync(file, before));
}

/** What `start` starts runs after all else until it is up, as if it came up on a machine of its own. Only root may raise it again: for others it is as any. */
export async function startAside<T extends { readonly pid: number }>(start: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return start();
  const before = getPriority();
  setPriority(10);
  const starting = start();
  // Whoever is started has taken it over by now.
  setPriority(before);
  const started = await starting;
  for (const thread of readdirSync(`/proc/${started.pid}/task`)) setPriority(Number(thread), before);
  return started;
}
