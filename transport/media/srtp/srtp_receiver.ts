import { readUint16, readUint32 } from "../rtp/rtp_header.ts";
import { type CipherSuite, createCipherSuite } from "./cipher_suite.ts";
import { encryptedFlag, type LaneCipher, type RtpCipher, rtcpHeaderLength, rtcpIndexLength } from "./packet_cipher.ts";
import { maxPacketBytes } from "./packet_memory.ts";
import { ReplayWindow } from "./replay_window.ts";
import type { SrtpKeys } from "./srtp_keys.ts";

/** Packets that may come late, as retransmissions do: a second and more of video. At least 64 (RFC 3711, 3.3.2). Ours. */
const rtpWindow = 1_024;
/** At least 64 (RFC 3711, 3.3.2). Ours. */
const rtcpWindow = 128;
/** SSRCs whose SRTCP indexes are remembered; of more, those of the one that was silent longest are forgotten. Ours. */
const maxRtcpSources = 256;
/** Of an RTP header (RFC 3550, 5.1). */
const minHeaderLength = 12;
/** Packet indexes that there are (RFC 3711, 3.3.1). */
const maxPackets = 2 ** 48;

/** What is received with one SSRC. */
export interface SrtpReceiveStream {
  /** The packet index that a sequence number most likely stands for (RFC 3711, appendix A); -1 for one that cannot be. */
  estimateIndex(sequenceNumber: number): number;
  /**
   * Verifies a packet, checks it for replay, and only then writes it, decrypted and without its tag, to `out` from 0 on.
   *
   * @param index of `estimateIndex`
   * @returns the length, or -1 for a packet that is forged, truncated or came before, or that `out` is too short for
   */
  unprotect(datagram: Buffer, headerLength: number, index: number, out: Buffer): number;
  /** The ways of its profile to verify several packets together, if it has any. */
  readonly lanes: LaneCipher | undefined;
  /** The first step of `unprotect`: whether the packet may be one that did not come before. */
  admits(datagram: Buffer, headerLength: number, index: number, out: Buffer): boolean;
  /** The last step, of a packet that was admitted, verified and written to `out`. */
  accept(index: number): void;
}

/** Verifies and decrypts all that one side of a DTLS transport receives. */
export class SrtpReceiver {
  readonly #suite: CipherSuite;
  /** By SSRC, the one that was silent longest first. */
  readonly #rtcpWindows = new Map<number, ReplayWindow>();

  /** @throws RangeError when key or salt have the wrong length */
  constructor(keys: SrtpKeys) {
    this.#suite = createCipherSuite(keys);
  }

  /**
   * Once for each SSRC: the caller keeps it, as soon as one of its packets was verified. A second stream knows nothing of what the
   * first one received, and nothing is kept here, so that packets with forged SSRCs use no memory.
   */
  openStream(ssrc: number): SrtpReceiveStream {
    return new CipherReceiveStream(this.#suite.openRtp(ssrc), ssrc);
  }

  /** @returns the plain RTCP packet, or undefined for one that is forged, truncated or came before */
  unprotectRtcp(datagram: Buffer): Buffer | undefined {
    const cipher = this.#suite.rtcp;
    const { length } = datagram;
    if (length < rtcpHeaderLength + rtcpIndexLength + cipher.tagLength || length > maxPacketBytes) return undefined;
    const index = datagram.readUInt32BE(length - cipher.trailerLength - rtcpIndexLength) - encryptedFlag;
    // Who agreed on one of these profiles encrypts (RFC 5764, 4.1.2).
    if (index < 0) return undefined;
    const ssrc = datagram.readUInt32BE(4);
    const window = this.#rtcpWindows.get(ssrc) ?? new ReplayWindow(rtcpWindow);
    if (!window.isNew(index)) return undefined;
    const packet = cipher.open(datagram, ssrc, index);
    if (packet === undefined) return undefined;
    window.add(index);
    this.#keepWindow(ssrc, window);
    return packet;
  }

  #keepWindow(ssrc: number, window: ReplayWindow): void {
    if (!this.#rtcpWindows.delete(ssrc) && this.#rtcpWindows.size >= maxRtcpSources) {
      for (const oldest of this.#rtcpWindows.keys()) {
        this.#rtcpWindows.delete(oldest);
        break;
      }
    }
    this.#rtcpWindows.set(ssrc, window);
  }
}

class CipherReceiveStream implements SrtpReceiveStream {
  readonly #cipher: RtpCipher;
  readonly #ssrc: number;
  readonly #window = new ReplayWindow(rtpWindow);

  constructor(cipher: RtpCipher, ssrc: number) {
    this.#cipher = cipher;
    this.#ssrc = ssrc;
  }

  estimateIndex(sequenceNumber: number): number {
    const highest = this.#window.highest;
    if (highest < 0) return sequenceNumber;
    const distance = (sequenceNumber - highest) & 0xff_ff;
    // At exactly half the way round, the appendix stays with the same rollover counter.
    const isAhead = distance < 0x80_00 || (distance === 0x80_00 && (highest & 0xff_ff) < 0x80_00);
    const index = highest + (isAhead ? distance : distance - 0x1_00_00);
    return index >= 0 && index < maxPackets ? index : -1;
  }

  get lanes(): LaneCipher | undefined {
    return this.#cipher.lanes;
  }

  unprotect(datagram: Buffer, headerLength: number, index: number, out: Buffer): number {
    if (!this.admits(datagram, headerLength, index, out)) return -1;
    if (!this.#cipher.open(datagram, headerLength, index, out)) return -1;
    this.accept(index);
    return datagram.length - this.#cipher.tagLength;
  }

  admits(datagram: Buffer, headerLength: number, index: number, out: Buffer): boolean {
    const length = datagram.length - this.#cipher.tagLength;
    if (headerLength < minHeaderLength || headerLength > length) return false;
    if (length > out.length || datagram.length > maxPacketBytes) return false;
    if (index < 0 || (index & 0xff_ff) !== readUint16(datagram, 2) || readUint32(datagram, 8) !== this.#ssrc)
      return false;
    return this.#window.isNew(index);
  }

  accept(index: number): void {
    this.#window.add(index);
  }
}
