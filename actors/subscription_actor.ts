import { subscriptionMachine } from "../machines/subscription_machine.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";
import type { SentTrack } from "./application.ts";
import type { PublishedSource, RoomParticipant } from "./room_parts.ts";

/** What a live subscription holds beside its machine. */
export interface SubscriptionParts {
  subscriber: RoomParticipant;
  track: PublishedSource;
  /** The track on its way to the subscriber, while it is on any. */
  sent: SentTrack | null;
  /** The client takes it not: it rejected the section, or has no codec for it. */
  readonly onRejected: () => void;
}

/** The subscription machine with its effects, and what the effects of each actor are about. */
export interface SubscriptionLogic {
  readonly machine: typeof subscriptionMachine;
  /** By subscription; filled and emptied by the supervisors. */
  readonly parts: Map<string, SubscriptionParts>;
}

/** Made once for all subscriptions of a node, since `provide()` is dear. */
export function provideSubscription(): SubscriptionLogic {
  const parts = new Map<string, SubscriptionParts>();
  const partsOf = (subscriptionId: string): SubscriptionParts => {
    const found = parts.get(subscriptionId);
    if (found === undefined) throw new Error(`Subscription ${subscriptionId} has no parts`);
    return found;
  };
  const machine = subscriptionMachine.provide({
    actions: {
      addTrack: ({ context, self }) => {
        const { subscriptionId, preferredLayer } = context;
        const part = partsOf(subscriptionId);
        const { subscriber, track } = part;
        let sent: SentTrack;
        try {
          if (subscriber.peer === null) throw new SignalboxError("bad-state", "Cannot send a track: there is no peer");
          sent = subscriber.peer.addTrack(track.remoteTrack, { streamId: track.streamId, section: "own" });
        } catch (error) {
          if (!(error instanceof SignalboxError)) throw error;
          // The peer connection is closing, and takes nothing more.
          self.send({ type: "track.rejected" });
          return;
        }
        part.sent = sent;
        let isRejected = false;
        watch(sent, (event) => {
          if (event.type === "track.rejected" && !isRejected) {
            isRejected = true;
            part.onRejected();
          }
          self.send(event);
        });
        if (preferredLayer !== null) sent.preferLayer(preferredLayer);
      },
      removeTrack: ({ context }) => removeSentTrack(partsOf(context.subscriptionId)),
      preferLayer: ({ context }) => partsOf(context.subscriptionId).sent?.preferLayer(context.preferredLayer),
    },
  });
  return { machine, parts };
}

/** Stops what is sent, and hears no more of it. */
export function removeSentTrack(parts: SubscriptionParts): void {
  const { sent } = parts;
  if (sent === null) return;
  parts.sent = null;
  sent.onchange = null;
  sent.stop();
}

type SentTrackEvent =
  | { readonly type: "track.negotiated"; readonly mid: string | null }
  | { readonly type: "track.renegotiated" | "track.rejected" | "track.stopped" }
  | { readonly type: "layer.changed"; readonly layer: string | null };

/** Makes events of what becomes of a sent track, beginning with what has become of it already. */
function watch(sent: SentTrack, send: (event: SentTrackEvent) => void): void {
  let state: SentTrack["state"] = "negotiating";
  let layer: string | null = null;
  sent.onchange = () => {
    if (sent.state !== state) {
      state = sent.state;
      send(stateEvent(sent));
    }
    if (sent.layer !== layer) {
      layer = sent.layer;
      send({ type: "layer.changed", layer });
    }
  };
  sent.onchange();
}

function stateEvent({ state, mid }: SentTrack): SentTrackEvent {
  switch (state) {
    case "negotiating":
      return { type: "track.renegotiated" };
    case "sending":
      return { type: "track.negotiated", mid };
    case "rejected":
      return { type: "track.rejected" };
    case "stopped":
      return { type: "track.stopped" };
  }
}
