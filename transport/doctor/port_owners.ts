import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Who holds a port. */
export interface PortOwner {
  readonly pid: number;
  readonly program: string;
}

/** Of sockets of these tables; `LISTEN` of TCP, any of UDP. */
const tables = { tcp: ["tcp", "tcp6"], udp: ["udp", "udp6"] } as const;
const tcpListen = "0A";

/**
 * Who holds ports, as far as /proc tells: on other systems than Linux nobody is found, and neither are programs of others where this user
 * may not look into them. A port may have several, as the workers of a node.
 */
export function findPortOwners(protocol: "tcp" | "udp", ports: ReadonlySet<number>): ReadonlyMap<number, PortOwner[]> {
  const portOf = new Map<string, number>();
  for (const table of tables[protocol]) {
    for (const line of readText(`/proc/net/${table}`).split("\n").slice(1)) {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
      const port = Number.parseInt(local.split(":")[1] ?? "", 16);
      if (ports.has(port) && (protocol === "udp" || state === tcpListen)) portOf.set(`socket:[${inode}]`, port);
    }
  }
  const owners = new Map<number, PortOwner[]>();
  if (portOf.size === 0) return owners;
  for (const pid of list("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const fd of list(`/proc/${pid}/fd`)) {
      const port = portOf.get(readLink(`/proc/${pid}/fd/${fd}`));
      if (port === undefined) continue;
      const known = owners.get(port) ?? [];
      if (!known.some((owner) => owner.pid === Number(pid))) {
        known.push({ pid: Number(pid), program: readText(`/proc/${pid}/comm`).trim() });
      }
      owners.set(port, known);
    }
  }
  return owners;
}

// What ends meanwhile, or belongs to others, is as if it were not there.

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
