import type { Description, NegotiationEvent } from "./negotiation_events.ts";
import { negotiationSetup } from "./negotiation_setup.ts";

/** A refusal by state: W3C's InvalidStateError, told to the client, and nothing changes. */
const refuseByState = (message: string) => ({
  actions: { type: "reportError" as const, params: { code: "bad-state" as const, message } },
});

const engineTimedOut = {
  target: "#negotiation.failed",
  actions: {
    type: "tellFailed",
    params: { code: "negotiation-timeout", message: "Cannot go on negotiating: a step of the server took too long" },
  },
} as const;
const engineRefused = { target: "#negotiation.failed", actions: "tellRefused" } as const;
const engineTainted = { guard: "isTainted", ...engineRefused } as const;
const keepOffer = { actions: "keepOffer" } as const;

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
    waitingOffer: null,
    ref: null,
  }),
  initial: "stable",
  on: {
    "negotiation.needed": { actions: "noteNegotiationNeeded" },
    "iceRestart.needed": { actions: "noteIceRestartNeeded" },
    "peer.closed": ".closed",
    // What no state below takes does not fit it.
    "remote.offered": refuseByState(
      "Cannot take the offer: a provisional answer has come, and the final one is awaited",
    ),
    "remote.answered": refuseByState("Cannot take the answer: there is no offer of the server that waits for one"),
    "remote.pranswered": refuseByState("Cannot take the provisional answer: no offer of the server waits for one"),
    "remote.rolledBack": refuseByState("Cannot roll back: there is no offer of the client that is still undecided"),
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
            "remoteDescription.applied": { target: "#negotiation.have-remote-offer", actions: "tellDescribed" },
            "description.refused": [
              engineTainted,
              { target: "settled", actions: ["reportRefusal", "tellOfferRefused"] },
            ],
            "remote.offered": keepOffer,
          },
        },
        creatingOffer: {
          entry: [
            {
              type: "createLocalDescription",
              params: ({ context }) => ({ type: "offer", isIceRestart: context.isIceRestartNeeded }),
            },
            "clearNegotiationNeeded",
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
            "remote.offered": [{ guard: "isPolite", target: "yielding", actions: "keepOffer" }, keepOffer],
            // Whoever answers has given its own offer up.
            "remote.answered": { target: "applyingAnswer", actions: ["dropOffer", "keepRef"] },
            "remote.pranswered": { target: "applyingPranswer", actions: ["dropOffer", "keepRef"] },
          },
        },
        applyingAnswer: {
          entry: { type: "applyRemoteDescription", params: ({ event }) => described("answer", event) },
          after: { engineTimeout: engineTimedOut },
          on: {
            "remoteDescription.applied": { target: "#negotiation.stable", actions: "tellDescribed" },
            "description.refused": [engineTainted, { target: "awaitingAnswer", actions: "reportRefusal" }],
            "remote.offered": keepOffer,
          },
        },
        applyingPranswer: {
          entry: { type: "applyRemoteDescription", params: ({ event }) => described("pranswer", event) },
          after: { engineTimeout: engineTimedOut },
          on: {
            "remoteDescription.applied": { target: "#negotiation.have-remote-pranswer", actions: "tellDescribed" },
            "description.refused": [engineTainted, { target: "awaitingAnswer", actions: "reportRefusal" }],
          },
        },
        /** The polite side takes its offer back for the other's, and makes a new one afterwards. */
        yielding: {
          entry: [{ type: "rollBackDescription", params: { side: "local" } }, "noteNegotiationNeeded"],
          after: { engineTimeout: engineTimedOut },
          on: {
            "description.rolledBack": "#negotiation.stable",
            "description.refused": engineRefused,
            "remote.offered": keepOffer,
          },
        },
        givingUp: {
          entry: { type: "rollBackDescription", params: { side: "local" } },
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
            "remote.rolledBack": "rollingBack",
          },
        },
        creatingAnswer: {
          entry: { type: "createLocalDescription", params: { type: "answer", isIceRestart: false } },
          after: { engineTimeout: engineTimedOut },
          on: {
            "localDescription.created": [
              // The client has gone on to a newer offer: an answer to the old one would be taken for its answer.
              { guard: "hasWaitingOffer", target: "#negotiation.stable" },
              {
                target: "#negotiation.stable",
                actions: { type: "sendDescription", params: ({ event }) => event.description },
              },
            ],
            "description.refused": engineRefused,
            "remote.offered": keepOffer,
          },
        },
        creatingPranswer: {
          entry: { type: "createLocalDescription", params: { type: "pranswer", isIceRestart: false } },
          after: { engineTimeout: engineTimedOut },
          on: {
            "localDescription.created": {
              target: "#negotiation.have-local-pranswer",
              actions: { type: "sendDescription", params: ({ event }) => event.description },
            },
            "description.refused": engineRefused,
            "remote.offered": keepOffer,
          },
        },
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
          on: { "offer.accepted": "creatingAnswer", "remote.offered": keepOffer },
        },
        creatingAnswer: {
          entry: { type: "createLocalDescription", params: { type: "answer", isIceRestart: false } },
          after: { engineTimeout: engineTimedOut },
          on: {
            "localDescription.created": {
              target: "#negotiation.stable",
              actions: { type: "sendDescription", params: ({ event }) => event.description },
            },
            "description.refused": engineRefused,
            "remote.offered": keepOffer,
          },
        },
      },
    },
    "have-remote-pranswer": {
      initial: "awaitingAnswer",
      states: {
        awaitingAnswer: {
          after: {
            // An offer that has a provisional answer cannot be rolled back (W3C WebRTC 4.4.1.5).
            answerTimeout: {
              target: "#negotiation.failed",
              actions: {
                type: "tellFailed",
                params: {
                  code: "negotiation-timeout",
                  message: "Cannot go on negotiating: a provisional answer came, but no final one in time",
                },
              },
            },
          },
          on: {
            "remote.answered": { target: "applyingAnswer", actions: "keepRef" },
            "remote.pranswered": { target: "applyingPranswer", actions: "keepRef" },
          },
        },
        applyingAnswer: {
          entry: { type: "applyRemoteDescription", params: ({ event }) => described("answer", event) },
          after: { engineTimeout: engineTimedOut },
          on: {
            "remoteDescription.applied": { target: "#negotiation.stable", actions: "tellDescribed" },
            "description.refused": [engineTainted, { target: "awaitingAnswer", actions: "reportRefusal" }],
            "remote.offered": keepOffer,
          },
        },
        applyingPranswer: {
          entry: { type: "applyRemoteDescription", params: ({ event }) => described("pranswer", event) },
          after: { engineTimeout: engineTimedOut },
          on: {
            "remoteDescription.applied": { target: "awaitingAnswer", actions: "tellDescribed" },
            "description.refused": [engineTainted, { target: "awaitingAnswer", actions: "reportRefusal" }],
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

function described(type: Description["type"], event: NegotiationEvent): Description {
  return { type, sdp: "sdp" in event ? event.sdp : "" };
}
