import { readdirSync, readFileSync } from "node:fs";

// What Linux says of a process that is not asked itself.

/** User and system time of all threads of a process that live, in microseconds. */
export function cpuUsOf(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).reduce((sum, task) => sum + readCpuUs(`${tasks}/${task}/schedstat`), 0);
}

/** What a process has in memory, in bytes. */
export function residentBytesOf(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return 1_024 * Number(kilobytes ?? Number.NaN);
}

/** The first field is the time on the processor, in nanoseconds; a thread may have ended meanwhile. */
function readCpuUs(file: string): number {
  try {
    return Number(readFileSync(file, "utf8").split(" ")[0]) / 1_000;
  } catch {
    return 0;
  }
}
