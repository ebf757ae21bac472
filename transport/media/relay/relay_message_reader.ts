import { SignalboxError } from "../../../protocol/signalbox_error.ts";
import { readNtp } from "../rtp/ntp_time.ts";
import { readUint16, readUint32 } from "../rtp/rtp_header.ts";
import { maxRtpPacketBytes, type RtpPacket } from "../rtp/rtp_packet.ts";
import {
  audioLevelFlag,
  descriptionFlag,
  endFlag,
  headLength,
  longAgo,
  maxRelayLayers,
  orientationFlag,
  packetHeadLength,
  relayVersion,
  reportFlag,
  statusFlag,
} from "./relay_format.ts";

/** RFC 3550, 5.1, without contributing sources. */
const minPacketLength = 12;

/** What the publisher's node says of a layer. */
export interface RelayStatus {
  readonly temporalBitrates: readonly number[];
  /** Milliseconds since its last packet came there; Infinity for long ago, or never. */
  readonly ageMs: number;
  readonly report: { readonly ntpMs: number; readonly rtpTimestamp: number; readonly ageMs: number } | undefined;
}

/** Reads the messages of {@linkcode RelayMessageWriter}, one after another. What cannot be right is refused as soon as it is met. */
export class RelayMessageReader {
  layer = 0;
  relayId = 0;
  epoch = 0;
  generation = 0;
  descriptionNumber = 0;
  isEnd = false;
  /** By layer; undefined where the message tells of none. */
  status: readonly RelayStatus[] | undefined;
  /** Undefined where the message has none. */
  description: Uint8Array | undefined;
  /** Of the packet that `next` found, unsigned, counted on past 65,535. */
  index = 0;
  #bytes: Buffer = noBytes;
  #at = 0;
  #left = 0;
  #baseIndex = 0;
  #length = 0;

  /**
   * Begins with a message, and reads all but its packets.
   *
   * @throws {SignalboxError} `bad-message`
   */
  start(message: Uint8Array): void {
    const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    if (bytes[0] !== relayVersion) throw refuse(`it is of version ${bytes[0]}, not ${relayVersion}`);
    if (bytes.length < headLength) throw refuse(`its head has ${bytes.length} of ${headLength} bytes`);
    this.#bytes = bytes;
    const flags = bytes[1] as number;
    this.layer = bytes[2] as number;
    this.descriptionNumber = bytes[3] as number;
    this.relayId = readUint32(bytes, 4);
    this.epoch = readUint16(bytes, 8);
    this.#left = readUint16(bytes, 10);
    this.#baseIndex = readUint16(bytes, 12) * 2 ** 32 + readUint32(bytes, 14);
    this.generation = readUint16(bytes, 18);
    this.isEnd = (flags & endFlag) !== 0;
    this.#at = headLength;
    this.status = (flags & statusFlag) === 0 ? undefined : this.#readStatus();
    this.description = (flags & descriptionFlag) === 0 ? undefined : this.#take(readUint16(bytes, this.#skip(2)));
  }

  /**
   * Finds the next packet and its `index`.
   *
   * @returns false after the last one
   * @throws {SignalboxError} `bad-message`
   */
  next(): boolean {
    if (this.#left === 0) {
      this.#bytes = noBytes;
      return false;
    }
    const bytes = this.#bytes;
    const at = this.#skip(packetHeadLength);
    const length = readUint16(bytes, at);
    if (length < minPacketLength || length > maxRtpPacketBytes) throw refuse(`a packet in it has ${length} bytes`);
    const start = this.#skip(length);
    if ((bytes[start] as number) >> 6 !== 2) throw refuse("a packet in it is no RTP of version 2");
    this.#left -= 1;
    this.#length = length;
    const distance = ((readUint16(bytes, start + 2) - this.#baseIndex) << 16) >> 16;
    this.index = this.#baseIndex + distance;
    return true;
  }

  /** Copies the packet that `next` found, with its length and the fields of header extensions. */
  read(packet: RtpPacket): void {
    const bytes = this.#bytes;
    const end = this.#at;
    const start = end - this.#length;
    const at = start - packetHeadLength;
    bytes.copy(packet.bytes, 0, start, end);
    packet.byteLength = this.#length;
    const flags = bytes[at + 5] as number;
    packet.audioLevel = (flags & audioLevelFlag) === 0 ? -1 : (bytes[at + 6] as number);
    packet.videoOrientation = (flags & orientationFlag) === 0 ? -1 : (bytes[at + 7] as number);
    const descriptorLength = bytes[at + 4] as number;
    packet.dependencyDescriptorOffset = descriptorLength === 0 ? -1 : readUint16(bytes, at + 2);
    packet.dependencyDescriptorLength = descriptorLength;
  }

  #readStatus(): RelayStatus[] {
    const bytes = this.#bytes;
    const count = bytes[this.#skip(1)] as number;
    if (count > maxRelayLayers) throw refuse(`it tells of ${count} layers, and ${maxRelayLayers} are allowed`);
    const status: RelayStatus[] = [];
    for (let layer = 0; layer < count; layer += 1) {
      const head = bytes[this.#skip(1)] as number;
      const ageMs = readUint16(bytes, this.#skip(2));
      const temporalBitrates: number[] = [];
      for (let i = head & ~reportFlag; i > 0; i -= 1) temporalBitrates.push(readUint32(bytes, this.#skip(4)));
      const hasReport = (head & reportFlag) !== 0;
      const report = hasReport
        ? {
            ntpMs: readNtp(bytes, this.#skip(8)),
            rtpTimestamp: readUint32(bytes, this.#skip(4)),
            ageMs: readUint32(bytes, this.#skip(4)),
          }
        : undefined;
      status.push({ temporalBitrates, ageMs: ageMs === longAgo ? Number.POSITIVE_INFINITY : ageMs, report });
    }
    return status;
  }

  #take(length: number): Uint8Array {
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Goes on by so many bytes, which have to be there. @returns where they begin */
  #skip(length: number): number {
    const at = this.#at;
    if (at + length > this.#bytes.length) throw refuse(`it ends after ${this.#bytes.length} bytes`);
    this.#at = at + length;
    return at;
  }
}

const noBytes = Buffer.alloc(0);

function refuse(why: string): SignalboxError {
  return new SignalboxError("bad-message", `Cannot read a relay message: ${why}`);
}
