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
    takeOffer: assign(({ context }) => ({
      waitingOffer: null,
      ref: context.waitingOffer?.ref ?? null,
      isNegotiationNeeded: context.isNegotiationNeeded || context.isOfferUnanswered,
      isOfferUnanswered: false,
      isOfferTakenBack: false,
    })),
    dropOffer: assign({ waitingOffer: null }),
    keepAnswer: assign(({ event }) =>
      event.type === "remote.answered" || event.type === "remote.pranswered"
        ? {
            waitingAnswer: {
              type: event.type === "remote.answered" ? "answer" : "pranswer",
              sdp: event.sdp,
              ref: event.ref ?? null,
            },
          }
        : {},
    ),
    takeAnswer: assign(({ context }) => ({ waitingAnswer: null, ref: context.waitingAnswer?.ref ?? null })),
    keepRef: assign(({ event }) => ({ ref: ("ref" in event ? event.ref : null) ?? null })),
    dropRef: assign({ ref: null }),
    noteOfferTakenBack: assign({ isOfferTakenBack: true }),
    noteNegotiationNeeded: assign({ isNegotiationNeeded: true }),
    /** An offer that nobody answered is made again. */
    noteUnansweredNeeded: assign(({ context }) => ({
      isNegotiationNeeded: context.isNegotiationNeeded || context.isOfferUnanswered,
      isOfferUnanswered: false,
    })),
    noteIceRestartNeeded: assign({ isNegotiationNeeded: true, isIceRestartNeeded: true }),
    noteOffering: assign(({ context }) => ({
      isNegotiationNeeded: false,
      isIceRestartNeeded: false,
      isIceRestartOffered: context.isIceRestartNeeded,
      isOfferUnanswered: false,
      ref: null,
    })),
    // A wish outlives the offer that carried it (W3C WebRTC 4.7.3, and [[LocalIceCredentialsToReplace]] for the ICE restart).
    noteOfferYielded: assign(({ context }) => ({
      isNegotiationNeeded: true,
      isIceRestartNeeded: context.isIceRestartNeeded || context.isIceRestartOffered,
    })),
    noteOfferUnanswered: assign(({ context }) => ({
      isOfferUnanswered: true,
      isIceRestartNeeded: context.isIceRestartNeeded || context.isIceRestartOffered,
    })),
    tellDescribed: sendParent(({ event }) => ({
      type: "remote.described",
      usernameFragments: event.type === "remoteDescription.applied" ? event.usernameFragments : [],
    })),
    tellDismissed: sendParent({ type: "remote.dismissed" }),
    tellOfferRefused: sendParent({ type: "offer.refused" }),
    tellFailed: sendParent((_, params: { code: ErrorCode }) => ({ type: "negotiation.failed", ...params })),
    tellRefused: sendParent(({ event }) => ({
      type: "negotiation.failed",
      code: event.type === "description.refused" ? event.refusal.code : "peer-crashed",
    })),
  },
  guards: {
    isTainted: ({ event }) => event.type === "description.refused" && event.refusal.isTainted,
    isNegotiationNeeded: ({ context }) => context.isNegotiationNeeded,
    hasWaitingOffer: ({ context }) => context.waitingOffer !== null,
    isYielding: ({ context }) => context.isPolite && context.waitingOffer !== null,
    isOfferTakenBack: ({ context }) => context.isOfferTakenBack,
    isAnswerWaiting: ({ context }) => context.waitingAnswer?.type === "answer",
    isPranswerWaiting: ({ context }) => context.waitingAnswer?.type === "pranswer",
  },
  delays: {
    engineTimeout: ({ context }) => context.timeouts.engineTimeoutMs,
    answerTimeout: ({ context }) => context.timeouts.answerTimeoutMs,
  },
});
