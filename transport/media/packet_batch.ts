import { datagramCalls, type PlacedPacket } from "./datagram_calls.ts";
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
  /**
   * Sends packets, in their order. A buffer that it still needs afterwards it replaces: `giveBufferAway`.
   *
   * @param packets of which `count` are meant, from `first` on
   */
  sendProtected(packets: readonly PlacedPacket[], first: number, count: number): void;
}

/**
 * The packets that one turn of the event loop makes, protected together, as that costs half of one by one, and sent in their order
 * at the end of the turn, or before as soon as there are many. One for a process: it is full the sooner.
 */
export class PacketBatch {
  readonly #packets: readonly PlacedPacket[];
  readonly #streams: SrtpSendStream[] = [];
  readonly #destinations: PacketDestination[] = [];
  readonly #flush = (): void => {
    this.#isScheduled = false;
    this.flush();
  };
  #count = 0;
  #isScheduled = false;
  #isGathering = false;

  constructor() {
    const bytes = Buffer.allocUnsafeSlow(maxPackets * packetBytes);
    const address = datagramCalls?.addressOf(bytes) ?? 0;
    this.#packets = Array.from({ length: maxPackets }, (_, index) => ({
      buffer: bytes.subarray(index * packetBytes, (index + 1) * packetBytes),
      address: address + index * packetBytes,
      start: frontMargin,
      headerLength: 0,
      end: 0,
      index: 0,
      transportSequenceOffset: -1,
      sendTimeOffset: -1,
    }));
  }

  /** The next packet to fill, which counts once it is added. */
  take(): PlacedPacket {
    const packet = this.#packets[this.#count] as PlacedPacket;
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
    else if (!this.#isScheduled && !this.#isGathering) {
      this.#isScheduled = true;
      setImmediate(this.#flush);
    }
  }

  /** Sends what a piece of work makes at its end, rather than at the end of the turn. */
  gather(work: () => void): void {
    this.#isGathering = true;
    try {
      work();
    } finally {
      this.#isGathering = false;
      this.flush();
    }
  }

  /** Sends what there is. */
  flush(): void {
    const count = this.#count;
    this.#count = 0;
    protectPackets(this.#packets, this.#streams, count);
    for (let first = 0; first < count; ) {
      const destination = this.#destinations[first] as PacketDestination;
      let next = first + 1;
      while (next < count && this.#destinations[next] === destination) next += 1;
      destination.sendProtected(this.#packets, first, next - first);
      first = next;
    }
  }
}

/** The buffer of a packet is somebody else's from now on; it gets a new one. */
export function giveBufferAway(packet: PlacedPacket): void {
  packet.buffer = Buffer.allocUnsafeSlow(packet.buffer.length);
  packet.address = datagramCalls?.addressOf(packet.buffer) ?? 0;
}

/** Those of all transports of this process. */
export const departures = new PacketBatch();
