import type { RTCPeerConnection, RTCRtpTransceiver } from "werift";
import type { SentTrack } from "../../actors/application.ts";
import { ForwardedTrack, type WeriftTrack } from "./werift_track.ts";

/** The tracks that go to one client, and the sections that they go in. */
export class SentTracks {
  readonly #connection: RTCPeerConnection;
  readonly #onChange: () => void;
  readonly #sent = new Set<ForwardedTrack>();
  readonly #usedSenders = new WeakSet<RTCRtpTransceiver>();

  /** @param onChange called when a section sends that did not, or no longer does */
  constructor(connection: RTCPeerConnection, onChange: () => void) {
    this.#connection = connection;
    this.#onChange = onChange;
  }

  add(track: WeriftTrack): SentTrack {
    const transceiver =
      this.#findSender(track) ?? this.#connection.addTransceiver(track.kind, { direction: this.#initialDirection });
    this.#usedSenders.add(transceiver);
    transceiver.setDirection(transceiver.direction === "recvonly" ? "sendrecv" : "sendonly");
    const sent = new ForwardedTrack(track, transceiver, () => {
      this.#sent.delete(sent);
      transceiver.setDirection(transceiver.direction === "sendrecv" ? "recvonly" : "inactive");
      this.#onChange();
    });
    this.#sent.add(sent);
    this.#onChange();
    return sent;
  }

  close(): void {
    for (const sent of this.#sent) sent.release();
    this.#sent.clear();
  }

  /** A section made before the client's first offer may become one of the offer's, whose media it has to let in. */
  get #initialDirection(): "recvonly" | "inactive" {
    return this.#connection.remoteDescription === null ? "recvonly" : "inactive";
  }

  /** The section that the track came in, or one that never sent (W3C WebRTC 5.1, addTrack), if the client would receive there. */
  #findSender(track: WeriftTrack): RTCRtpTransceiver | undefined {
    const free = this.#connection
      .getTransceivers()
      .filter(
        (transceiver) =>
          transceiver.kind === track.kind &&
          !transceiver.stopped &&
          !isSending(transceiver.direction) &&
          isSending(transceiver.offerDirection),
      );
    return (
      free.find((transceiver) => transceiver === track.transceiver) ??
      free.find((transceiver) => !this.#usedSenders.has(transceiver))
    );
  }
}

function isSending(direction: string): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}
