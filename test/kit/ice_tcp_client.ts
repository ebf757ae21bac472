import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { Message, parseMessage } from "werift";

/** STUN's binding method and two of its classes (RFC 8489, 3). */
const binding = 0x001;
const request = 0x000;
const success = 0x100;

/** One frame (RFC 4571, 2). */
export function frame(payload: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(payload.length);
  return Buffer.concat([length, payload]);
}

/** The binding request that an ICE agent begins a connection with, framed. */
export function framedRequest(fragment: string, password: string): Buffer {
  return frame(bindingRequest({ fragment, password }));
}

/** Who a request is for, and whether it nominates. */
export interface RequestOptions {
  readonly fragment: string;
  readonly password: string;
  readonly from?: string;
  readonly isNominating?: boolean;
}

function bindingRequest({ fragment, password, from = "client", isNominating = false }: RequestOptions): Buffer {
  const message = new Message(binding, request)
    .setAttribute("USERNAME", `${fragment}:${from}`)
    .setAttribute("PRIORITY", 1_853_824_767)
    .setAttribute("ICE-CONTROLLING", 18_446_744_073_709_551_615n);
  if (isNominating) message.setAttribute("USE-CANDIDATE", null);
  return message.addMessageIntegrity(Buffer.from(password)).addFingerprint().bytes;
}

/** A TCP connection, ended with the test, on which nothing is sent by itself. */
export async function openTcp(port: number, host = "127.0.0.1", localAddress?: string): Promise<Socket> {
  const socket = connect({ port, host, ...(localAddress === undefined ? {} : { localAddress }) });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** Whether the other side has ended a connection. What comes by it is thrown away. */
export function endOf(socket: Socket): Promise<"ended"> {
  socket.resume();
  return new Promise((resolve) => {
    if (socket.closed) resolve("ended");
    else socket.on("close", () => resolve("ended"));
  });
}

/** A way by which an {@link IceClient} reaches a node. */
export interface ClientWay {
  readonly port: number;
  /** Asks the node to use this way, and answers its checks. */
  nominate(): void;
  /** Checks that it works, without asking for it to be used. */
  check(): void;
  send(payload: Buffer): void;
  close(): void;
  readonly socket?: Socket;
}

/** What an {@link IceClient} needs to know of a node and of itself. */
export interface IceCredentials {
  readonly fragment: string;
  readonly password: string;
  readonly ownFragment: string;
  readonly ownPassword: string;
}

/** As much of a controlling ICE agent as it takes to have ways of its choice used; DTLS never comes. */
export class IceClient {
  readonly #credentials: IceCredentials;

  constructor(credentials: IceCredentials) {
    this.#credentials = credentials;
  }

  async connectTcp(port: number, host: string): Promise<ClientWay> {
    const socket = await openTcp(port, host);
    let read: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      while (read.length >= 2 && read.length >= read.readUInt16BE(0) + 2) {
        const length = read.readUInt16BE(0) + 2;
        this.#answer(read.subarray(2, length), (payload) => void socket.write(frame(payload)));
        read = read.subarray(length);
      }
    });
    const { localPort = 0 } = socket;
    return this.#way(localPort, (payload) => void socket.write(frame(payload)), {
      socket,
      close: () => void socket.destroy(),
    });
  }

  async openUdp(port: number, host: string): Promise<ClientWay> {
    const socket = createSocket("udp4");
    onTestFinished(() => void socket.close());
    socket.bind(0, host);
    await once(socket, "listening");
    const send = (payload: Buffer): void => socket.send(payload, port, host);
    socket.on("message", (payload: Buffer) => this.#answer(payload, send));
    return this.#way(socket.address().port, send, { close: () => undefined });
  }

  #way(port: number, send: (payload: Buffer) => void, rest: Pick<ClientWay, "socket" | "close">): ClientWay {
    const { fragment, password, ownFragment: from } = this.#credentials;
    return {
      port,
      send,
      ...rest,
      check: () => send(bindingRequest({ fragment, password, from })),
      nominate: () => send(bindingRequest({ fragment, password, from, isNominating: true })),
    };
  }

  #answer(payload: Buffer, send: (payload: Buffer) => void): void {
    const message = parseMessage(payload);
    if (message?.messageClass !== request) return;
    const response = new Message(binding, success, message.transactionId);
    const password = Buffer.from(this.#credentials.ownPassword);
    send(response.addMessageIntegrity(password).addFingerprint().bytes);
  }
}
