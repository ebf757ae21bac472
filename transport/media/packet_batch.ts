import type { OutgoingPacket } from "./forwarding/rtp_outlet.ts";
import { maxRtpPacketBytes } from "./rtp/rtp_packet.ts";
import { protectPackets } from "./srtp/protect_packets.ts";
import { srtpTailroom } from "./srtp/srtp_keys.ts";
import type { SrtpSendStream } from "./srtp/srtp_sender.ts";

/** Room in front: a packet that came with a longer header than it leaves with is copied whole, its header reaching in here. Ours. */
const frontMargin = 64;
/** What headers of ours may need above those of the packet that came. Ours. */
const headerMargin = 256;
const packetBytes = frontMargin + headerMargin + maxRtpPacketBytes + srtpTailroom;
/** Packets that wait for each other at most. Ours: 115 kB, which stay in a core's cache. */
const maxPackets = 64;

/** Where a protected packet goes. */
export interface PacketDestination {
  /** @returns true when the buffer is still needed afterwards */
  sendProtected(buffer: Buffer, start: number, end: number): boolean;
}

/**
 * The packets that one turn of the event loop makes, protected together, as that costs half of one by one, and sent in their order
 * at the end of the turn, or before as soon as there are many. One for a process: it is full the sooner.
 */
export class PacketBatch {
  readonly #packets: OutgoingPacket[];
  readonly #streams: SrtpSendStream[] = [];
  readonly #destinations: PacketDestination[] = [];
  readonly #flush = (): void => this.flush();
  #count = 0;
  #isScheduled = false;

  constructor() {
    const bytes = Buffer.allocUnsafeSlow(maxPackets * packetBytes);
    this.#packets = Array.from({ length: maxPackets }, (_, index) => ({
      buffer: bytes.subarray(index * packetBytes, (index + 1) * packetBytes),
      start: frontMargin,
      headerLength: 0,
      end: 0,
      index: 0,
      transportSequenceOffset: -1,
      sendTimeOffset: -1,
    }));
  }

  /** The next packet to fill, which counts once it is added. */
  take(): OutgoingPacket {
    const packet = this.#packets[this.#count] as OutgoingPacket;
    packet.start = frontMargin;
    packet.transportSequenceOffset = -1;
    packet.sendTimeOffset = -1;
    return packet;
  }

  /** The packet that was taken last is ready. */
  add(stream: SrtpSendStream, destination: PacketDestination): void {
    this.#streams[this.#count] = stream;
    this.#destinations[this.#count] = destination;
    this.#count += 1;
    if (this.#count === maxPackets) this.flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(this.#flush);
    }
  }

  /** Sends what there is. */
  flush(): void {
    const count = this.#count;
    this.#isScheduled = false;
    this.#count = 0;
    protectPackets(this.#packets, this.#streams, count);
    for (let i = 0; i < count; i += 1) {
      const packet = this.#packets[i] as OutgoingPacket;
      const isKept = (this.#destinations[i] as PacketDestination).sendProtected(
        packet.buffer,
        packet.start,
        packet.end,
      );
      if (isKept) packet.buffer = Buffer.allocUnsafeSlow(packetBytes);
    }
  }
}
