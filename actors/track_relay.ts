import type { RemoteTrack } from "./application.ts";

// How tracks get from node to node, as the rooms see it. `transport/media/relay/` implements it over the bus.

/** A track of this node that other nodes may have. */
export interface RelayOffer {
  /** Nobody gets it any more. May be called twice. */
  close(): void;
}

/** A track of another node as one of this node. */
export interface RelayedTrack {
  /** Can be sent to clients as any other. Whoever is told that the publisher's is muted mutes this one. */
  readonly track: RemoteTrack;
  /** Nothing of it crosses any more, and the track is ended. May be called twice. */
  close(): void;
}

export interface TrackRelay {
  /** Lets other nodes have a track, until it is closed or ends; costs nothing while none wants it. */
  offer(trackId: string, track: RemoteTrack): RelayOffer;
  /**
   * Makes a track of another node one of this node. Nothing crosses before it is sent to somebody here.
   *
   * @param node which start of which node has it
   * @param signal ends the attempt
   * @throws {SignalboxError} `no-responders` or `bus-timeout` when that node does not say what the track is like, `bus-cut-off`
   */
  open(trackId: string, node: string, signal: AbortSignal): Promise<RelayedTrack>;
  /** A node is gone: it wants nothing any more. */
  forgetNode(node: string): void;
}
