import { createSocket, type Socket } from "node:dgram";
import type { SignalingObject } from "./room_page.ts";

/** How a {@link RoomMediaPath} treats what goes over it. */
export interface MediaPathOptions {
  /** The share of datagrams that is lost, from 0 to 1; may be changed at any time. */
  readonly loss?: number;
  /** The same seed loses the same datagrams of the same traffic. */
  readonly seed?: number;
}

/** One way over a path: how many datagrams went, and how many were lost. */
export interface PathCount {
  passed: number;
  lost: number;
}

/**
 * A path for the media of one page on which datagrams can be lost: a UDP proxy on the node's own addresses. The candidates of the node that the page sees are
 * its own, and those of the page stay with it, so nothing goes another way.
 *
 * Made by {@link openMediaPath}; `close()` closes its sockets.
 */
export class RoomMediaPath {
  loss: number;
  /** From the node to the page, and from the page to the node. */
  readonly toPage: PathCount = { passed: 0, lost: 0 };
  readonly toNode: PathCount = { passed: 0, lost: 0 };
  /** A generator for each way, so that what is lost one way does not depend on what goes the other. */
  readonly #random: ReadonlyMap<PathCount, () => number>;
  /** The proxy's port for each address of the node. */
  readonly #ports = new Map<string, Promise<number>>();
  readonly #sockets = new Set<Socket>();

  constructor({ loss = 0, seed = 1 }: MediaPathOptions = {}) {
    this.loss = loss;
    this.#random = new Map([
      [this.toPage, mulberry32(seed)],
      [this.toNode, mulberry32(seed + 1)],
    ]);
  }

  /** For `RoomPageOptions.changeReceived`. */
  readonly changeReceived = async (message: SignalingObject): Promise<SignalingObject | null> => {
    if (typeof message["sdp"] === "string") {
      const lines = await Promise.all(message["sdp"].split("\r\n").map((line) => this.#changeLine(line)));
      return { ...message, sdp: lines.filter((line) => line !== null).join("\r\n") };
    }
    const candidate = message["candidate"] as { readonly candidate?: string } | null | undefined;
    if (message.type !== "candidate" || !candidate?.candidate) return message;
    const line = await this.#changeLine(`a=${candidate.candidate}`);
    return line === null ? null : { ...message, candidate: { ...candidate, candidate: line.slice(2) } };
  };

  /** For `RoomPageOptions.changeSent`. */
  readonly changeSent = async (message: SignalingObject): Promise<SignalingObject | null> => {
    if (message.type === "candidate") return message["candidate"] === null ? message : null;
    if (typeof message["sdp"] !== "string") return message;
    const lines = message["sdp"].split("\r\n").filter((line) => !line.startsWith("a=candidate:"));
    return { ...message, sdp: lines.join("\r\n") };
  };

  /** Closes every socket. */
  close(): void {
    for (const socket of this.#sockets) socket.close();
    this.#sockets.clear();
  }

  /** Null for a candidate that there is no way to. */
  async #changeLine(line: string): Promise<string | null> {
    const [head, component, protocol, priority, address, port, ...rest] = line.split(" ");
    if (head === undefined || !head.startsWith("a=candidate:")) return line;
    if (protocol?.toLowerCase() !== "udp" || address === undefined || address.includes(":")) return null;
    const proxied = await this.#portFor(address, Number(port));
    return [head, component, protocol, priority, address, proxied, ...rest].join(" ");
  }

  #portFor(address: string, port: number): Promise<number> {
    const key = `${address}:${port}`;
    const known = this.#ports.get(key) ?? this.#open(address, port);
    this.#ports.set(key, known);
    return known;
  }

  async #open(address: string, port: number): Promise<number> {
    const front = await this.#bind(address);
    /** A socket towards the node for each address of the page, so that the node tells them apart. */
    const backs = new Map<string, Promise<Socket>>();
    front.on("message", async (datagram, from) => {
      const key = `${from.address}:${from.port}`;
      const known =
        backs.get(key) ??
        this.#bind(address).then((back) => {
          back.on("message", (answer) => this.#pass(this.toPage, () => front.send(answer, from.port, from.address)));
          return back;
        });
      backs.set(key, known);
      const back = await known;
      this.#pass(this.toNode, () => back.send(datagram, port, address));
    });
    return front.address().port;
  }

  #pass(count: PathCount, send: () => void): void {
    if (this.#sockets.size === 0) return;
    const isLost = (this.#random.get(count)?.() ?? 1) < this.loss;
    count[isLost ? "lost" : "passed"] += 1;
    if (!isLost) send();
  }

  async #bind(address: string): Promise<Socket> {
    const socket = createSocket("udp4");
    this.#sockets.add(socket);
    await new Promise<void>((resolve) => socket.bind(0, address, resolve));
    socket.setRecvBufferSize(1 << 20);
    return socket;
  }
}

/** Opens a path; whoever opened it closes it. */
export function openMediaPath(options: MediaPathOptions = {}): RoomMediaPath {
  return new RoomMediaPath(options);
}

/** A small generator of numbers from 0 to 1 that a seed repeats (mulberry32). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
