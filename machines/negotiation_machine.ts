import { negotiationSetup } from "./negotiation_setup.ts";
import {
  answerRefused,
  applyAnswer,
  creatingAnswerOf,
  dismissByState,
  engineRefused,
  engineTainted,
  engineTimedOut,
  failByTimeout,
  keepAnswer,
  keepOffer,
  refuseByState,
  takeWaitingAnswer,
} from "./negotiation_steps.ts";

/**
 * Which description may come next: the W3C signaling states (W3C WebRTC 4.3.1, RFC 9429 3.2), each with the step that the
 * engine is at. One step is under way at a time, and each wait has a time limit.
 */
export const negotiationMachine = negotiationSetup.createMachine({
  id: "negotiation",
  context: ({ input }) => ({
    ...input,
    isNegotiationNeeded: false,
    isIceRestartNeeded: false,
    isIceRestartOffered: false,
    isOfferUnanswered: false,
    waitingOffer: null,
    waitingAnswer: null,
    isOfferTakenBack: false,
    ref: null,
  }),
  initial: "stable",
  on: {
    "negotiation.needed": { actions: "noteNegotiationNeeded" },
    "iceRestart.needed": { actions: "noteIceRestartNeeded" },
    "signalling.restored": { actions: "noteUnansweredNeeded" },
    "peer.closed": ".closed",
    // What no state below takes does not fit it.
    "remote.offered": dismissByState(
      "Cannot take the offer: a provisional answer has come, and the final one is awaited",
    ),
    "remote.answered": dismissByState("Cannot take the answer: there is no offer of the server that waits for one"),
    "remote.pranswered": dismissByState("Cannot take the provisional answer: no offer of the server waits for one"),
    "remote.rolledBack": [
      { guard: "hasWaitingOffer", actions: ["dropOffer", "tellDismissed"] },
      refuseByState("Cannot roll back: there is no offer of the client that is still undecided"),
    ],
  },
  states: {
    stable: {
      initial: "settled",
      states: {
        settled: {
          always: [
            { guard: "hasWaitingOffer", target: "applyingOffer" },
            { guard: "isNegotiationNeeded", target: "creatingOffer" },
          ],
          on: { "remote.offered": keepOffer },
        },
        applyingOffer: {
          entry: [
            {
              type: "applyRemoteDescription",
              params: ({ context }) => ({ type: "offer", sdp: context.waitingOffer?.sdp ?? "" }),
            },
            "takeOffer",
          ],
          after: { engineTimeout: engineTimedOut },
          on: {
            "remoteDescription.applied": [
              {
                guard: "isOfferTakenBack",
                target: "#negotiation.have-remote-offer.rollingBack",
                actions: "tellDescribed",
              },
              { target: "#negotiation.have-remote-offer", actions: "tellDescribed" },
            ],
            "description.refused": [
              engineTainted,
              { guard: "hasWaitingOffer", target: "settled", actions: "reportRefusal" },
              { target: "settled", actions: ["reportRefusal", "tellDismissed", "tellOfferRefused"] },
            ],
            "remote.offered": keepOffer,
            "remote.rolledBack": { actions: ["dropOffer", "noteOfferTakenBack"] },
          },
        },
        creatingOffer: {
          entry: [
            {
              type: "createLocalDescription",
              params: ({ context }) => ({ type: "offer", isIceRestart: context.isIceRestartNeeded }),
            },
            "noteOffering",
          ],
          after: { engineTimeout: engineTimedOut },
          on: {
            "localDescription.created": [
              { guard: "isYielding", target: "#negotiation.have-local-offer.yielding" },
              {
                target: "#negotiation.have-local-offer",
                actions: { type: "sendDescription", params: ({ event }) => event.description },
              },
            ],
            "description.refused": engineRefused,
            "remote.offered": keepOffer,
          },
        },
      },
    },
    "have-local-offer": {
      initial: "awaitingAnswer",
      states: {
        awaitingAnswer: {
          entry: "dropRef",
          always: [...takeWaitingAnswer, { guard: "isYielding", target: "yielding" }],
          after: {
            answerTimeout: {
              target: "givingUp",
              actions: {
                type: "reportError",
                params: {
                  code: "negotiation-timeout",
                  message: "Cannot go on with the server's offer: no answer came in time, so it is taken back",
                },
              },
            },
          },
          on: {
            "signalling.restored": "yielding",
            "remote.offered": keepOffer,
            // Whoever answers has given its own offer up.
            "remote.answered": { actions: ["dropOffer", "keepAnswer"] },
            "remote.pranswered": { actions: ["dropOffer", "keepAnswer"] },
          },
        },
        applyingAnswer: {
          entry: applyAnswer,
          after: { engineTimeout: engineTimedOut },
          on: {
            "remoteDescription.applied": { target: "#negotiation.stable", actions: "tellDescribed" },
            "description.refused": answerRefused,
            "remote.offered": keepOffer,
          },
        },
        applyingPranswer: {
          entry: applyAnswer,
          after: { engineTimeout: engineTimedOut },
          on: {
            "remoteDescription.applied": { target: "#negotiation.have-remote-pranswer", actions: "tellDescribed" },
            "description.refused": answerRefused,
            "remote.answered": keepAnswer,
            "remote.pranswered": keepAnswer,
          },
        },
        /** The offer is taken back, for the other side's or since it may be lost, and made anew afterwards. */
        yielding: {
          entry: [{ type: "rollBackDescription", params: { side: "local" } }, "noteOfferYielded"],
          after: { engineTimeout: engineTimedOut },
          on: {
            "description.rolledBack": "#negotiation.stable",
            "description.refused": engineRefused,
            "remote.offered": keepOffer,
          },
        },
        givingUp: {
          entry: [{ type: "rollBackDescription", params: { side: "local" } }, "noteOfferUnanswered"],
          after: { engineTimeout: engineTimedOut },
          on: {
            "description.rolledBack": "#negotiation.stable",
            "description.refused": engineRefused,
            "remote.offered": keepOffer,
          },
        },
      },
    },
    "have-remote-offer": {
      initial: "deciding",
      states: {
        deciding: {
          entry: "askApplication",
          after: { engineTimeout: engineTimedOut },
          on: {
            "offer.accepted": "creatingAnswer",
            "pranswer.requested": "creatingPranswer",
            "remote.offered": { target: "rollingBack", actions: "keepOffer" },
            "remote.rolledBack": { target: "rollingBack", actions: ["dropOffer", "keepRef"] },
          },
        },
        creatingAnswer: creatingAnswerOf("answer", "#negotiation.stable"),
        creatingPranswer: creatingAnswerOf("pranswer", "#negotiation.have-local-pranswer"),
        rollingBack: {
          entry: { type: "rollBackDescription", params: { side: "remote" } },
          after: { engineTimeout: engineTimedOut },
          on: {
            "description.rolledBack": "#negotiation.stable",
            "description.refused": engineRefused,
            "remote.offered": keepOffer,
          },
        },
      },
    },
    "have-local-pranswer": {
      initial: "deciding",
      states: {
        deciding: {
          after: { engineTimeout: engineTimedOut },
          on: {
            "offer.accepted": "creatingAnswer",
            "pranswer.requested": "creatingPranswer",
            "remote.offered": keepOffer,
          },
        },
        creatingAnswer: creatingAnswerOf("answer", "#negotiation.stable"),
        creatingPranswer: creatingAnswerOf("pranswer", "deciding"),
      },
    },
    "have-remote-pranswer": {
      initial: "awaitingAnswer",
      states: {
        awaitingAnswer: {
          entry: "dropRef",
          always: takeWaitingAnswer,
          after: {
            // An offer that has a provisional answer cannot be rolled back (W3C WebRTC 4.4.1.5).
            answerTimeout: failByTimeout(
              "Cannot go on negotiating: a provisional answer came, but no final one in time",
            ),
          },
          on: { "remote.answered": { actions: "keepAnswer" }, "remote.pranswered": { actions: "keepAnswer" } },
        },
        applyingAnswer: {
          entry: applyAnswer,
          after: { engineTimeout: engineTimedOut },
          on: {
            "remoteDescription.applied": { target: "#negotiation.stable", actions: "tellDescribed" },
            "description.refused": answerRefused,
            "remote.offered": keepOffer,
          },
        },
        applyingPranswer: {
          entry: applyAnswer,
          after: { engineTimeout: engineTimedOut },
          on: {
            "remoteDescription.applied": { target: "awaitingAnswer", actions: "tellDescribed" },
            "description.refused": answerRefused,
            "remote.answered": keepAnswer,
            "remote.pranswered": keepAnswer,
          },
        },
      },
    },
    /** Nothing more can be negotiated; the peer is told and closes. */
    failed: {
      on: {
        "remote.offered": {},
        "remote.answered": {},
        "remote.pranswered": {},
        "remote.rolledBack": {},
      },
    },
    closed: { type: "final" },
  },
});
