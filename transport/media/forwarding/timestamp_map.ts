import type { RtpPacket } from "../rtp/rtp_packet.ts";
import type { MediaLayer, SenderReport } from "./media_source.ts";
import type { PacketHistory } from "./packet_history.ts";

/**
 * So far may what sender reports, or a clock that went on, say of the time between two packets be from the time between their
 * arrivals; further, the arrivals count. Ours: the delay of a path varies less.
 */
export const maxClockDeviationMs = 1_000;
/**
 * A step to another layer goes on by this at least. A whole frame would be taken from the next step, and all that come after it be
 * late by one: two layers show the same frame, at the same time. Ours.
 */
const minStepMs = 1;
/** Longest pause that shows in the timestamps, so that they never seem to go back (RFC 1982): 2^30 ticks, 3 hours of video. */
const maxStep = 2 ** 30;

/**
 * Gives the packets of a source their timestamps in what is sent: one clock, whatever layer they come from. Timestamps are numbers
 * of 32 bits with a sign in here.
 */
export class TimestampMap {
  /** What is added to the timestamps of the layer that is sent. */
  offset = 0;
  #layer = -1;
  /** Of the stream that the layer had. */
  #history: PacketHistory | undefined;
  /** So far is `offset` ahead of what the source's clock says, since a step had to go on. */
  #ahead = 0;
  #last = 0;
  #lastArrivalMs = 0;

  /** @param first of the first packet, 32 bits */
  constructor(first: number) {
    this.#last = first | 0;
  }

  /** Goes on with a packet of a layer, the same as before or another one. */
  begin(packet: RtpPacket, layer: number, options: { layers: readonly MediaLayer[]; clockRate: number }): void {
    const { layers, clockRate } = options;
    const source = packet.timestamp | 0;
    const history = layers[layer]?.history;
    if (this.#layer === -1) {
      this.#layer = layer;
      this.#history = history;
      this.offset = (this.#last - source) | 0;
      this.#lastArrivalMs = packet.receivedAtMs;
      return;
    }
    const elapsedMs = Math.max(packet.receivedAtMs - this.#lastArrivalMs, 0);
    const expected = Math.min(Math.round((elapsedMs / 1_000) * clockRate), maxStep);
    const tolerance = (maxClockDeviationMs / 1_000) * clockRate;
    const minStep = Math.round((minStepMs / 1_000) * clockRate);
    const clock = this.#onTheClock(source, layer, { layers, clockRate });
    const step = clock === undefined ? expected : (clock - this.#last) | 0;
    const isTrusted = clock !== undefined && Math.abs(step - expected) <= tolerance;
    const sent = (this.#last + Math.max(isTrusted ? step : expected, minStep)) | 0;
    this.#ahead = isTrusted ? ((sent - clock) | 0) + (layer === this.#layer ? this.#ahead : 0) : 0;
    this.#layer = layer;
    this.#history = history;
    this.offset = (sent - source) | 0;
  }

  /** Of a packet of the layer. */
  map(packet: RtpPacket): number {
    const sent = (packet.timestamp + this.offset) | 0;
    if (((sent - this.#last) | 0) > 0) {
      this.#last = sent;
      this.#lastArrivalMs = packet.receivedAtMs;
    }
    return sent;
  }

  /** What a timestamp is by the source's own clock; undefined where it did not tell. */
  #onTheClock(
    source: number,
    layer: number,
    { layers, clockRate }: { layers: readonly MediaLayer[]; clockRate: number },
  ): number | undefined {
    // Another stream has another clock, of which nothing is known but by sender reports of that before it, which are gone.
    if (layers[this.#layer]?.history !== this.#history) return undefined;
    if (layer === this.#layer) return (source + this.offset) | 0;
    const from = layers[this.#layer]?.senderReport;
    const to = layers[layer]?.senderReport;
    if (from === undefined || to === undefined) return undefined;
    return (toOtherLayer(source, { from, to, clockRate }) + this.offset - this.#ahead) | 0;
  }
}

/** The timestamp that the layer of `from` has at the time that `source`, of the layer of `to`, has (RFC 3550, 6.4.1). */
function toOtherLayer(
  source: number,
  { from, to, clockRate }: { from: SenderReport; to: SenderReport; clockRate: number },
): number {
  const sinceReport = (source - to.rtpTimestamp) | 0;
  const sinceOtherReport = ((to.ntpMs - from.ntpMs) / 1_000) * clockRate + sinceReport;
  return (from.rtpTimestamp + Math.round(sinceOtherReport)) | 0;
}
