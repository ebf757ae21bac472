// What a peer connection's transport is like at one moment: recorded beside the events of its machines as `connection.observed`.

/** `RTCIceCandidate`'s fields that tell where it leads (W3C WebRTC 4.8.1). */
export interface ObservedCandidate {
  readonly type: "host" | "srflx" | "prflx" | "relay";
  readonly protocol: "udp" | "tcp";
  /** An IP address, or the mDNS name that a browser gave. */
  readonly address: string;
  readonly port: number;
}

/** A candidate pair (`RTCIceCandidatePairStats`, W3C webrtc-stats). */
export interface ObservedPair {
  readonly local: ObservedCandidate;
  readonly remote: ObservedCandidate;
  readonly state: "frozen" | "waiting" | "in-progress" | "failed" | "succeeded";
  /** The one that packets take. */
  readonly isSelected: boolean;
  /** Of the last check that was answered; undefined before one was. */
  readonly roundTripTimeMs?: number | undefined;
}

/** A track, in either direction. Counts are since its start. */
export interface ObservedTrack {
  readonly mid: string;
  readonly kind: "audio" | "video";
  readonly direction: "received" | "sent";
  readonly bytes: number;
  readonly packets: number;
  /** As the receiving end counts them. */
  readonly packetsLost: number;
  readonly roundTripTimeMs?: number | undefined;
}

export interface ConnectionObservation {
  readonly pairs: readonly ObservedPair[];
  readonly tracks: readonly ObservedTrack[];
}
