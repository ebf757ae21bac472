import type { RaiseGoal } from "./layer_allocator.ts";

/** How long a probe sends, in milliseconds. Ours: libwebrtc's first take 100; a full path's queue grows by as much at twice its rate. */
const durationMs = 120;
/** Bytes of a probe start with what is due in so many milliseconds, and a tick owes no more than this. Ours: the time between ticks. */
const sliceMs = 20;
const maxTickMs = 100;
/** The first probes ask for so many times the estimate at most, later ones for less; libwebrtc's. */
const firstScale = 3;
const laterScale = 2;
/** Asked for beyond what is wanted, so that noise does not spoil it. Ours; LiveKit asks for 20 % more. */
const overshoot = 1.1;
/** A probe succeeds if this share of its rate arrived. Ours. */
const successShare = 0.85;
/** Less of a raise is left to time; in ratio to the estimate; libwebrtc's probe uncertainty. */
const minRaise = 1.05;
/** Waiting for feedback on a probe beyond a round trip, in milliseconds. Ours: feedback comes every 50 to 250. */
const resultTimeoutMs = 500;
/** Time between probes after a failed one, in milliseconds: doubles up to the second value. Ours; LiveKit waits 5 to 30 s. */
const minBackoffMs = 2_000;
const maxBackoffMs = 30_000;
/** Time between probes in any case, in milliseconds. Ours. */
const minIntervalMs = 200;

/** What is probed: see {@link BandwidthEstimator}. */
export interface ProbedEstimator {
  readonly bitrate: number | undefined;
  readonly canProbe: boolean;
  readonly sentBytes: number;
  readonly roundTripMs: number;
  readonly isQueueing: boolean;
  startProbe(nowMs: number): void;
  endProbe(nowMs: number): void;
  hasHeardOfProbe(endMs: number): boolean;
  finishProbe(nowMs: number): number;
}

/** Says when to send more than there is to send, and how much, to find out whether the path carries it. */
export class ProbeController {
  readonly #estimator: ProbedEstimator;
  #state: "idle" | "sending" | "waiting" = "idle";
  #target = 0;
  #startedAtMs = 0;
  #startBytes = 0;
  #tickedAtMs = 0;
  #endedAtMs = 0;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #backoffMs = minBackoffMs;
  #hasFailed = false;

  constructor(estimator: ProbedEstimator) {
    this.#estimator = estimator;
  }

  /** True while `tick` should be called every 20 ms or so. */
  get isSending(): boolean {
    return this.#state === "sending";
  }

  /** How long after a failed probe the next one waits, in milliseconds. */
  get backoffMs(): number {
    return this.#backoffMs;
  }

  /**
   * Every 100 ms or so; every 20 ms while {@link isSending}.
   *
   * @param goal what higher rates would be good for; undefined when nothing more could be sent
   * @returns how many bytes of padding to send now
   */
  tick(goal: RaiseGoal | undefined, nowMs: number): number {
    if (this.#state === "idle" && goal !== undefined) this.#start(goal, nowMs);
    if (this.#state === "waiting") this.#await(nowMs);
    return this.#state === "sending" ? this.#pay(nowMs) : 0;
  }

  #start({ next, all }: RaiseGoal, nowMs: number): void {
    const { bitrate, canProbe, isQueueing, sentBytes } = this.#estimator;
    if (nowMs < this.#notBeforeMs || !canProbe || bitrate === undefined || isQueueing) return;
    const goal = overshoot * (this.#hasFailed ? next : all);
    if (goal < minRaise * bitrate) return;
    this.#target = Math.min(goal, (this.#hasFailed ? laterScale : firstScale) * bitrate);
    this.#state = "sending";
    this.#startedAtMs = nowMs;
    this.#tickedAtMs = nowMs;
    this.#startBytes = sentBytes;
    this.#estimator.startProbe(nowMs);
  }

  #pay(nowMs: number): number {
    const elapsedMs = nowMs - this.#startedAtMs;
    if (elapsedMs >= durationMs || (elapsedMs > 0 && this.#estimator.isQueueing)) {
      this.#estimator.endProbe(nowMs);
      this.#endedAtMs = nowMs;
      this.#state = "waiting";
      return 0;
    }
    const due = (this.#target * (elapsedMs + sliceMs)) / 8_000 - (this.#estimator.sentBytes - this.#startBytes);
    const most = (this.#target * Math.min(nowMs - this.#tickedAtMs + sliceMs, maxTickMs)) / 8_000;
    this.#tickedAtMs = nowMs;
    return Math.max(0, Math.ceil(Math.min(due, most)));
  }

  #await(nowMs: number): void {
    const isLate = nowMs - this.#endedAtMs > this.#estimator.roundTripMs + resultTimeoutMs;
    if (!isLate && !this.#estimator.hasHeardOfProbe(this.#endedAtMs)) return;
    const arrived = this.#estimator.finishProbe(nowMs);
    this.#state = "idle";
    if (arrived >= successShare * this.#target) {
      this.#backoffMs = minBackoffMs;
      this.#hasFailed = false;
      this.#notBeforeMs = nowMs + minIntervalMs;
      return;
    }
    this.#notBeforeMs = nowMs + this.#backoffMs;
    this.#backoffMs = Math.min(2 * this.#backoffMs, maxBackoffMs);
    this.#hasFailed = true;
  }
}
