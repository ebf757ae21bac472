import { describe, expect, it } from "vitest";
import { type AllocatedStream, LayerAllocator } from "../../../../transport/media/congestion/layer_allocator.ts";
import { allTemporalLayers } from "../../../../transport/media/congestion/layer_ladder.ts";

interface FakeOptions {
  readonly rates?: readonly number[];
  readonly temporalShares?: readonly number[];
  readonly preferredLayer?: number;
  readonly priority?: number;
  readonly kind?: "audio" | "video";
}

/** A stream that remembers what it was told, as `layer:temporal layer`. */
class FakeStream implements AllocatedStream {
  readonly kind: "audio" | "video";
  readonly priority: number;
  isActive = true;
  preferredLayer: number;
  rates: number[];
  readonly told: string[] = [];
  readonly #temporalShares: readonly number[];

  constructor(options: FakeOptions = {}) {
    this.kind = options.kind ?? "video";
    this.priority = options.priority ?? 1;
    this.preferredLayer = options.preferredLayer ?? 2;
    this.rates = [...(options.rates ?? [100, 300, 1_000])];
    this.#temporalShares = options.temporalShares ?? [];
  }

  get layers() {
    return this.rates.map((bitrate, index) => ({
      rid: String(index),
      bitrate,
      temporalBitrates: this.#temporalShares.map((share) => share * bitrate),
    }));
  }

  get last(): string {
    return this.told.at(-1) ?? "";
  }

  hasLayer(layer: number): boolean {
    return this.last === `${layer}`;
  }

  setTarget(layer: number, temporalLayer: number): void {
    this.told.push(temporalLayer === allTemporalLayers ? `${layer}` : `${layer}:${temporalLayer}`);
  }
}

/** What each video is given at once. */
function allocate(estimate: number | undefined, streams: readonly FakeOptions[]): string[] {
  const allocator = new LayerAllocator();
  const fakes = streams.map((options) => new FakeStream(options));
  for (const fake of fakes) allocator.add(fake);
  allocator.update(estimate, 1_000);
  return fakes.filter(({ kind }) => kind === "video").map(({ last }) => last);
}

/** Updates each 100 ms with an estimate. */
function run(allocator: LayerAllocator, estimate: number | undefined, fromMs: number, toMs: number): void {
  for (let nowMs = fromMs; nowMs < toMs; nowMs += 100) allocator.update(estimate, nowMs);
}

const audio: FakeOptions = { kind: "audio", rates: [50] };
const threeTemporal = [0.4, 0.6, 1];

describe("LayerAllocator", () => {
  it.each<[string, number | undefined, FakeOptions[], string[]]>([
    ["the highest that fits", 1_101, [{}], ["2"]],
    ["the one below when it does not fit with a margin", 1_099, [{}], ["1"]],
    ["audio before everything", 1_149, [audio, {}], ["1"]],
    ["what is left after audio", 1_151, [audio, {}], ["2"]],
    ["the lowest whatever the path carries", 10, [{}, {}, audio], ["0", "0"]],
    ["each in turn", 660, [{}, {}], ["1", "1"]],
    ["each in turn, the first one first", 1_500, [{}, {}], ["2", "1"]],
    ["no more than is preferred", 1e9, [{ preferredLayer: 1 }, { preferredLayer: 0 }, {}], ["1", "0", "2"]],
    ["the highest for a preferred one that there is not", 1e9, [{ preferredLayer: 9 }], ["2"]],
    ["what others leave when they are capped", 1_550, [{ preferredLayer: 1 }, {}], ["1", "2"]],
    ["more to whom has priority", 1_300, [{}, { priority: 2 }], ["0", "2"]],
    [
      "no layer that is not sent",
      1e9,
      [{ rates: [100, 300, 0] }, { rates: [100, 0, 1_000], preferredLayer: 1 }],
      ["1", "0"],
    ],
    ["a layer above the preferred one rather than none", 1e9, [{ rates: [0, 300, 1_000], preferredLayer: 0 }], ["1"]],
    ["the first while nothing is sent", 1e9, [{ rates: [0, 0, 0] }], ["0"]],
    ["the only one without simulcast", 10, [{ rates: [1_000] }], ["0"]],
    ["what it prefers while nothing is known", undefined, [{}, { preferredLayer: 1 }, audio], ["2", "1"]],
    ["temporal layers of the lowest", 70, [{ temporalShares: threeTemporal }], ["0:1"]],
    ["the first temporal layer at least", 10, [{ temporalShares: threeTemporal }], ["0:0"]],
    ["temporal layers of the next layer", 200, [{ temporalShares: threeTemporal }], ["1:1"]],
    ["no few pictures a second of a higher layer", 150, [{ temporalShares: threeTemporal }], ["0"]],
    ["the first of two temporal layers of a higher one", 200, [{ temporalShares: [0.6, 1] }], ["1:0"]],
  ])("[BW20] gives %s", (_, estimate, streams, expected) => {
    expect(allocate(estimate, streams)).toEqual(expected);
  });

  it("[BW21] lowers at once, when the margin is used up", () => {
    const [allocator, stream] = [new LayerAllocator(), new FakeStream()];
    allocator.add(stream);
    allocator.update(2_000, 0);
    allocator.update(960, 150);
    expect(stream.last).toBe("2");
    allocator.update(940, 300);
    expect(stream.last).toBe("1");
  });

  it("[BW21] lowers as the rates of the layers rise", () => {
    const [allocator, stream] = [new LayerAllocator(), new FakeStream()];
    allocator.add(stream);
    allocator.update(1_200, 0);
    stream.rates = [100, 300, 1_300];
    allocator.update(1_200, 150);
    expect(stream.told).toEqual(["2", "1"]);
  });

  it("[BW22] raises when there has been room with a margin for a second", () => {
    const [allocator, stream] = [new LayerAllocator(), new FakeStream()];
    allocator.add(stream);
    run(allocator, 500, 0, 3_000);
    run(allocator, 1_090, 3_000, 9_000);
    run(allocator, 1_200, 9_000, 9_900);
    run(allocator, 1_050, 9_900, 10_200);
    run(allocator, 1_200, 10_200, 11_100);
    expect(stream.told).toEqual(["1"]);
    run(allocator, 1_200, 11_100, 11_600);
    expect(stream.told).toEqual(["1", "2"]);
  });

  it("[BW22] waits twice as long after each raise that did not last, up to its limit", () => {
    const [allocator, stream] = [new LayerAllocator(), new FakeStream()];
    allocator.add(stream);
    allocator.update(500, 0);
    const waits: number[] = [];
    let nowMs = 0;
    for (let round = 0; round < 7; round += 1) {
      const startMs = nowMs;
      for (; !stream.hasLayer(2); nowMs += 100) allocator.update(1_200, nowMs);
      waits.push(Math.round((nowMs - startMs) / 1_000));
      for (; !stream.hasLayer(1); nowMs += 100) allocator.update(500, nowMs);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 32]);
    run(allocator, 1_200, nowMs, nowMs + 50_000);
    expect([stream.last, allocator.holdMs]).toEqual(["2", 1_000]);
  });

  it("[BW22] does not wait when nothing is known", () => {
    const [allocator, stream] = [new LayerAllocator(), new FakeStream()];
    allocator.add(stream);
    allocator.update(100, 0);
    allocator.update(undefined, 200);
    expect(stream.last).toBe("2");
  });

  it("[BW23] shares out anew when streams come, go, pause or want something else, at once", () => {
    const allocator = new LayerAllocator();
    const [first, second] = [new FakeStream(), new FakeStream()];
    allocator.add(first);
    allocator.update(1_200, 0);
    allocator.add(second);
    allocator.update(1_200, 1);
    expect([first.last, second.last]).toEqual(["1", "1"]);
    allocator.remove(first);
    allocator.update(1_200, 2);
    expect([first.last, second.last]).toEqual(["1", "2"]);
    allocator.add(first);
    allocator.update(1_200, 3);
    second.isActive = false;
    allocator.invalidate();
    allocator.update(1_200, 4);
    expect(first.last).toBe("2");
    first.preferredLayer = 0;
    allocator.invalidate();
    allocator.update(1_200, 5);
    expect(first.last).toBe("0");
  });

  it("[BW23] does not raise sooner after a raise that did not last because a stream came", () => {
    const allocator = new LayerAllocator();
    const [first, second] = [new FakeStream(), new FakeStream({ rates: [10] })];
    allocator.add(first);
    run(allocator, 1_200, 0, 1_000);
    run(allocator, 500, 1_000, 1_400);
    allocator.add(second);
    allocator.update(1_200, 1_500);
    expect([first.last, second.last]).toEqual(["1", "0"]);
  });

  it("[BW24] takes a layer that began to be sent a second later, and leaves one that ended at once", () => {
    const [allocator, stream] = [new LayerAllocator(), new FakeStream({ rates: [100, 300, 0] })];
    allocator.add(stream);
    allocator.update(1e6, 0);
    stream.rates = [100, 300, 50];
    run(allocator, 1e6, 200, 1_000);
    expect(stream.told).toEqual(["1"]);
    run(allocator, 1e6, 1_000, 1_500);
    expect(stream.told).toEqual(["1", "2"]);
    stream.rates = [100, 300, 0];
    allocator.update(1e6, 1_700);
    expect(stream.told).toEqual(["1", "2", "1"]);
  });

  it("[BW24] takes a layer for at least as dear as the one below", () => {
    expect(allocate(400, [{ rates: [100, 400, 20] }])).toEqual(["0"]);
    expect(allocate(441, [{ rates: [100, 400, 20] }])).toEqual(["2"]);
    const allocator = new LayerAllocator();
    allocator.add(new FakeStream({ rates: [100, 400, 20] }));
    allocator.update(441, 0);
    expect(allocator.allocatedBitrate).toBe(400);
  });

  it("[BW25] says which estimates would be of use", () => {
    const [allocator, stream] = [new LayerAllocator(), new FakeStream()];
    allocator.add(stream);
    allocator.add(new FakeStream(audio));
    allocator.update(100, 0);
    expect([allocator.allocatedBitrate, allocator.wantedBitrate]).toEqual([150, 1_050]);
    expect(allocator.raiseGoal?.next).toBeCloseTo(1.1 * 350);
    expect(allocator.raiseGoal?.all).toBeCloseTo(1.1 * 1_050);
    stream.preferredLayer = 0;
    allocator.update(100, 200);
    expect(allocator.raiseGoal).toBeUndefined();
  });

  it("[BW25] tells a stream only what changed", () => {
    const [allocator, stream] = [new LayerAllocator(), new FakeStream()];
    allocator.add(stream);
    run(allocator, 500, 0, 60_000);
    expect(stream.told).toEqual(["1"]);
  });
});
