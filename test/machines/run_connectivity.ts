import { type Actor, createActor, fromTransition, SimulatedClock } from "xstate";
import type { ConnectivityContext, ConnectivityEvent, ConnectivityReport } from "../../machines/connectivity_events.ts";
import { connectivityMachine } from "../../machines/connectivity_machine.ts";

export const timeouts = {
  gatheringTimeoutMs: 5_000,
  connectingTimeoutMs: 30_000,
  dtlsTimeoutMs: 10_000,
  restartTimeoutMs: 6_000,
  disconnectedTimeoutMs: 22_000,
  failedTimeoutMs: 30_000,
};
export const limits = { maxWaitingCandidates: 3, maxCandidates: 4 };

/** A live connectivity whose orders and reports are written down, one short line each. */
export interface ConnectivityRun {
  readonly actor: Actor<typeof connectivityMachine>;
  readonly ice: string;
  readonly dtls: string;
  readonly gathering: string;
  readonly remoteCandidates: string;
  readonly context: ConnectivityContext;
  /** Sends events one after the other and returns what they brought about. */
  send(...events: ConnectivityEvent[]): string[];
  /** Lets time pass and returns what that brought about. */
  wait(ms: number): string[];
}

/** `addRemoteCandidate` and the other effects as in the peer's actor, but only written down. */
export function runConnectivity(...events: ConnectivityEvent[]): ConnectivityRun {
  let lines: string[] = [];
  const write = (...words: unknown[]): void => {
    lines.push(words.filter((word) => word !== undefined && word !== null).join(" "));
  };
  const logic = connectivityMachine.provide({
    actions: {
      addRemoteCandidate: (_, { candidate, ref }) => write("add", candidate.candidate, ref),
      sendCandidate: (_, { candidate }) => write("send", candidate === null ? "end" : candidate.candidate),
      reportError: ({ event }, { code }) => write("error", code, "ref" in event ? event.ref : null),
    },
  });
  const clock = new SimulatedClock();
  const parent = createActor(
    fromTransition((_, report: ConnectivityReport) => {
      if (report.type === "connectivity.failed") write("tell", report.type, report.code);
      else write("tell", report.type, report.type === "iceRestart.needed" ? undefined : report.state);
      return undefined;
    }, undefined),
    { clock },
  ).start();
  const actor = createActor(logic, { parent, input: { peerId: "p", sessionId: "s", timeouts, limits } }).start();
  const region = (name: "ice" | "dtls" | "gathering" | "remoteCandidates"): string => actor.getSnapshot().value[name];
  const taken = (): string[] => {
    const written = lines;
    lines = [];
    return written;
  };
  const run: ConnectivityRun = {
    actor,
    get ice() {
      return region("ice");
    },
    get dtls() {
      return region("dtls");
    },
    get gathering() {
      return region("gathering");
    },
    get remoteCandidates() {
      return region("remoteCandidates");
    },
    get context() {
      return actor.getSnapshot().context;
    },
    send(...sent) {
      for (const event of sent) actor.send(event);
      return taken();
    },
    wait(ms) {
      clock.increment(ms);
      return taken();
    },
  };
  run.send(...events);
  return run;
}

export const describing = { type: "remote.describing" } as const;
export const dismissed = { type: "remote.dismissed" } as const;
export const described = (...usernameFragments: string[]) => ({ type: "remote.described", usernameFragments }) as const;
export const iceConnected = { type: "ice.changed", state: "connected" } as const;
export const iceFailed = { type: "ice.changed", state: "failed" } as const;
export const dtlsConnecting = { type: "dtls.changed", state: "connecting" } as const;
export const dtlsConnected = { type: "dtls.changed", state: "connected" } as const;
export const dtlsFailed = { type: "dtls.changed", state: "failed" } as const;
export const silent = { type: "transport.silent" } as const;
export const consentExpired = { type: "consent.expired" } as const;
export const heard = { type: "transport.heard" } as const;
/** What it takes to be connected. */
export const connecting = [described("u"), iceConnected, dtlsConnected] as const;

/** A candidate named so that its order shows, with a user fragment in its field or without one. */
export function candidate(name: string, usernameFragment?: string): ConnectivityEvent {
  const field = usernameFragment === undefined ? {} : { usernameFragment };
  return { type: "candidate.received", candidate: { candidate: name, ...field } };
}
