import { assign, enqueueActions, sendTo, setup, spawnChild, stopChild } from "xstate";
import type { Ref } from "../protocol/ref.ts";
import type { LeaveReason } from "../protocol/room.ts";
import { isRoomMessage, type RoomMessageOf } from "../protocol/room_message.ts";
import { noWaitingMessages, type WaitingMessages, withMessage } from "../protocol/waiting_messages.ts";
import { type PeerEvent, peerMachine } from "./peer_machine.ts";
import type { MemberMessage, Reentry, SessionContext, SessionEvent, SessionInput } from "./session_events.ts";
import { messageType, mustWait, type Refusal, toPeerEvent } from "./session_messages.ts";

/** How long the peer connection of a client that goes on at another node is kept, in milliseconds: it closes it itself before. Ours. */
const lingerMs = 5_000;

/** What the session machine can do and ask for; its states are in `session_machine.ts`. */
export const sessionSetup = setup({
  types: {
    context: {} as SessionContext,
    events: {} as SessionEvent,
    input: {} as SessionInput,
  },
  actors: { peer: peerMachine },
  actions: {
    // Effects come by provide().
    reportError: (_, _params: Refusal) => {},
    closeSocket: (_, _params: { code: number; reason: string }) => {},
    /** Frees what a peer that crashed leaves behind, logs it with its last transitions and tells the client. */
    buryPeer: (_, _params: { peerId: string; error: unknown }) => {},
    forgetPeer: (_, _params: { peerId: string }) => {},
    /** Answered by `room.joined` or `room.refused`. */
    requestJoin: (_, _params: RoomMessageOf<"join">) => {},
    /** Puts the client into the room that it was in on another node. Answered as a join is. */
    reenterRoom: (_, _params: Reentry) => {},
    /** Ends what the client is to a room, joined or about to; `room.left` follows if it was joined and the session goes on. */
    leaveRoom: (_, _params: { reason: LeaveReason; isSessionEnding: boolean }) => {},
    tellRoom: (_, _params: MemberMessage) => {},
    /** Answered by `session.absorbed` or `resume.refused`. */
    requestResume: (_, _params: RoomMessageOf<"resume">) => {},
    /** Hands what the client said meanwhile to the session that has its socket now. */
    passOn: (_, _params: { messages: WaitingMessages["messages"] }) => {},
    /** The session can be found by the other nodes, or not any more. */
    listSession: (_, _params: undefined) => {},
    unlistSession: (_, _params: undefined) => {},
    /** Tells the client that its session goes on elsewhere, and closes its socket. */
    replaceSocket: (_, _params: undefined) => {},
    /** Tells the room that the client is away. */
    detachMember: (_, _params: undefined) => {},
    /** Tells the room that the client is back, and the client what there is. */
    resumeMember: (_, _params: { ref: Ref | null }) => {},
    /** Sends what was kept for the client while it was away. */
    releaseKept: (_, _params: undefined) => {},

    noteJoin: assign(({ event }) => {
      const message = event.type === "message.received" ? event.message : undefined;
      return message?.type === "join" ? { join: { room: message.room, ref: message.ref ?? null } } : {};
    }),
    noteReentry: assign(({ event }) =>
      event.type === "session.reentered" ? { join: { room: event.entry.room, ref: event.entry.ref } } : {},
    ),
    forgetJoin: assign({ join: null }),
    keepMessage: assign(({ context, event }) =>
      event.type === "message.received" ? { waiting: withMessage(context.waiting, event.message) } : {},
    ),
    releaseMessages: enqueueActions(({ context, enqueue }) => {
      enqueue.assign({ waiting: noWaitingMessages });
      for (const message of context.waiting.messages) enqueue.raise({ type: "message.received", message });
    }),
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
    tellPeersRestored: enqueueActions(({ context, enqueue }) => {
      for (const peerId of context.livePeerIds) {
        enqueue.sendTo(peerId, { type: "signalling.restored" } satisfies PeerEvent);
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
    isJoin: ({ event }) => messageType(event) === "join",
    isLeave: ({ event }) => messageType(event) === "leave",
    isResume: ({ event }) => messageType(event) === "resume",
    isDropped: ({ event }) => event.type === "socket.closed" && event.isDropped,
    isAboutRoom: ({ event }) => event.type === "message.received" && isRoomMessage(event.message),
    mustWait: ({ context, event }) => mustWait(context, event),
    canWait: ({ context, context: { waiting, limits }, event }) =>
      event.type === "message.received" &&
      mustWait(context, event) &&
      waiting.messages.length < limits.maxWaitingMessages &&
      withMessage(waiting, event.message).length <= limits.maxFrameBytes,
    hasPeer: ({ context }) => context.peerId !== null,
    isCurrentPeer: ({ context, event }) => event.type === "peer.left" && event.peerId === context.peerId,
    hasLivePeers: ({ context }) => context.livePeerIds.length > 0,
    hasRoomForCandidate: ({ context }) => context.earlyCandidates.length < context.limits.maxWaitingCandidates,
  },
  delays: {
    joinTimeout: ({ context }) => context.timeouts.joinTimeoutMs,
    lingerTimeout: lingerMs,
    resumeTimeout: ({ context }) => context.timeouts.resumeTimeoutMs,
  },
});
