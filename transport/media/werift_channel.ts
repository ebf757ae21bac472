import type { RTCDataChannel } from "werift";
import type { DataChannel } from "../../actors/application.ts";
import type { EngineChannel, SendOutcome } from "../../actors/ports.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";

export interface WeriftChannelOptions {
  /** Bytes that may wait to be sent on all channels of the peer together. */
  readonly maxChannelBufferBytes: number;
  /** Bytes that wait on all of them. */
  readonly queuedBytes: () => number;
  readonly onHandlerError: (error: unknown) => void;
}

/** A data channel of werift as the application sees it. */
export class WeriftChannel implements EngineChannel {
  onopen: (() => void) | null = null;
  onmessage: ((data: string | Uint8Array) => void) | null = null;
  onbufferedamountlow: (() => void) | null = null;
  onclose: (() => void) | null = null;
  readonly #channel: RTCDataChannel;
  readonly #options: WeriftChannelOptions;
  #isCloseTold = false;

  constructor(channel: RTCDataChannel, options: WeriftChannelOptions) {
    this.#channel = channel;
    this.#options = options;
    channel.onMessage.subscribe((data) => this.#call(() => this.onmessage?.(data)));
    channel.bufferedAmountLow.subscribe(() => this.#call(() => this.onbufferedamountlow?.()));
    channel.stateChanged.subscribe((state) => {
      if (state === "open") this.#call(() => this.onopen?.());
      if (state === "closed") this.tellClosed();
    });
  }

  get label(): string {
    return this.#channel.label;
  }

  get protocol(): string {
    return this.#channel.protocol;
  }

  get ordered(): boolean {
    return this.#channel.ordered;
  }

  get maxRetransmits(): number | null {
    return this.#channel.maxRetransmits;
  }

  get maxPacketLifeTime(): number | null {
    return this.#channel.maxPacketLifeTime;
  }

  get readyState(): DataChannel["readyState"] {
    return this.#isCloseTold ? "closed" : this.#channel.readyState;
  }

  get bufferedAmount(): number {
    return this.#channel.bufferedAmount;
  }

  get bufferedAmountLowThreshold(): number {
    return this.#channel.bufferedAmountLowThreshold;
  }

  set bufferedAmountLowThreshold(bytes: number) {
    this.#channel.bufferedAmountLowThreshold = bytes;
  }

  send(data: string | Uint8Array): void {
    // A copy, as the caller may write into its bytes again while they wait.
    const message = typeof data === "string" ? data : Buffer.from(data);
    const outcome = this.trySend(message);
    if (outcome !== "sent") throw new SignalboxError(outcome, this.#explain(outcome, Buffer.byteLength(message)));
  }

  trySend(data: string | Uint8Array): SendOutcome {
    if (this.readyState !== "open") return "bad-state";
    const length = Buffer.byteLength(data);
    if (length > this.#maxLength) return "message-too-large";
    if (this.#options.queuedBytes() + length > this.#options.maxChannelBufferBytes) return "buffer-full";
    // werift copies what is no `Buffer`.
    const isReady = typeof data === "string" || Buffer.isBuffer(data);
    this.#channel.send(isReady ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    return "sent";
  }

  close(): void {
    this.#channel.close();
  }

  /** Called when the peer connection ended under the channel; the first call counts. */
  tellClosed(): void {
    if (this.#isCloseTold) return;
    this.#isCloseTold = true;
    this.#call(() => this.onclose?.());
  }

  /** RFC 8841, 6: 0 means that a message may have any length. */
  get #maxLength(): number {
    return this.#channel.sctp.remoteMaxMessageSize || Number.POSITIVE_INFINITY;
  }

  #explain(outcome: Exclude<SendOutcome, "sent">, length: number): string {
    const { queuedBytes, maxChannelBufferBytes } = this.#options;
    switch (outcome) {
      case "bad-state":
        return `Cannot send on channel "${this.label}": it is ${this.readyState}`;
      case "message-too-large":
        return `Cannot send ${length} bytes on channel "${this.label}": the client accepts ${this.#maxLength} bytes`;
      case "buffer-full":
        return `Cannot send on channel "${this.label}": ${queuedBytes()} of ${maxChannelBufferBytes} bytes wait already`;
    }
  }

  #call(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.#options.onHandlerError(error);
    }
  }
}

/** What a waiting message costs beside its bytes, so that empty ones count, too. Ours. */
const messageOverheadBytes = 256;

/** The bytes that wait on channels of one association, whose queue they share. */
export function countQueuedBytes(channels: Iterable<WeriftChannel>, association: Association | undefined): number {
  let bytes = messageOverheadBytes * (association?.sctp?.outboundQueue?.length ?? 0);
  for (const { bufferedAmount } of channels) bytes += bufferedAmount;
  return bytes;
}

/** werift's SCTP transport, whose types leave the queue out. */
export interface Association {
  readonly sctp?: { readonly outboundQueue?: { readonly length: number } };
}
