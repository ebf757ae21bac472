import fc from "fast-check";
import { expect, test } from "vitest";
import { Distribution } from "../../load/distribution.ts";

function distributionOf(values: readonly number[]): Distribution {
  const distribution = new Distribution();
  for (const value of values) distribution.add(value);
  return distribution;
}

test("[LG3] without values there is nothing to say", () => {
  expect(new Distribution().summary()).toEqual({ count: 0, p50: null, p95: null, max: null });
});

test("[LG3] percentiles are those of the nearest rank, to 2 %", () => {
  const { count, p50, p95, max } = distributionOf(Array.from({ length: 100 }, (_, index) => index + 1)).summary();
  expect([count, max]).toEqual([100, 100]);
  expect(p50).toBeGreaterThanOrEqual(50);
  expect(p50).toBeLessThan(51.1);
  expect(p95).toBeGreaterThanOrEqual(95);
  expect(p95).toBeLessThan(97);
  expect(distributionOf([7]).summary()).toEqual({ count: 1, p50: 7, p95: 7, max: 7 });
});

test("[LG3] of whatever values, each percentile is at most 2 % above the one that sorting finds", () => {
  const values = fc.array(fc.double({ min: 0.02, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
      const sorted = all.toSorted((one, other) => one - other);
      const exact = sorted[Math.max(1, Math.ceil(share * all.length)) - 1] ?? 0;
      const found = distributionOf(all).percentile(share) ?? 0;
      expect(found).toBeGreaterThanOrEqual(exact - 0.006);
      expect(found).toBeLessThanOrEqual(exact * 1.021 + 0.006);
    }),
  );
});

test("[LG3] what two processes measured adds up to what one would have", () => {
  const [one, other] = [distributionOf([1, 5, 900]), distributionOf([2, 5, 30])];
  const sum = new Distribution();
  for (const each of [one, other]) sum.merge(JSON.parse(JSON.stringify(each)));
  expect(sum.summary()).toEqual(distributionOf([1, 5, 900, 2, 5, 30]).summary());
});
