/** What a process has used, as it says itself. */
export interface Usage {
  /** User and system time of all its threads since its start, in milliseconds. */
  readonly cpuMs: number;
  /** What the system holds in memory for it, in bytes. */
  readonly rssBytes: number;
  /** What its objects and buffers take, in bytes. */
  readonly heapBytes: number;
}

/** Reads what this process has used. */
export function readUsage(): Usage {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { cpuMs: (user + system) / 1_000, rssBytes: rss, heapBytes: heapUsed + external };
}
