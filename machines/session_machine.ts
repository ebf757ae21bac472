import { and, not } from "xstate";
import type { LeaveReason } from "../protocol/room.ts";
import { errorCodes } from "../protocol/signalbox_error.ts";
import { noWaitingMessages } from "../protocol/waiting_messages.ts";
import type { Reentry, SessionEvent } from "./session_events.ts";
import { joinOf, keepUntilSettled, memberMessageOf, refusalOf, resumeOf } from "./session_messages.ts";
import { sessionSetup } from "./session_setup.ts";

/** What a client that is back comes to, in the order in which it is told. */
const resumption = [
  { type: "resumeMember", params: ({ event }: { event: Resumed }) => ({ ref: event.ref }) },
  "tellPeersRestored",
  "releaseKept",
] as const;

type Resumed = Extract<SessionEvent, { readonly type: "session.resumed" }>;

function reentryOf(event: SessionEvent): Reentry {
  if (event.type === "session.reentered") return event.entry;
  throw new Error(`Cannot enter a room again: ${event.type} names none`);
}

/** A client whose node stops was not put out. */
function endingOf(code: number): LeaveReason {
  return code === errorCodes["shutting-down"].closeCode ? "node-lost" : "kicked";
}

/** The room knows by itself, and nobody is told, unless it heard nothing of where the client is now. */
const leaveReplaced = { type: "leaveRoom", params: { reason: "replaced", isSessionEnding: true } } as const;

/** One client, from the opening of its first socket to the end of the last peer connection that it made. */
export const sessionMachine = sessionSetup.createMachine({
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
            { type: "leaveRoom", params: ({ event }) => ({ reason: endingOf(event.code), isSessionEnding: true }) },
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
            "session.reentered": "reentering",
            "message.received": [
              { guard: "isJoin", target: "joining" },
              {
                guard: and(["isResume", "hasPeer"]),
                actions: {
                  type: "reportError",
                  params: ({ event }) =>
                    refusalOf(event, "bad-state", "this socket has a peer connection; resume before anything else"),
                },
              },
              { guard: "isResume", target: "resuming" },
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
        /** About to be in the room that it was in on a node that is gone. */
        reentering: {
          entry: ["noteReentry", { type: "reenterRoom", params: ({ event }) => reentryOf(event) }],
          on: {
            "message.received": keepUntilSettled,
            "room.joined": "joined",
            "room.refused": "outside",
            "room.left": "outside",
          },
        },
        /** About to be the session that it was on another socket. */
        resuming: {
          entry: { type: "requestResume", params: ({ event }) => resumeOf(event) },
          on: {
            "message.received": keepUntilSettled,
            "resume.refused": "outside",
            "session.absorbed": {
              target: "#session.closing",
              actions: {
                type: "passOn",
                params: ({ context }) => ({ messages: context.waiting.messages }),
              },
            },
          },
        },
        /** In a room, which the peer connection belongs to. */
        joined: {
          entry: ["listSession", "releaseMessages"],
          exit: "unlistSession",
          initial: "attached",
          states: {
            attached: {
              on: {
                "socket.closed": { guard: "isDropped", target: "detached" },
                // The old socket did not notice yet that it is cut off.
                "session.resumed": { actions: resumption },
              },
            },
            /** Its socket dropped; the media goes on, and so does its place in the room. */
            detached: {
              entry: "detachMember",
              after: {
                resumeTimeout: {
                  target: "#session.closing",
                  actions: [
                    { type: "leaveRoom", params: { reason: "timeout", isSessionEnding: true } },
                    "tellPeersClosed",
                  ],
                },
              },
              on: {
                "session.resumed": { target: "attached", actions: resumption },
                "room.left": { target: "#session.closing", actions: "tellPeersClosed" },
              },
            },
          },
          on: {
            "message.received": [
              {
                guard: "isResume",
                actions: {
                  type: "reportError",
                  params: ({ context, event }) =>
                    refusalOf(event, "bad-state", `this client is in room "${context.join?.room}"`),
                },
              },
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
            "session.superseded": { target: "#session.superseded", actions: "replaceSocket" },
          },
        },
        leaving: {
          entry: { type: "leaveRoom", params: { reason: "left", isSessionEnding: false } },
          on: { "message.received": keepUntilSettled, "room.left": "outside" },
        },
      },
    },
    /** Its media goes on for a moment, until it comes from where the client is now. */
    superseded: {
      after: { lingerTimeout: { target: "closing", actions: ["tellPeersClosed", leaveReplaced] } },
      always: { guard: not("hasLivePeers"), target: "closing", actions: leaveReplaced },
      on: { "session.closed": { target: "closing", actions: ["tellPeersClosed", leaveReplaced] } },
    },
    closing: {
      always: { guard: not("hasLivePeers"), target: "closed" },
    },
    closed: { type: "final" },
  },
});
