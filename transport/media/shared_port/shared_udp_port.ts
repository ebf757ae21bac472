import type { DatagramCalls } from "../datagram_calls.ts";
import type { DroppedDatagrams } from "./dropped_datagrams.ts";
import { type HostSocket, openHostSocket } from "./host_socket.ts";
import { PortDemux } from "./port_demux.ts";
import { describePortFailure } from "./port_failure.ts";
import { type IceAgent, SharedUdpTransport } from "./shared_udp_transport.ts";

export interface SharedUdpPortOptions {
  readonly port: number;
  /** Of the system, or null where it has none. */
  readonly calls: DatagramCalls | null;
  /** Whether connected sockets may join the port: where the kernel finds the right one of many at once. */
  readonly isJoinable: boolean;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** Counts those of all addresses. */
  readonly dropped: DroppedDatagrams;
}

interface Host extends HostSocket {
  readonly demux: PortDemux;
  memberCount: number;
}

/** The one UDP port that all peer connections of a node share: a socket for each address of the machine. Whoever opened it closes it. */
export class SharedUdpPort {
  readonly #options: SharedUdpPortOptions;
  readonly #hosts = new Map<string, Promise<Host>>();
  readonly #transportsOf = new WeakMap<IceAgent, Set<SharedUdpTransport>>();
  /** All that are open. */
  readonly #transports = new Set<SharedUdpTransport>();
  #isClosed = false;

  constructor(options: SharedUdpPortOptions) {
    this.#options = options;
  }

  get port(): number {
    return this.#options.port;
  }

  /**
   * Opens the port at addresses of the machine, so that nobody else has it when the first client comes.
   *
   * @returns the smallest buffer for what is received that the system granted, in bytes
   * @throws {SignalboxError} `bad-config` when it cannot be had
   */
  async open(addresses: readonly string[]): Promise<number> {
    let smallest = Number.POSITIVE_INFINITY;
    for (const address of addresses) {
      const host = await this.#host(address).catch((error: NodeJS.ErrnoException) => {
        const code = error.code ?? error.message;
        // It is gone, or not there yet: the next peer connection looks again.
        if (code !== "EADDRNOTAVAIL") throw describePortFailure({ address, port: this.port, code });
      });
      smallest = Math.min(smallest, host?.receiveBufferBytes ?? smallest);
    }
    return smallest;
  }

  /** An agent's part of the port at an address of the machine. @throws the system's error */
  async join(address: string, agent: IceAgent): Promise<SharedUdpTransport> {
    const host = await this.#host(address);
    if (this.#isClosed) throw closedError();
    host.memberCount += 1;
    const transports = this.#transportsOf.get(agent) ?? new Set();
    this.#transportsOf.set(agent, transports);
    const transport = new SharedUdpTransport({
      ...host,
      agent,
      isJoinable: this.#options.isJoinable && host.fd !== -1,
      onClosed: () => {
        host.memberCount -= 1;
        transports.delete(transport);
        this.#transports.delete(transport);
      },
    });
    transports.add(transport);
    this.#transports.add(transport);
    transport.noteFragment();
    return transport;
  }

  /** To be called before an agent's present user fragment is told to anybody: each restart of ICE makes another one. */
  noteFragment(agent: IceAgent): void {
    for (const transport of this.#transportsOf.get(agent) ?? []) transport.noteFragment();
  }

  /** Lets go of sockets on addresses that the machine has no more, once no peer connection has a part of them. */
  async keepOnly(addresses: readonly string[]): Promise<void> {
    for (const [address, opening] of this.#hosts) {
      if (addresses.includes(address)) continue;
      const host = await opening.catch(() => undefined);
      if (host?.memberCount !== 0 || this.#hosts.get(address) !== opening) continue;
      this.#hosts.delete(address);
      host.socket.close();
    }
  }

  /** Ends all parts of the port first: the system gives the number of a socket that is closed to the next one. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const transport of [...this.#transports]) await transport.close();
    const openings = [...this.#hosts.values()];
    this.#hosts.clear();
    for (const opening of openings) {
      const host = await opening.catch(() => undefined);
      host?.socket.close();
    }
  }

  #host(address: string): Promise<Host> {
    const known = this.#hosts.get(address);
    if (known !== undefined) return known;
    if (this.#isClosed) return Promise.reject(closedError());
    const opening = this.#openHost(address);
    this.#hosts.set(address, opening);
    opening.catch(() => this.#hosts.delete(address));
    return opening;
  }

  async #openHost(address: string): Promise<Host> {
    const { port, calls, now, dropped } = this.#options;
    const opened = await openHostSocket(address, port, calls);
    const demux = new PortDemux(now, dropped);
    opened.socket.on("message", (datagram, { address: from, port: fromPort }) => {
      const zone = from.indexOf("%");
      demux.receive(datagram, zone === -1 ? from : from.slice(0, zone), fromPort);
    });
    return { ...opened, demux, memberCount: 0 };
  }
}

function closedError(): Error {
  return new Error("Cannot open the shared UDP port: it is closed");
}
