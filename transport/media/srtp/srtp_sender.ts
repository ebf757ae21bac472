import { type CipherSuite, createCipherSuite } from "./cipher_suite.ts";
import { rtcpHeaderLength } from "./packet_cipher.ts";
import { maxPacketBytes } from "./packet_memory.ts";
import type { SrtpKeys } from "./srtp_keys.ts";

/** SRTCP packets that one key may protect (RFC 3711, 9.2). */
const maxRtcpPackets = 2 ** 31;
/** Bytes by which an RTCP packet grows, at most: a tag and the index. */
const maxRtcpGrowth = 20;

/** What is sent with one SSRC. */
export interface SrtpSendStream {
  /**
   * Encrypts and authenticates an RTP packet in place (RFC 3711, 3.3). Needs `srtpTailroom` behind it.
   *
   * @param index the packet index: the sequence number, counted on past 65,535. Never the same one twice; without GCM, twice
   *   for the very same payload (RFC 3711, 9.1; RFC 7714, 10.1)
   * @returns the end of the protected packet
   * @throws RangeError when the packet fits no datagram
   */
  protect(buffer: Buffer, start: number, headerLength: number, end: number, index: number): number;
}

/** Protects all that one side of a DTLS transport sends. */
export class SrtpSender {
  readonly #suite: CipherSuite;
  // One for all SSRCs: a receiver that counts for each SSRC sees it rise as well.
  #rtcpIndex: number;

  /**
   * @param firstRtcpIndex for tests
   * @throws RangeError when key or salt have the wrong length
   */
  constructor(keys: SrtpKeys, firstRtcpIndex = 1) {
    this.#suite = createCipherSuite(keys);
    this.#rtcpIndex = firstRtcpIndex;
  }

  /** Once for each SSRC: the caller keeps it. Several packets at once are cheaper with `protectPackets`. */
  openStream(ssrc: number): SrtpSendStream {
    return this.#suite.openRtp(ssrc);
  }

  /**
   * @returns a new buffer that holds the SRTCP packet (RFC 3711, 3.4); an empty one for what is no RTCP packet or fits no
   *   datagram, and when the key is used up, after 2,147,483,647 packets
   */
  protectRtcp(packet: Uint8Array): Buffer {
    const isPacket = packet.length >= rtcpHeaderLength && packet.length <= maxPacketBytes - maxRtcpGrowth;
    if (!isPacket || this.#rtcpIndex >= maxRtcpPackets) return Buffer.alloc(0);
    const ssrc = new DataView(packet.buffer, packet.byteOffset).getUint32(4);
    return this.#suite.rtcp.seal(packet, ssrc, this.#rtcpIndex++);
  }
}
