import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { AcceptingAgent, TcpAcceptor } from "werift";
import { AcceptingAgents } from "./accepting_agents.ts";
import { readFirstRequest } from "./first_request.ts";
import { plainAddress } from "./plain_address.ts";
import { type WaitingBounds, WaitingConnections } from "./waiting_connections.ts";

/** What a port takes of those who connect. All ours. */
export interface TcpPortBounds extends WaitingBounds {
  /** How long a first request may take from its first byte on, in milliseconds. One that says nothing may wait for as long as there is room. */
  readonly firstRequestTimeoutMs: number;
  /** Connections in all; one more is refused. An agent holds 8 for each address at most (patch 306). */
  readonly maxConnections: number;
}

export const defaultTcpPortBounds: TcpPortBounds = {
  maxWaiting: 1_024,
  maxWaitingPerNetwork: 64,
  firstRequestTimeoutMs: 10_000,
  maxConnections: 16_384,
};

/** When the kernel first asks a connection that is idle whether its other end is still there, in milliseconds. Ours. */
const keepAliveMs = 60_000;

/** Where a port listens; 0 is any free one. */
export interface TcpPortPlace {
  readonly host: string;
  readonly port: number;
  /** The addresses of this machine that may be connected to, asked for each connection; without it all may. */
  readonly localAddresses?: (() => readonly string[]) | undefined;
}

/**
 * One TCP port for the ICE agents of all peer connections (RFC 6544): each connection says by its first request whose it is, shows
 * by the password that it may, and is handed over. Whoever opened it closes it.
 */
export class TcpPort implements TcpAcceptor {
  readonly #bounds: TcpPortBounds;
  readonly #localAddresses: (() => readonly string[]) | undefined;
  readonly #agents: AcceptingAgents;
  readonly #server: Server;
  /** All connections, whoever has them. */
  readonly #sockets = new Set<Socket>();
  readonly #waiting: WaitingConnections;

  /** @throws the system's error, with its `code` */
  static open(place: TcpPortPlace, bounds: TcpPortBounds = defaultTcpPortBounds): Promise<TcpPort> {
    const { host, port, localAddresses } = place;
    return new Promise((resolve, reject) => {
      const opened = new TcpPort(bounds, localAddresses);
      const server = opened.#server;
      server.once("error", reject);
      server.listen({ host, port, exclusive: true }, () => {
        server.off("error", reject);
        // Of a connection that could not be accepted, as when no file descriptor is left; others may be.
        server.on("error", () => undefined);
        resolve(opened);
      });
    });
  }

  private constructor(bounds: TcpPortBounds, localAddresses: TcpPortPlace["localAddresses"]) {
    this.#bounds = bounds;
    this.#localAddresses = localAddresses;
    this.#agents = new AcceptingAgents({ isExact: localAddresses !== undefined });
    this.#waiting = new WaitingConnections(bounds);
    this.#server = createServer((socket) => this.#await(socket));
    this.#server.maxConnections = bounds.maxConnections;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that are open, and those of them that have not said whose they are. */
  get counts(): { readonly open: number; readonly waiting: number; readonly fragments: number } {
    return { open: this.#sockets.size, waiting: this.#waiting.size, fragments: this.#agents.size };
  }

  register(agent: AcceptingAgent): () => void {
    return this.#agents.add(agent);
  }

  /** Ends all connections, also those that were handed over. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  #await(socket: Socket): void {
    if (this.#localAddresses?.().includes(plainAddress(socket.localAddress ?? "")) === false) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    this.#waiting.add(socket);
    socket.setKeepAlive(true, keepAliveMs);
    let timer: NodeJS.Timeout | undefined;
    let head: Buffer = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      timer ??= setTimeout(() => socket.destroy(), this.#bounds.firstRequestTimeoutMs);
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      const agent = this.#identify(socket, head);
      if (agent === "partial") return;
      clearTimeout(timer);
      this.#waiting.delete(socket);
      if (agent === undefined) {
        socket.destroy();
        return;
      }
      // Who takes it over reads from the beginning.
      socket.pause();
      socket.off("data", onData);
      socket.unshift(head);
      agent.accept(socket);
      socket.resume();
    };
    socket.on("data", onData);
    // It closes by itself.
    socket.on("error", () => undefined);
    socket.once("close", () => {
      clearTimeout(timer);
      this.#waiting.delete(socket);
      this.#sockets.delete(socket);
    });
  }

  #identify(socket: Socket, head: Buffer): AcceptingAgent | "partial" | undefined {
    const request = readFirstRequest(head);
    if (request === "partial") return "partial";
    if (request === "refused" || socket.localAddress === undefined) return undefined;
    const agent = this.#agents.find(request.fragment, plainAddress(socket.localAddress));
    return agent !== undefined && request.isSignedWith(agent.password) ? agent : undefined;
  }
}
