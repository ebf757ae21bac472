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
  const payloadTypes = new Set(negotiated.flatMap(({ codecs }) => codecs).map(({ payloadType }) => payloadType));
  for (const transceiver of transceivers) {
    if (transceiver.mid !== null || transceiver.stopped) continue;
    const kind = transceiver.kind as "audio" | "video";
    const sibling = negotiated.find((other) => other.kind === kind && other.codecs.length > 0);
    transceiver.codecs = sibling?.codecs.map(copyCodec) ?? numberCodecs(makeCodecs()[kind], payloadTypes);
    transceiver.headerExtensions = makeHeaderExtensions()[kind].flatMap(({ uri }) => {
      const id = ids.get(uri) ?? extensionIds.find((candidate) => ![...ids.values()].includes(candidate));
      if (id === undefined) return [];
      ids.set(uri, id);
      return [new RTCRtpHeaderExtensionParameters({ uri, id })];
    });
  }
}

function numberCodecs(codecs: readonly RTCRtpCodecParameters[], used: Set<number>): RTCRtpCodecParameters[] {
  let previous: number | undefined;
  for (const codec of codecs) {
    codec.payloadType ??= dynamicPayloadTypes.find((candidate) => !used.has(candidate)) ?? 127;
    used.add(codec.payloadType);
    if (codec.name.toLowerCase() === "rtx") codec.parameters = `apt=${previous}`;
    previous = codec.payloadType;
  }
  return [...codecs];
}

function copyCodec(codec: RTCRtpCodecParameters): RTCRtpCodecParameters {
  return new RTCRtpCodecParameters({ ...codec });
}

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
