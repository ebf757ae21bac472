import type { RTCRtpCodecParameters, RTCRtpTransceiver } from "werift";
import type { RtpCodec } from "./forwarding/media_source.ts";
import type { SentExtensionIds, SentParameters } from "./forwarding/sent_parameters.ts";
import { extensionUris } from "./rtp/extension_uris.ts";

/** What comes in that is no media by itself. */
const repairFormats: ReadonlySet<string> = new Set(["rtx", "red", "ulpfec", "flexfec-03"]);
/** The extensions that a sender writes, by their names in {@linkcode SentExtensionIds}. */
const sentExtensions: readonly (readonly [keyof SentExtensionIds, string])[] = [
  ["mid", extensionUris.mid],
  ["transportSequenceNumber", extensionUris.transportSequenceNumber],
  ["absSendTime", extensionUris.sendTime],
  ["audioLevel", extensionUris.audioLevel],
  ["videoOrientation", extensionUris.videoOrientation],
  ["dependencyDescriptor", extensionUris.dependencyDescriptor],
];

/** What was agreed on for one section, in the numbers that its packets carry. */
export interface SectionParameters extends SentParameters {
  /** Retransmissions are asked for (RFC 4585, generic NACK). */
  readonly hasNack: boolean;
}

/** Reads them off a transceiver that has its place in a description. */
export function sectionParametersOf({ mid, codecs, headerExtensions }: RTCRtpTransceiver): SectionParameters {
  const ids = new Map(headerExtensions.map(({ uri, id }) => [uri, id]));
  const sentIds = sentExtensions.flatMap(([name, uri]) => (ids.has(uri) ? [[name, ids.get(uri)] as const] : []));
  return {
    mid: mid ?? "",
    codecs: codecs.filter((codec) => !repairFormats.has(formatOf(codec))).map(toCodec),
    rtxPayloadTypes: new Map(
      codecs.flatMap((codec) => {
        const apt = /(?:^|;)\s*apt=(\d+)/.exec(codec.parameters ?? "")?.[1];
        return apt === undefined || formatOf(codec) !== "rtx" ? [] : [[Number(apt), codec.payloadType] as const];
      }),
    ),
    extensionIds: Object.fromEntries(sentIds) as SentExtensionIds,
    hasNack: codecs.some(({ rtcpFeedback }) =>
      rtcpFeedback.some(({ type, parameter }) => type === "nack" && (parameter ?? "") === ""),
    ),
  };
}

function toCodec({ payloadType, mimeType, clockRate, parameters }: RTCRtpCodecParameters): RtpCodec {
  return { payloadType, mimeType, clockRate, parameters: parameters ?? "" };
}

function formatOf({ mimeType }: RTCRtpCodecParameters): string {
  return mimeType.split("/")[1]?.toLowerCase() ?? "";
}
