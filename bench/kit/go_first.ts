import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";

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
