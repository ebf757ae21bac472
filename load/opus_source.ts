import { markBytes } from "./packet_mark.ts";

/** 20 ms of silence in 48 kHz (RFC 6716, 3.1): CELT, fullband, mono, a code 3 packet of one frame with padding. */
const silence = Buffer.from([0xfb, 0x41, 0, 0xff, 0xfe]);
/** As long as what an encoder sends at 32 kbit/s. Ours. */
const packetBytes = 80;

/** Milliseconds and ticks of RTP's clock (RFC 7587, 4.1) in a packet. */
export const opusPacket = { ms: 20, ticks: 960 } as const;

/** Makes a packet of silence that any decoder plays; it ends in padding (RFC 6716, 3.2.5), where a mark may stand. */
export function opusPayload(): Buffer {
  const payload = Buffer.alloc(Math.max(packetBytes, silence.length + markBytes));
  silence.copy(payload);
  payload[2] = payload.length - silence.length;
  return payload;
}
