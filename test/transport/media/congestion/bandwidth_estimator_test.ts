import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BandwidthEstimator } from "../../../../transport/media/congestion/bandwidth_estimator.ts";
import { buildFeedback, feedbackBase } from "./build_feedback.ts";
import { createRandom, type PathOptions, type PathSender, SimulatedPath } from "./simulated_path.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const frameIntervalMs = 33;
const maxPacketBytes = 1_200;

/** A video of 30 pictures a second, each sent at once, at the estimate or at a rate of its own. */
class VideoSender implements PathSender {
  readonly estimator: BandwidthEstimator;
  readonly path: SimulatedPath;
  /** In bit/s; undefined for what the estimate allows. */
  bitrate: number | undefined;
  #sequenceNumber = 65_000;
  #frameAtMs = 0;
  #tickedAtMs = 0;
  readonly estimates: number[] = [];
  maxQueuedMs = 0;

  constructor(options: PathOptions, startBitrate?: number) {
    this.path = new SimulatedPath(options);
    this.estimator = new BandwidthEstimator({
      hasTransportFeedback: true,
      ...(startBitrate === undefined ? {} : { startBitrate }),
    });
  }

  tick(nowMs: number): void {
    if (nowMs - this.#tickedAtMs >= 100) {
      this.#tickedAtMs = nowMs;
      this.estimator.tick(nowMs);
      this.estimates.push(this.estimator.bitrate ?? 0);
    }
    if (nowMs - this.#frameAtMs < frameIntervalMs) return;
    this.#frameAtMs = nowMs;
    this.sendBytes(Math.floor(((this.bitrate ?? this.estimator.bitrate ?? 0) * frameIntervalMs) / 8_000));
  }

  sendBytes(bytes: number): void {
    for (let left = bytes; left > 0; left -= maxPacketBytes) {
      const size = Math.min(left, maxPacketBytes);
      this.estimator.noteSent(this.#sequenceNumber, size, this.path.nowMs);
      this.path.send(this.#sequenceNumber, size);
      this.maxQueuedMs = Math.max(this.maxQueuedMs, this.path.queuedMs);
      this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
    }
  }

  receiveFeedback(packet: Buffer, nowMs: number): void {
    expect(this.estimator.receiveTransportFeedback(packet, nowMs)).toBe(true);
  }

  run(durationMs: number): void {
    this.estimates.length = 0;
    this.maxQueuedMs = 0;
    this.path.run(this, durationMs);
  }

  get mean(): number {
    return this.estimates.reduce((sum, estimate) => sum + estimate, 0) / this.estimates.length;
  }
}

describe("BandwidthEstimator", () => {
  it.each([300_000, 1_000_000, 3_000_000])(
    "[BW5] finds 80 to 100 % of a path of %i bit/s that is used to the full",
    (capacity) => {
      const sender = new VideoSender({ capacity });
      sender.run(30_000);
      sender.run(30_000);
      expect(sender.mean / capacity).toBeGreaterThan(0.8);
      expect(sender.mean / capacity).toBeLessThan(1);
      expect(sender.maxQueuedMs).toBeLessThan(150);
    },
  );

  it("[BW6] does not fall for 2 % of losses by chance", () => {
    const full = new VideoSender({ capacity: 1_000_000, loss: 0.02 });
    full.run(60_000);
    expect(full.mean).toBeGreaterThan(800_000);
    const partly = new VideoSender({ capacity: 3_000_000, loss: 0.02 });
    partly.bitrate = 500_000;
    partly.run(60_000);
    expect(Math.min(...partly.estimates)).toBeGreaterThanOrEqual(1_000_000);
  });

  it("[BW6] does not fall for jitter of 10 ms", () => {
    const full = new VideoSender({ capacity: 1_000_000, jitterMs: 10 });
    full.run(60_000);
    expect(full.mean).toBeGreaterThan(800_000);
    const partly = new VideoSender({ capacity: 3_000_000, jitterMs: 10 });
    partly.bitrate = 500_000;
    partly.run(60_000);
    expect(Math.min(...partly.estimates)).toBeGreaterThanOrEqual(1_000_000);
  });

  it("[BW7] falls below half within 1.5 s when the capacity halves", () => {
    const sender = new VideoSender({ capacity: 2_000_000, queueMs: 1_000 });
    sender.run(30_000);
    sender.path.options.capacity = 1_000_000;
    sender.run(1_500);
    expect(sender.estimator.bitrate).toBeLessThan(1_000_000);
    expect(sender.estimator.bitrate).toBeGreaterThan(500_000);
    sender.run(3_000);
    sender.run(20_000);
    expect(sender.mean / 1_000_000).toBeGreaterThan(0.8);
    expect(sender.mean / 1_000_000).toBeLessThan(1);
  });

  it("[BW7] falls when the queue is too short to be seen, by the losses", () => {
    const sender = new VideoSender({ capacity: 2_000_000, queueMs: 10 });
    sender.bitrate = 900_000;
    sender.run(5_000);
    sender.path.options.capacity = 500_000;
    sender.run(3_000);
    expect(sender.estimator.lossRatio).toBeGreaterThan(0.1);
    expect(sender.estimator.bitrate).toBeLessThan(600_000);
  });

  it("[BW8] neither falls nor grows without proof while less is sent", () => {
    const sender = new VideoSender({ capacity: 10_000_000 });
    sender.bitrate = 200_000;
    sender.run(60_000);
    expect(Math.min(...sender.estimates)).toBe(1_000_000);
    expect(Math.max(...sender.estimates)).toBe(1_000_000);
    sender.bitrate = 1_000_000;
    sender.run(60_000);
    expect(sender.estimator.bitrate).toBeGreaterThan(1_150_000);
    expect(Math.max(...sender.estimates)).toBeLessThan(1_350_000);
  });

  it("[BW8] takes one sign of congestion for half of an unused rate at most", () => {
    const sender = new VideoSender({ capacity: 10_000_000 }, 4_000_000);
    sender.bitrate = 300_000;
    sender.run(10_000);
    sender.path.options.capacity = 250_000;
    sender.run(5_000);
    const steps = sender.estimates.map((estimate, index) => estimate / (sender.estimates[index - 1] ?? estimate));
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0.49);
    expect(sender.estimator.bitrate).toBeLessThan(300_000);
  });

  it("[BW9] does not grow while packets wait in the path's queue, and drains one that stands", () => {
    const sender = new VideoSender({ capacity: 10_000_000, queueMs: 2_000 });
    sender.bitrate = 500_000;
    sender.run(10_000);
    sender.path.options.capacity = 200_000;
    sender.run(1_000);
    sender.path.options.capacity = 505_000;
    sender.run(6_000);
    expect(sender.estimator.bitrate).toBeLessThan(450_000);
    const before = sender.estimator.bitrate ?? 0;
    sender.run(3_000);
    expect(sender.maxQueuedMs).toBeGreaterThan(100);
    expect(sender.estimator.bitrate).toBeLessThanOrEqual(before);
  });

  it("[BW9] drains a queue that stands, whatever the rate was", () => {
    const sender = new VideoSender({ capacity: 10_000_000, queueMs: 2_000 }, 5_000_000);
    sender.bitrate = 480_000;
    sender.run(10_000);
    sender.path.options.capacity = 500_000;
    sender.sendBytes(40_000);
    sender.run(6_000);
    expect(sender.path.queuedMs).toBeGreaterThan(300);
    expect(sender.estimator.bitrate).toBeLessThan(450_000);
  });

  it("[BW10] falls when feedback stays away for 3 s while packets are sent, not while none are", () => {
    const sender = new VideoSender({ capacity: 3_000_000 });
    sender.bitrate = 500_000;
    sender.run(3_000);
    sender.bitrate = 0;
    sender.run(20_000);
    expect(sender.estimator.bitrate).toBe(1_000_000);
    sender.bitrate = 500_000;
    sender.path.options.loss = 1;
    sender.run(2_900);
    expect(sender.estimator.bitrate).toBe(1_000_000);
    sender.run(3_000);
    expect(sender.estimator.bitrate).toBeCloseTo(512_000);
  });

  it("[BW11] is undefined until something is known, and stays in its bounds", () => {
    const silent = new BandwidthEstimator({ hasTransportFeedback: false });
    silent.tick(1_000);
    expect(silent.bitrate).toBeUndefined();
    const bounded = new BandwidthEstimator({
      hasTransportFeedback: false,
      minBitrate: 100_000,
      maxBitrate: 2_000_000,
    });
    bounded.receiveEstimatedMaximumBitrate(5);
    expect(bounded.bitrate).toBe(100_000);
    bounded.receiveEstimatedMaximumBitrate(9e9);
    expect(bounded.bitrate).toBe(2_000_000);
    expect(new BandwidthEstimator({ hasTransportFeedback: true }).bitrate).toBe(1_000_000);
  });

  it("[BW11] stays in its bounds whatever the other side's clock says", () => {
    const sender = new VideoSender({ capacity: 3_000_000 });
    const random = createRandom(3);
    const estimator = sender.estimator;
    let sequenceNumber = 0;
    for (let nowMs = 0; nowMs < 60_000; nowMs += 50) {
      for (let index = 0; index < 7; index += 1) estimator.noteSent(sequenceNumber + index, 1_200, nowMs + index);
      const packet = Buffer.alloc(36);
      packet.writeUInt32BE(0x8fcd0008, 0);
      packet.writeUInt16BE(sequenceNumber, 12);
      packet.writeUInt16BE(7, 14);
      packet.writeUIntBE(Math.floor(random() * 2 ** 24), 16, 3);
      packet.writeUInt16BE(0x4007, 20);
      for (let offset = 22; offset < 36; offset += 2) packet.writeUInt16BE(Math.floor(random() * 65_536), offset);
      expect(estimator.receiveTransportFeedback(packet, nowMs + 40)).toBe(true);
      estimator.tick(nowMs + 45);
      expect(estimator.bitrate).toBeGreaterThanOrEqual(50_000);
      expect(estimator.bitrate).toBeLessThanOrEqual(100_000_000);
      sequenceNumber = (sequenceNumber + 7) & 0x7fff;
    }
  });

  it("[BW12] is the receiver's estimate where there is no feedback, as far as it shows a limit", () => {
    const estimator = new BandwidthEstimator({ hasTransportFeedback: false });
    /** Sends at a rate and hears an estimate each second. */
    const run = (sendRate: number, receiverEstimate: number, seconds: number, fromMs: number) => {
      for (let nowMs = fromMs; nowMs < fromMs + 1_000 * seconds; nowMs += 100) {
        estimator.noteSent(-1, sendRate / 80, nowMs);
        if (nowMs % 1_000 === 0) estimator.receiveEstimatedMaximumBitrate(receiverEstimate);
        estimator.tick(nowMs);
      }
    };
    run(480_000, 500_000, 10, 0);
    expect(estimator.bitrate).toBe(500_000);
    // It says half as much again as is sent, as it does where nothing is wrong.
    run(320_000, 500_000, 4, 10_000);
    expect(estimator.bitrate).toBeGreaterThan(800_000);
    run(320_000, 300_000, 1, 14_000);
    expect(estimator.bitrate).toBe(300_000);
  });

  it("[BW12] is the receiver's estimate as a limit while negotiated feedback does not come", () => {
    const estimator = new BandwidthEstimator({ hasTransportFeedback: true });
    estimator.tick(1_000);
    estimator.receiveEstimatedMaximumBitrate(400_000);
    expect(estimator.bitrate).toBe(400_000);
  });

  it("[BW12] is not the receiver's estimate while feedback comes", () => {
    const sender = new VideoSender({ capacity: 3_000_000 });
    sender.bitrate = 500_000;
    sender.run(3_000);
    sender.estimator.receiveEstimatedMaximumBitrate(300_000);
    expect(sender.estimator.bitrate).toBe(1_000_000);
  });

  it("[BW13] takes back a loss when the packet was only late", () => {
    const ratioOf = (isLate: boolean) => {
      const estimator = new BandwidthEstimator({ hasTransportFeedback: true });
      for (let index = 0; index < 100; index += 1) estimator.noteSent((feedbackBase + index) & 0xffff, 500, index);
      // A run of 100 lost ones; then one of 100 that came.
      expect(estimator.receiveTransportFeedback(buildFeedback(100, [100], []), 100)).toBe(true);
      const late = isLate ? buildFeedback(100, [0x2064], Array<number>(100).fill(4)) : buildFeedback(100, [100], []);
      expect(estimator.receiveTransportFeedback(late, 800)).toBe(true);
      return estimator.lossRatio;
    };
    expect([ratioOf(false), ratioOf(true)]).toEqual([0.5, 0]);
  });

  it("[BW13] follows the losses of receiver reports where there is nothing else", () => {
    const estimator = new BandwidthEstimator({ hasTransportFeedback: false });
    let highest = 65_000;
    const run = (fractionLost: number, seconds: number, fromMs: number) => {
      for (let nowMs = fromMs; nowMs < fromMs + 1_000 * seconds; nowMs += 100) {
        estimator.noteSent(-1, 12_500, nowMs);
        if (nowMs % 1_000 === 0) {
          highest += 120;
          estimator.receiveReportBlock(5, fractionLost, highest);
        }
        estimator.tick(nowMs);
      }
    };
    run(12, 10, 0);
    expect(estimator.bitrate).toBeUndefined();
    run(51, 4, 10_000);
    expect(estimator.bitrate).toBeLessThan(900_000);
    expect(estimator.bitrate).toBeGreaterThan(600_000);
    const before = estimator.bitrate ?? 0;
    run(0, 10, 14_000);
    expect(estimator.bitrate).toBeGreaterThan(1.5 * before);
  });

  it("[BW14] is raised by a probe to what arrived, and not beyond", () => {
    const sender = new VideoSender({ capacity: 1_800_000 }, 500_000);
    sender.bitrate = 200_000;
    sender.run(3_000);
    for (const [rate, low, high] of [
      [1_000_000, 900_000, 1_050_000],
      [3_000_000, 1_500_000, 1_800_000],
    ] as const) {
      const startMs = sender.path.nowMs;
      sender.estimator.startProbe(startMs);
      for (let step = 0; step < 6; step += 1) {
        sender.sendBytes((rate - 200_000) / 400);
        sender.run(20);
      }
      const endMs = sender.path.nowMs;
      sender.estimator.endProbe(endMs);
      expect(sender.estimator.hasHeardOfProbe(endMs)).toBe(false);
      sender.run(500);
      expect(sender.estimator.hasHeardOfProbe(endMs)).toBe(true);
      const arrived = sender.estimator.finishProbe(sender.path.nowMs);
      expect(arrived).toBeGreaterThan(low);
      expect(arrived).toBeLessThan(high);
      expect(sender.estimator.bitrate).toBe(arrived);
    }
  });

  it("[BW14] learns nothing from a probe that was lost", () => {
    const sender = new VideoSender({ capacity: 3_000_000 }, 500_000);
    sender.bitrate = 200_000;
    sender.run(3_000);
    sender.estimator.startProbe(sender.path.nowMs);
    sender.path.options.loss = 0.4;
    for (let step = 0; step < 6; step += 1) {
      sender.sendBytes(6_000);
      sender.run(20);
    }
    sender.path.options.loss = 0;
    sender.estimator.endProbe(sender.path.nowMs);
    sender.run(400);
    expect(sender.estimator.finishProbe(sender.path.nowMs)).toBe(0);
    expect(sender.estimator.bitrate).toBe(500_000);
  });

  it("[BW14] is not lowered by the queue that a probe made", () => {
    const sender = new VideoSender({ capacity: 600_000 }, 600_000);
    sender.bitrate = 200_000;
    sender.run(5_000);
    sender.estimator.startProbe(sender.path.nowMs);
    for (let step = 0; step < 6; step += 1) {
      sender.sendBytes(3_000);
      sender.run(20);
    }
    sender.estimator.endProbe(sender.path.nowMs);
    sender.run(400);
    sender.estimator.finishProbe(sender.path.nowMs);
    sender.run(2_000);
    expect(sender.estimator.bitrate).toBeGreaterThanOrEqual(500_000);
  });
});
