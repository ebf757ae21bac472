import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { eventually } from "./eventually.ts";

/** What a process holds of the operating system (Linux only: read from /proc). */
export interface Handles {
  /** Open file descriptors of all kinds. */
  readonly fds: number;
  /** UDP sockets, IPv4 and IPv6. */
  readonly udpSockets: number;
  /** TCP sockets in any state, listeners included. */
  readonly tcpSockets: number;
  /** Resident memory in bytes. */
  readonly rssBytes: number;
}

/** Counts what a process (default: this one) holds right now. */
export function handles(pid: number = process.pid): Handles {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  const inodes = links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
  const udp = inodesIn(pid, ["udp", "udp6"]);
  const tcp = inodesIn(pid, ["tcp", "tcp6"]);
  const rssKiB = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return {
    fds: links.length,
    udpSockets: inodes.filter((inode) => udp.has(inode)).length,
    tcpSockets: inodes.filter((inode) => tcp.has(inode)).length,
    rssBytes: Number(rssKiB ?? 0) * 1024,
  };
}

/** The levels {@link waitForHandles} waits for; what is not given does not matter. */
export interface HandleLevel {
  readonly fds?: number;
  readonly udpSockets?: number;
  readonly tcpSockets?: number;
}

/**
 * Waits until a process holds no more than `level` of each kind, and returns what it holds then.
 *
 * @throws Error with both counts when it does not come down within `timeoutMs` (default 15,000).
 */
export async function waitForHandles(pid: number, level: HandleLevel, timeoutMs = 15_000): Promise<Handles> {
  const kinds = ["fds", "udpSockets", "tcpSockets"] as const;
  const isDown = (now: Handles) => kinds.every((kind) => now[kind] <= (level[kind] ?? Number.POSITIVE_INFINITY));
  let last: Handles | undefined;
  return eventually(
    () => {
      last = handles(pid);
      return isDown(last) ? last : undefined;
    },
    {
      what: `process ${pid} to hold no more than ${JSON.stringify(level)}`,
      timeoutMs,
      intervalMs: 50,
      describe: () => ({ held: last, descriptors: descriptorsOf(pid) }),
    },
  );
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // closed between the listing and the look
  }
}

function inodesIn(pid: number, tables: readonly string[]): Set<string> {
  const inodes = new Set<string>();
  for (const table of tables) {
    const lines = readFileSync(`/proc/${pid}/net/${table}`, "utf8").split("\n").slice(1);
    for (const line of lines) {
      const inode = line.trim().split(/\s+/)[9];
      if (inode !== undefined) inodes.add(inode);
    }
  }
  return inodes;
}

function descriptorsOf(pid: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const kind = linkOf(`/proc/${pid}/fd/${fd}`).replace(/\[.*\]|\d+/g, "");
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
