import { type Actor, createActor, fromTransition, SimulatedClock } from "xstate";
import { connectivityMachine } from "../../machines/connectivity_machine.ts";
import type { NegotiationEvent } from "../../machines/negotiation_events.ts";
import { negotiationMachine } from "../../machines/negotiation_machine.ts";
import { type PeerEvent, type PeerTimeouts, peerMachine } from "../../machines/peer_machine.ts";
import { timeouts as connectivityTimeouts, limits } from "./run_connectivity.ts";
import { timeouts as negotiationTimeouts } from "./run_negotiation.ts";
import { nameOf } from "./walk.ts";

export const timeouts: PeerTimeouts = { ...negotiationTimeouts, ...connectivityTimeouts, closeTimeoutMs: 5_000 };

/** Where effects are written down, one short line each. */
export type Write = (...words: unknown[]) => void;

/** The peer machine and its two children with their effects written down; `fault` makes an effect of a child throw. */
export function recordPeer(
  write: Write,
  fault: { throwsIn?: "negotiation" | "connectivity" } = {},
): typeof peerMachine {
  const doOrThrow =
    (child: "negotiation" | "connectivity", verb: string) =>
    (what: string): void => {
      if (fault.throwsIn === child) throw new Error(`boom in ${child}`);
      write(verb, what);
    };
  const [apply, add] = [doOrThrow("negotiation", "apply"), doOrThrow("connectivity", "add")];
  return peerMachine.provide({
    actors: {
      negotiation: negotiationMachine.provide({
        actions: {
          applyRemoteDescription: (_, { type, sdp }) => apply(`${type} ${sdp}`),
          createLocalDescription: (_, { type, isIceRestart }) =>
            write("create", type, isIceRestart && "restarting ICE"),
          rollBackDescription: (_, { side }) => write("roll back", side),
          askApplication: () => write("ask"),
          sendDescription: (_, { type, sdp }) => write("send", type, sdp),
          reportError: (_, { code }) => write("error", code),
          reportRefusal: ({ event }) => write("error", event.type === "description.refused" && event.refusal.code),
        },
      }),
      connectivity: connectivityMachine.provide({
        actions: {
          addRemoteCandidate: (_, { candidate, ref }) => add(`${candidate.candidate}${ref === null ? "" : ` ${ref}`}`),
          sendCandidate: (_, { candidate }) => write("send candidate", candidate?.candidate),
          reportError: (_, { code }) => write("error", code),
        },
      }),
    },
    actions: {
      openEngine: ({ context }) => write("open", context.peerId),
      closeEngine: ({ context }) => write("close", context.peerId),
      sendBye: (_, { reason }) => write("bye", reason),
      tellApplication: (_, { state }) => write("application", state),
    },
  });
}

/** A list that lines are written to and taken from. */
export class Lines {
  #lines: string[] = [];
  readonly write: Write = (...words) => {
    this.#lines.push(words.filter((word) => word !== undefined && word !== null && word !== false).join(" "));
  };

  take(): string[] {
    const taken = this.#lines;
    this.#lines = [];
    return taken;
  }
}

export interface PeerRun {
  readonly actor: Actor<typeof peerMachine>;
  readonly state: string;
  send(...events: PeerEvent[]): string[];
  /** What the engine answers to the negotiation. */
  answer(...events: NegotiationEvent[]): string[];
  wait(ms: number): string[];
}

/** A live peer under a parent that writes down how it ended. */
export function runPeer(fault: { throwsIn?: "negotiation" | "connectivity" } = {}): PeerRun {
  const lines = new Lines();
  const clock = new SimulatedClock();
  const parent = createActor(
    fromTransition((_, event: { readonly type: string; readonly error?: unknown }) => {
      const [, kind] = event.type.split(".");
      lines.write("session hears", kind, event.error instanceof Error && event.error.message);
      return undefined;
    }, undefined),
    { clock },
  ).start();
  const actor = createActor(recordPeer(lines.write, fault), {
    id: "peer",
    parent,
    input: { peerId: "p", sessionId: "s", isPolite: false, timeouts, limits },
  });
  actor.start();
  return {
    actor,
    get state() {
      return nameOf(actor.getSnapshot().value);
    },
    send(...events) {
      for (const event of events) actor.send(event);
      return lines.take();
    },
    answer(...events) {
      for (const event of events) actor.getSnapshot().children["negotiation"]?.send(event);
      return lines.take();
    },
    wait(ms) {
      clock.increment(ms);
      return lines.take();
    },
  };
}
