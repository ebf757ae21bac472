import type { RtpPacket } from "../rtp/rtp_packet.ts";
import { Av1Inspector } from "./av1.ts";
import { clearPayloadFields } from "./clear_payload_fields.ts";
import { H264Inspector } from "./h264.ts";
import { inspectVp8 } from "./vp8.ts";
import { Vp9Inspector } from "./vp9.ts";

/**
 * Reads what a payload says of itself into the payload fields of its packet, all of them: what does not apply gets its default.
 * Each packet of the stream is shown once, in the order of arrival, also one without a payload. It never throws.
 */
export type PayloadInspector = (packet: RtpPacket) => void;

/**
 * An inspector for one stream of a codec, given as in {@link RtpCodec.mimeType}. It remembers what the stream said before, so
 * each stream has its own. Of a codec that it does not know, as of audio, it says that each packet is a frame.
 */
export function findInspector(mimeType: string): PayloadInspector {
  switch (mimeType.toLowerCase()) {
    case "video/vp8":
      return inspectVp8;
    case "video/vp9": {
      const inspector = new Vp9Inspector();
      return (packet) => inspector.inspect(packet);
    }
    case "video/h264": {
      const inspector = new H264Inspector();
      return (packet) => inspector.inspect(packet);
    }
    case "video/av1": {
      const inspector = new Av1Inspector();
      return (packet) => inspector.inspect(packet);
    }
    default:
      return inspectFrame;
  }
}

/** One frame in each packet, as Opus has it (RFC 7587, 4.2): nothing in it needs to be known. */
function inspectFrame(packet: RtpPacket): void {
  clearPayloadFields(packet);
  packet.isFrameStart = packet.payloadLength > 0;
}
