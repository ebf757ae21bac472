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
  consentedAtMs = Number.POSITIVE_INFINITY;
  readonly told: boolean[] = [];
  readonly expired: number[] = [];

  onSilence(isSilent: boolean): void {
    this.told.push(isSilent);
  }

  onConsentExpired(sinceMs: number): void {
    this.expired.push(sinceMs);
    this.consentedAtMs = Number.POSITIVE_INFINITY;
  }
}

/** A liveness for which consent lasts as long as it may. */
function watchSilence(silenceTimeoutMs: number): Liveness {
  return new Liveness({ silenceTimeoutMs, consentTimeoutMs: 30_000 });
}

test("[ME3] a silence is told once it has lasted for the limit, and once more when something comes again", () => {
  const liveness = watchSilence(8_000);
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
  const liveness = watchSilence(8_000);
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
  const liveness = watchSilence(1_000);
  const second = new Connection();
  const first = new Connection();
  first.onSilence = () => liveness.forget(second);
  liveness.watch(first);
  liveness.watch(second);
  vi.advanceTimersByTime(5_000);
  expect(second.told).toEqual([]);
  liveness.forget(first);
});

test("[PTH1] half of the time without consent is a silence, whatever comes, and the whole of it ends the sending once, in time", () => {
  const liveness = watchSilence(8_000);
  const taken = new Connection();
  taken.consentedAtMs = performance.now();
  liveness.watch(taken);
  const rubbish = setInterval(() => {
    taken.lastHeardAtMs = performance.now();
  }, 100);
  vi.advanceTimersByTime(14_999);
  expect(taken.told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(taken.told).toEqual([true]);
  vi.advanceTimersByTime(14_499);
  expect(taken.expired).toEqual([]);
  vi.advanceTimersByTime(500);
  expect(taken.expired).toHaveLength(1);
  vi.advanceTimersByTime(60_000);
  expect(taken.expired).toHaveLength(1);
  clearInterval(rubbish);
  liveness.forget(taken);
});

test("[PTH1] consent that is given again in time ends the silence", () => {
  const liveness = watchSilence(8_000);
  const connection = new Connection();
  connection.consentedAtMs = performance.now();
  liveness.watch(connection);
  vi.advanceTimersByTime(16_000);
  connection.consentedAtMs = performance.now();
  connection.lastHeardAtMs = performance.now();
  vi.advanceTimersByTime(5_000);
  expect(connection.told).toEqual([true, false]);
  expect(connection.expired).toEqual([]);
  liveness.forget(connection);
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
