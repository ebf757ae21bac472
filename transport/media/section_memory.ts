import type { RTCPeerConnection, RTCRtpTransceiver } from "werift";

/**
 * Remembers which sections have a place in the descriptions. werift's rollback leaves the mid and the index of a rolled-back offer
 * on those that it brought in (W3C WebRTC 4.4.1.5 takes them back), so that the next offer of the other side gets an answer in the
 * wrong order.
 *
 * @returns what takes them back, and returns the transceivers that it was done for
 */
export function rememberSections(connection: RTCPeerConnection): () => readonly RTCRtpTransceiver[] {
  const placed = new Set(connection.getTransceivers().filter(({ mid }) => mid !== null));
  const hadChannels = connection.sctpTransport?.mid !== undefined;
  return () => {
    const displaced = connection
      .getTransceivers()
      .filter((transceiver) => transceiver.mid !== null && !placed.has(transceiver));
    for (const transceiver of displaced) {
      transceiver.mid = null;
      delete transceiver.mLineIndex;
    }
    const { sctpTransport } = connection;
    if (sctpTransport !== undefined && !hadChannels) {
      delete sctpTransport.mid;
      delete sctpTransport.mLineIndex;
    }
    return displaced;
  };
}
