import type { MediaLayer } from "../forwarding/media_source.ts";
import { writeNtp } from "../rtp/ntp_time.ts";
import type { RtpPacket } from "../rtp/rtp_packet.ts";
import { maxRelayMessageBytes, relayBuffers } from "./relay_buffers.ts";
import {
  audioLevelFlag,
  descriptionFlag,
  endFlag,
  headLength,
  longAgo,
  orientationFlag,
  packetHeadLength,
  relayVersion,
  reportFlag,
  statusFlag,
} from "./relay_format.ts";

/** One more would never be read. */
const maxPackets = 0xffff;
/** Entries that a `MediaLayer` tells at most. */
const maxBitrates = 8;

/** What every message of a track says in its head. */
export interface RelayHead {
  readonly layer: number;
  readonly relayId: number;
  /** Counts the pauses of the track, modulo 65,536. */
  readonly epoch: number;
  /** Counts the times that another stream took the place of one, modulo 65,536. */
  readonly generation: number;
  readonly descriptionNumber: number;
}

/** Writes the messages of one layer, one after another. It makes no object for a packet. */
export class RelayMessageWriter {
  #bytes: Buffer | undefined;
  #end = 0;
  #packets = 0;

  /** A message was begun. */
  get isOpen(): boolean {
    return this.#bytes !== undefined;
  }

  /** Begins a message; what else it tells comes before its packets. */
  begin({ layer, relayId, epoch, generation, descriptionNumber }: RelayHead): void {
    const bytes = relayBuffers.take();
    this.#bytes = bytes;
    bytes[0] = relayVersion;
    bytes[1] = 0;
    bytes[2] = layer;
    bytes[3] = descriptionNumber;
    bytes.writeUInt32BE(relayId, 4);
    bytes.writeUInt16BE(epoch, 8);
    bytes.fill(0, 10, 18);
    bytes.writeUInt16BE(generation, 18);
    this.#end = headLength;
    this.#packets = 0;
  }

  /** Tells what comes of each layer. `arrivals` has when the last packet of each came, -1 for never. */
  addStatus(layers: readonly MediaLayer[], arrivals: Float64Array, nowMs: number): void {
    const bytes = this.#open(statusFlag);
    let at = bytes.writeUInt8(layers.length, this.#end);
    for (const [layer, { temporalBitrates, senderReport }] of layers.entries()) {
      const count = Math.min(temporalBitrates.length, maxBitrates);
      at = bytes.writeUInt8(count | (senderReport === undefined ? 0 : reportFlag), at);
      const arrivedAtMs = arrivals[layer] ?? -1;
      at = bytes.writeUInt16BE(arrivedAtMs < 0 ? longAgo : toAge(arrivedAtMs, nowMs, longAgo), at);
      for (let i = 0; i < count; i += 1) {
        at = bytes.writeUInt32BE(Math.min(temporalBitrates[i] ?? 0, 0xffff_ffff), at);
      }
      if (senderReport === undefined) continue;
      writeNtp(bytes, at, senderReport.ntpMs);
      at = bytes.writeUInt32BE(senderReport.rtpTimestamp >>> 0, at + 8);
      at = bytes.writeUInt32BE(toAge(senderReport.receivedAtMs, nowMs, 0xffff_ffff), at);
    }
    this.#end = at;
  }

  addDescription(description: Buffer): void {
    const bytes = this.#open(descriptionFlag);
    const at = bytes.writeUInt16BE(description.length, this.#end);
    bytes.set(description, at);
    this.#end = at + description.length;
  }

  /** The track ended. */
  addEnd(): void {
    this.#open(endFlag);
  }

  /** Copies a packet; false when the message is full. */
  add(packet: RtpPacket): boolean {
    const bytes = this.#bytes as Buffer;
    const length = packet.payloadOffset + packet.payloadLength;
    const at = this.#end;
    const start = at + packetHeadLength;
    if (start + length > maxRelayMessageBytes || this.#packets === maxPackets) return false;
    if (this.#packets === 0) bytes.writeUIntBE(packet.sequenceNumber, 12, 6);
    const { dependencyDescriptorOffset, dependencyDescriptorLength, audioLevel, videoOrientation } = packet;
    const hasDescriptor = dependencyDescriptorOffset >= 0 && dependencyDescriptorLength <= 0xff;
    const descriptorOffset = hasDescriptor ? dependencyDescriptorOffset : 0;
    bytes[at] = length >> 8;
    bytes[at + 1] = length;
    bytes[at + 2] = descriptorOffset >> 8;
    bytes[at + 3] = descriptorOffset;
    bytes[at + 4] = hasDescriptor ? dependencyDescriptorLength : 0;
    bytes[at + 5] = (audioLevel >= 0 ? audioLevelFlag : 0) | (videoOrientation >= 0 ? orientationFlag : 0);
    bytes[at + 6] = audioLevel;
    bytes[at + 7] = videoOrientation;
    packet.bytes.copy(bytes, start, 0, length);
    // Its padding stays here.
    bytes[start] = (bytes[start] as number) & ~0x20;
    this.#packets += 1;
    this.#end = start + length;
    return true;
  }

  /** The message, which counts until the end of this turn of the event loop. */
  finish(): Buffer {
    const bytes = this.#bytes as Buffer;
    bytes[10] = this.#packets >> 8;
    bytes[11] = this.#packets;
    this.#bytes = undefined;
    relayBuffers.release(bytes);
    return bytes.subarray(0, this.#end);
  }

  #open(flag: number): Buffer {
    const bytes = this.#bytes as Buffer;
    bytes[1] = (bytes[1] as number) | flag;
    return bytes;
  }
}

function toAge(atMs: number, nowMs: number, max: number): number {
  return Math.min(Math.max(Math.round(nowMs - atMs), 0), max);
}
