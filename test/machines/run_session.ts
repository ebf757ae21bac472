import { type Actor, createActor, SimulatedClock } from "xstate";
import type { NegotiationEvent } from "../../machines/negotiation_events.ts";
import type { PeerEvent } from "../../machines/peer_machine.ts";
import type { SessionContext, SessionEvent, SessionLimits, SessionTimeouts } from "../../machines/session_events.ts";
import { sessionMachine } from "../../machines/session_machine.ts";
import type { ClientMessage } from "../../protocol/client_message.ts";
import { limits as connectivityLimits } from "./run_connectivity.ts";
import { Lines, timeouts as peerTimeouts, recordPeer } from "./run_peer.ts";
import { nameOf } from "./walk.ts";

export const timeouts: SessionTimeouts = { ...peerTimeouts, resumeTimeoutMs: 7_000, joinTimeoutMs: 10_000 };
export const limits: SessionLimits = { ...connectivityLimits, maxWaitingMessages: 3, maxFrameBytes: 300 };

export interface SessionRun {
  readonly actor: Actor<typeof sessionMachine>;
  readonly state: string;
  readonly context: SessionContext;
  send(...events: SessionEvent[]): string[];
  /** What the client says. */
  say(...messages: ClientMessage[]): string[];
  /** What a peer's engine reports, or its application. */
  toPeer(peerId: string, ...events: PeerEvent[]): string[];
  /** What a peer's engine answers to its negotiation. */
  answer(peerId: string, ...events: NegotiationEvent[]): string[];
  wait(ms: number): string[];
}

/** A live session with real peers below it; all effects are written down, one short line each. */
export function runSession(fault: { throwsIn?: "negotiation" | "connectivity" } = {}): SessionRun {
  const lines = new Lines();
  const clock = new SimulatedClock();
  const logic = sessionMachine.provide({
    actors: { peer: recordPeer(lines.write, fault) },
    actions: {
      reportError: (_, { code, message, ref }) => lines.write("error", code, ref, "-", message),
      closeSocket: (_, { code, reason }) => lines.write("close socket", code, reason),
      buryPeer: (_, { peerId, error }) => lines.write("bury", peerId, error instanceof Error && error.message),
      forgetPeer: (_, { peerId }) => lines.write("forget", peerId),
      requestJoin: (_, { room, ref }) => lines.write("request join", room, ref),
      leaveRoom: (_, { reason, isSessionEnding }) => lines.write("leave", reason, isSessionEnding && "at the end"),
      tellRoom: (_, { type }) => lines.write("tell room", type),
      requestResume: (_, { token, ref }) => lines.write("request resume", token, ref),
      passOn: (_, { messages }) => lines.write("pass on", ...messages.map(({ type }) => type)),
      detachMember: () => lines.write("detach member"),
      resumeMember: (_, { ref }) => lines.write("resume member", ref),
      releaseKept: () => lines.write("release kept"),
      replaceSocket: () => lines.write("replace socket"),
      reenterRoom: (_, { room, ref }) => lines.write("reenter", room, ref),
    },
  });
  const actor = createActor(logic, { clock, input: { sessionId: "s", timeouts, limits } });
  actor.start();
  const peer = (peerId: string) => actor.getSnapshot().children[peerId] as ReturnType<typeof childOf>;
  return {
    actor,
    get state() {
      return nameOf(actor.getSnapshot().value);
    },
    get context() {
      return actor.getSnapshot().context;
    },
    send(...events) {
      for (const event of events) actor.send(event);
      return lines.take();
    },
    say(...messages) {
      for (const message of messages) actor.send({ type: "message.received", message });
      return lines.take();
    },
    toPeer(peerId, ...events) {
      for (const event of events) peer(peerId)?.send(event);
      return lines.take();
    },
    answer(peerId, ...events) {
      for (const event of events) peer(peerId)?.getSnapshot().children["negotiation"]?.send(event);
      return lines.take();
    },
    wait(ms) {
      clock.increment(ms);
      return lines.take();
    },
  };
}

function childOf(actor: Actor<ReturnType<typeof recordPeer>> | undefined): typeof actor {
  return actor;
}
