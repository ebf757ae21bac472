import { assign, not, setup } from "xstate";

export interface SubscriptionInput {
  readonly subscriptionId: string;
  /** The member that the track goes to. */
  readonly subscriberId: string;
  /** The member that it comes from. */
  readonly publisherId: string;
  readonly trackId: string;
  /** The RID (RFC 8851) of the highest simulcast layer that the subscriber wants; null for the best there is. */
  readonly preferredLayer: string | null;
  readonly isMuted: boolean;
}

export interface SubscriptionContext extends SubscriptionInput {
  /** The peer connection of the subscriber that the track is sent on. */
  readonly peerId: string | null;
  /** The media section there. */
  readonly mid: string | null;
  /** The simulcast layer that is sent now. */
  readonly layer: string | null;
  /** The subscriber's peer connection is not connected: not yet, or nothing is heard of it any more. */
  readonly isUnreachable: boolean;
}

export type SubscriptionEvent =
  /** The subscriber has a peer connection, or another one than before. */
  | { readonly type: "peer.opened"; readonly peerId: string; readonly isConnected: boolean }
  | { readonly type: "peer.closed" }
  | { readonly type: "peer.connected" }
  | { readonly type: "peer.disconnected" }
  /** The client agreed to a section for the track. */
  | { readonly type: "track.negotiated"; readonly mid: string | null }
  /** The section has to be negotiated once more. */
  | { readonly type: "track.renegotiated" }
  /** The client takes no codec of the track, or no track there. */
  | { readonly type: "track.rejected" }
  /** It is not sent any more, by no doing of the subscription. */
  | { readonly type: "track.stopped" }
  | { readonly type: "track.muted" }
  | { readonly type: "track.unmuted" }
  /** The subscriber wants a layer, at most. */
  | { readonly type: "layer.chosen"; readonly layer: string | null }
  /** Another layer is sent. */
  | { readonly type: "layer.changed"; readonly layer: string | null }
  /** The member or the track is gone, or the member no longer wants it. */
  | { readonly type: "subscription.ended" };

/** One track to one member: on which of its peer connections it is sent, and whether anything flows. */
export const subscriptionMachine = setup({
  types: {
    context: {} as SubscriptionContext,
    events: {} as SubscriptionEvent,
    input: {} as SubscriptionInput,
  },
  actions: {
    // Effects come by provide().
    /** Sends the track on the subscriber's peer connection, with the layer that is preferred. */
    addTrack: () => {},
    /** Stops sending; no more is heard of what was sent. */
    removeTrack: () => {},
    preferLayer: () => {},

    notePeer: assign((_, { peerId, isConnected }: { peerId: string; isConnected: boolean }) => ({
      peerId,
      isUnreachable: !isConnected,
    })),
    forgetPeer: assign({ peerId: null, mid: null, layer: null, isUnreachable: false }),
    noteMid: assign((_, { mid }: { mid: string | null }) => ({ mid })),
    noteLayer: assign((_, { layer }: { layer: string | null }) => ({ layer })),
    notePreference: assign((_, { layer }: { layer: string | null }) => ({ preferredLayer: layer })),
  },
  guards: {
    isPaused: ({ context }) => context.isMuted || context.isUnreachable,
  },
}).createMachine({
  id: "subscription",
  context: ({ input }) => ({ ...input, peerId: null, mid: null, layer: null, isUnreachable: false }),
  initial: "waiting",
  on: {
    "track.muted": { actions: assign({ isMuted: true }) },
    "track.unmuted": { actions: assign({ isMuted: false }) },
    "layer.chosen": { actions: { type: "notePreference", params: ({ event }) => event } },
    "subscription.ended": ".ended",
  },
  states: {
    /** The subscriber has no peer connection. */
    waiting: {
      on: {
        "peer.opened": { target: "attached", actions: { type: "notePeer", params: ({ event }) => event } },
      },
    },
    /** The track is added to the subscriber's peer connection. */
    attached: {
      entry: "addTrack",
      exit: ["removeTrack", "forgetPeer"],
      initial: "requested",
      on: {
        "peer.opened": {
          target: "attached",
          reenter: true,
          actions: { type: "notePeer", params: ({ event }) => event },
        },
        "peer.closed": "waiting",
        "peer.connected": { actions: assign({ isUnreachable: false }) },
        "peer.disconnected": { actions: assign({ isUnreachable: true }) },
        "track.renegotiated": ".requested",
        "track.negotiated": { target: ".active", actions: { type: "noteMid", params: ({ event }) => event } },
        "track.rejected": ".rejected",
        "track.stopped": "waiting",
        "layer.chosen": {
          actions: [{ type: "notePreference", params: ({ event }) => event }, "preferLayer"],
        },
        "layer.changed": { actions: { type: "noteLayer", params: ({ event }) => event } },
      },
      states: {
        /** Until the client has agreed to a section for it. */
        requested: {},
        active: { always: { guard: "isPaused", target: "paused" } },
        /** Muted, or the subscriber is out of reach: nothing flows, and the section stays. */
        paused: { always: { guard: not("isPaused"), target: "active" } },
        /** The client does not take it; it is tried again on the next peer connection. */
        rejected: {},
      },
    },
    ended: { type: "final" },
  },
});
