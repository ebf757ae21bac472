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
    current.onstatechange = () => listener("dtls", current.state);
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

/** Everything is bundled, so any transport is the one. */
function dtlsOf(connection: RTCPeerConnection): RTCDtlsTransport | null {
  return connection.sctp?.transport ?? connection.getSenders().find((sender) => sender.transport)?.transport ?? null;
}
