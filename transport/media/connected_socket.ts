import { createSocket, type RemoteInfo, type Socket } from "node:dgram";

export interface ConnectedSocketOptions {
  /** Is bound, with `reuseAddr`; it stays its owner's. */
  readonly local: Socket;
  readonly remote: { readonly address: string; readonly port: number };
  /** Takes what comes from the remote, which the ICE socket does not get. */
  readonly onMessage: (data: Buffer, info: RemoteInfo) => void;
}

/**
 * A second socket on the port of an ICE socket, for one remote address only: the kernel hands it what comes from there, and sends
 * by it cost a sixth less, as nothing has to be looked up. Only on Linux, where the more exact match of two sockets on a port wins.
 */
export class ConnectedSocket {
  readonly #socket: Socket;
  #isOpen = false;

  constructor({ local, remote, onMessage }: ConnectedSocketOptions) {
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
    this.#socket.bind({ port, address });
  }

  /** False once it failed: send by the ICE socket. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** May be called twice. */
  close(): void {
    if (this.#socket.listenerCount("message") === 0) return;
    this.#isOpen = false;
    this.#socket.removeAllListeners("message");
    this.#socket.close();
  }
}
