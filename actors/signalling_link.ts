import type { EdgeFrames, HomeFrames, NumberedFrame } from "../protocol/signalling_frame.ts";
import { encodeSignallingFrame, maxNumberedHeadBytes } from "../protocol/signalling_frame.ts";
import type { Cluster } from "./cluster.ts";

/** Longest message that is put together from parts: the largest frame that can be configured for clients. Ours. */
const maxMessageBytes = 16 * 1_048_576;

/** How a link can break. */
export type LinkBreak = "frames-lost" | "message-too-long" | "unreadable" | "node-lost" | "bus-cut-off";

export interface SignallingLinkOptions {
  readonly cluster: Pick<Cluster, "bus" | "subjects" | "nodes">;
  /** The start of the node at the other end, and which end that is. */
  readonly origin: string;
  readonly end: "home" | "edge";
  /** Of the client's socket. */
  readonly socketId: string;
  /** The link broke; called once, and never after `close`. */
  readonly onBroken: (why: LinkBreak) => void;
}

type Text = HomeFrames["message"]["type"] | EdgeFrames["text"]["type"] | EdgeFrames["error"]["type"];

/**
 * One end of the way between a client's socket and its session on another node. The bus may lose messages: each end counts what it sends
 * and what comes, so that a loss breaks the link, as a broken connection does, and never goes unnoticed.
 */
export class SignallingLink {
  readonly origin: string;
  readonly socketId: string;
  readonly #options: SignallingLinkOptions;
  readonly #subject: string;
  readonly #encoder = new TextEncoder();
  #sentCount = 0;
  #receivedCount = 0;
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #isOver = false;

  constructor(options: SignallingLinkOptions) {
    this.#options = options;
    this.origin = options.origin;
    this.socketId = options.socketId;
    this.#subject = options.cluster.subjects.node(options.origin, options.end);
  }

  get sentCount(): number {
    return this.#sentCount;
  }

  /** Begins each frame to the other end. */
  get head(): { readonly v: 1; readonly from: string; readonly socket: string } {
    return { v: 1, from: this.#options.cluster.nodes.origin, socket: this.socketId };
  }

  /** Sends a message, in parts where it is longer than the bus takes. */
  send(type: Text, text: string): void {
    if (this.#isOver) return;
    const body = this.#encoder.encode(text);
    const room = Math.max(1, this.#options.cluster.bus.maxPayloadBytes - maxNumberedHeadBytes);
    for (let start = 0; start === 0 || start < body.length; start += room) {
      this.#sentCount += 1;
      const head = { ...this.head, type, n: this.#sentCount };
      const isLast = start + room >= body.length;
      this.publish(isLast ? head : { ...head, isPart: true }, body.subarray(start, start + room));
    }
  }

  /** Sends a frame that is not counted, or counted already. */
  publish(frame: HomeFrames[keyof HomeFrames] | EdgeFrames[keyof EdgeFrames], body?: Uint8Array): void {
    this.#options.cluster.bus.publish(this.#subject, encodeSignallingFrame(frame, body));
  }

  /** Takes a frame in; returns the message that it completes. */
  take({ n, isPart }: NumberedFrame, body: Uint8Array): string | undefined {
    if (this.#isOver) return undefined;
    this.#receivedCount += 1;
    if (n !== this.#receivedCount) return this.break("frames-lost");
    this.#partBytes += body.length;
    if (this.#partBytes > maxMessageBytes) return this.break("message-too-long");
    if (isPart === true) {
      this.#parts.push(Uint8Array.from(body));
      return undefined;
    }
    const text = new TextDecoder().decode(
      this.#parts.length === 0 ? body : join([...this.#parts, body], this.#partBytes),
    );
    this.#parts = [];
    this.#partBytes = 0;
    return text;
  }

  /** The other end says how many frames it has sent so far. */
  checkCount(sentThere: number): void {
    if (sentThere > this.#receivedCount) this.break("frames-lost");
  }

  break(why: LinkBreak): undefined {
    if (this.#isOver) return undefined;
    this.close();
    this.#options.onBroken(why);
    return undefined;
  }

  /** Nothing is sent or taken any more. */
  close(): void {
    this.#isOver = true;
    this.#parts = [];
  }
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
