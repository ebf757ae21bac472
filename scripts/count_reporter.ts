import type { Reporter, TestModule } from "vitest/node";

/** Ends the output of a test run with one plain line, `12 passed, 0 failed`, for people and programs that read only that. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    // What failed outside of any test counts too: a file that cannot be loaded, an error that nobody caught.
    let failed = errors.length;
    for (const module of modules) {
      const states = [...module.children.allTests()].map((test) => test.result().state);
      const failures = states.filter((state) => state === "failed").length;
      passed += states.filter((state) => state === "passed").length;
      failed += failures > 0 || module.state() !== "failed" ? failures : 1;
    }
    // After the reporters before this one, whose summary is printed in the same turn.
    process.once("exit", () => process.stdout.write(`${passed} passed, ${failed} failed\n`));
  }
}
