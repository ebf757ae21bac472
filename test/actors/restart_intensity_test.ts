import { expect, test } from "vitest";
import { RestartIntensity } from "../../actors/restart_intensity.ts";

test("[AC7] crashes that lie further apart than the period are never too many", () => {
  const intensity = new RestartIntensity();
  const { maxCrashes, periodMs } = intensity.describe();
  for (let crash = 0; crash < 1_000; crash += 1) {
    expect(intensity.isExceededBy((crash * periodMs) / maxCrashes)).toBe(false);
  }
});
