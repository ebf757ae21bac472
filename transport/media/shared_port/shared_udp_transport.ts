import type { Socket } from "node:dgram";
import type { AddressInfo } from "node:net";
import { type IceOptions, parseMessage } from "werift";
import type { PortDemux, PortMember } from "./port_demux.ts";

/** What werift takes instead of a socket (patch 302). */
export type IceUdpTransport = Awaited<ReturnType<NonNullable<IceOptions["udpTransport"]>>>;
/** An agent of ICE, as werift has it: what it is called and what signs its client's answers, both until its next restart. */
export type IceAgent = Pick<Parameters<NonNullable<IceOptions["udpTransport"]>>[1], "localUsername" | "remotePassword">;

export interface SharedUdpTransportOptions {
  readonly agent: IceAgent;
  readonly socket: Socket;
  /** Of the socket, for `DatagramCalls`; -1 where there are none. */
  readonly fd: number;
  /** Whether connected sockets may join the port. */
  readonly isJoinable: boolean;
  readonly demux: PortDemux;
  /** Called once, when it is closed. */
  readonly onClosed: () => void;
}

/** A part of a socket that many peer connections share, which is to an ICE agent as a socket of its own. */
export class SharedUdpTransport implements PortMember, IceUdpTransport {
  readonly type = "udp";
  readonly socket: Socket;
  readonly fd: number;
  readonly isJoinable: boolean;
  readonly address: AddressInfo;
  closed = false;
  onData: IceUdpTransport["onData"] = () => undefined;
  readonly #agent: IceAgent;
  readonly #demux: PortDemux;
  readonly #onClosed: () => void;

  constructor({ agent, socket, fd, isJoinable, demux, onClosed }: SharedUdpTransportOptions) {
    this.socket = socket;
    this.fd = fd;
    this.isJoinable = isJoinable;
    this.address = socket.address();
    this.#agent = agent;
    this.#demux = demux;
    this.#onClosed = onClosed;
  }

  get addressFamily(): 4 | 6 {
    return this.address.family === "IPv6" ? 6 : 4;
  }

  readonly send: IceUdpTransport["send"] = async (data, to) => {
    if (this.closed || to === undefined) return;
    const [address, port] = to;
    this.#demux.noteSent(this, data, address, port);
    this.socket.send(data, port, address);
  };

  /** The agent is called by its present fragment from now on, beside those before. */
  noteFragment(): void {
    if (!this.closed) this.#demux.addFragment(this, this.#agent.localUsername);
  }

  isSigned(response: Buffer): boolean {
    return parseMessage(response, Buffer.from(this.#agent.remotePassword, "utf8")) !== undefined;
  }

  /** True when what comes from there is for this agent and no other. */
  isOnlyOwner(address: string, port: number): boolean {
    return this.#demux.isOnlyOwner(this, address, port);
  }

  receive(datagram: Buffer, address: string, port: number): void {
    if (this.closed) return;
    try {
      this.onData(datagram, [address, port]);
    } catch {
      // As with a socket of its own: a datagram that an agent cannot take is dropped, and is no matter of the others.
    }
  }

  /** Lets go of all that is its own; the socket goes on. */
  readonly close: IceUdpTransport["close"] = async () => {
    if (this.closed) return;
    this.closed = true;
    this.#demux.remove(this);
    this.#onClosed();
  };
}
