import { expect, test } from "vitest";
import { KeptMessages } from "../../actors/kept_messages.ts";

test("[RU21] of what waits for a client the oldest is given up, in order, and counted, whether little or much waits", () => {
  for (const [maxBytes, count] of [
    [1, 3],
    [40, 57],
    [4_000, 20_000],
  ] as const) {
    const kept = new KeptMessages(maxBytes);
    const all = Array.from({ length: count }, (_, n) => `${n}`);
    for (const text of all) kept.add(text);
    const { texts } = kept;
    expect(texts).toEqual(all.slice(count - texts.length));
    expect(texts.length + kept.lostCount).toBe(count);
    const bytes = texts.join("").length;
    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(bytes + (all[count - texts.length - 1]?.length ?? 0)).toBeGreaterThan(maxBytes);
  }
});
