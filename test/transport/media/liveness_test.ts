import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KeyframeRequests } from "../../../transport/media/keyframe_requests.ts";
import { Liveness, type Watched } from "../../../transport/media/liveness.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

class Connection implements Watched {
  lastHeardAtMs = performance.now();
  readonly told: boolean[] = [];

  onSilence(isSilent: boolean): void {
    this.told.push(isSilent);
  }
}

test("[ME3] a silence is told once it has lasted for the limit, and once more when something comes again", () => {
  const liveness = new Liveness(8_000);
  const [talking, silent] = [new Connection(), new Connection()];
  liveness.watch(talking);
  liveness.watch(silent);
  const talk = setInterval(() => {
    talking.lastHeardAtMs = performance.now();
  }, 5_000);
  vi.advanceTimersByTime(7_499);
  expect(silent.told).toEqual([]);
  vi.advanceTimersByTime(1_001);
  expect(silent.told).toEqual([true]);
  vi.advanceTimersByTime(60_000);
  expect(silent.told).toEqual([true]);
  silent.lastHeardAtMs = performance.now();
  vi.advanceTimersByTime(500);
  expect(silent.told).toEqual([true, false]);
  expect(talking.told).toEqual([]);
  clearInterval(talk);
});

test("[ME3] one timer watches all of them, and none runs while there are none", () => {
  const liveness = new Liveness(8_000);
  const connections = Array.from({ length: 100 }, () => new Connection());
  for (const connection of connections) {
    liveness.watch(connection);
    liveness.watch(connection);
  }
  expect(vi.getTimerCount()).toBe(1);
  for (const connection of connections) liveness.forget(connection);
  expect(vi.getTimerCount()).toBe(0);
  liveness.watch(connections[0] as Connection);
  expect(vi.getTimerCount()).toBe(1);
  liveness.forget(connections[0] as Connection);
  vi.advanceTimersByTime(60_000);
  expect(connections.flatMap(({ told }) => told)).toEqual([]);
});

test("[ME3] what is forgotten in the midst of a look is not told any more", () => {
  const liveness = new Liveness(1_000);
  const second = new Connection();
  const first = new Connection();
  first.onSilence = () => liveness.forget(second);
  liveness.watch(first);
  liveness.watch(second);
  vi.advanceTimersByTime(5_000);
  expect(second.told).toEqual([]);
  liveness.forget(first);
});

test("[ME4] the first keyframe request goes out at once, those within half a second as one at its end", () => {
  const sentAtMs: number[] = [];
  const startMs = performance.now();
  const requests = new KeyframeRequests(() => sentAtMs.push(performance.now() - startMs));
  for (let i = 0; i < 100; i += 1) {
    requests.add();
    vi.advanceTimersByTime(10);
  }
  vi.advanceTimersByTime(10_000);
  expect(sentAtMs).toEqual([0, 500, 1_000]);
  requests.add();
  expect(sentAtMs).toHaveLength(4);
});

test("[ME4] a keyframe request that waits is dropped with its track", () => {
  let sentCount = 0;
  const requests = new KeyframeRequests(() => {
    sentCount += 1;
  });
  requests.add();
  requests.add();
  requests.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(10_000);
  expect(sentCount).toBe(1);
});
