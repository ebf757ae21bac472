import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { DatagramCalls } from "../datagram_calls.ts";

/**
 * What waits while the node is busy, in bytes: a tenth of a second of 300 videos. It carries what comes from clients that have no
 * socket of their own (yet), and all that is sent to them. Ours; the system grants what it allows (net.core.rmem_max).
 */
export const bufferBytes = 4_194_304;

/** A socket on an address of this machine. Whoever opened it closes `socket`. */
export interface HostSocket {
  readonly socket: Socket;
  /** For `DatagramCalls`, with which others can join its port; -1 without. */
  readonly fd: number;
  /** What the system granted of {@link bufferBytes} for what is received. */
  readonly receiveBufferBytes: number;
}

/**
 * Opens a socket on a port that nobody else has there.
 *
 * @param calls of the system, or null where it has none
 * @throws the system's error, with its `code`
 */
export async function openHostSocket(address: string, port: number, calls: DatagramCalls | null): Promise<HostSocket> {
  const type = isIPv6(address) ? "udp6" : "udp4";
  const socket = createSocket({
    type,
    // Sent to are addresses. Node's own lookup would put each datagram off to the next tick, where its buffer may be used again.
    lookup: (host, _family, callback) => callback(null, host, type === "udp6" ? 6 : 4),
  });
  const fd = openDescriptor(calls, address, port);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("listening", resolve);
  socket.once("error", reject);
  try {
    // In a worker of `node:cluster`, too, the socket is this process's own.
    if (fd === -1) socket.bind({ address, port, exclusive: true });
    else socket.bind({ fd, exclusive: true });
    await promise;
  } catch (error) {
    if (fd !== -1) calls?.close(fd);
    socket.close();
    throw error;
  }
  socket.off("error", reject);
  // Of a datagram that could not be sent: it is lost, as on any network.
  socket.on("error", () => undefined);
  enlarge(socket);
  return { socket, fd, receiveBufferBytes: sizeOf(socket) };
}

/** -1 where it cannot be had: `dgram` says what is wrong, if something is. */
function openDescriptor(calls: DatagramCalls | null, address: string, port: number): number {
  try {
    return calls?.openAlone(isIPv6(address) ? "IPv6" : "IPv4", address, port) ?? -1;
  } catch {
    return -1;
  }
}

/** Linux says twice what it was asked for, since it counts its own bookkeeping (socket(7)). */
function sizeOf(socket: Socket): number {
  return socket.getRecvBufferSize() / (process.platform === "linux" ? 2 : 1);
}

function enlarge(socket: Socket): void {
  try {
    socket.setRecvBufferSize(bufferBytes);
    socket.setSendBufferSize(bufferBytes);
  } catch {
    // What it has must do.
  }
}
