import type { RemoteTrack } from "./application.ts";

// How tracks get from node to node, as the rooms see it. `transport/media/relay/` implements it over the bus.

/** A track of this node that other nodes may have. Whoever offered it closes it, also when it ended. */
export interface RelayOffer {
  /** Nobody gets it any more. May be called twice. */
  close(): void;
}

/** A track of another node as one of this node. Whoever opened it closes it, also when it ended. */
export interface RelayedTrack {
  /** Can be sent to clients as any other. Whoever is told that the publisher's is muted mutes this one. */
  readonly track: RemoteTrack;
  /** Nothing of it crosses any more, and the track is ended. May be called twice. */
  close(): void;
}

export interface TrackRelay {
  /**
   * Lets other nodes have a track, until it is closed or ends; costs nothing while none wants it. Of several under one id the last one is
   * what nodes get from then on.
   *
   * @throws {TypeError} for a track that is none of this node's
   */
  offer(trackId: string, track: RemoteTrack): RelayOffer;
  /**
   * Makes a track of another node one of this node. Nothing crosses before it is sent to somebody here. Each track of a node once at a
   * time.
   *
   * @param node which start of which node has it
   * @param signal ends the attempt
   * @throws {SignalboxError} `no-responders` or `bus-timeout` when that node does not say what the track is like, `bad-message` when it says
   *   what cannot be, `bus-cut-off`, `bus-closed`; or what `signal` says
   */
  open(trackId: string, node: string, signal: AbortSignal): Promise<RelayedTrack>;
  /** A node is gone: it wants nothing any more. */
  forgetNode(node: string): void;
}
