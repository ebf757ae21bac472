import { and, assign, enqueueActions, not, sendTo, setup, spawnChild, stopChild } from "xstate";
import type { LeaveReason } from "../protocol/room.ts";
import { isRoomMessage, type RoomMessageOf } from "../protocol/room_message.ts";
import { noWaitingMessages, withMessage } from "../protocol/waiting_messages.ts";
import { type PeerEvent, peerMachine } from "./peer_machine.ts";
import type { MemberMessage, SessionContext, SessionEvent, SessionInput } from "./session_events.ts";
import {
  joinOf,
  keepUntilSettled,
  memberMessageOf,
  messageType,
  mustWait,
  type Refusal,
  refusalOf,
  toPeerEvent,
} from "./session_messages.ts";

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
    reportError: (_, _params: Refusal) => {},
    closeSocket: (_, _params: { code: number; reason: string }) => {},
    /** Frees what a peer that crashed leaves behind, logs it with its last transitions and tells the client. */
    buryPeer: (_, _params: { peerId: string; error: unknown }) => {},
    forgetPeer: (_, _params: { peerId: string }) => {},
    /** Answered by `room.joined` or `room.refused`. */
    requestJoin: (_, _params: RoomMessageOf<"join">) => {},
    /** Ends what the client is to a room, joined or about to; `room.left` follows if it was joined and the session goes on. */
    leaveRoom: (_, _params: { reason: LeaveReason; isSessionEnding: boolean }) => {},
    tellRoom: (_, _params: MemberMessage) => {},

    noteJoin: assign(({ event }) => {
      const message = event.type === "message.received" ? event.message : undefined;
      return message?.type === "join" ? { join: { room: message.room, ref: message.ref ?? null } } : {};
    }),
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
  delays: { joinTimeout: ({ context }) => context.timeouts.joinTimeoutMs },
}).createMachine({
  id: "session",
  context: ({ input }) => ({
    ...input,
    peerId: null,
    livePeerIds: [],
    peerCount: 0,
    earlyCandidates: [],
    join: null,
    waiting: noWaitingMessages,
  }),
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
      initial: "outside",
      on: {
        // What is not about a room. What is, the states below take.
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
              params: ({ event }) => refusalOf(event, "bad-state", "there is no peer connection; send an offer first"),
            },
          },
        ],
        "socket.closed": {
          target: "closing",
          actions: [{ type: "leaveRoom", params: { reason: "left", isSessionEnding: true } }, "tellPeersClosed"],
        },
        "session.closed": {
          target: "closing",
          actions: [
            { type: "leaveRoom", params: { reason: "kicked", isSessionEnding: true } },
            "tellPeersClosed",
            { type: "closeSocket", params: ({ event }) => ({ code: event.code, reason: event.reason }) },
          ],
        },
      },
      states: {
        /** In no room: the peer connection belongs to the default application. */
        outside: {
          entry: ["forgetJoin", "releaseMessages"],
          on: {
            "message.received": [
              { guard: "isJoin", target: "joining" },
              {
                guard: "isAboutRoom",
                actions: {
                  type: "reportError",
                  params: ({ event }) => refusalOf(event, "not-joined", "this client is in no room; send a join first"),
                },
              },
            ],
          },
        },
        joining: {
          entry: ["noteJoin", { type: "requestJoin", params: ({ event }) => joinOf(event) }],
          after: {
            joinTimeout: {
              target: "outside",
              actions: [
                { type: "leaveRoom", params: { reason: "left", isSessionEnding: false } },
                {
                  type: "reportError",
                  params: ({ context: { join } }) => ({
                    code: "join-timeout",
                    message: `Cannot join room "${join?.room}": the application did not decide in time`,
                    ref: join?.ref ?? undefined,
                  }),
                },
              ],
            },
          },
          on: {
            "message.received": keepUntilSettled,
            "room.joined": "joined",
            "room.refused": "outside",
            // It was let in, and out again before it knew.
            "room.left": "outside",
          },
        },
        /** In a room, which the peer connection belongs to. */
        joined: {
          entry: "releaseMessages",
          on: {
            "message.received": [
              {
                guard: "isJoin",
                actions: {
                  type: "reportError",
                  params: ({ context, event }) =>
                    refusalOf(event, "bad-state", `this client is in room "${context.join?.room}"; send a leave first`),
                },
              },
              { guard: "isLeave", target: "leaving" },
              { guard: "isAboutRoom", actions: { type: "tellRoom", params: ({ event }) => memberMessageOf(event) } },
            ],
            "room.left": "outside",
          },
        },
        leaving: {
          entry: { type: "leaveRoom", params: { reason: "left", isSessionEnding: false } },
          on: { "message.received": keepUntilSettled, "room.left": "outside" },
        },
      },
    },
    closing: {
      always: { guard: not("hasLivePeers"), target: "closed" },
    },
    closed: { type: "final" },
  },
});
