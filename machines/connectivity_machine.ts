import { assign, enqueueActions, sendParent, setup } from "xstate";
import type { CandidateInit } from "../protocol/client_message.ts";
import type { ErrorCode } from "../protocol/signalbox_error.ts";
import type {
  ConnectivityContext,
  ConnectivityEvent,
  ConnectivityInput,
  DtlsState,
  IceState,
  WaitingCandidate,
} from "./connectivity_events.ts";
import { beginGeneration, generationOf } from "./ice_generation.ts";

/**
 * Whether packets get through: ICE gathering and connection (W3C WebRTC 5.6), DTLS, and the candidates of the other side.
 * The engine's word is taken for what works, never for what failed while a time limit here still runs (RFC 8863).
 */
export const connectivityMachine = setup({
  types: {
    context: {} as ConnectivityContext,
    events: {} as ConnectivityEvent,
    input: {} as ConnectivityInput,
  },
  actions: {
    // Effects come by provide().
    /** Has recorded what the transport is like, for whoever asks later what came of which way. */
    observeTransport: (_) => {},
    /** Answered by `candidate.refused`, or not at all. */
    addRemoteCandidate: (_, _params: WaitingCandidate) => {},
    sendCandidate: (_, _params: { candidate: CandidateInit | null }) => {},
    reportError: (_, _params: { code: ErrorCode; message: string }) => {},

    noteDescribing: assign({ isDescribing: true }),
    noteGeneration: assign(({ context, event }) =>
      event.type === "remote.described"
        ? { ...beginGeneration(context, event.usernameFragments), candidateCount: 0 }
        : {},
    ),
    /** What waited for a description comes again, and is judged by the one that is in force now. */
    releaseCandidates: enqueueActions(({ context, enqueue }) => {
      enqueue.assign({ waitingCandidates: [], isDescribing: false });
      for (const waiting of context.waitingCandidates) enqueue.raise({ type: "candidate.received", ...waiting });
    }),
    keepCandidate: assign(({ context, event }) =>
      event.type === "candidate.received" && event.candidate !== null
        ? { waitingCandidates: [...context.waitingCandidates, { candidate: event.candidate, ref: event.ref ?? null }] }
        : {},
    ),
    countCandidate: assign({ candidateCount: ({ context }) => context.candidateCount + 1 }),
    countDropped: assign({ droppedCandidateCount: ({ context }) => context.droppedCandidateCount + 1 }),
    tellIce: sendParent((_, params: { state: IceState }) => ({ type: "ice.moved", ...params })),
    tellDtls: sendParent((_, params: { state: DtlsState }) => ({ type: "dtls.moved", ...params })),
    tellIceRestartNeeded: sendParent({ type: "iceRestart.needed" }),
    tellFailed: sendParent((_, params: { code: ErrorCode }) => ({ type: "connectivity.failed", ...params })),
  },
  guards: {
    isGathering: ({ event }) => event.type === "gathering.changed" && event.state === "gathering",
    isGathered: ({ event }) => event.type === "gathering.changed" && event.state === "complete",
    isIceConnected: ({ event }) => event.type === "ice.changed" && event.state === "connected",
    isIceFailed: ({ event }) => event.type === "ice.changed" && event.state === "failed",
    isDtlsConnected: ({ event }) => event.type === "dtls.changed" && event.state === "connected",
    isDtlsFailed: ({ event }) => event.type === "dtls.changed" && event.state === "failed",
    isDtlsConnecting: ({ event }) => event.type === "dtls.changed" && event.state === "connecting",
    isNewGeneration: ({ context, event }) =>
      event.type === "remote.described" &&
      event.usernameFragments.some((fragment) => !context.usernameFragments.includes(fragment)),
    isEndOfCandidates: ({ event }) =>
      event.type === "candidate.received" && (event.candidate === null || event.candidate.candidate === ""),
    isOfPast: ({ context, event }) => generationOfEvent(event, context) === "past",
    isOfUnknown: ({ context, event }) => generationOfEvent(event, context) === "unknown",
    isOneTooMany: ({ context, event }) =>
      generationOfEvent(event, context) === "unknown"
        ? context.waitingCandidates.length >= context.limits.maxWaitingCandidates
        : context.candidateCount >= context.limits.maxCandidates,
  },
  delays: {
    gatheringTimeout: ({ context }) => context.timeouts.gatheringTimeoutMs,
    connectingTimeout: ({ context }) => context.timeouts.connectingTimeoutMs,
    dtlsTimeout: ({ context }) => context.timeouts.dtlsTimeoutMs,
    restartTimeout: ({ context }) => context.timeouts.restartTimeoutMs,
    disconnectedTimeout: ({ context }) => context.timeouts.disconnectedTimeoutMs,
    failedTimeout: ({ context }) => context.timeouts.failedTimeoutMs,
  },
}).createMachine({
  id: "connectivity",
  context: ({ input }) => ({
    ...input,
    usernameFragments: [],
    pastUsernameFragments: [],
    isDescribing: false,
    waitingCandidates: [],
    candidateCount: 0,
    droppedCandidateCount: 0,
  }),
  type: "parallel",
  on: {
    "candidate.gathered": {
      actions: { type: "sendCandidate", params: ({ event }) => ({ candidate: event.candidate }) },
    },
    "selectedPair.changed": { actions: "observeTransport" },
    // Changes nothing: it is there to be recorded.
    "iceServer.failed": {},
  },
  states: {
    gathering: {
      initial: "new",
      states: {
        new: {
          on: {
            "gathering.changed": [
              { guard: "isGathering", target: "gathering" },
              { guard: "isGathered", target: "complete" },
            ],
          },
        },
        gathering: {
          after: { gatheringTimeout: "complete" },
          on: { "gathering.changed": { guard: "isGathered", target: "complete" } },
        },
        complete: { on: { "gathering.changed": { guard: "isGathering", target: "gathering" } } },
      },
    },
    ice: {
      initial: "new",
      states: {
        new: { on: { "remote.described": "checking" } },
        checking: {
          entry: { type: "tellIce", params: { state: "checking" } },
          after: { connectingTimeout: "failed" },
          on: {
            "ice.changed": { guard: "isIceConnected", target: "connected" },
            // An ICE restart begins anew, and so does its time limit.
            "remote.described": { guard: "isNewGeneration", target: "checking", reenter: true },
          },
        },
        connected: {
          entry: [{ type: "tellIce", params: { state: "connected" } }, "observeTransport"],
          on: {
            "transport.silent": "disconnected",
            "consent.expired": "failed",
            "ice.changed": { guard: "isIceFailed", target: "disconnected" },
            "remote.described": { guard: "isNewGeneration", target: "checking" },
          },
        },
        disconnected: {
          entry: [{ type: "tellIce", params: { state: "disconnected" } }, "observeTransport"],
          after: { restartTimeout: { actions: "tellIceRestartNeeded" }, disconnectedTimeout: "failed" },
          on: {
            "transport.heard": "connected",
            "consent.expired": "failed",
            "ice.changed": { guard: "isIceConnected", target: "connected" },
            "remote.described": { guard: "isNewGeneration", target: "checking" },
          },
        },
        failed: {
          entry: [
            { type: "tellIce", params: { state: "failed" } },
            "observeTransport",
            {
              type: "reportError",
              params: {
                code: "ice-failed",
                message: "Cannot reach the client: no candidate pair works. Restart ICE, or offer anew",
              },
            },
          ],
          after: { failedTimeout: { actions: { type: "tellFailed", params: { code: "ice-failed" } } } },
          on: {
            "ice.changed": { guard: "isIceConnected", target: "connected" },
            "remote.described": { guard: "isNewGeneration", target: "checking" },
          },
        },
      },
    },
    dtls: {
      initial: "new",
      states: {
        new: {
          on: {
            "ice.changed": { guard: "isIceConnected", target: "connecting" },
            "dtls.changed": [
              { guard: "isDtlsConnecting", target: "connecting" },
              { guard: "isDtlsConnected", target: "connected" },
              { guard: "isDtlsFailed", target: "failed" },
            ],
          },
        },
        connecting: {
          entry: { type: "tellDtls", params: { state: "connecting" } },
          after: { dtlsTimeout: "failed" },
          on: {
            "dtls.changed": [
              { guard: "isDtlsConnected", target: "connected" },
              { guard: "isDtlsFailed", target: "failed" },
            ],
          },
        },
        connected: {
          entry: { type: "tellDtls", params: { state: "connected" } },
          on: { "dtls.changed": { guard: "isDtlsFailed", target: "failed" } },
        },
        failed: {
          entry: [
            { type: "tellDtls", params: { state: "failed" } },
            "observeTransport",
            {
              type: "reportError",
              params: {
                code: "dtls-failed",
                message:
                  "Cannot secure the connection: the DTLS handshake was not answered, or its certificate does not match the fingerprint",
              },
            },
            { type: "tellFailed", params: { code: "dtls-failed" } },
          ],
        },
      },
    },
    remoteCandidates: {
      initial: "awaited",
      on: {
        "remote.describing": { actions: "noteDescribing" },
        "remote.described": [
          { guard: "isNewGeneration", target: ".awaited", actions: ["noteGeneration", "releaseCandidates"] },
          { actions: "releaseCandidates" },
        ],
        "remote.dismissed": { actions: "releaseCandidates" },
        "candidate.received": [
          { guard: "isEndOfCandidates", target: ".complete" },
          { guard: "isOfPast", actions: "countDropped" },
          {
            guard: "isOneTooMany",
            actions: {
              type: "reportError",
              params: { code: "bad-candidate", message: "Cannot take the candidate: too many came before it" },
            },
          },
          { guard: "isOfUnknown", actions: "keepCandidate" },
          {
            target: ".trickling",
            actions: [
              {
                type: "addRemoteCandidate",
                params: ({ event }) => ({ candidate: event.candidate ?? { candidate: "" }, ref: event.ref ?? null }),
              },
              "countCandidate",
            ],
          },
        ],
        "candidate.refused": {
          actions: {
            type: "reportError",
            params: ({ event }) => ({ code: "bad-candidate", message: event.message }),
          },
        },
      },
      states: { awaited: {}, trickling: {}, complete: {} },
    },
  },
});

function generationOfEvent(event: ConnectivityEvent, context: ConnectivityContext): ReturnType<typeof generationOf> {
  if (event.type !== "candidate.received" || event.candidate === null) return "current";
  return generationOf(event.candidate, context);
}
