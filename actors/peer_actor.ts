import { connectivityMachine } from "../machines/connectivity_machine.ts";
import { negotiationMachine, type Refusal } from "../machines/negotiation_machine.ts";
import { peerMachine } from "../machines/peer_machine.ts";
import { readDescription } from "../protocol/session_description.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";
import type { Application } from "./application.ts";
import { PeerHandle } from "./peer_handle.ts";
import type { PeerEngine, PeerEngineFactory } from "./ports.ts";
import type { SessionHandle } from "./session_handle.ts";

/** What a live peer holds beside its machines. */
export interface PeerParts {
  readonly engine: PeerEngine;
  readonly handle: PeerHandle;
  /** Settles when the application lets the first offer be answered. */
  accepted: Promise<void>;
}

export interface PeerActorOptions {
  readonly engines: PeerEngineFactory;
  readonly application: Application;
  readonly sessions: ReadonlyMap<string, SessionHandle>;
  /** Filled and emptied by the actors made here and by the session that buries a crashed one. */
  readonly peers: Map<string, PeerParts>;
  readonly limits: { readonly maxMediaSections: number };
}

/** The peer machine with its effects: made once for all peers of a node, since `provide()` is dear. */
export function providePeer(options: PeerActorOptions): typeof peerMachine {
  const { sessions, peers } = options;
  const parts = (peerId: string): PeerParts => {
    const found = peers.get(peerId);
    if (found === undefined) throw new Error(`Peer ${peerId} has no engine`);
    return found;
  };

  const negotiation = negotiationMachine.provide({
    actions: {
      applyRemoteDescription: ({ context, self }, { type, sdp }) => {
        const apply = async (): Promise<void> => {
          const { usernameFragments } = readDescription(sdp, options.limits);
          await parts(context.peerId).engine.applyRemoteDescription({ type, sdp });
          self.send({ type: "remoteDescription.applied", usernameFragments });
        };
        apply().catch((error) => self.send({ type: "description.refused", refusal: refusalOf(error) }));
      },
      createLocalDescription: ({ context, self }, { type, isIceRestart }) => {
        parts(context.peerId)
          .engine.createLocalDescription(type, { isIceRestart })
          .then(
            (description) => self.send({ type: "localDescription.created", description }),
            (error) => self.send({ type: "description.refused", refusal: refusalOf(error) }),
          );
      },
      rollBackDescription: ({ context, self }, { side }) => {
        parts(context.peerId)
          .engine.rollback(side)
          .then(
            () => self.send({ type: "description.rolledBack" }),
            (error) => self.send({ type: "description.refused", refusal: refusalOf(error) }),
          );
      },
      askApplication: ({ context, self }) => {
        parts(context.peerId).accepted.then(
          () => self.send({ type: "offer.accepted" }),
          () => {}, // Told where the promise was made.
        );
      },
      sendDescription: ({ context }, description) => sessions.get(context.sessionId)?.tell(description),
      reportError: ({ context, event }, { code, message }) =>
        sessions.get(context.sessionId)?.tellError(code, message, "ref" in event ? event.ref : context.ref),
      reportRefusal: ({ context, event }) => {
        if (event.type !== "description.refused") return;
        sessions.get(context.sessionId)?.tellError(event.refusal.code, event.refusal.message, context.ref);
      },
    },
  });

  const connectivity = connectivityMachine.provide({
    actions: {
      addRemoteCandidate: ({ context, self }, { candidate }) => {
        parts(context.peerId)
          .engine.addRemoteCandidate(candidate)
          .catch((error) => self.send({ type: "candidate.refused", message: messageOf(error) }));
      },
      sendCandidate: ({ context }, { candidate }) =>
        sessions.get(context.sessionId)?.tell({ type: "candidate", candidate }),
      reportError: ({ context, event }, { code, message }) =>
        sessions.get(context.sessionId)?.tellError(code, message, "ref" in event ? event.ref : context.ref),
    },
  });

  return peerMachine.provide({
    actors: { negotiation, connectivity },
    actions: {
      openEngine: ({ context, self }) => {
        const { peerId, sessionId } = context;
        const session = sessions.get(sessionId);
        if (session === undefined) throw new Error(`Peer ${peerId} has no session`);
        const handle = new PeerHandle({ id: peerId, session, send: (event) => self.send(event) });
        const engine = options.engines.create({ peerId, report: (event) => self.send(event), media: handle });
        handle.attach(engine);
        const opened = { engine, handle, accepted: Promise.resolve() };
        peers.set(peerId, opened);
        opened.accepted = Promise.resolve(options.application.peerOpened?.(handle));
        opened.accepted.catch((error) => handle.handlerFailed(error));
      },
      closeEngine: ({ context, self }) => {
        parts(context.peerId)
          .engine.close()
          .finally(() => self.send({ type: "engine.closed" }));
      },
      sendBye: ({ context }, { reason }) =>
        sessions.get(context.sessionId)?.tell(reason === undefined ? { type: "bye" } : { type: "bye", reason }),
      reportError: ({ context }, { code, message }) =>
        sessions.get(context.sessionId)?.tellError(code, message),
      tellApplication: ({ context }, { state }) => parts(context.peerId).handle.changeState(state),
    },
  });
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof SignalboxError) {
    return { code: error.code, message: error.message, isTainted: error.details["isTainted"] === true };
  }
  return { code: "peer-crashed", message: `Cannot go on negotiating: ${messageOf(error)}`, isTainted: true };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
