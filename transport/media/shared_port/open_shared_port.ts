import { release } from "node:os";
import type { RTCPeerConnection } from "werift";
import type { Logger } from "../../../actors/logger.ts";
import { datagramCalls } from "../datagram_calls.ts";
import { DroppedDatagrams } from "./dropped_datagrams.ts";
import { bufferBytes } from "./host_socket.ts";
import { SharedUdpPort } from "./shared_udp_port.ts";

/** Linux from this version on finds the connected one of many sockets on a port by a hash, and looks at each of them before. */
const hashedSince = [6, 13] as const;

/**
 * Opens the port that all peer connections of a node share.
 *
 * @param addresses of this machine
 * @throws {SignalboxError} `bad-config` when it cannot be had
 */
export async function openSharedPort(port: number, addresses: readonly string[], log?: Logger): Promise<SharedUdpPort> {
  const shared = new SharedUdpPort({
    port,
    calls: datagramCalls ?? null,
    isJoinable: isHashed(release()),
    now: () => performance.now(),
    dropped: new DroppedDatagrams((counts) => log?.debug("datagrams for nobody", { port, ...counts })),
  });
  try {
    const granted = await shared.open(addresses);
    if (granted < bufferBytes)
      log?.info("small receive buffer: raise net.core.rmem_max", { port, granted, asked: bufferBytes });
  } catch (error) {
    await shared.close();
    throw error;
  }
  return shared;
}

/** Whether a kernel of this release, as 6.13.1-generic, has the hash. */
export function isHashed(kernelRelease: string): boolean {
  const [major = 0, minor = 0] = kernelRelease.split(".").map((part) => Number.parseInt(part, 10));
  return (
    process.platform === "linux" && (major > hashedSince[0] || (major === hashedSince[0] && minor >= hashedSince[1]))
  );
}

/**
 * Sees to it that the engine uses the port that it is given, before any client comes: one that does not would open ports that no
 * firewall lets through, and nobody would know why.
 *
 * @param connection with the options of every other one; it is closed
 * @throws Error when it has another port
 */
export async function checkPortUse(connection: RTCPeerConnection, port: number): Promise<void> {
  try {
    connection.createDataChannel("check");
    await Promise.all(connection.iceTransports.map((transport) => transport.gather()));
    const hosts = connection.iceTransports
      .flatMap(({ localCandidates }) => localCandidates)
      .filter(({ type, protocol }) => type === "host" && protocol === "udp");
    const other = hosts.find((candidate) => candidate.port !== port);
    if (hosts.length > 0 && other === undefined) return;
    const has = other === undefined ? "has no host candidate" : `opened the port ${other.port}`;
    throw new Error(`Cannot share the UDP port ${port}: the engine ${has}; see whether it is patched (npm install)`);
  } finally {
    await connection.close();
  }
}
