import type { SrtpSendStream } from "./srtp_sender.ts";

/** How a profile protects the RTP packets of one SSRC; in one direction only, since the two have different keys. */
export interface RtpCipher extends SrtpSendStream {
  /** Bytes that a packet grows by. */
  readonly tagLength: number;
  /**
   * Writes a decrypted packet, without its tag, to `out`.
   *
   * @param packet with a header of `headerLength` and a tag behind it, at least; `out` is as long as it without the tag
   * @returns false, with `out` as it was, if the tag is not that of the packet
   */
  open(packet: Buffer, headerLength: number, index: number, out: Buffer): boolean;
  /** Where tags of several packets can be computed together. */
  readonly lanes?: LaneCipher;
}

/** The steps of `RtpCipher.open`, between which `signLanes` computes the tags of all lanes. */
export interface LaneCipher {
  readonly tagLength: number;
  /** Copies a packet into a lane. @returns the blocks of its message */
  prepareToOpen(lane: number, packet: Buffer, index: number): number;
  /** Signs the packet in a lane alone, whether it was prepared or not. */
  signLane(lane: number, length: number, index: number): void;
  /** As `RtpCipher.open`, of a packet that was signed in its lane. */
  finishOpening(lane: number, packet: Buffer, headerLength: number, index: number, out: Buffer): boolean;
}

/** How a profile protects the RTCP packets of all SSRCs. */
export interface RtcpCipher {
  readonly tagLength: number;
  /** Bytes behind the index: the tag, or nothing where the tag comes before it. */
  readonly trailerLength: number;
  /** @returns the SRTCP packet, encrypted, with its index and tag (RFC 3711, 3.4; RFC 7714, 9.3) */
  seal(packet: Uint8Array, ssrc: number, index: number): Buffer;
  /** @returns the RTCP packet, or undefined if the tag is not that of the packet */
  open(packet: Buffer, ssrc: number, index: number): Buffer | undefined;
}

/** What says that an SRTCP packet is encrypted, beside its 31 bits of index (RFC 3711, 3.4). */
export const encryptedFlag = 0x80_00_00_00;
/** Length of the word that holds both. */
export const rtcpIndexLength = 4;
/** Length of the part of an RTCP packet that stays readable: the first header and the SSRC of the sender (RFC 3711, 3.4). */
export const rtcpHeaderLength = 8;
