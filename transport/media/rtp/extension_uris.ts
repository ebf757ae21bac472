/** The header extensions that the node knows, by the names they are negotiated with (RFC 8285, 5). */
export const extensionUris = {
  /** RFC 6464. */
  audioLevel: "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  /** 3GPP TS 26.114, 7.4.5. */
  videoOrientation: "urn:3gpp:video-orientation",
  /** AV1 RTP specification, appendix A. */
  dependencyDescriptor: "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
  /** draft-holmer-rmcat-transport-wide-cc-extensions-01. */
  transportSequenceNumber: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  /** draft-alvestrand-rmcat-remb-03, 2.1. */
  sendTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  /** RFC 8843, 15.1. */
  mid: "urn:ietf:params:rtp-hdrext:sdes:mid",
  /** RFC 8852, 3.1. */
  rid: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  /** RFC 8852, 3.2. */
  repairedRid: "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
} as const;
