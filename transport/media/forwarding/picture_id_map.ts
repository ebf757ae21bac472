import type { RtpPacket } from "../rtp/rtp_packet.ts";

/** So many pictures back a late packet still finds its picture id. Ours. A power of two, over the 64 that 7 bits can tell apart. */
const maxLatePictures = 128;

/**
 * Keeps the picture ids (RFC 7741, 4.2; RFC 9628, 4.2) and TL0PICIDX of what is sent continuous, across layers and left out
 * pictures. They are passed on as they are until something else is needed.
 */
export class PictureIdMap {
  /** What `map` found for its packet: the picture id, not yet cut to its bits, or -1. */
  pictureId = -1;
  /** The TL0PICIDX for it, or -1. */
  tl0PictureIndex = -1;
  #highestSource = -1;
  #highestSent = -1;
  #tl0Offset = 0;
  #lastTl0 = -1;
  /** The layer's ids go on from those of another one. */
  #isJoining = false;
  /** For each of the last pictures of the source its id; -1 for one that was left out. */
  readonly #sent = new Int32Array(maxLatePictures).fill(-1);

  /** The next packet is the first of a keyframe, of another layer than before. */
  begin(): void {
    this.#isJoining = this.#highestSent >= 0;
  }

  /**
   * Finds the numbers for a packet that is sent.
   *
   * @param isNew it is no late one
   * @returns false when the rest of its picture was left out
   */
  map(packet: RtpPacket, isNew: boolean): boolean {
    if (packet.pictureIdOffset < 0) {
      this.pictureId = -1;
      this.tl0PictureIndex = packet.tl0PictureIndexOffset < 0 ? -1 : this.#mapTl0(packet.tl0PictureIndex, isNew);
      this.#isJoining = false;
      return true;
    }
    const distance = this.#distanceTo(packet);
    if (isNew && packet.isKeyframeStart && this.#highestSource >= 0 && (this.#isJoining || distance < 0)) {
      this.#join(packet);
    } else if (distance > 0) {
      this.#advance(distance);
      this.#highestSent += 1;
      this.#sent[this.#highestSource & (maxLatePictures - 1)] = this.#highestSent;
    }
    this.pictureId = this.#sentFor(packet);
    this.tl0PictureIndex = packet.tl0PictureIndexOffset < 0 ? -1 : this.#mapTl0(packet.tl0PictureIndex, isNew);
    return this.pictureId >= 0;
  }

  /** Leaves the picture of a packet out: those after it close ranks. Only for VP8, where no other picture refers to it by its id. */
  skip(packet: RtpPacket): void {
    if (packet.pictureIdOffset < 0) return;
    const distance = this.#distanceTo(packet);
    if (distance <= 0) return;
    this.#advance(distance);
    this.#sent[this.#highestSource & (maxLatePictures - 1)] = -1;
  }

  /** How many pictures after the newest one, by as many bits as the packet has. */
  #distanceTo(packet: RtpPacket): number {
    if (this.#highestSource < 0) {
      // The first one is passed on as it is.
      this.#highestSource = packet.pictureId - 1 + 0x8000;
      this.#highestSent = this.#highestSource;
      return 1;
    }
    const shift = 32 - packet.pictureIdBits;
    return ((packet.pictureId - this.#highestSource) << shift) >> shift;
  }

  /** Goes on by `distance` pictures; those between, which are missing, keep their ids. */
  #advance(distance: number): void {
    const first = Math.max(1, distance - maxLatePictures);
    for (let step = first; step < distance; step += 1) {
      this.#sent[(this.#highestSource + step) & (maxLatePictures - 1)] = this.#highestSent + step;
    }
    this.#highestSource += distance;
    this.#highestSent += distance - 1;
  }

  #join(packet: RtpPacket): void {
    this.#isJoining = false;
    this.#sent.fill(-1);
    this.#highestSource = packet.pictureId + 0x8000;
    this.#highestSent += 1;
    this.#sent[this.#highestSource & (maxLatePictures - 1)] = this.#highestSent;
    if (packet.tl0PictureIndexOffset >= 0 && this.#lastTl0 >= 0) {
      this.#tl0Offset = this.#lastTl0 + 1 - packet.tl0PictureIndex;
    }
  }

  #sentFor(packet: RtpPacket): number {
    const distance = this.#distanceTo(packet);
    // Too old to know, or begun anew by a keyframe whose first packet is missing: at the distance that it has.
    if (distance <= -maxLatePictures) return (this.#highestSent + distance) & 0x7fff;
    return this.#sent[(this.#highestSource + distance) & (maxLatePictures - 1)] as number;
  }

  #mapTl0(index: number, isNew: boolean): number {
    const mapped = (index + this.#tl0Offset) & 0xff;
    if (isNew) this.#lastTl0 = mapped;
    return mapped;
  }
}
