import { type ClientMessage, ClientMessageError, parseClientMessage } from "../../protocol/client_message.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import type { EdgeLimits } from "./edge_limits.ts";
import { TokenBucket } from "./token_bucket.ts";

/** A flood is answered once in this time and not frame by frame: ten answers in a second at most. Ours. */
const rateAnswerIntervalMs = 100;

/** Turns the frames of one client into messages and keeps them within size and rate. */
export class FrameReader {
  readonly #limits: EdgeLimits;
  readonly #rate: TokenBucket;
  #rateAnsweredAtMs = Number.NEGATIVE_INFINITY;

  constructor(limits: EdgeLimits, nowMs: number) {
    this.#limits = limits;
    const perSecond = limits.maxMessagesPerSecond;
    this.#rate = new TokenBucket({ perSecond, burst: 2 * perSecond }, nowMs);
  }

  /**
   * Reads one frame; undefined is a frame of a flood, dropped without an answer. `data` is used only during the call.
   *
   * @throws {SignalboxError} `frame-too-large`, `rate-limited`, `bad-json` or `bad-message`.
   */
  read(data: ArrayBuffer, isBinary: boolean, nowMs: number): ClientMessage | undefined {
    const { maxFrameBytes, maxMessagesPerSecond } = this.#limits;
    if (data.byteLength > maxFrameBytes) {
      throw new SignalboxError(
        "frame-too-large",
        `Cannot read the frame: it has ${data.byteLength} bytes, the limit is ${maxFrameBytes}`,
      );
    }
    if (!this.#rate.take(nowMs)) {
      if (nowMs - this.#rateAnsweredAtMs < rateAnswerIntervalMs) return undefined;
      this.#rateAnsweredAtMs = nowMs;
      throw new SignalboxError(
        "rate-limited",
        `Cannot take the message: more than ${maxMessagesPerSecond} in a second; it and what follows at this rate is dropped`,
      );
    }
    if (isBinary) {
      throw new ClientMessageError("bad-message", "Cannot read the frame: it is binary, expected JSON in a text frame");
    }
    return parseClientMessage(Buffer.from(data).toString());
  }
}
