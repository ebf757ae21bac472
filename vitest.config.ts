import { defineConfig } from "vitest/config";

// Three projects, because they need different things of a small machine: unit tests are many, short and run at every core; an e2e
// file starts nodes and browsers, and two at a time are what two cores can carry; a room fills the machine by itself, as networks full of browsers do, and
// browsers that starve send lower layers, as they should.
export default defineConfig({
  test: {
    reporters: [process.env.CI === undefined ? "default" : "tree", "./scripts/count_reporter.ts"],
    pool: "forks",
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*_test.ts"],
          exclude: ["test/e2e/**"],
          testTimeout: 15_000,
          hookTimeout: 15_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*_test.ts"],
          exclude: ["test/e2e/{rooms,networks}_*_test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "rooms",
          include: ["test/e2e/{rooms,networks}_*_test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
          // A few negotiations, one after another.
          expect: { poll: { timeout: 10_000 } },
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
