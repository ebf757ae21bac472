import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import type { PortRange } from "../../config/setting.ts";

/** Ports that are tried; of a larger range so many, evenly spread. Ours: a second at most. */
const maxTried = 1_000;
/** Sockets that are open at a time. Ours: far below what any process may open. */
const atATime = 64;

/** Which ports of a range a node could have. */
export interface UdpScan {
  readonly free: readonly number[];
  readonly taken: readonly number[];
  /** What the system said when it was something else than that a port is in use; as a sentence, or "". */
  readonly reason: string;
}

/** Tries to bind ports on each of some addresses, as a node does, and gives them back. */
export async function scanUdpPorts(range: PortRange, addresses: readonly string[]): Promise<UdpScan> {
  const ports = spread(range);
  const free: number[] = [];
  const taken: number[] = [];
  let reason = "";
  for (let at = 0; at < ports.length; at += atATime) {
    const some = ports.slice(at, at + atATime);
    const codes = await Promise.all(some.map((port) => tryPort(port, addresses)));
    for (const [index, port] of some.entries()) {
      const code = codes[index];
      (code === undefined ? free : taken).push(port);
      if (code !== undefined && code !== "EADDRINUSE") reason = `The system refuses them (${code}). `;
    }
  }
  return { free, taken, reason };
}

/** The ports that the system gives to whoever wants any; undefined on other systems than Linux. */
export function ephemeralPorts(): PortRange | undefined {
  try {
    const text = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8");
    const [min, max] = text.trim().split(/\s+/).map(Number);
    return min === undefined || max === undefined ? undefined : { min, max };
  } catch {
    return undefined;
  }
}

function spread({ min, max }: PortRange): number[] {
  const size = max - min + 1;
  if (size <= maxTried) return Array.from({ length: size }, (_, index) => min + index);
  return Array.from({ length: maxTried }, (_, index) => min + Math.floor((index * (size - 1)) / (maxTried - 1)));
}

/** The system's code where one of the addresses does not give the port. */
async function tryPort(port: number, addresses: readonly string[]): Promise<string | undefined> {
  for (const address of addresses) {
    const code = await tryAddress(port, address);
    if (code !== undefined) return code;
  }
  return undefined;
}

function tryAddress(port: number, address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket({ type: isIPv6(address) ? "udp6" : "udp4", ipv6Only: isIPv6(address) });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      socket.close();
      resolve(error.code ?? "unknown");
    });
    socket.bind({ port, address, exclusive: true }, () => socket.close(() => resolve(undefined)));
  });
}
