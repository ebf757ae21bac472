import type { ForwardingPeer } from "./forwarding_peer.ts";

/** A room of one of the systems, as the client sees it. Whoever opened it closes it. */
export interface ForwardingRoom {
  /** Has a peer publish what it sends. One for each room. */
  publish(peer: ForwardingPeer): Promise<void>;
  /** Has a peer receive what is published. */
  subscribe(peer: ForwardingPeer): Promise<void>;
  /** Has a subscriber get a simulcast layer from now on, 0 for the lowest. */
  preferLayer(peer: ForwardingPeer, layer: number): void;
  close(): void;
}
