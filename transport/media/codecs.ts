import {
  RTCRtpCodecParameters,
  type RTCRtpHeaderExtensionParameters,
  useAbsSendTime,
  useAudioLevelIndication,
  useNACK,
  usePLI,
  useREMB,
  useRepairedRtpStreamId,
  useSdesMid,
  useSdesRTPStreamId,
  useTransportWideCC,
  useTWCC,
} from "werift";

const audioFeedback = [useTWCC()];
const videoFeedback = [useNACK(), usePLI(), useREMB(), useTWCC()];

/** What a browser can send and play (RFC 7874, RFC 7742), the usual first; the payload types of an offer are taken over. */
const audio = [
  { mimeType: "audio/opus", clockRate: 48_000, channels: 2, parameters: "minptime=10;useinbandfec=1" },
  { mimeType: "audio/PCMU", clockRate: 8_000, channels: 1, payloadType: 0 },
  { mimeType: "audio/PCMA", clockRate: 8_000, channels: 1, payloadType: 8 },
];
const video = [
  { mimeType: "video/VP8" },
  { mimeType: "video/VP9", parameters: "profile-id=0" },
  { mimeType: "video/H264", parameters: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f" },
  { mimeType: "video/H264", parameters: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f" },
  { mimeType: "video/AV1" },
];

/** A list of its own for each engine: werift writes into it. */
export function makeCodecs(): { audio: RTCRtpCodecParameters[]; video: RTCRtpCodecParameters[] } {
  return {
    audio: audio.map((codec) => new RTCRtpCodecParameters({ ...codec, rtcpFeedback: audioFeedback })),
    video: video.flatMap((codec) => [
      new RTCRtpCodecParameters({ ...codec, clockRate: 90_000, rtcpFeedback: videoFeedback }),
      new RTCRtpCodecParameters({ mimeType: "video/rtx", clockRate: 90_000 }),
    ]),
  };
}

/** RFC 8843, RFC 8852, RFC 6464, and the two of Chromium's congestion control; a list of its own for each engine. */
export function makeHeaderExtensions(): {
  audio: RTCRtpHeaderExtensionParameters[];
  video: RTCRtpHeaderExtensionParameters[];
} {
  return {
    audio: [useSdesMid(), useAudioLevelIndication(), useTransportWideCC()],
    video: [useSdesMid(), useSdesRTPStreamId(), useRepairedRtpStreamId(), useAbsSendTime(), useTransportWideCC()],
  };
}
