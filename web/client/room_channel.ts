import { ClientError } from "./client_error.ts";
import { Emitter } from "./emitter.ts";
import { type ChannelMessage, parseRoomFrame } from "./room_frame.ts";

/** What a room channel tells. */
export interface RoomChannelEvents {
  open: undefined;
  message: ChannelMessage;
  /** It is closed: by `close()`, or until the connection is back. */
  close: undefined;
}

/** How a room channel carries its messages; reliable and in order by default (W3C WebRTC 6.2). */
export interface RoomChannelOptions {
  readonly ordered?: boolean;
  readonly maxRetransmits?: number;
  readonly maxPacketLifeTime?: number;
}

/** A data channel to everybody in the room who has one of the same label. It outlives reconnects. Made by `room.openChannel`. */
export class RoomChannel extends Emitter<RoomChannelEvents> {
  readonly label: string;
  readonly #options: RoomChannelOptions;
  readonly #forget: (channel: RoomChannel) => void;
  #pc: RTCPeerConnection | undefined;
  #channel: RTCDataChannel | undefined;

  /** @internal */
  constructor(label: string, options: RoomChannelOptions, forget: (channel: RoomChannel) => void) {
    super();
    this.label = label;
    this.#options = options;
    this.#forget = forget;
  }

  /** Whether messages can be sent now. */
  get isOpen(): boolean {
    return this.#channel?.readyState === "open";
  }

  /** Bytes that wait to be sent. */
  get bufferedAmount(): number {
    return this.#channel?.bufferedAmount ?? 0;
  }

  /**
   * Sends a message to every other channel of the label.
   *
   * @throws {ClientError} `not-joined` while the channel is not open, `message-too-large`, `buffer-full`.
   */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (!this.isOpen) throw new ClientError("not-joined", `Cannot send on channel "${this.label}": it is not open`);
    try {
      this.#channel?.send(data as string);
    } catch (cause) {
      // W3C WebRTC 6.2: a TypeError is a message that is too large, an OperationError a queue that is full.
      const isFull = cause instanceof Error && cause.name === "OperationError";
      throw ClientError.from(
        cause,
        isFull ? "buffer-full" : "message-too-large",
        `Cannot send on channel "${this.label}"`,
      );
    }
  }

  /** Closes it for good. */
  close(): void {
    this.#forget(this);
    this.#channel?.close();
  }

  /** @internal Opens it on a peer connection, from now on. */
  bind(pc: RTCPeerConnection): void {
    const channel = pc.createDataChannel(this.label, { ...this.#options, protocol: "signalbox.room" });
    channel.binaryType = "arraybuffer";
    const isCurrent = () => this.#channel === channel;
    channel.onopen = () => isCurrent() && this.emit("open", undefined);
    channel.onclose = () => isCurrent() && this.emit("close", undefined);
    channel.onmessage = ({ data }) => {
      const message = parseRoomFrame(data);
      if (message !== undefined && isCurrent()) this.emit("message", message);
    };
    this.#become(pc, channel);
  }

  /** @internal Called before a peer connection closes: the channel on it is no more. */
  dropped(pc: RTCPeerConnection): void {
    if (pc === this.#pc) this.#become(undefined, undefined);
  }

  #become(pc: RTCPeerConnection | undefined, channel: RTCDataChannel | undefined): void {
    const wasOpen = this.isOpen;
    this.#pc = pc;
    this.#channel = channel;
    if (wasOpen) this.emit("close", undefined);
  }
}
