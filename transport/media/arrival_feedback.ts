import { randomInt } from "node:crypto";
import { type RTCDtlsTransport, RTP_EXTENSION_URI, type RtcpPacket } from "werift";
import { TransportFeedback } from "./transport_feedback.ts";

/**
 * Tells the other side of a transport how its packets arrive, until it is closed. werift's own feedback is for each receiver and
 * leaves losses out, so that a client would hold back.
 *
 * @param uris the header extensions by their identifiers, as the negotiation leaves them
 */
export function tellArrivals(transport: RTCDtlsTransport, uris: Readonly<Record<number, string>>): TransportFeedback {
  const feedback = new TransportFeedback({
    senderSsrc: randomInt(1, 2 ** 32 - 1),
    send: (packet) => {
      // What is lost is told by the next one.
      transport.sendRtcp([{ serialize: () => packet } as RtcpPacket]).catch(() => undefined);
    },
  });
  transport.onRtp.subscribe(({ header }) => {
    const extension = header.extensions.find(({ id }) => uris[id] === RTP_EXTENSION_URI.transportWideCC);
    if (extension?.payload.length === 2) feedback.receive(extension.payload.readUInt16BE(0), header.ssrc);
  });
  return feedback;
}
