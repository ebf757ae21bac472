import type { Asking } from "../../../config/ice_sources.ts";

/** A source of one credential for all peers. */
export const forNode: Asking = { credentials: "node", ahead: 1, perMinute: 120 };

/** A source of one for each peer, which is asked without long pauses. */
export const forPeers: Asking = { credentials: "peer", ahead: 4, perMinute: 30_000 };
