import { RTCRtpCodecParameters, RTCRtpHeaderExtensionParameters, type RTCRtpTransceiver } from "werift";
import { makeCodecs, makeHeaderExtensions } from "./codecs.ts";

/** Dynamic payload types, those that everybody knows first (RFC 3551, 6; RFC 5761, 4 keeps 64 to 95 free for RTCP). */
const dynamicPayloadTypes = [...numbers(96, 127), ...numbers(35, 63)];
/** Identifiers that one-byte header extensions can have (RFC 8285, 4.2). */
const extensionIds = numbers(1, 14);

/**
 * Gives a new section of this side's offer the numbers that its BUNDLE group uses already: one payload type means one codec and
 * one identifier one header extension in all of its sections (RFC 8843, 9.1 and 9.2). werift would number from the start again.
 */
export function matchOfferParameters(transceivers: readonly RTCRtpTransceiver[]): void {
  const negotiated = transceivers.filter(({ mid, stopped }) => mid !== null && !stopped);
  const ids = new Map(negotiated.flatMap(({ headerExtensions }) => headerExtensions).map(({ uri, id }) => [uri, id]));
  const known = new Map(negotiated.flatMap(({ codecs }) => codecs).map((codec) => [codec.payloadType, codec]));
  for (const transceiver of transceivers) {
    if (transceiver.mid !== null || transceiver.stopped) continue;
    const kind = transceiver.kind as "audio" | "video";
    transceiver.codecs = matchCodecs(makeCodecs()[kind], known);
    transceiver.headerExtensions = makeHeaderExtensions()[kind].flatMap(({ uri }) => {
      const id = ids.get(uri) ?? extensionIds.find((candidate) => ![...ids.values()].includes(candidate));
      if (id === undefined) return [];
      ids.set(uri, id);
      return [new RTCRtpHeaderExtensionParameters({ uri, id })];
    });
  }
}

/** The codecs of this side, each as the group has it already, or under a payload type that is free. Adds those to `known`. */
function matchCodecs(
  codecs: readonly RTCRtpCodecParameters[],
  known: Map<number, RTCRtpCodecParameters>,
): RTCRtpCodecParameters[] {
  const taken = new Set<RTCRtpCodecParameters>();
  let primary: number | undefined;
  return codecs.map((codec) => {
    const isRtx = formatOf(codec) === "rtx";
    if (isRtx) codec.parameters = `apt=${primary}`;
    const same = [...known.values()].find(
      (other) => !taken.has(other) && (isRtx ? isRepairOf(other, primary) : isSameCodec(other, codec)),
    );
    const matched = same === undefined ? codec : new RTCRtpCodecParameters({ ...same });
    if (same === undefined) matched.payloadType = findFree(codec, known);
    else taken.add(same);
    known.set(matched.payloadType, same ?? matched);
    taken.add(same ?? matched);
    if (!isRtx) primary = matched.payloadType;
    return matched;
  });
}

/** Static payload types stay as they are (RFC 3551, 6). */
function findFree({ payloadType }: RTCRtpCodecParameters, known: ReadonlyMap<number, unknown>): number {
  if (payloadType !== undefined && payloadType < 35 && !known.has(payloadType)) return payloadType;
  return dynamicPayloadTypes.find((candidate) => !known.has(candidate)) ?? 127;
}

function isSameCodec(first: RTCRtpCodecParameters, second: RTCRtpCodecParameters): boolean {
  return first.mimeType.toLowerCase() === second.mimeType.toLowerCase() && first.clockRate === second.clockRate;
}

function isRepairOf(codec: RTCRtpCodecParameters, primary: number | undefined): boolean {
  return formatOf(codec) === "rtx" && /(?:^|;)\s*apt=(\d+)/.exec(codec.parameters ?? "")?.[1] === String(primary);
}

function formatOf({ mimeType }: RTCRtpCodecParameters): string {
  return mimeType.split("/")[1]?.toLowerCase() ?? "";
}

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
