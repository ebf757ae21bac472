import { isIPv6 } from "node:net";
import type { DatagramCalls } from "./datagram_calls.ts";

/** EADDRINUSE, as Linux numbers it. */
const addressInUse = 98;

/**
 * Whether another socket has a UDP port at one of some addresses. Without waiting: the engine of a client is made within one turn. It binds its
 * sockets later, and one that was taken meanwhile is missing there.
 *
 * @param calls of the system, or null where it has none: no port counts as taken then, and who binds it will see
 */
export function isTakenPort(port: number, addresses: readonly string[], calls: DatagramCalls | null): boolean {
  return calls !== null && addresses.some((address) => isTakenAt(address, port, calls));
}

function isTakenAt(address: string, port: number, calls: DatagramCalls): boolean {
  try {
    calls.close(calls.openAlone(isIPv6(address) ? "IPv6" : "IPv4", address, port));
    return false;
  } catch (error) {
    // Whatever else is wrong, who binds the port is told.
    return (error as { readonly errno?: number }).errno === addressInUse;
  }
}
