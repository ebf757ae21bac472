import type { RtpCodec } from "./media_source.ts";

/** The identifiers that header extensions have in what is sent (RFC 8285, 5), 1 to 255; absent ones were not agreed on. */
export interface SentExtensionIds {
  /** RFC 8843, 15. */
  readonly mid?: number;
  /** draft-holmer-rmcat-transport-wide-cc-extensions-01, 2. */
  readonly transportSequenceNumber?: number;
  /** http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time. */
  readonly absSendTime?: number;
  /** RFC 6464. */
  readonly audioLevel?: number;
  /** urn:3gpp:video-orientation (3GPP TS 26.114, 7.4.5). */
  readonly videoOrientation?: number;
  /** AV1 RTP specification, appendix A. */
  readonly dependencyDescriptor?: number;
}

/** What the client agreed to for one sent stream. */
export interface SentParameters {
  readonly mid: string;
  /** The codecs that the client takes, under its payload types. */
  readonly codecs: readonly RtpCodec[];
  /** From a payload type of the client's to that of its retransmissions (RFC 4588, 8.6). */
  readonly rtxPayloadTypes: ReadonlyMap<number, number>;
  readonly extensionIds: SentExtensionIds;
}
