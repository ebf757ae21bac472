import { CounterModeRtp, finishLane } from "./counter_mode_rtp.ts";
import { isCheaperInLanes, signLanes } from "./hmac_key.ts";
import { laneCount } from "./hmac_lanes.ts";
import type { SrtpSendStream } from "./srtp_sender.ts";

/** A packet to be protected in place, as in `SrtpSendStream.protect`. */
export interface UnprotectedPacket {
  readonly buffer: Buffer;
  readonly start: number;
  readonly headerLength: number;
  /** Is set to the end of the protected packet. */
  end: number;
  readonly index: number;
}

// What is in the lanes; all this is used up in one call.
const packetsInLanes: UnprotectedPacket[] = [];
const streamsInLanes: CounterModeRtp[] = [];

/**
 * Protects packets of any streams, in their order: cheaper than one by one, most of all four or a multiple of it of about
 * the same length, as one received packet becomes for its subscribers.
 *
 * @param packets of which the first `count` are protected, each with bytes of its own
 * @param streams the stream of each packet
 */
export function protectPackets(
  packets: readonly UnprotectedPacket[],
  streams: readonly SrtpSendStream[],
  count: number,
): void {
  let inLanes = 0;
  let longest = 0;
  for (let i = 0; i < count; i++) {
    const packet = packets[i] as UnprotectedPacket;
    const stream = streams[i] as SrtpSendStream;
    const { buffer, start, headerLength, end, index } = packet;
    if (!(stream instanceof CounterModeRtp)) {
      packet.end = stream.protect(buffer, start, headerLength, end, index);
      continue;
    }
    const blocks = stream.prepareLane(inLanes, buffer, start, headerLength, end, index);
    if (blocks > longest) longest = blocks;
    packetsInLanes[inLanes] = packet;
    streamsInLanes[inLanes++] = stream;
    if (inLanes < laneCount) continue;
    finish(inLanes, longest);
    inLanes = 0;
    longest = 0;
  }
  if (inLanes > 0) finish(inLanes, longest);
}

function finish(count: number, longest: number): void {
  const isTogether = isCheaperInLanes(count, longest);
  if (isTogether) signLanes(count, longest);
  for (let lane = 0; lane < count; lane++) {
    const packet = packetsInLanes[lane] as UnprotectedPacket;
    const { buffer, start, headerLength, end, index } = packet;
    if (!isTogether) (streamsInLanes[lane] as CounterModeRtp).signLane(lane, end - start, index);
    packet.end = finishLane(lane, buffer, start, headerLength, end);
  }
}
