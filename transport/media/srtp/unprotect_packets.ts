import { isCheaperInLanes, signLanes } from "./hmac_key.ts";
import { laneCount } from "./hmac_lanes.ts";
import type { LaneCipher } from "./packet_cipher.ts";
import type { SrtpReceiveStream } from "./srtp_receiver.ts";

/** A packet to be verified and decrypted, as in `SrtpReceiveStream.unprotect`. */
export interface ProtectedPacket {
  readonly stream: SrtpReceiveStream;
  readonly datagram: Buffer;
  readonly headerLength: number;
  readonly index: number;
  /** No two packets share theirs. */
  readonly out: Buffer;
  /** Is set to what `unprotect` returns. */
  length: number;
}

/** Packets that are verified together, at most. */
export const maxTogether = laneCount;

// What is in the lanes; all this is used up in one call.
const packetsInLanes: ProtectedPacket[] = [];
const ciphersInLanes: LaneCipher[] = [];

/**
 * Does what `SrtpReceiveStream.unprotect` does to each packet, in their order: cheaper than one by one, most of all four of about
 * the same length, as a frame of video brings them.
 *
 * @param packets of which the first `count` are meant, at most {@link maxTogether}
 */
export function unprotectPackets(packets: readonly ProtectedPacket[], count: number): void {
  let inLanes = 0;
  let longest = 0;
  for (let i = 0; i < count; i++) {
    const packet = packets[i] as ProtectedPacket;
    const { stream, datagram, headerLength, index, out } = packet;
    const { lanes } = stream;
    packet.length = -1;
    if (lanes === undefined || count === 1) {
      packet.length = stream.unprotect(datagram, headerLength, index, out);
      continue;
    }
    if (!stream.admits(datagram, headerLength, index, out)) continue;
    longest = Math.max(longest, lanes.prepareToOpen(inLanes, datagram, index));
    packetsInLanes[inLanes] = packet;
    ciphersInLanes[inLanes++] = lanes;
  }
  if (inLanes > 0) finish(inLanes, longest);
}

function finish(count: number, longest: number): void {
  const isTogether = isCheaperInLanes(count, longest);
  if (isTogether) signLanes(count, longest);
  for (let lane = 0; lane < count; lane++) {
    const packet = packetsInLanes[lane] as ProtectedPacket;
    const cipher = ciphersInLanes[lane] as LaneCipher;
    const { stream, datagram, headerLength, index, out } = packet;
    const length = datagram.length - cipher.tagLength;
    if (!isTogether) cipher.signLane(lane, length, index);
    // Its like may have been before it in these lanes.
    if (!stream.admits(datagram, headerLength, index, out)) continue;
    if (!cipher.finishOpening(lane, datagram, headerLength, index, out)) continue;
    stream.accept(index);
    packet.length = length;
  }
}
