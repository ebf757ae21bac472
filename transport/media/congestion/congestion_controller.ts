import { BandwidthEstimator, type BandwidthEstimatorOptions } from "./bandwidth_estimator.ts";
import { type AllocatedStream, LayerAllocator } from "./layer_allocator.ts";
import { ProbeController } from "./probe_controller.ts";

/** Each packet that is sent may be told of so often, and so many at once: whoever tells of more did not get them. Ours. */
const tellingsOfPacket = 2;
const maxTellings = 8_192;

/**
 * Decides how much is sent to one client: estimates what its path carries, shares that out among its streams, and probes for
 * more. It has no timers: its transport calls `tick`. Times are milliseconds of one clock, as `performance.now`.
 */
export class CongestionController {
  readonly #estimator: BandwidthEstimator;
  readonly #allocator = new LayerAllocator();
  readonly #probes: ProbeController;
  #tellingsLeft = 0;

  constructor(options: BandwidthEstimatorOptions) {
    this.#estimator = new BandwidthEstimator(options);
    this.#probes = new ProbeController(this.#estimator);
  }

  /** A stream of the client's agreed on it, if none did before. */
  expectTransportFeedback(): void {
    this.#estimator.expectTransportFeedback();
  }

  /** To read from. */
  get estimator(): Pick<
    BandwidthEstimator,
    "acknowledgedBitrate" | "bitrate" | "lossRatio" | "roundTripMs" | "sendRate" | "usage"
  > {
    return this.#estimator;
  }

  /** To read from. */
  get allocator(): Pick<LayerAllocator, "allocatedBitrate" | "wantedBitrate"> {
    return this.#allocator;
  }

  /** True while `tick` should be called every 20 ms or so. */
  get isProbing(): boolean {
    return this.#probes.isSending;
  }

  /** See {@link BandwidthEstimator.noteSent}; for each packet, padding too. */
  noteSent(transportSequenceNumber: number, bytes: number, nowMs: number): void {
    if (transportSequenceNumber >= 0 && this.#tellingsLeft < maxTellings) this.#tellingsLeft += tellingsOfPacket;
    this.#estimator.noteSent(transportSequenceNumber, bytes, nowMs);
  }

  /** See {@link BandwidthEstimator.receiveTransportFeedback}. */
  receiveTransportFeedback(packet: Uint8Array, nowMs: number): boolean {
    // The packet status count (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1): each costs time, whatever it says.
    const told = packet.length < 16 ? 0 : ((packet[14] as number) << 8) | (packet[15] as number);
    if (told > this.#tellingsLeft) return false;
    this.#tellingsLeft -= told;
    const isRead = this.#estimator.receiveTransportFeedback(packet, nowMs);
    if (isRead) this.#allocator.update(this.#estimator.bitrate, nowMs);
    return isRead;
  }

  /** See {@link BandwidthEstimator.receiveEstimatedMaximumBitrate}. */
  receiveEstimatedMaximumBitrate(bitrate: number, nowMs: number): void {
    this.#estimator.receiveEstimatedMaximumBitrate(bitrate);
    this.#allocator.update(this.#estimator.bitrate, nowMs);
  }

  /** See {@link BandwidthEstimator.receiveReportBlock}. */
  receiveReportBlock(ssrc: number, fractionLost: number, highestSequenceNumber: number): void {
    this.#estimator.receiveReportBlock(ssrc, fractionLost, highestSequenceNumber);
  }

  /** Everything that is sent, audio too. Its target comes at once. */
  addStream(stream: AllocatedStream, nowMs: number): void {
    this.#allocator.add(stream);
    this.#allocator.update(this.#estimator.bitrate, nowMs);
  }

  removeStream(stream: AllocatedStream): void {
    this.#allocator.remove(stream);
  }

  /** A stream's `isActive`, `preferredLayer` or `priority` changed. */
  streamChanged(nowMs: number): void {
    this.#allocator.invalidate();
    this.#allocator.update(this.#estimator.bitrate, nowMs);
  }

  /**
   * Every 100 ms or so; every 20 ms while {@link isProbing}.
   *
   * @returns how many bytes of padding to send now, on any stream that can; 0 mostly
   */
  tick(nowMs: number): number {
    this.#estimator.tick(nowMs);
    this.#allocator.update(this.#estimator.bitrate, nowMs);
    return this.#probes.tick(this.#allocator.raiseGoal, nowMs);
  }
}
