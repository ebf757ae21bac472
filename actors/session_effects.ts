import type { Actor } from "xstate";
import { sessionMachine } from "../machines/session_machine.ts";
import type { ClientMessage } from "../protocol/client_message.ts";
import { type PeerActorOptions, providePeer } from "./peer_actor.ts";
import type { SignallingSocket } from "./ports.ts";
import type { RoomSupervisor } from "./room_supervisor.ts";
import type { SessionHandle } from "./session_handle.ts";
import type { SessionResumption } from "./session_resumption.ts";
import type { SessionSockets } from "./session_sockets.ts";
import { stopChildren } from "./stop_children.ts";

/** What the effects of sessions are about. */
export interface SessionEffectsOptions
  extends Pick<PeerActorOptions, "engines" | "failures" | "limits" | "log" | "observe" | "peers"> {
  readonly actors: ReadonlyMap<string, Actor<typeof sessionMachine>>;
  readonly handles: ReadonlyMap<string, SessionHandle>;
  readonly rooms: RoomSupervisor;
  readonly sockets: SessionSockets;
  readonly resumption: SessionResumption;
  readonly receive: (socket: SignallingSocket, message: ClientMessage) => void;
  /** A session is in a room, or its client is back in it. */
  readonly settled: (sessionId: string) => void;
  readonly peerEnded: (sessionId: string, peerId: string) => void;
  readonly peerCrashed: (sessionId: string, peerId: string, error: unknown) => void;
}

/** The session machine with its effects: made once for all sessions of a node, since `provide()` is dear. */
export function provideSession(options: SessionEffectsOptions): typeof sessionMachine {
  const { engines, limits, log, actors, handles, peers, sockets, rooms, resumption } = options;
  const { directory } = resumption;
  return sessionMachine.provide({
    actors: {
      peer: providePeer({
        engines,
        ownerOf: (sessionId) => rooms.ownerOf(sessionId),
        placeOf: (sessionId) => rooms.placeOf(sessionId),
        sessions: handles,
        peers,
        limits,
        log,
        observe: options.observe,
        failures: options.failures,
        onLeft: (sessionId, peerId) => actors.get(sessionId)?.send({ type: "peer.left", peerId }),
        onLateFailure: (session, peer, error) => log.error("peer failed while closing", { session, peer, error }),
      }),
    },
    actions: {
      reportError: ({ context }, { code, message, ref }) =>
        handles.get(context.sessionId)?.tellError(code, message, ref),
      closeSocket: ({ context }, { code, reason }) => handles.get(context.sessionId)?.closeSocket(code, reason),
      requestJoin: ({ context }, message) => {
        const handle = handles.get(context.sessionId);
        if (handle !== undefined) rooms.requestJoin(handle, message);
      },
      leaveRoom: ({ context }, leaving) => rooms.leave(context.sessionId, leaving),
      tellRoom: ({ context }, message) => rooms.tell(context.sessionId, message),
      detachMember: ({ context: { sessionId } }) => {
        handles.get(sessionId)?.detach();
        sockets.waitFor(sessionId);
        rooms.detach(sessionId);
      },
      reenterRoom: ({ context }, entry) => {
        const handle = handles.get(context.sessionId);
        if (handle !== undefined) rooms.reenter(handle, entry);
      },
      resumeMember: ({ context }, { ref }) => rooms.resume(context.sessionId, ref),
      releaseKept: ({ context: { sessionId } }) => {
        handles.get(sessionId)?.releaseKept();
        options.settled(sessionId);
      },
      listSession: ({ context: { sessionId } }) => {
        directory.list(sessionId);
        options.settled(sessionId);
      },
      unlistSession: ({ context }) => directory.unlist(context.sessionId),
      replaceSocket: ({ context: { sessionId } }) => {
        const handle = handles.get(sessionId);
        // A client that was sent to another node may hear of it here before it hears from there.
        if (handle !== undefined && !handle.isSentAway) sockets.replace(handle.socket, sessionId);
      },
      requestResume: ({ context }, message) => resumption.request(context.sessionId, message),
      passOn: ({ context: { sessionId } }, { messages }) => {
        const socket = handles.get(sessionId)?.socket;
        if (socket !== undefined) for (const message of messages) options.receive(socket, message);
      },
      forgetPeer: ({ context }, { peerId }) => options.peerEnded(context.sessionId, peerId),
      buryPeer: ({ context, self }, { peerId, error }) => {
        const crashed = self.getSnapshot().children[peerId];
        if (crashed !== undefined) stopChildren(crashed);
        options.peerCrashed(context.sessionId, peerId, error);
      },
    },
  });
}
