import { connectivityMachine } from "../machines/connectivity_machine.ts";
import type { Refusal } from "../machines/negotiation_events.ts";
import { negotiationMachine } from "../machines/negotiation_machine.ts";
import { peerMachine } from "../machines/peer_machine.ts";
import { readDescription } from "../protocol/session_description.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";
import type { FailureExplainer } from "./failure_explainer.ts";
import type { LogFields, Logger } from "./logger.ts";
import { PeerLog } from "./peer_log.ts";
import { PeerMedia } from "./peer_media.ts";
import type { PeerOwner } from "./peer_owner.ts";
import type { PeerEngine, PeerEngineFactory } from "./ports.ts";
import type { SessionHandle } from "./session_handle.ts";

/** What a live peer holds beside its machines. */
export interface PeerParts {
  readonly engine: PeerEngine;
  readonly media: PeerMedia;
  readonly log: PeerLog;
}

export interface PeerActorOptions {
  readonly engines: PeerEngineFactory;
  /** Whom the peer connections of a session belong to now. */
  readonly ownerOf: (sessionId: string) => PeerOwner;
  /** Where their client is, for the log. */
  readonly placeOf: (sessionId: string) => LogFields;
  readonly sessions: ReadonlyMap<string, SessionHandle>;
  /** Filled and emptied by the actors made here and by the session that buries a crashed one. */
  readonly peers: Map<string, PeerParts>;
  readonly limits: { readonly maxMediaSections: number };
  readonly log: Logger;
  /** Has recorded what the transport of one is like now. */
  readonly observe: (sessionId: string, peerId: string) => void;
  /** Says for the log why a peer failed. */
  readonly failures: Pick<FailureExplainer, "explain" | "hasGivenUp">;
  /** A peer began to close: what its client says from now on is not for it. */
  readonly onLeft: (sessionId: string, peerId: string) => void;
  /** Something failed that belonged to a peer whose actor has ended. */
  readonly onLateFailure: (sessionId: string, peerId: string, error: unknown) => void;
}

/** The peer machine with its effects: made once for all peers of a node, since `provide()` is dear. */
export function providePeer(options: PeerActorOptions): typeof peerMachine {
  const { sessions, peers } = options;
  const observeTransport = ({ context }: Pick<Asking, "context">): void =>
    options.observe(context.sessionId, context.peerId);
  const parts = (peerId: string): PeerParts => {
    const found = peers.get(peerId);
    if (found === undefined) throw new Error(`Peer ${peerId} has no engine`);
    return found;
  };
  /** A refusal that the engine gives words to is an event; what it did not foresee is a fault of ours. */
  const refuse =
    ({ context, self }: Asking) =>
    (error: unknown) => {
      if (error instanceof SignalboxError) self.send({ type: "description.refused", refusal: refusalOf(error) });
      else peers.get(context.peerId)?.media.fail(error);
    };

  const negotiation = negotiationMachine.provide({
    actions: {
      applyRemoteDescription: ({ context, self }, { type, sdp }) => {
        const apply = async (): Promise<void> => {
          const { usernameFragments } = readDescription(sdp, options.limits);
          const { engine, media } = parts(context.peerId);
          media.descriptionApplying(sdp);
          try {
            await engine.applyRemoteDescription({ type, sdp });
          } catch (error) {
            media.descriptionRefused();
            throw error;
          }
          media.descriptionApplied();
          self.send({ type: "remoteDescription.applied", usernameFragments });
        };
        apply().catch(refuse({ context, self }));
      },
      createLocalDescription: ({ context, self }, { type, isIceRestart }) => {
        parts(context.peerId)
          .engine.createLocalDescription(type, { isIceRestart })
          .then(
            (description) => self.send({ type: "localDescription.created", description }),
            refuse({ context, self }),
          );
      },
      rollBackDescription: ({ context, self }, { side }) => {
        parts(context.peerId)
          .engine.rollback(side)
          .then(() => self.send({ type: "description.rolledBack" }), refuse({ context, self }));
      },
      askApplication: ({ context, self }) => {
        void parts(context.peerId).media.accepted.then(() => self.send({ type: "offer.accepted" }));
      },
      sendDescription: ({ context }, description) => {
        const tracks = parts(context.peerId).media.describeTracks();
        // An answer says it only if there is something to say.
        const isSaid = tracks !== undefined && (description.type === "offer" || Object.keys(tracks).length > 0);
        sessions.get(context.sessionId)?.tell(isSaid ? { ...description, tracks } : description);
      },
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
      addRemoteCandidate: ({ context, self }, { candidate, ref }) => {
        parts(context.peerId)
          .engine.addRemoteCandidate(candidate)
          .catch((error) => {
            if (error instanceof SignalboxError) self.send({ type: "candidate.refused", message: error.message, ref });
            else peers.get(context.peerId)?.media.fail(error);
          });
      },
      sendCandidate: ({ context }, { candidate }) =>
        sessions.get(context.sessionId)?.tell({ type: "candidate", candidate }),
      reportError: ({ context, event }, { code, message }) =>
        sessions.get(context.sessionId)?.tellError(code, message, "ref" in event ? event.ref : null),
      observeTransport,
    },
  });

  return peerMachine.provide({
    actors: { negotiation, connectivity },
    actions: {
      openEngine: ({ context, self }) => {
        const { peerId, sessionId } = context;
        const session = sessions.get(sessionId);
        if (session === undefined) throw new Error(`Peer ${peerId} has no session`);
        const media = new PeerMedia({
          id: peerId,
          session,
          send: (event) => self.send(event),
          onLateFailure: (error) => options.onLateFailure(sessionId, peerId, error),
        });
        const engine = options.engines.create({ peerId, report: (event) => self.send(event), media });
        media.attach(engine);
        const log = new PeerLog(
          options.log,
          { session: sessionId, peer: peerId },
          {
            openedAtMs: performance.now(),
            place: () => options.placeOf(sessionId),
            hasGivenUp: () => options.failures.hasGivenUp(sessionId, peerId),
            explain: () => options.failures.explain(sessionId, peerId),
          },
        );
        peers.set(peerId, { engine, media, log });
        session.media = media;
        media.handOver(options.ownerOf(sessionId));
      },
      observeTransport,
      keepLabels: ({ context }, { sdp, labels }) => parts(context.peerId).media.offerReceived(sdp, labels),
      closeEngine: ({ context, self }) => {
        const { engine, media } = parts(context.peerId);
        options.onLeft(context.sessionId, context.peerId);
        void engine
          .close()
          .catch((error) => media.fail(error))
          .finally(() => self.send({ type: "engine.closed" }));
      },
      crash: ({ context }, { message }) => {
        throw parts(context.peerId).media.failure?.error ?? new Error(message);
      },
      sendBye: ({ context }, { reason }) =>
        sessions.get(context.sessionId)?.tell(reason === undefined ? { type: "bye" } : { type: "bye", reason }),
      tellApplication: ({ context, event }, { state }) => {
        const { log, media } = parts(context.peerId);
        log.stateChanged(state, { cause: event, nowMs: performance.now() });
        media.changeState(state);
      },
    },
  });
}

/** The part of an action's arguments that an engine's answer goes back to. */
interface Asking {
  readonly context: { readonly sessionId: string; readonly peerId: string };
  readonly self: { send(event: { readonly type: "description.refused"; readonly refusal: Refusal }): void };
}

function refusalOf({ code, message, details }: SignalboxError): Refusal {
  return { code, message, isTainted: details["isTainted"] === true };
}
