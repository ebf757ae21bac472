import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { type DatagramCalls, datagramCalls } from "./datagram_calls.ts";

export interface ConnectedSocketOptions {
  /** Is bound, with `reuseAddr`; it stays its owner's. */
  readonly local: Socket;
  readonly remote: { readonly address: string; readonly port: number };
  /** Takes what comes from the remote, which the ICE socket does not get. */
  readonly onMessage: (data: Buffer, info: RemoteInfo) => void;
  /** Of the system, or null where it has none. */
  readonly calls?: DatagramCalls | null;
}

/**
 * A second socket on the port of an ICE socket, for one remote address only: the kernel hands it what comes from there, and sends
 * by it cost a sixth less, as nothing has to be looked up. Only on Linux, where the more exact match of two sockets on a port wins.
 */
export class ConnectedSocket {
  readonly #socket: Socket;
  readonly #fd: number;
  #isOpen = false;

  constructor({ local, remote, onMessage, calls = datagramCalls ?? null }: ConnectedSocketOptions) {
    const { address, port, family } = local.address();
    const type = family === "IPv6" ? "udp6" : "udp4";
    this.#socket = createSocket({
      type,
      reuseAddr: true,
      // The remote is an address: nothing is looked up.
      lookup: (host, _family, callback) => callback(null, host, type === "udp6" ? 6 : 4),
    });
    this.#socket.on("message", onMessage);
    // As when nobody listens at the remote any more; ICE will notice. Another socket tells nobody.
    this.#socket.on("error", () => this.close());
    this.#socket.once("listening", () => {
      this.#socket.connect(remote.port, remote.address);
      this.#isOpen = true;
    });
    this.#fd = openDescriptor(calls, local);
    if (this.#fd === -1) this.#socket.bind({ port, address });
    else this.#adopt(calls);
  }

  /** It would hear what is the ICE socket's if nobody heard it, so it is closed when `dgram` refuses it. */
  #adopt(calls: DatagramCalls | null): void {
    try {
      // A worker of `node:cluster` would ask for the descriptor of its primary.
      this.#socket.bind({ fd: this.#fd, exclusive: true });
    } catch (error) {
      calls?.close(this.#fd);
      throw error;
    }
  }

  /** False once it failed: send by the ICE socket. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** For `datagramCalls`, while it is open; -1 where there are none. */
  get fd(): number {
    return this.#isOpen ? this.#fd : -1;
  }

  /** May be called twice. */
  close(): void {
    if (this.#socket.listenerCount("message") === 0) return;
    this.#isOpen = false;
    this.#socket.removeAllListeners("message");
    this.#socket.close();
  }
}

/** A socket on the address of another, that `DatagramCalls` can be used on: `dgram` tells nobody the descriptor of one of its own. -1 without. */
function openDescriptor(calls: DatagramCalls | null, local: Socket): number {
  const { address, port, family } = local.address();
  try {
    return calls?.open(family === "IPv6" ? "IPv6" : "IPv4", address, port) ?? -1;
  } catch {
    // `dgram` says what is wrong, if something is.
    return -1;
  }
}
