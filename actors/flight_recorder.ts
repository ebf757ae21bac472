import type { AnyActorRef, InspectionEvent } from "xstate";

/** One transition of one actor, JSON-safe and without SDP, candidates or secrets. */
export interface Transition {
  /** Milliseconds on this process's monotonic clock. */
  readonly atMs: number;
  readonly actor: string;
  readonly event: string;
  /** The state that the actor was in afterwards. */
  readonly state: unknown;
}

/** How many transitions of one session are kept; enough for a set-up and a renegotiation. Ours. */
const maxTransitions = 64;

/** A ring: `oldest` is where the next transition goes once it is full. */
interface Recording {
  readonly transitions: Transition[];
  oldest: number;
}

/** The last transitions of every live session, or of whatever else is told apart by an id: what a log needs to say why one crashed. */
export class FlightRecorder {
  readonly #sessions = new Map<string, Recording>();
  readonly #onTransition: ((sessionId: string, transition: Transition) => void) | undefined;

  /** @param onTransition hears of each transition as it is recorded */
  constructor(onTransition?: (sessionId: string, transition: Transition) => void) {
    this.#onTransition = onTransition;
  }

  /** What a session's root actor is given as its `inspect` option. */
  record(sessionId: string): (event: InspectionEvent) => void {
    const recording: Recording = { transitions: [], oldest: 0 };
    const { transitions } = recording;
    this.#sessions.set(sessionId, recording);
    return (event) => {
      if (event.type !== "@xstate.snapshot") return;
      const state = (event.snapshot as { value?: unknown }).value;
      if (state === undefined) return;
      const transition = {
        atMs: performance.now(),
        actor: (event.actorRef as AnyActorRef).id,
        event: event.event.type,
        state,
      };
      this.#onTransition?.(sessionId, transition);
      if (transitions.length < maxTransitions) transitions.push(transition);
      else {
        transitions[recording.oldest] = transition;
        recording.oldest = (recording.oldest + 1) % maxTransitions;
      }
    };
  }

  /** The transitions of a session, oldest first; none of one that was forgotten. */
  read(sessionId: string): readonly Transition[] {
    const { transitions, oldest } = this.#sessions.get(sessionId) ?? { transitions: [], oldest: 0 };
    return [...transitions.slice(oldest), ...transitions.slice(0, oldest)];
  }

  forget(sessionId: string): void {
    this.#sessions.delete(sessionId);
  }
}
