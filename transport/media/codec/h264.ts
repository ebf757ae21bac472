import type { RtpPacket } from "../rtp/rtp_packet.ts";
import { clearPayloadFields } from "./clear_payload_fields.ts";
import { FrameTracker } from "./frame_tracker.ts";

// NAL unit types (RFC 6184, 5.2; ITU-T H.264, table 7-1).
const idr = 5;
const sequenceParameterSet = 7;
const accessUnitDelimiter = 9;
const lastSingleUnit = 23;
const stapA = 24;
const fuA = 28;

const typeMask = 0x1f;
const fragmentStartBit = 0x80;

const idrBit = 1 << idr;
const parameterSetBit = 1 << sequenceParameterSet;
const firstUnitBits = parameterSetBit | (1 << accessUnitDelimiter);

/**
 * Reads the payloads of an H.264 stream in packetization mode 0 or 1 (RFC 6184): single NAL units, STAP-A and FU-A. Others say
 * nothing.
 *
 * A keyframe starts with its parameter sets, in its first packet that has some; with its IDR picture only where nothing of the frame
 * is missing before that, since a decoder cannot start from one whose parameter sets were lost.
 */
export class H264Inspector {
  readonly #tracker = new FrameTracker();
  /** Everything of the frame came so far, in order. */
  #isFrameWhole = false;
  #hasKeyframeStarted = false;

  /** Fills the payload fields of the stream's next packet. */
  inspect(packet: RtpPacket): void {
    clearPayloadFields(packet);
    const tracker = this.#tracker;
    tracker.observe(packet);
    if (packet.payloadLength === 0) return;
    const units = findStartedUnits(packet);
    if (tracker.isLate) {
      packet.isFrameStart = (units & firstUnitBits) !== 0;
      packet.isKeyframeStart = (units & parameterSetBit) !== 0;
      return;
    }
    if (tracker.isNewTimestamp) {
      this.#isFrameWhole = tracker.followsLast;
      this.#hasKeyframeStarted = false;
      packet.isFrameStart = tracker.followsLast ? units !== 0 : (units & firstUnitBits) !== 0;
    } else if (!tracker.followsLast) this.#isFrameWhole = false;
    if (this.#hasKeyframeStarted) return;
    const starts = this.#isFrameWhole ? parameterSetBit | idrBit : parameterSetBit;
    packet.isKeyframeStart = (units & starts) !== 0;
    this.#hasKeyframeStarted = packet.isKeyframeStart;
  }
}

/** A bit for each type of NAL unit that begins in the packet. */
function findStartedUnits(packet: RtpPacket): number {
  const { bytes, payloadOffset } = packet;
  const end = payloadOffset + packet.payloadLength;
  const type = (bytes[payloadOffset] as number) & typeMask;
  if (type === stapA) return findAggregatedUnits(bytes, payloadOffset + 1, end);
  if (type === fuA) {
    if (packet.payloadLength < 2) return 0;
    const header = bytes[payloadOffset + 1] as number;
    return (header & fragmentStartBit) === 0 ? 0 : 1 << (header & typeMask);
  }
  return type === 0 || type > lastSingleUnit ? 0 : 1 << type;
}

/** The units of a STAP-A (RFC 6184, 5.7.1), as far as they fit. */
function findAggregatedUnits(bytes: Buffer, start: number, end: number): number {
  let units = 0;
  let at = start;
  while (at + 2 < end) {
    const size = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    if (size === 0 || at + 2 + size > end) return units;
    units |= 1 << ((bytes[at + 2] as number) & typeMask);
    at += 2 + size;
  }
  return units;
}
