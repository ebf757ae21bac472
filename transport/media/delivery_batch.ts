import type { ReceivedTrack } from "./forwarding/received_track.ts";
import type { RtpPacket } from "./rtp/rtp_packet.ts";

/** Packets that wait for each other at most. Ours: as many as come in one batch of arrivals. */
const maxPackets = 64;

/**
 * Verified packets on their way to subscribers, handed on track by track: each subscriber gets those of a turn one after another, and
 * so they leave one after another, too, and go by one system call.
 */
export class DeliveryBatch {
  readonly #tracks: (ReceivedTrack | undefined)[] = [];
  readonly #packets: RtpPacket[] = [];
  readonly #layers: number[] = [];
  readonly #trackPackets: RtpPacket[] = [];
  readonly #trackLayers: number[] = [];

  add(track: ReceivedTrack, packet: RtpPacket, layer: number): void {
    if (this.#packets.length === maxPackets) this.flush();
    packet.isWaiting = true;
    this.#tracks.push(track);
    this.#packets.push(packet);
    this.#layers.push(layer);
  }

  /** Hands on what there is; those of one track in their order. */
  flush(): void {
    const count = this.#packets.length;
    try {
      for (let i = 0; i < count; i += 1) {
        const track = this.#tracks[i];
        if (track !== undefined) this.#deliver(track, i);
      }
    } finally {
      for (const packet of this.#packets) packet.isWaiting = false;
      this.#tracks.length = 0;
      this.#packets.length = 0;
      this.#layers.length = 0;
    }
  }

  #deliver(track: ReceivedTrack, first: number): void {
    const packets = this.#trackPackets;
    const layers = this.#trackLayers;
    for (let i = first; i < this.#packets.length; i += 1) {
      if (this.#tracks[i] !== track) continue;
      this.#tracks[i] = undefined;
      packets.push(this.#packets[i] as RtpPacket);
      layers.push(this.#layers[i] as number);
    }
    track.deliver(packets, layers);
    // Whatever a track does with them, the next one gets its own only: `deliver` does not throw.
    packets.length = 0;
    layers.length = 0;
  }
}
