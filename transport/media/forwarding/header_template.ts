import type { RtpPacket } from "../rtp/rtp_packet.ts";
import type { OutgoingPacket } from "./rtp_outlet.ts";
import type { SentExtensionIds } from "./sent_parameters.ts";

/** RFC 3550, 5.1, without contributing sources. */
const fixedLength = 12;
/** RFC 8285, 4.2 and 4.3: what the block begins with, and the most that an element's head of one byte can say. */
const oneByteProfile = 0xbede;
const twoByteProfile = 0x1000;
const maxOneByteId = 14;
const maxOneByteLength = 16;
/** RFC 8285, 4.3: the length of an element has eight bits. */
const maxElementLength = 255;

// What a header has besides what each one has; together the place of its form in the list of prepared ones.
const midBit = 1;
const orientationBit = 2;
const levelBit = 4;
const descriptorBit = 8;
const longDescriptorBit = 16;
const formCount = 32;

/** A header made ready, with places to fill in. Offsets are from its beginning, -1 for what it does not have. */
interface HeaderForm {
  /** A multiple of 4. */
  readonly bytes: Uint8Array;
  /** Where the elements end and the padding begins. */
  readonly elementsEnd: number;
  readonly isTwoByte: boolean;
  readonly transportSequenceOffset: number;
  readonly sendTimeOffset: number;
  readonly audioLevelOffset: number;
  readonly orientationOffset: number;
}

/** The RTP headers of one SSRC: prepared once for each set of extensions (RFC 8285), then copied and filled in. */
export class HeaderTemplate {
  readonly #ssrc: number;
  readonly #mid: Buffer;
  readonly #ids: SentExtensionIds;
  readonly #orientationBit: number;
  readonly #levelBit: number;
  readonly #hasDescriptor: boolean;
  readonly #forms: (HeaderForm | undefined)[] = Array.from({ length: formCount }, () => undefined);

  constructor(ssrc: number, { mid, extensionIds }: { mid: string; extensionIds: SentExtensionIds }) {
    this.#ssrc = ssrc;
    this.#mid = Buffer.from(mid).subarray(0, maxElementLength);
    this.#ids = extensionIds;
    this.#orientationBit = extensionIds.videoOrientation === undefined ? 0 : orientationBit;
    this.#levelBit = extensionIds.audioLevel === undefined ? 0 : levelBit;
    this.#hasDescriptor = extensionIds.dependencyDescriptor !== undefined;
  }

  /** How long the header for a packet is; a multiple of 4. */
  measure(packet: RtpPacket, hasMid: boolean): number {
    const form = this.#formFor(packet, hasMid);
    if (!this.#hasDescriptorOf(packet)) return form.bytes.length;
    return (form.elementsEnd + (form.isTwoByte ? 2 : 1) + packet.dependencyDescriptorLength + 3) & ~3;
  }

  /**
   * Writes the header at the packet's start, but for payload type, marker, sequence number and timestamp, and sets its length and the
   * places that are the outlet's to fill.
   */
  write(out: OutgoingPacket, packet: RtpPacket, hasMid: boolean): void {
    const form = this.#formFor(packet, hasMid);
    const { buffer, start } = out;
    buffer.set(form.bytes, start);
    if (form.audioLevelOffset >= 0) buffer[start + form.audioLevelOffset] = packet.audioLevel;
    if (form.orientationOffset >= 0) buffer[start + form.orientationOffset] = packet.videoOrientation;
    out.transportSequenceOffset = form.transportSequenceOffset < 0 ? -1 : start + form.transportSequenceOffset;
    out.sendTimeOffset = form.sendTimeOffset < 0 ? -1 : start + form.sendTimeOffset;
    out.headerLength = this.#hasDescriptorOf(packet) ? this.#writeDescriptor(out, packet, form) : form.bytes.length;
  }

  #hasDescriptorOf(packet: RtpPacket): boolean {
    const length = packet.dependencyDescriptorLength;
    return this.#hasDescriptor && packet.dependencyDescriptorOffset >= 0 && length > 0 && length <= maxElementLength;
  }

  #formFor(packet: RtpPacket, hasMid: boolean): HeaderForm {
    let bits = hasMid ? midBit : 0;
    if (packet.videoOrientation >= 0) bits |= this.#orientationBit;
    if (packet.audioLevel >= 0) bits |= this.#levelBit;
    if (this.#hasDescriptorOf(packet)) {
      bits |= packet.dependencyDescriptorLength > maxOneByteLength ? longDescriptorBit : descriptorBit;
    }
    return this.#forms[bits] ?? this.#prepare(bits);
  }

  #writeDescriptor(out: OutgoingPacket, packet: RtpPacket, form: HeaderForm): number {
    const { buffer, start } = out;
    const { bytes, dependencyDescriptorOffset: from, dependencyDescriptorLength: length } = packet;
    const id = this.#ids.dependencyDescriptor ?? 0;
    let at = start + form.elementsEnd;
    if (form.isTwoByte) {
      buffer[at] = id;
      buffer[at + 1] = length;
      at += 2;
    } else {
      buffer[at] = (id << 4) | (length - 1);
      at += 1;
    }
    for (let offset = 0; offset < length; offset += 1) buffer[at + offset] = bytes[from + offset] as number;
    at += length;
    while (((at - start) & 3) !== 0) {
      buffer[at] = 0;
      at += 1;
    }
    const words = (at - start - fixedLength - 4) >> 2;
    buffer[start + fixedLength + 2] = words >> 8;
    buffer[start + fixedLength + 3] = words;
    return at - start;
  }

  #prepare(bits: number): HeaderForm {
    const form = prepareForm(this.#ssrc, this.#elementsOf(bits), (bits & (descriptorBit | longDescriptorBit)) !== 0, {
      isTwoByte: (bits & longDescriptorBit) !== 0 || !this.#fitsOneByte(bits),
    });
    this.#forms[bits] = form;
    return form;
  }

  #elementsOf(bits: number): Elements {
    const { mid, transportSequenceNumber, absSendTime, audioLevel, videoOrientation } = this.#ids;
    return {
      transportSequence: { id: transportSequenceNumber, value: Buffer.alloc(2) },
      sendTime: { id: absSendTime, value: Buffer.alloc(3) },
      audioLevel: { id: (bits & levelBit) === 0 ? undefined : audioLevel, value: Buffer.alloc(1) },
      orientation: { id: (bits & orientationBit) === 0 ? undefined : videoOrientation, value: Buffer.alloc(1) },
      mid: { id: (bits & midBit) === 0 || this.#mid.length === 0 ? undefined : mid, value: this.#mid },
    };
  }

  #fitsOneByte(bits: number): boolean {
    const used = Object.values(this.#elementsOf(bits)).filter(({ id }) => id !== undefined);
    const descriptorId = (bits & descriptorBit) === 0 ? 0 : (this.#ids.dependencyDescriptor ?? 0);
    return (
      descriptorId <= maxOneByteId &&
      used.every(({ id, value }) => (id ?? 0) <= maxOneByteId && value.length <= maxOneByteLength)
    );
  }
}

interface Element {
  readonly id: number | undefined;
  readonly value: Buffer;
}
type ElementName = "transportSequence" | "sendTime" | "audioLevel" | "orientation" | "mid";
type Elements = Readonly<Record<ElementName, Element>>;

function prepareForm(
  ssrc: number,
  elements: Elements,
  hasDescriptor: boolean,
  { isTwoByte }: { isTwoByte: boolean },
): HeaderForm {
  const bytes: number[] = [
    0x80,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    ssrc >>> 24,
    (ssrc >>> 16) & 0xff,
    (ssrc >>> 8) & 0xff,
    ssrc & 0xff,
  ];
  const profile = isTwoByte ? twoByteProfile : oneByteProfile;
  const extension: number[] = [profile >> 8, profile & 0xff, 0, 0];
  const append = ({ id, value }: Element): number => {
    if (id === undefined) return -1;
    extension.push(...(isTwoByte ? [id, value.length] : [(id << 4) | (value.length - 1)]), ...value);
    return fixedLength + extension.length - value.length;
  };
  const transportSequenceOffset = append(elements.transportSequence);
  const sendTimeOffset = append(elements.sendTime);
  const audioLevelOffset = append(elements.audioLevel);
  const orientationOffset = append(elements.orientation);
  append(elements.mid);
  const elementsEnd = fixedLength + extension.length;
  if (extension.length > 4 || hasDescriptor) {
    while (extension.length % 4 !== 0) extension.push(0);
    const words = extension.length / 4 - 1;
    extension[2] = words >> 8;
    extension[3] = words & 0xff;
    bytes[0] = 0x90;
    bytes.push(...extension);
  }
  return {
    bytes: Uint8Array.from(bytes),
    elementsEnd,
    isTwoByte,
    transportSequenceOffset,
    sendTimeOffset,
    audioLevelOffset,
    orientationOffset,
  };
}
