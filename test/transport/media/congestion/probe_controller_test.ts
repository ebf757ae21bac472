import { describe, expect, it } from "vitest";
import { ProbeController, type ProbedEstimator } from "../../../../transport/media/congestion/probe_controller.ts";

/** An estimator whose path carries what it is told to. */
class FakeEstimator implements ProbedEstimator {
  bitrate: number | undefined = 500_000;
  canProbe = true;
  sentBytes = 0;
  roundTripMs = 50;
  isQueueing = false;
  /** What the next probe arrives at; undefined for no feedback at all. */
  arrives: number | undefined = 0;
  readonly calls: string[] = [];

  startProbe(): void {
    this.calls.push("start");
  }

  endProbe(): void {
    this.calls.push("end");
  }

  hasHeardOfProbe(): boolean {
    return this.arrives !== undefined;
  }

  finishProbe(): number {
    this.calls.push("finish");
    if (this.arrives !== undefined) this.bitrate = Math.max(this.bitrate ?? 0, this.arrives);
    return this.arrives ?? 0;
  }
}

/** Ticks as a transport does, sending all the padding and media of a rate. Returns what was sent as padding. */
function run(
  controller: ProbeController,
  estimator: FakeEstimator,
  options: { goal?: { next: number; all: number }; fromMs: number; toMs: number; mediaBitrate?: number },
): number {
  let padding = 0;
  let lastMs = options.fromMs;
  for (let nowMs = options.fromMs; nowMs < options.toMs; nowMs += controller.isSending ? 20 : 100) {
    estimator.sentBytes += ((options.mediaBitrate ?? 0) * (nowMs - lastMs)) / 8_000;
    lastMs = nowMs;
    const bytes = controller.tick(options.goal, nowMs);
    estimator.sentBytes += bytes;
    padding += bytes;
  }
  return padding;
}

const goal = { next: 700_000, all: 1_200_000 };

describe("ProbeController", () => {
  it("[BW16] sends at the rate of its goal, less what is sent anyway, for a short time", () => {
    const estimator = new FakeEstimator();
    estimator.arrives = undefined;
    const idle = run(new ProbeController(estimator), estimator, { goal, fromMs: 1_000, toMs: 1_400 });
    // 1.32 Mbit/s in 120 ms, give or take a tick.
    expect(idle / ((1_320_000 * 0.12) / 8)).toBeCloseTo(1, 1);
    const busy = new FakeEstimator();
    busy.arrives = undefined;
    const less = run(new ProbeController(busy), busy, { goal, fromMs: 1_000, toMs: 1_400, mediaBitrate: 660_000 });
    expect(less / ((660_000 * 0.12) / 8)).toBeGreaterThan(0.9);
    expect(less / ((660_000 * 0.12) / 8)).toBeLessThan(1.3);
  });

  it("[BW16] asks for no more than three times the estimate", () => {
    const estimator = new FakeEstimator();
    estimator.arrives = undefined;
    const padding = run(new ProbeController(estimator), estimator, {
      goal: { next: 9e6, all: 9e6 },
      fromMs: 0,
      toMs: 300,
    });
    expect(padding / ((1_500_000 * 0.12) / 8)).toBeCloseTo(1, 1);
  });

  it.each<[string, Partial<FakeEstimator>, { next: number; all: number } | undefined]>([
    ["there is nothing to raise", {}, undefined],
    ["the estimate allows it already", { bitrate: 1_400_000 }, goal],
    ["there is no estimate", { bitrate: undefined }, goal],
    ["nobody would tell of it", { canProbe: false }, goal],
    ["packets wait in the path's queue", { isQueueing: true }, goal],
  ])("[BW17] sends nothing while %s", (_, state, wish) => {
    const estimator = Object.assign(new FakeEstimator(), state);
    expect(
      run(new ProbeController(estimator), estimator, { ...(wish && { goal: wish }), fromMs: 0, toMs: 5_000 }),
    ).toBe(0);
    expect(estimator.calls).toEqual([]);
  });

  it("[BW17] stops as soon as packets wait", () => {
    const estimator = new FakeEstimator();
    const controller = new ProbeController(estimator);
    expect(controller.tick(goal, 1_000)).toBeGreaterThan(0);
    estimator.isQueueing = true;
    expect(controller.tick(goal, 1_020)).toBe(0);
    expect(estimator.calls).toEqual(["start", "end"]);
    expect(controller.isSending).toBe(false);
  });

  it("[BW18] goes on soon after a probe that arrived, for what is wanted yet", () => {
    const estimator = new FakeEstimator();
    const controller = new ProbeController(estimator);
    estimator.arrives = 1_500_000;
    run(controller, estimator, { goal: { next: 2e6, all: 4e6 }, fromMs: 0, toMs: 250 });
    estimator.arrives = 4_400_000;
    run(controller, estimator, { goal: { next: 2e6, all: 4e6 }, fromMs: 250, toMs: 900 });
    expect(estimator.calls).toEqual(["start", "end", "finish", "start", "end", "finish"]);
  });

  it("[BW18] waits longer after each probe that failed, up to 30 s, and then asks for the next layer only", () => {
    const estimator = new FakeEstimator();
    const controller = new ProbeController(estimator);
    const startedAtMs: number[] = [];
    let last = 0;
    for (let nowMs = 0; nowMs < 200_000; nowMs += 20) {
      const before = estimator.calls.length;
      const bytes = controller.tick(goal, nowMs);
      if (estimator.calls.length > before && estimator.calls.at(-1) === "start") startedAtMs.push(nowMs);
      if (bytes > 0) last = Math.max(startedAtMs.length > 1 ? bytes : 0, last);
    }
    const gaps = startedAtMs.slice(1).map((ms, index) => Math.round((ms - (startedAtMs[index] ?? 0)) / 1_000));
    expect(gaps.slice(0, 6)).toEqual([2, 4, 8, 16, 30, 30]);
    // A tick of 20 ms and the next one, at 1.1 times 700 kbit/s.
    expect(last).toBeLessThanOrEqual(Math.ceil((770_000 * 0.04) / 8) + 1);
  });

  it("[BW18] takes a probe that nobody tells of as failed", () => {
    const estimator = new FakeEstimator();
    estimator.arrives = undefined;
    const controller = new ProbeController(estimator);
    run(controller, estimator, { goal, fromMs: 0, toMs: 1_000 });
    expect(estimator.calls).toEqual(["start", "end", "finish"]);
    expect(controller.backoffMs).toBe(4_000);
  });
});
