import { assign, sendParent, setup } from "xstate";
import type { ErrorCode } from "../protocol/signalbox_error.ts";
import type { Description, NegotiationContext, NegotiationEvent, NegotiationInput } from "./negotiation_events.ts";

interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What the negotiation machine can do and ask for; its states are in `negotiation_machine.ts`. */
export const negotiationSetup = setup({
  types: {
    context: {} as NegotiationContext,
    events: {} as NegotiationEvent,
    input: {} as NegotiationInput,
  },
  actions: {
    // Effects come by provide(). The first three are orders for the engine, each answered by one event.
    applyRemoteDescription: (_, _params: Description) => {},
    createLocalDescription: (_, _params: { type: Description["type"]; isIceRestart: boolean }) => {},
    rollBackDescription: (_, _params: { side: "local" | "remote" }) => {},
    /** Answered by `offer.accepted`; a peer that the application refuses is closed instead. */
    askApplication: () => {},
    sendDescription: (_, _params: Description) => {},
    reportError: (_, _params: Failure) => {},
    reportRefusal: () => {},

    keepOffer: assign(({ event }) =>
      event.type === "remote.offered" ? { waitingOffer: { sdp: event.sdp, ref: event.ref ?? null } } : {},
    ),
    takeOffer: assign(({ context }) => ({ waitingOffer: null, ref: context.waitingOffer?.ref ?? null })),
    dropOffer: assign({ waitingOffer: null }),
    keepRef: assign(({ event }) => ({ ref: ("ref" in event ? event.ref : null) ?? null })),
    noteNegotiationNeeded: assign({ isNegotiationNeeded: true }),
    noteIceRestartNeeded: assign({ isNegotiationNeeded: true, isIceRestartNeeded: true }),
    clearNegotiationNeeded: assign({ isNegotiationNeeded: false, isIceRestartNeeded: false }),
    tellDescribed: sendParent(({ event }) => ({
      type: "remote.described",
      usernameFragments: event.type === "remoteDescription.applied" ? event.usernameFragments : [],
    })),
    tellOfferRefused: sendParent({ type: "offer.refused" }),
    tellFailed: sendParent((_, params: Failure) => ({ type: "negotiation.failed", ...params })),
    tellRefused: sendParent(({ event }) => ({
      type: "negotiation.failed",
      code: event.type === "description.refused" ? event.refusal.code : "peer-crashed",
      message: event.type === "description.refused" ? event.refusal.message : "",
    })),
  },
  guards: {
    isTainted: ({ event }) => event.type === "description.refused" && event.refusal.isTainted,
    isNegotiationNeeded: ({ context }) => context.isNegotiationNeeded,
    isPolite: ({ context }) => context.isPolite,
    hasWaitingOffer: ({ context }) => context.waitingOffer !== null,
    isYielding: ({ context }) => context.isPolite && context.waitingOffer !== null,
  },
  delays: {
    engineTimeout: ({ context }) => context.timeouts.engineTimeoutMs,
    answerTimeout: ({ context }) => context.timeouts.answerTimeoutMs,
  },
});
