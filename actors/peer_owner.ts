import type { CarriedTracks } from "../protocol/server_message.ts";
import type { PeerHandle } from "./peer_handle.ts";

/** Whom a peer connection belongs to: the application, or the room that its client is in. */
export interface PeerOwner {
  /**
   * A peer connection is its own from now on: a new one, or one that another owner had. What it sends already, its open channels and its
   * tracks, is told right afterwards. An offer that is not answered yet waits for a returned promise.
   */
  peerOpened(peer: PeerHandle): void | Promise<void>;
  /** What the media sections that go to the client carry, for the descriptions that it is sent; none for an owner that does not say. */
  describeTracks?(): CarriedTracks;
}
