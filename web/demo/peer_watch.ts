import type { MachineName } from "./echo_event.ts";

/** Told the state of a machine at the start and whenever it has changed. */
export type StateListener = (machine: MachineName, state: string) => void;

/** Watches the five machines of one peer connection from its first moment until it is closed. */
export function watchPeer(connection: RTCPeerConnection, listener: StateListener): void {
  let dtls: RTCDtlsTransport | null = null;
  const watchDtls = (): void => {
    const current = dtlsOf(connection);
    if (current === null || current === dtls) return;
    dtls = current;
    current.onstatechange = () => {
      const used = dtlsOf(connection) ?? current;
      if (used === current && current === dtls) listener("dtls", current.state);
      else watchDtls();
    };
    listener("dtls", current.state);
  };

  connection.addEventListener("signalingstatechange", () => {
    listener("signaling", connection.signalingState);
    // The transport comes into being with a description.
    watchDtls();
  });
  connection.addEventListener("icegatheringstatechange", () => listener("ice-gathering", connection.iceGatheringState));
  connection.addEventListener("iceconnectionstatechange", () => {
    watchDtls();
    listener("ice", connection.iceConnectionState);
  });
  connection.addEventListener("connectionstatechange", () => {
    watchDtls();
    listener("connection", connection.connectionState);
  });

  listener("signaling", connection.signalingState);
  listener("ice-gathering", connection.iceGatheringState);
  listener("ice", connection.iceConnectionState);
  listener("dtls", "new");
  listener("connection", connection.connectionState);
}

/**
 * The transport that carries everything: the one of the first media section (RFC 8843). Until the answer there may be
 * more; those that the answer made needless are closed.
 */
function dtlsOf(connection: RTCPeerConnection): RTCDtlsTransport | null {
  const media = connection.getTransceivers().map((transceiver) => transceiver.sender.transport);
  const all = [...media, connection.sctp?.transport ?? null];
  return all.find((transport) => transport !== null && transport.state !== "closed") ?? null;
}
