import type { RtpPacket } from "../rtp/rtp_packet.ts";
import { clearPayloadFields } from "./clear_payload_fields.ts";
import { DependencyDescriptor, mandatoryBytes } from "./dependency_descriptor.ts";
import { FrameTracker } from "./frame_tracker.ts";

// The aggregation header (RTP Payload Format For AV1, 4.4).
const continuationBit = 0x80;
const newSequenceBit = 0x08;

/**
 * Reads the aggregation headers of an AV1 stream and its dependency descriptors (RTP Payload Format For AV1, 4.4 and A.8). A
 * stream without descriptors has one layer here, whatever its encoder made.
 *
 * A descriptor says after which frame a receiver can switch to a higher decode target: its next frame is the layer sync. None is
 * told across a loss.
 */
export class Av1Inspector {
  readonly #tracker = new FrameTracker();
  readonly #descriptor = new DependencyDescriptor();
  /** A bit for each decode target of which no frame of its highest layer came since one from which it can be switched to. */
  #freshTargets = 0;
  #frameNumber = -1;
  #isFrameSync = false;

  /** Fills the payload fields of the stream's next packet. */
  inspect(packet: RtpPacket): void {
    clearPayloadFields(packet);
    const tracker = this.#tracker;
    tracker.observe(packet);
    const isGap = !tracker.followsLast && !tracker.isLate;
    if (isGap) this.#freshTargets = 0;
    if (packet.payloadLength === 0) return;
    const flags = packet.bytes[packet.payloadOffset] as number;
    packet.isKeyframeStart = (flags & (continuationBit | newSequenceBit)) === newSequenceBit;
    if (packet.dependencyDescriptorOffset < 0 || packet.dependencyDescriptorLength < mandatoryBytes) {
      packet.isFrameStart = (flags & continuationBit) === 0 && tracker.isNewTimestamp && tracker.followsLast;
      packet.isFrameStart ||= packet.isKeyframeStart;
      return;
    }
    this.#readDescriptor(packet);
  }

  #readDescriptor(packet: RtpPacket): void {
    const descriptor = this.#descriptor;
    descriptor.read(packet, this.#tracker.isLate);
    packet.isFrameStart = descriptor.isFrameStart;
    if (!descriptor.hasLayer) return;
    packet.spatialLayer = descriptor.spatialLayer;
    packet.temporalLayer = descriptor.temporalLayer;
    if (this.#tracker.isLate) return;
    if (descriptor.isFrameStart) this.#startFrame();
    packet.isLayerSync = this.#isFrameSync && descriptor.frameNumber === this.#frameNumber;
  }

  #startFrame(): void {
    const { frameNumber, temporalLayer, ownTargets, switchTargets } = this.#descriptor;
    this.#frameNumber = frameNumber;
    this.#isFrameSync = temporalLayer > 0 && (this.#freshTargets & ownTargets) !== 0;
    this.#freshTargets = (this.#freshTargets | switchTargets) & ~ownTargets;
  }
}
