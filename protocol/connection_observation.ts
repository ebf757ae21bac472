// What a peer connection's transport is like at one moment: recorded beside the events of its machines as `connection.observed`.

/** `RTCIceCandidate`'s fields that tell where it leads (W3C WebRTC 4.8.1). */
export interface ObservedCandidate {
  readonly type: "host" | "srflx" | "prflx" | "relay";
  readonly protocol: "udp" | "tcp";
  /** An IP address, as this node sees it: what it announces in place of its own may be another one. */
  readonly address: string;
  readonly port: number;
}

/** A candidate pair (`RTCIceCandidatePairStats`, W3C webrtc-stats). */
export interface ObservedPair {
  readonly local: ObservedCandidate;
  readonly remote: ObservedCandidate;
  /** One that was never tried, as another one was found before, stays `waiting`. */
  readonly state: "frozen" | "waiting" | "in-progress" | "failed" | "succeeded";
  /** The one that packets take. */
  readonly isSelected: boolean;
  /** Checks of the other side that came by it: where there are some and it failed, only the way there is blocked. */
  readonly requestsReceived: number;
  /** Of the last check that was answered, from when it was first sent; undefined before one was. */
  readonly roundTripTimeMs?: number | undefined;
}

/** A track, in either direction. Counts are since its start. */
export interface ObservedTrack {
  readonly mid: string;
  readonly kind: "audio" | "video";
  /** As this node sees it. */
  readonly direction: "received" | "sent";
  /** Of payload, without headers and retransmissions. */
  readonly bytes: number;
  /** Without retransmissions. */
  readonly packets: number;
  /** As the receiving end counts them, those that came again later among them (RFC 3550, 6.4.1). Below 0 when more came than were sent. */
  readonly packetsLost: number;
  /** Of a sent one, smoothed, once the client reported of it. */
  readonly roundTripTimeMs?: number | undefined;
}

export interface ConnectionObservation {
  /** The selected one first, then by their priority (RFC 8445, 6.1.2.3); a bounded number of them. */
  readonly pairs: readonly ObservedPair[];
  readonly tracks: readonly ObservedTrack[];
}

/** How it is recorded. */
export interface ConnectionObserved {
  readonly type: "connection.observed";
  readonly observation: ConnectionObservation;
}
