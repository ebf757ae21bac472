import { and, assign, enqueueActions, not, sendTo, setup, spawnChild, stopChild } from "xstate";
import type { CandidateInit, ClientMessage, Ref } from "../protocol/client_message.ts";
import type { ErrorCode } from "../protocol/signalbox_error.ts";
import type { ConnectivityLimits } from "./connectivity_events.ts";
import { type PeerEvent, type PeerTimeouts, peerMachine } from "./peer_machine.ts";

export interface SessionInput {
  readonly sessionId: string;
  readonly timeouts: PeerTimeouts;
  readonly limits: ConnectivityLimits;
}

export interface SessionContext extends SessionInput {
  /** The peer connection that the client's messages are for. */
  readonly peerId: string | null;
  /** Every peer that has not ended yet; one that was told to close may still be about it. */
  readonly livePeerIds: readonly string[];
  readonly peerCount: number;
  /** Candidates that came before any offer. */
  readonly earlyCandidates: readonly PeerEvent[];
}

export type SessionEvent =
  | { readonly type: "message.received"; readonly message: ClientMessage }
  | { readonly type: "socket.closed" }
  /** This side ends the session: the application, or the node as it stops. */
  | { readonly type: "session.closed"; readonly code: number; readonly reason: string }
  /** A peer began to close: what the client says from now on is for another one. */
  | { readonly type: "peer.left"; readonly peerId: string }
  | { readonly type: "xstate.done.actor.*"; readonly actorId: string }
  | { readonly type: "xstate.error.actor.*"; readonly actorId: string; readonly error: unknown };

/** One client, from the opening of its socket to the end of the last peer connection that it made. */
export const sessionMachine = setup({
  types: {
    context: {} as SessionContext,
    events: {} as SessionEvent,
    input: {} as SessionInput,
  },
  actors: { peer: peerMachine },
  actions: {
    // Effects come by provide().
    reportError: (_, _params: { code: ErrorCode; message: string; ref?: Ref | undefined }) => {},
    closeSocket: (_, _params: { code: number; reason: string }) => {},
    /** Frees what a peer that crashed leaves behind, logs it with its last transitions and tells the client. */
    buryPeer: (_, _params: { peerId: string; error: unknown }) => {},
    forgetPeer: (_, _params: { peerId: string }) => {},

    startPeer: enqueueActions(({ context, enqueue }) => {
      const peerId = `${context.sessionId}-${context.peerCount + 1}`;
      const { sessionId, timeouts, limits, earlyCandidates } = context;
      enqueue.assign({
        peerId,
        livePeerIds: [...context.livePeerIds, peerId],
        peerCount: context.peerCount + 1,
        earlyCandidates: [],
      });
      enqueue(
        spawnChild("peer", {
          id: peerId,
          systemId: `peer:${peerId}`,
          input: { peerId, sessionId, isPolite: false, timeouts, limits },
        }),
      );
      for (const candidate of earlyCandidates) enqueue.sendTo(peerId, candidate);
    }),
    tellPeer: sendTo(
      ({ context }) => context.peerId ?? "",
      ({ event }) => toPeerEvent(event),
    ),
    tellPeersClosed: enqueueActions(({ context, enqueue }) => {
      for (const peerId of context.livePeerIds) {
        enqueue.sendTo(peerId, { type: "peer.closed", isTold: true } satisfies PeerEvent);
      }
    }),
    keepCandidate: assign(({ context, event }) => ({
      earlyCandidates: [...context.earlyCandidates, toPeerEvent(event)],
    })),
    leavePeer: assign({ peerId: null }),
    endPeer: enqueueActions(({ context, enqueue }, { peerId }: { peerId: string }) => {
      enqueue(stopChild(peerId));
      enqueue.assign({
        peerId: context.peerId === peerId ? null : context.peerId,
        livePeerIds: context.livePeerIds.filter((id) => id !== peerId),
      });
    }),
  },
  guards: {
    isOffer: ({ event }) => messageType(event) === "offer",
    isBye: ({ event }) => messageType(event) === "bye",
    isCandidate: ({ event }) => messageType(event) === "candidate",
    hasPeer: ({ context }) => context.peerId !== null,
    isCurrentPeer: ({ context, event }) => event.type === "peer.left" && event.peerId === context.peerId,
    hasLivePeers: ({ context }) => context.livePeerIds.length > 0,
    hasRoomForCandidate: ({ context }) => context.earlyCandidates.length < context.limits.maxWaitingCandidates,
  },
}).createMachine({
  id: "session",
  context: ({ input }) => ({ ...input, peerId: null, livePeerIds: [], peerCount: 0, earlyCandidates: [] }),
  initial: "open",
  on: {
    "peer.left": { guard: "isCurrentPeer", actions: "leavePeer" },
    "xstate.done.actor.*": {
      actions: [
        { type: "forgetPeer", params: ({ event }) => ({ peerId: event.actorId }) },
        { type: "endPeer", params: ({ event }) => ({ peerId: event.actorId }) },
      ],
    },
    "xstate.error.actor.*": {
      actions: [
        { type: "buryPeer", params: ({ event }) => ({ peerId: event.actorId, error: event.error }) },
        { type: "endPeer", params: ({ event }) => ({ peerId: event.actorId }) },
      ],
    },
  },
  states: {
    open: {
      on: {
        "message.received": [
          { guard: and(["isBye", "hasPeer"]), actions: ["tellPeer", "leavePeer"] },
          { guard: "hasPeer", actions: "tellPeer" },
          { guard: "isOffer", actions: ["startPeer", "tellPeer"] },
          { guard: "isBye" },
          {
            guard: and(["isCandidate", "hasRoomForCandidate"]),
            actions: "keepCandidate",
          },
          {
            actions: {
              type: "reportError",
              params: ({ event }) => ({
                code: "bad-state",
                message: `Cannot take the ${event.message.type}: there is no peer connection; send an offer first`,
                ref: event.message.ref,
              }),
            },
          },
        ],
        "socket.closed": { target: "closing", actions: "tellPeersClosed" },
        "session.closed": {
          target: "closing",
          actions: [
            "tellPeersClosed",
            { type: "closeSocket", params: ({ event }) => ({ code: event.code, reason: event.reason }) },
          ],
        },
      },
    },
    closing: {
      always: { guard: not("hasLivePeers"), target: "closed" },
    },
    closed: { type: "final" },
  },
});

function messageType(event: SessionEvent): ClientMessage["type"] | undefined {
  return event.type === "message.received" ? event.message.type : undefined;
}

function toCandidate(candidate: CandidateInit | string | null): CandidateInit | null {
  return typeof candidate === "string" ? { candidate } : candidate;
}

function toPeerEvent(event: SessionEvent): PeerEvent {
  if (event.type !== "message.received") throw new Error(`Cannot tell the peer of ${event.type}: it is no message`);
  const { message } = event;
  const { ref } = message;
  switch (message.type) {
    case "offer":
      return { type: "remote.offered", sdp: message.sdp, ref };
    case "answer":
      return { type: "remote.answered", sdp: message.sdp, ref };
    case "pranswer":
      return { type: "remote.pranswered", sdp: message.sdp, ref };
    case "rollback":
      return { type: "remote.rolledBack", ref };
    case "candidate":
      return { type: "candidate.received", candidate: toCandidate(message.candidate), ref };
    case "bye":
      return { type: "peer.closed", reason: message.reason, isTold: true };
  }
}
