import { type Actor, createActor, fromTransition, SimulatedClock } from "xstate";
import type { NegotiationContext, NegotiationEvent, NegotiationReport } from "../../machines/negotiation_events.ts";
import { negotiationMachine } from "../../machines/negotiation_machine.ts";
import { nameOf } from "./walk.ts";

export const timeouts = { engineTimeoutMs: 10_000, answerTimeoutMs: 15_000 };

/** A live negotiation whose orders and reports are written down, one short line each. */
export interface NegotiationRun {
  readonly actor: Actor<typeof negotiationMachine>;
  readonly clock: SimulatedClock;
  readonly state: string;
  readonly context: NegotiationContext;
  /** Sends events one after the other and returns what they brought about. */
  send(...events: NegotiationEvent[]): string[];
  /** Lets time pass and returns what that brought about. */
  wait(ms: number): string[];
}

/** `applyRemoteDescription` and the other effects as in the peer's actor, but only written down. */
export function runNegotiation(options: { readonly isPolite?: boolean } = {}): NegotiationRun {
  const { isPolite = false } = options;
  let lines: string[] = [];
  const write = (...words: unknown[]): void => {
    lines.push(words.filter((word) => word !== undefined && word !== null).join(" "));
  };
  const logic = negotiationMachine.provide({
    actions: {
      applyRemoteDescription: (_, { type, sdp }) => write("apply", type, sdp),
      createLocalDescription: (_, { type, isIceRestart }) =>
        write("create", type, isIceRestart ? "restarting ICE" : undefined),
      rollBackDescription: (_, { side }) => write("roll back", side),
      askApplication: () => write("ask"),
      sendDescription: (_, { type, sdp }) => write("send", type, sdp),
      reportError: ({ context, event }, { code }) => write("error", code, "ref" in event ? event.ref : context.ref),
      reportRefusal: ({ context, event }) =>
        write("error", event.type === "description.refused" && event.refusal.code, context.ref),
    },
  });
  const clock = new SimulatedClock();
  const parent = createActor(
    fromTransition((_, report: NegotiationReport) => {
      if (report.type === "remote.described") write("tell", report.type, ...report.usernameFragments);
      else if (!report.type.startsWith("xstate."))
        write("tell", report.type, report.type === "negotiation.failed" ? report.code : undefined);
      return undefined;
    }, undefined),
    { clock },
  ).start();
  const actor = createActor(logic, { parent, input: { peerId: "p", sessionId: "s", isPolite, timeouts } });
  actor.start();
  const taken = (): string[] => {
    const written = lines;
    lines = [];
    return written;
  };
  return {
    actor,
    clock,
    get state() {
      return nameOf(actor.getSnapshot().value);
    },
    get context() {
      return actor.getSnapshot().context;
    },
    send(...events) {
      for (const event of events) actor.send(event);
      return taken();
    },
    wait(ms) {
      clock.increment(ms);
      return taken();
    },
  };
}

/** One sample of each event; `refused` and `tainted` are the two kinds of refusal. */
export const samples = {
  offered: { type: "remote.offered", sdp: "o", ref: 1 },
  answered: { type: "remote.answered", sdp: "a", ref: 2 },
  pranswered: { type: "remote.pranswered", sdp: "p", ref: 3 },
  rolledBack: { type: "remote.rolledBack", ref: 4 },
  needed: { type: "negotiation.needed" },
  restart: { type: "iceRestart.needed" },
  restored: { type: "signalling.restored" },
  accepted: { type: "offer.accepted" },
  requested: { type: "pranswer.requested" },
  applied: { type: "remoteDescription.applied", usernameFragments: ["u"] },
  created: { type: "localDescription.created", description: { type: "offer", sdp: "own" } },
  undone: { type: "description.rolledBack" },
  refused: { type: "description.refused", refusal: { code: "bad-sdp", message: "no", isTainted: false } },
  tainted: { type: "description.refused", refusal: { code: "peer-crashed", message: "oh", isTainted: true } },
  closed: { type: "peer.closed" },
} as const satisfies Record<string, NegotiationEvent>;
export type Sample = keyof typeof samples;

/** How the impolite side gets into each of its states. */
export const waysTo = {
  "stable.settled": [],
  "stable.applyingOffer": ["offered"],
  "stable.creatingOffer": ["needed"],
  "have-local-offer.awaitingAnswer": ["needed", "created"],
  "have-local-offer.applyingAnswer": ["needed", "created", "answered"],
  "have-local-offer.applyingPranswer": ["needed", "created", "pranswered"],
  "have-remote-offer.deciding": ["offered", "applied"],
  "have-remote-offer.creatingAnswer": ["offered", "applied", "accepted"],
  "have-remote-offer.creatingPranswer": ["offered", "applied", "requested"],
  "have-remote-offer.rollingBack": ["offered", "applied", "rolledBack"],
  "have-local-pranswer.deciding": ["offered", "applied", "requested", "created"],
  "have-local-pranswer.creatingAnswer": ["offered", "applied", "requested", "created", "accepted"],
  "have-local-pranswer.creatingPranswer": ["offered", "applied", "requested", "created", "requested"],
  "have-remote-pranswer.awaitingAnswer": ["needed", "created", "pranswered", "applied"],
  "have-remote-pranswer.applyingAnswer": ["needed", "created", "pranswered", "applied", "answered"],
  "have-remote-pranswer.applyingPranswer": ["needed", "created", "pranswered", "applied", "pranswered"],
  failed: ["offered", "tainted"],
  closed: ["closed"],
} as const satisfies Record<string, readonly Sample[]>;

/** A run that was brought into a state; what it wrote on the way is forgotten. */
export function runInto(way: readonly Sample[], options: { readonly isPolite?: boolean } = {}): NegotiationRun {
  const run = runNegotiation(options);
  run.send(...way.map((name) => samples[name]));
  return run;
}
