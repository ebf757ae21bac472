import { expect } from "vitest";
import { clientTest as test } from "../kit/client_e2e.ts";

test("[CL1] two and three people see and hear each other", async ({ enter }) => {
  const first = await enter();
  const second = await enter();
  for (const [guest, other] of [
    [first, second],
    [second, first],
  ] as const) {
    expect(await guest.sees(other)).toBeGreaterThan(0);
    await guest.hears(other);
  }
  const third = await enter();
  const guests = [first, second, third];
  for (const guest of guests) {
    for (const other of guests) {
      if (guest === other) continue;
      expect(await guest.sees(other)).toBeGreaterThan(0);
      await guest.hears(other);
    }
  }
});
