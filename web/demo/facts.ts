import type { SeenCandidate } from "./candidate.ts";
import type { Deadline } from "./deadline.ts";
import type { CameraFailure, EchoEvent, EndCause, MachineName, Returned } from "./echo_event.ts";

/** What is known about the running test, or about the last one. Plain data: the whole diagnosis is made from it. */
export interface Facts {
  readonly phase: "idle" | "running" | "ended";
  readonly endCause: EndCause | null;
  readonly hasWebRtc: boolean;
  readonly pageHost: string;
  readonly camera: "unused" | "asked" | "open" | "ended" | CameraFailure;
  /** What the browser said when the camera could not be opened. */
  readonly cameraDetail: string;
  readonly hasVideo: boolean;
  readonly hasAudio: boolean;
  readonly states: Readonly<Record<MachineName, string>>;
  readonly close: { readonly code: number; readonly reason: string } | null;
  /** Whether the socket was ever open. */
  readonly hadSocket: boolean;
  /** Whether the server answered over HTTP when it was asked last; null before. */
  readonly hasServerAnswered: boolean | null;
  readonly hasAnswer: boolean;
  readonly complaint: { readonly code: string; readonly message: string } | null;
  readonly bye: { readonly reason: string } | null;
  readonly negotiationFailure: string | null;
  readonly sent: readonly SeenCandidate[];
  readonly received: readonly SeenCandidate[];
  readonly refusedCandidates: number;
  /** Connectivity checks on the wire; null where the browser does not count them. */
  readonly checks: { readonly sent: number; readonly answered: number } | null;
  readonly overdue: readonly Deadline[];
  readonly returned: readonly Returned[];
  readonly startedAtMs: number;
  readonly firstConnectedAtMs: number | null;
  /** When the connection was last good and stopped being so; null while it is good or never was. */
  readonly interruptedAtMs: number | null;
  readonly endedAtMs: number | null;
}

/** Before any test. */
export const noFacts: Facts = {
  phase: "idle",
  endCause: null,
  hasWebRtc: true,
  pageHost: "",
  camera: "unused",
  cameraDetail: "",
  hasVideo: false,
  hasAudio: false,
  states: { socket: "", signaling: "", "ice-gathering": "", ice: "", dtls: "", connection: "" },
  close: null,
  hadSocket: false,
  hasServerAnswered: null,
  hasAnswer: false,
  complaint: null,
  bye: null,
  negotiationFailure: null,
  sent: [],
  received: [],
  refusedCandidates: 0,
  checks: null,
  overdue: [],
  returned: [],
  startedAtMs: 0,
  firstConnectedAtMs: null,
  interruptedAtMs: null,
  endedAtMs: null,
};

/** Folds one event into what is known. What comes after the end changes nothing: the page goes on showing why. */
export function learn(facts: Facts, event: EchoEvent, atMs: number): Facts {
  if (event.type === "test.started") {
    const { hasWebRtc, pageHost } = event;
    return { ...noFacts, phase: "running", hasWebRtc, pageHost, startedAtMs: atMs };
  }
  if (facts.phase !== "running") return event.type === "server.probed" ? probed(facts, event.hasAnswered) : facts;
  switch (event.type) {
    case "camera.asked":
      return { ...facts, camera: "asked" };
    case "camera.opened":
      return { ...facts, camera: "open", hasVideo: event.hasVideo, hasAudio: event.hasAudio };
    case "camera.failed":
      return { ...facts, camera: event.reason, cameraDetail: event.detail };
    case "camera.ended":
      return { ...facts, camera: "ended" };
    case "socket.closed":
      return { ...facts, close: { code: event.code, reason: event.reason }, overdue: without(facts.overdue, "socket") };
    case "server.probed":
      return probed(facts, event.hasAnswered);
    case "server.complained":
      return { ...facts, complaint: { code: event.code, message: event.message } };
    case "server.left":
      return { ...facts, bye: { reason: event.reason } };
    case "offer.sent":
      return { ...facts, complaint: null };
    case "answer.received":
      return { ...facts, overdue: without(facts.overdue, "answer"), negotiationFailure: null, hasAnswer: true };
    case "negotiation.failed":
      return { ...facts, negotiationFailure: event.detail };
    case "candidate.sent":
      return { ...facts, sent: withCandidate(facts.sent, event.candidate) };
    case "candidate.received":
      return { ...facts, received: withCandidate(facts.received, event.candidate) };
    case "candidate.refused":
      return { ...facts, refusedCandidates: facts.refusedCandidates + 1 };
    case "checks.counted":
      return { ...facts, checks: { sent: event.sent, answered: event.answered } };
    case "state.changed":
      return changed(facts, event.machine, event.state, atMs);
    case "deadline.passed":
      return { ...facts, overdue: [...without(facts.overdue, event.deadline), event.deadline] };
    case "echo.returned":
      return {
        ...facts,
        overdue: without(facts.overdue, event.what),
        returned: facts.returned.includes(event.what) ? facts.returned : [...facts.returned, event.what],
      };
    case "test.ended":
      return { ...facts, phase: "ended", endCause: event.cause, endedAtMs: atMs };
  }
}

/** Whether the server said that it goes away (`shutting-down`, or a close code of RFC 6455, 7.4, that means it). */
export function isServerStopping(facts: Facts): boolean {
  const isSaid = facts.complaint?.code === "shutting-down";
  return isSaid || facts.close?.code === 1001 || facts.close?.code === 1012;
}

/** Whether a running test cannot go on: nothing that may still come would mend it. */
export function isOver(facts: Facts): boolean {
  if (facts.phase !== "running") return false;
  if (!facts.hasWebRtc || facts.bye !== null) return true;
  if (facts.close === null) return false;
  if (isServerStopping(facts)) return true;
  // Without the socket, a connection that is up may stay up; one that is not has nobody left to negotiate with.
  return facts.firstConnectedAtMs === null || facts.states.connection !== "connected";
}

function changed(facts: Facts, machine: MachineName, state: string, atMs: number): Facts {
  const next = { ...facts, states: { ...facts.states, [machine]: state } };
  if (machine === "socket" && state === "open")
    return { ...next, hadSocket: true, overdue: without(next.overdue, "socket") };
  if (machine !== "connection") return next;
  if (state === "connected") {
    return {
      ...next,
      firstConnectedAtMs: facts.firstConnectedAtMs ?? atMs,
      interruptedAtMs: null,
      overdue: without(next.overdue, "way"),
      complaint: null,
    };
  }
  if (facts.states.connection === "connected") return { ...next, interruptedAtMs: atMs };
  return next;
}

function probed(facts: Facts, hasServerAnswered: boolean): Facts {
  return { ...facts, hasServerAnswered };
}

function without<T>(list: readonly T[], value: T): readonly T[] {
  return list.filter((one) => one !== value);
}

function withCandidate(list: readonly SeenCandidate[], candidate: SeenCandidate): readonly SeenCandidate[] {
  const isKnown = list.some(
    (one) =>
      one.address === candidate.address &&
      one.port === candidate.port &&
      one.type === candidate.type &&
      one.protocol === candidate.protocol,
  );
  return isKnown ? list : [...list, candidate];
}
