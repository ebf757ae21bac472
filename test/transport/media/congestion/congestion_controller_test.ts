import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BandwidthEstimatorOptions } from "../../../../transport/media/congestion/bandwidth_estimator.ts";
import { CongestionController } from "../../../../transport/media/congestion/congestion_controller.ts";
import type { AllocatedStream } from "../../../../transport/media/congestion/layer_allocator.ts";
import { createRandom, type PathOptions, type PathSender, SimulatedPath } from "./simulated_path.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const maxPacketBytes = 1_100;
const temporalShares = [0.4, 0.6, 1];
const framesEach = [4, 2, 1];

/** A simulcast video with three layers of three temporal layers, 30 pictures a second, as a publisher sends it. */
class SimulatedVideo implements AllocatedStream {
  readonly kind = "video";
  isActive = true;
  preferredLayer = 2;
  readonly changes: string[] = [];
  layer = -1;
  temporalLayer = -1;
  readonly rates: number[];
  readonly #random = createRandom(11);

  constructor(rates: readonly number[] = [150_000, 500_000, 1_700_000]) {
    this.rates = [...rates];
  }

  get layers() {
    return this.rates.map((rate, index) => {
      const bitrate = rate * (0.95 + 0.1 * this.#random());
      return { rid: "qhf".charAt(index), bitrate, temporalBitrates: temporalShares.map((share) => share * bitrate) };
    });
  }

  setTarget(layer: number, temporalLayer: number): void {
    this.layer = layer;
    this.temporalLayer = temporalLayer;
    this.changes.push(`${layer}:${Math.min(temporalLayer, 2)}`);
  }

  /** Bytes of a picture that are sent, 0 for one that is dropped. */
  frameBytes(frame: number): number {
    const temporalLayer = Math.min(this.temporalLayer, 2);
    if (frame % (framesEach[temporalLayer] ?? 1) !== 0) return 0;
    // Of three temporal layers each picture in turn has its share.
    const share = frame % 4 === 0 ? 0.4 : frame % 2 === 0 ? 0.2 : 0.2;
    const rate = this.rates[this.layer] ?? 0;
    return Math.round((((rate * share * 4) / 30) * (0.8 + 0.4 * this.#random())) / 8);
  }
}

class SimulatedSfu implements PathSender {
  readonly controller: CongestionController;
  readonly path: SimulatedPath;
  readonly videos: SimulatedVideo[] = [];
  paddingBytes = 0;
  maxQueuedMs = 0;
  queueAboveMs = 0;
  #sequenceNumber = 0;
  #tickedAtMs = 0;
  #frame = 0;
  #frameAtMs = 0;
  #audioAtMs = 0;

  constructor(path: PathOptions, options: Partial<BandwidthEstimatorOptions> = {}) {
    this.path = new SimulatedPath(path);
    this.controller = new CongestionController({ hasTransportFeedback: true, ...options });
    this.controller.addStream(
      {
        kind: "audio",
        isActive: true,
        layers: [{ rid: "", bitrate: 40_000, temporalBitrates: [] }],
        preferredLayer: 0,
        setTarget: () => undefined,
      },
      this.path.nowMs,
    );
  }

  add(video: SimulatedVideo): SimulatedVideo {
    this.videos.push(video);
    this.controller.addStream(video, this.path.nowMs);
    return video;
  }

  tick(nowMs: number): void {
    if (nowMs - this.#tickedAtMs >= (this.controller.isProbing ? 20 : 100)) {
      this.#tickedAtMs = nowMs;
      const padding = this.controller.tick(nowMs);
      this.paddingBytes += padding;
      this.#send(padding, 250);
    }
    if (nowMs - this.#audioAtMs >= 20) {
      this.#audioAtMs = nowMs;
      this.#send(100, 100);
    }
    if (nowMs - this.#frameAtMs < 33) return;
    this.#frameAtMs = nowMs;
    this.#frame += 1;
    for (const video of this.videos) if (video.isActive) this.#send(video.frameBytes(this.#frame), maxPacketBytes);
    if (this.path.queuedMs > 100) this.queueAboveMs += 33;
  }

  receiveFeedback(packet: Buffer, nowMs: number): void {
    expect(this.controller.receiveTransportFeedback(packet, nowMs)).toBe(true);
  }

  run(durationMs: number): void {
    this.path.run(this, durationMs);
  }

  #send(bytes: number, packetBytes: number): void {
    for (let left = bytes; left > 0; left -= packetBytes) {
      const size = Math.min(left, packetBytes);
      this.controller.noteSent(this.#sequenceNumber, size, this.path.nowMs);
      this.path.send(this.#sequenceNumber, size);
      this.maxQueuedMs = Math.max(this.maxQueuedMs, this.path.queuedMs);
      this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
    }
  }
}

describe("CongestionController", () => {
  it.each([0, 0.02, 0.05])("[BW30] finds the highest layers within 4 s and stays there, with losses of %f", (loss) => {
    const sfu = new SimulatedSfu({ capacity: 2_500_000, loss });
    const video = sfu.add(new SimulatedVideo());
    sfu.run(4_000);
    expect(video.layer).toBe(2);
    sfu.run(60_000);
    expect(video.changes.at(-1)).toBe("2:2");
    expect(video.changes.length).toBeLessThanOrEqual(3);
    expect(sfu.maxQueuedMs).toBeLessThan(100);
  });

  it.each<[number, string[]]>([
    [250_000, ["0:1", "0:2"]],
    [450_000, ["1:1"]],
    [800_000, ["1:2"]],
    [1_300_000, ["1:2", "2:1"]],
  ])("[BW30] settles on a layer that a path of %i bit/s carries", (capacity, layers) => {
    const sfu = new SimulatedSfu({ capacity });
    const video = sfu.add(new SimulatedVideo());
    sfu.run(30_000);
    const changes = video.changes.length;
    sfu.maxQueuedMs = 0;
    sfu.queueAboveMs = 0;
    sfu.run(60_000);
    expect(layers).toContain(video.changes.at(-1));
    expect(video.changes.length - changes).toBeLessThanOrEqual(6);
    // A probe fills the queue for a moment.
    expect(sfu.queueAboveMs).toBeLessThan(4_000);
  });

  it("[BW31] gives way within 2 s when the capacity falls, and comes back by probes", () => {
    const sfu = new SimulatedSfu({ capacity: 3_000_000 });
    const video = sfu.add(new SimulatedVideo());
    sfu.run(20_000);
    expect(video.layer).toBe(2);
    sfu.path.options.capacity = 700_000;
    sfu.run(2_000);
    expect(video.layer).toBeLessThan(2);
    sfu.run(18_000);
    sfu.maxQueuedMs = 0;
    sfu.path.options.capacity = 3_000_000;
    sfu.run(35_000);
    expect(video.layer).toBe(2);
  });

  it("[BW31] shares a path of 2.5 Mbit/s with jitter among four videos of the same layer", () => {
    const sfu = new SimulatedSfu({ capacity: 2_500_000, jitterMs: 10 });
    const videos = [0, 1, 2, 3].map(() => sfu.add(new SimulatedVideo()));
    sfu.run(60_000);
    expect(videos.map(({ layer }) => layer)).toEqual([1, 1, 1, 1]);
    expect(sfu.queueAboveMs).toBeLessThan(3_000);
  });

  it("[BW32] sends no padding when every stream has what it wants, or nobody gives feedback", () => {
    const content = new SimulatedSfu({ capacity: 10_000_000 });
    content.add(new SimulatedVideo([100_000, 200_000, 400_000]));
    content.run(20_000);
    expect(content.paddingBytes).toBe(0);
    const unheard = new SimulatedSfu({ capacity: 10_000_000, givesFeedback: false });
    unheard.add(new SimulatedVideo());
    unheard.run(20_000);
    expect(unheard.paddingBytes).toBe(0);
  });

  it("[BW32] spends less than 2 % of a path on probes that fail", () => {
    const sfu = new SimulatedSfu({ capacity: 1_000_000 });
    sfu.add(new SimulatedVideo());
    sfu.run(60_000);
    expect(sfu.paddingBytes * 8).toBeLessThan(0.02 * 60 * 1_000_000);
  });

  it("[BW33] gives what a stream leaves to the others", () => {
    const sfu = new SimulatedSfu({ capacity: 10_000_000 });
    const [first, second] = [sfu.add(new SimulatedVideo()), sfu.add(new SimulatedVideo([100_000, 1_200_000]))];
    expect([first.layer, second.layer]).toEqual([1, 0]);
    sfu.controller.removeStream(first);
    sfu.controller.tick(sfu.path.nowMs);
    expect(second.layer).toBe(1);
  });

  it("[BW33] gives everything what it prefers where nothing is known", () => {
    const sfu = new SimulatedSfu({ capacity: 10_000_000, givesFeedback: false }, { hasTransportFeedback: false });
    const video = sfu.add(new SimulatedVideo());
    expect(video.changes).toEqual(["2:2"]);
    sfu.run(5_000);
    video.preferredLayer = 0;
    sfu.controller.streamChanged(sfu.path.nowMs);
    expect(video.changes).toEqual(["2:2", "0:2"]);
  });

  it("[BW33] follows the receiver's estimate where there is no feedback", () => {
    const sfu = new SimulatedSfu({ capacity: 10_000_000, givesFeedback: false }, { hasTransportFeedback: false });
    const video = sfu.add(new SimulatedVideo());
    sfu.run(2_000);
    sfu.controller.receiveEstimatedMaximumBitrate(700_000, sfu.path.nowMs);
    expect(video.layer).toBe(1);
    sfu.controller.removeStream(video);
    expect(sfu.controller.receiveTransportFeedback(Buffer.alloc(20), sfu.path.nowMs)).toBe(false);
  });
});
