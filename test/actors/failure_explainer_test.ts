import { expect, test } from "vitest";
import { FailureExplainer } from "../../actors/failure_explainer.ts";

test("[XP40] where more fail than are explained, nobody looks through the records for the others", () => {
  let lookCount = 0;
  const recorder = {
    recordsOf: () => {
      lookCount += 1;
      return [];
    },
  };
  const failures = new FailureExplainer(recorder, () => 1_000);
  for (let count = 0; count < 100; count += 1) failures.explain(`s${count}`, `s${count}-1`);
  expect(lookCount).toBe(5);
});
