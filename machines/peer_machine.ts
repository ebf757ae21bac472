import { assign, forwardTo, not, sendTo, setup } from "xstate";
import type { Ref } from "../protocol/ref.ts";
import type { TrackLabels } from "../protocol/room.ts";
import type {
  ConnectivityEvent,
  ConnectivityLimits,
  ConnectivityReport,
  ConnectivityTimeouts,
  DtlsState,
  IceState,
} from "./connectivity_events.ts";
import { connectivityMachine } from "./connectivity_machine.ts";
import type { NegotiationEvent, NegotiationReport, NegotiationTimeouts } from "./negotiation_events.ts";
import { negotiationMachine } from "./negotiation_machine.ts";

/** Milliseconds. */
export interface PeerTimeouts extends NegotiationTimeouts, ConnectivityTimeouts {
  /** For the engine to close. */
  readonly closeTimeoutMs: number;
}

export interface PeerInput {
  readonly peerId: string;
  readonly sessionId: string;
  readonly isPolite: boolean;
  readonly timeouts: PeerTimeouts;
  readonly limits: ConnectivityLimits;
}

export interface PeerContext extends PeerInput {
  readonly ice: IceState;
  readonly dtls: DtlsState;
  /** A description of the client was taken at least once. */
  readonly isDescribed: boolean;
}

/** What the session and the engine tell the peer. */
export type PeerEvent =
  | Exclude<NegotiationEvent, { type: "peer.closed" | "remote.offered" }>
  /** With what the client says of the tracks that the offer brings. */
  | {
      readonly type: "remote.offered";
      readonly sdp: string;
      readonly labels?: TrackLabels | undefined;
      readonly ref?: Ref | undefined;
    }
  | ConnectivityEvent
  | NegotiationReport
  | ConnectivityReport
  /** The other side ended the transport itself: a DTLS close_notify or an SCTP ABORT. */
  | { readonly type: "transport.ended" }
  /** The session, the client or the application ended it; `isTold` when the client knows already. */
  | { readonly type: "peer.closed"; readonly reason?: string | undefined; readonly isTold: boolean }
  | { readonly type: "engine.closed" }
  /** A handler of the application threw. */
  | { readonly type: "application.failed"; readonly message: string };

/** `RTCPeerConnectionState` (W3C WebRTC 4.3.3). */
export type ConnectionState = "new" | "connecting" | "connected" | "disconnected" | "failed" | "closed";

/** The states of the transports as one (W3C WebRTC 4.3.3). */
export function connectionStateOf(ice: IceState, dtls: DtlsState): Exclude<ConnectionState, "closed"> {
  if (ice === "failed" || dtls === "failed") return "failed";
  if (ice === "disconnected") return "disconnected";
  if (ice === "connected" && dtls === "connected") return "connected";
  return ice === "new" && dtls === "new" ? "new" : "connecting";
}

const openStates = ["new", "connecting", "connected", "disconnected", "failed"] as const;

/** The way out of an open state as soon as the transports say another one. */
function otherThan(current: (typeof openStates)[number]) {
  return openStates
    .filter((state) => state !== current)
    .map((state) => ({ guard: { type: "isState", params: { state } }, target: state }) as const);
}

/** One peer connection: its negotiation and its connectivity side by side, until it is told to close. */
export const peerMachine = setup({
  types: {
    context: {} as PeerContext,
    events: {} as PeerEvent,
    input: {} as PeerInput,
  },
  actors: { negotiation: negotiationMachine, connectivity: connectivityMachine },
  actions: {
    // Effects come by provide().
    openEngine: () => {},
    /** Answered by `engine.closed`. */
    closeEngine: () => {},
    /** Throws: a failure of the application's code ends the peer that it was about, as one of ours does. */
    crash: (_, params: { message: string }) => {
      throw new Error(params.message);
    },
    sendBye: (_, _params: { reason?: string | undefined }) => {},
    tellApplication: (_, _params: { state: ConnectionState }) => {},
    /** Has recorded what the transport was like in the end. */
    observeTransport: () => {},
    /** Keeps the labels until the offer that they came with is applied. */
    keepLabels: (_, _params: { sdp: string; labels?: TrackLabels | undefined }) => {},

    toNegotiation: forwardTo("negotiation"),
    toConnectivity: forwardTo("connectivity"),
    tellDescribing: sendTo("connectivity", { type: "remote.describing" }),
    noteDescribed: assign({ isDescribed: true }),
    noteIce: assign(({ event }) => (event.type === "ice.moved" ? { ice: event.state } : {})),
    noteDtls: assign(({ event }) => (event.type === "dtls.moved" ? { dtls: event.state } : {})),
  },
  guards: {
    isState: ({ context }, params: { state: ConnectionState }) =>
      connectionStateOf(context.ice, context.dtls) === params.state,
    isDescribed: ({ context }) => context.isDescribed,
    isTold: ({ event }) => event.type === "peer.closed" && event.isTold,
  },
  delays: { closeTimeout: ({ context }) => context.timeouts.closeTimeoutMs },
}).createMachine({
  id: "peer",
  context: ({ input }) => ({ ...input, ice: "new", dtls: "new", isDescribed: false }),
  initial: "open",
  states: {
    open: {
      entry: "openEngine",
      exit: "observeTransport",
      invoke: [
        { id: "negotiation", src: "negotiation", input: ({ context }) => context },
        { id: "connectivity", src: "connectivity", input: ({ context }) => context },
      ],
      initial: "new",
      on: {
        "remote.offered": {
          actions: [
            { type: "keepLabels", params: ({ event }) => ({ sdp: event.sdp, labels: event.labels }) },
            "tellDescribing",
            "toNegotiation",
          ],
        },
        "remote.answered": { actions: ["tellDescribing", "toNegotiation"] },
        "remote.pranswered": { actions: ["tellDescribing", "toNegotiation"] },
        "remote.rolledBack": { actions: "toNegotiation" },
        "negotiation.needed": { actions: "toNegotiation" },
        "signalling.restored": { actions: "toNegotiation" },
        "iceRestart.needed": { actions: "toNegotiation" },
        "offer.accepted": { actions: "toNegotiation" },
        "pranswer.requested": { actions: "toNegotiation" },
        "remote.described": { actions: ["noteDescribed", "toConnectivity"] },
        "remote.dismissed": { actions: "toConnectivity" },
        "offer.refused": { guard: not("isDescribed"), target: "closing" },
        "negotiation.failed": {
          target: "closing",
          actions: { type: "sendBye", params: ({ event }) => ({ reason: event.code }) },
        },
        "candidate.received": { actions: "toConnectivity" },
        "candidate.gathered": { actions: "toConnectivity" },
        "gathering.changed": { actions: "toConnectivity" },
        "iceServer.failed": { actions: "toConnectivity" },
        "ice.changed": { actions: "toConnectivity" },
        "dtls.changed": { actions: "toConnectivity" },
        "selectedPair.changed": { actions: "toConnectivity" },
        "transport.silent": { actions: "toConnectivity" },
        "consent.expired": { actions: "toConnectivity" },
        "transport.heard": { actions: "toConnectivity" },
        "ice.moved": { actions: "noteIce" },
        "dtls.moved": { actions: "noteDtls" },
        "connectivity.failed": {
          target: "closing",
          actions: { type: "sendBye", params: ({ event }) => ({ reason: event.code }) },
        },
        "transport.ended": "closing",
        "application.failed": { actions: { type: "crash", params: ({ event }) => ({ message: event.message }) } },
        "peer.closed": [
          { guard: "isTold", target: "closing" },
          {
            target: "closing",
            actions: { type: "sendBye", params: ({ event }) => ({ reason: event.reason }) },
          },
        ],
      },
      states: {
        new: { always: otherThan("new") },
        connecting: {
          entry: { type: "tellApplication", params: { state: "connecting" } },
          always: otherThan("connecting"),
        },
        connected: {
          entry: { type: "tellApplication", params: { state: "connected" } },
          always: otherThan("connected"),
        },
        disconnected: {
          entry: { type: "tellApplication", params: { state: "disconnected" } },
          always: otherThan("disconnected"),
        },
        failed: {
          entry: { type: "tellApplication", params: { state: "failed" } },
          always: otherThan("failed"),
        },
      },
    },
    closing: {
      entry: ["closeEngine", { type: "tellApplication", params: { state: "closed" } }],
      after: { closeTimeout: "closed" },
      on: { "engine.closed": "closed" },
    },
    closed: { type: "final" },
  },
});
