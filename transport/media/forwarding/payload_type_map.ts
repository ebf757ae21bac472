import type { MediaSource, RtpCodec } from "./media_source.ts";

/** A payload type has seven bits (RFC 3550, 5.1). */
const payloadTypes = 128;
const notLookedUp = -2;
const notAgreed = -1;

/** What carries packets of other payload types or numbers within, and would be wrong under new ones. */
const wrappers = new Set(["rtx", "red", "ulpfec", "flexfec", "flexfec-03"]);

/** Finds a source's payload types those of the client's that stand for the same codec. */
export class PayloadTypeMap {
  readonly #source: MediaSource;
  #codecs: readonly RtpCodec[] = [];
  /** By the client's payload types. */
  readonly #rtx = new Int16Array(payloadTypes).fill(notAgreed);
  readonly #sent = new Int16Array(payloadTypes).fill(notLookedUp);

  constructor(source: MediaSource) {
    this.#source = source;
  }

  configure(codecs: readonly RtpCodec[], rtxPayloadTypes: ReadonlyMap<number, number>): void {
    this.#codecs = codecs;
    this.#rtx.fill(notAgreed);
    for (const [payloadType, rtxPayloadType] of rtxPayloadTypes) this.#rtx[payloadType] = rtxPayloadType;
    this.#sent.fill(notLookedUp);
  }

  /** The source's payload types may stand for other codecs from now on. */
  forget(): void {
    this.#sent.fill(notLookedUp);
  }

  /** The client's payload type for one of the source's; -1 when it takes no such codec. */
  find(payloadType: number): number {
    const sent = this.#sent[payloadType] as number;
    return sent === notLookedUp ? this.#lookUp(payloadType) : sent;
  }

  /** The one of retransmissions of a payload type of the client's; -1 without. */
  findRtx(sentPayloadType: number): number {
    return this.#rtx[sentPayloadType] ?? notAgreed;
  }

  #lookUp(payloadType: number): number {
    const codec = this.#source.findCodec(payloadType);
    // The source may learn of it later.
    if (codec === undefined) return notAgreed;
    const sent = this.#codecs.find((candidate) => isSameCodec(codec, candidate))?.payloadType ?? notAgreed;
    this.#sent[payloadType] = sent;
    return sent;
  }
}

/** Whether packets of the one can be decoded as the other (RFC 6184, 8.2.2; RFC 9628, 6.2; AV1 RTP specification, 7.2.3). */
function isSameCodec(one: RtpCodec, other: RtpCodec): boolean {
  const mimeType = one.mimeType.toLowerCase();
  if (mimeType !== other.mimeType.toLowerCase() || one.clockRate !== other.clockRate) return false;
  const name = mimeType.slice(mimeType.indexOf("/") + 1);
  if (wrappers.has(name)) return false;
  switch (name) {
    case "h264":
      return h264Profile(one) === h264Profile(other) && isSameParameter("packetization-mode", "0", one, other);
    case "vp9":
      return isSameParameter("profile-id", "0", one, other);
    case "av1":
      return isSameParameter("profile", "0", one, other);
    default:
      return true;
  }
}

function isSameParameter(name: string, byDefault: string, one: RtpCodec, other: RtpCodec): boolean {
  return (findParameter(one, name) ?? byDefault) === (findParameter(other, name) ?? byDefault);
}

/** A value of `a=fmtp`: `name=value`, separated by semicolons. */
function findParameter(codec: RtpCodec, name: string): string | undefined {
  for (const parameter of codec.parameters.split(";")) {
    const [key, value] = parameter.split("=", 2);
    if (key?.trim().toLowerCase() === name) return value?.trim().toLowerCase();
  }
  return undefined;
}

/** The constraints by which `profile_iop` tells profiles apart that share a `profile_idc` (RFC 6184, 8.1, table 5). */
const h264Profiles: readonly (readonly [idc: number, mask: number, iop: number, name: string])[] = [
  [0x42, 0x4f, 0x40, "constrained baseline"],
  [0x4d, 0x8f, 0x80, "constrained baseline"],
  [0x58, 0xcf, 0xc0, "constrained baseline"],
  [0x42, 0x4f, 0x00, "baseline"],
  [0x58, 0xcf, 0x80, "baseline"],
  [0x4d, 0xaf, 0x00, "main"],
  [0x64, 0xff, 0x00, "high"],
  [0x64, 0xff, 0x0c, "constrained high"],
];

/** What a stream of the codec may use; the level, the last two digits, is no matter of forwarding. Default: RFC 6184, 8.1. */
function h264Profile(codec: RtpCodec): string {
  const id = findParameter(codec, "profile-level-id") ?? "420010";
  const [idc, iop] = [Number.parseInt(id.slice(0, 2), 16), Number.parseInt(id.slice(2, 4), 16)];
  const profile = h264Profiles.find(([itsIdc, mask, itsIop]) => itsIdc === idc && (iop & mask) === itsIop);
  return profile?.[3] ?? id.slice(0, 4);
}
