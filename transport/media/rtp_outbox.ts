import type { PlacedPacket } from "./datagram_calls.ts";
import type { OutgoingPacket, RtpOutlet } from "./forwarding/rtp_outlet.ts";
import type { MediaPath } from "./media_path.ts";
import { departures, type PacketDestination } from "./packet_batch.ts";
import type { SrtpSender, SrtpSendStream } from "./srtp/srtp_sender.ts";

export interface RtpOutboxOptions {
  /** Where the datagrams go. */
  readonly path: Pick<MediaPath, "send" | "sendAll">;
  /** Told of each packet, with its transport-wide sequence number or -1. */
  readonly noteSent: (sequenceNumber: number, bytes: number, nowMs: number) => void;
}

/** Numbers, protects and sends the packets of one transport. */
export class RtpOutbox implements RtpOutlet, PacketDestination {
  readonly #options: RtpOutboxOptions;
  #srtp: SrtpSender | undefined;
  #transportSequence = 0;

  constructor(options: RtpOutboxOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#srtp !== undefined;
  }

  open(srtp: SrtpSender): void {
    this.#srtp = srtp;
  }

  close(): void {
    this.#srtp = undefined;
  }

  openStream(ssrc: number): SrtpSendStream {
    if (this.#srtp === undefined) throw new Error(`Cannot send SSRC ${ssrc}: the transport is not open`);
    return this.#srtp.openStream(ssrc);
  }

  takePacket(): OutgoingPacket {
    return departures.take();
  }

  send(packet: OutgoingPacket, stream: SrtpSendStream): void {
    if (this.#srtp === undefined) return;
    const { buffer, start, transportSequenceOffset, sendTimeOffset } = packet;
    const nowMs = performance.now();
    if (sendTimeOffset !== -1) {
      // 24 bits: seconds modulo 64, 18 bits of them behind the point.
      const time = Math.round(nowMs * 262.144) & 0xff_ffff;
      buffer[sendTimeOffset] = time >> 16;
      buffer[sendTimeOffset + 1] = time >> 8;
      buffer[sendTimeOffset + 2] = time;
    }
    let sequence = -1;
    if (transportSequenceOffset !== -1) {
      sequence = this.#transportSequence;
      this.#transportSequence = (sequence + 1) & 0xffff;
      buffer[transportSequenceOffset] = sequence >> 8;
      buffer[transportSequenceOffset + 1] = sequence;
    }
    this.#options.noteSent(sequence, packet.end - start, nowMs);
    departures.add(stream, this);
  }

  sendProtected(packets: readonly PlacedPacket[], first: number, count: number): void {
    if (this.#srtp !== undefined) this.#options.path.sendAll(packets, first, count);
  }

  sendRtcp(packet: Buffer): void {
    const datagram = this.#srtp?.protectRtcp(packet);
    // Nothing is left to be sent under a key that was used up.
    if (datagram !== undefined && datagram.length > 0) this.#options.path.send(datagram, 0, datagram.length);
  }
}
