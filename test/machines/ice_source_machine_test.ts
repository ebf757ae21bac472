import { expect, test } from "vitest";
import { createActor, SimulatedClock } from "xstate";
import { type IceSourceEvent, iceSourceMachine } from "../../machines/ice_source_machine.ts";
import "../kit/quiet_xstate.ts";
import { Lines } from "./run_peer.ts";

const timeouts = { firstRetryMs: 1_000, maxRetryMs: 60_000, requestPauseMs: 500 };
const fetched = { type: "servers.fetched", lifeMs: 100_000, isExpiring: true, missing: 0, shelfLifeMs: 1e8 } as const;
const lasting = { ...fetched, isExpiring: false } as const;
const failed = { type: "fetch.failed", reason: "503", jitter: 1, retryAfterMs: 0 } as const;
const stopped = { type: "source.stopped" } as const;

/** Goes through events and times in milliseconds; says each state and what was ordered on the way. */
function run(...steps: readonly (IceSourceEvent | number)[]) {
  const lines = new Lines();
  const clock = new SimulatedClock();
  const logic = iceSourceMachine.provide({
    actions: {
      fetchServers: () => lines.write("fetch"),
      dropServers: () => lines.write("drop"),
      ageSpares: () => lines.write("age"),
      reportFailure: ({ context }) => lines.write("report", context.failures, context.reason),
    },
  });
  const actor = createActor(logic, { clock, input: { timeouts } }).start();
  for (const step of steps) {
    if (typeof step === "number") clock.increment(step);
    else actor.send(step);
  }
  const { value, context, status } = actor.getSnapshot();
  return { value, context, status, lines: lines.take() };
}

test("[IS15] servers are fetched at once, and anew when four fifths of their life are over", () => {
  expect(run()).toMatchObject({ value: { empty: "fetching" }, lines: ["fetch"] });
  expect(run(fetched, 79_999)).toMatchObject({ value: { fresh: "full" }, lines: ["fetch"] });
  expect(run(fetched, 80_000)).toMatchObject({ value: { stale: "fetching" }, lines: ["fetch", "fetch"] });
  expect(run(fetched, 80_000, fetched, 79_999)).toMatchObject({ value: { fresh: "full" }, lines: ["fetch", "fetch"] });
});

test("[IS16] what is there is kept while the provider is down, and dropped when it is over", () => {
  expect(run(fetched, 80_000, failed)).toMatchObject({
    value: { stale: "backing-off" },
    lines: ["fetch", "fetch", "report 1 503"],
  });
  expect(run(fetched, 80_000, failed, 1_000)).toMatchObject({ value: { stale: "fetching" } });
  expect(run(fetched, 80_000, 19_999)).toMatchObject({ value: { stale: "fetching" } });
  expect(run(fetched, 80_000, 20_000)).toMatchObject({
    value: { empty: "backing-off" },
    lines: ["fetch", "fetch", "drop"],
  });
  expect(run(fetched, 80_000, 20_000, fetched)).toMatchObject({ value: { fresh: "pausing" } });
});

test("[IS16] servers of no known end are kept for as long as it takes", () => {
  expect(run(lasting, 80_000, 1_000_000)).toMatchObject({ value: { stale: "fetching" }, lines: ["fetch", "fetch"] });
});

test("[IS17] the pause doubles with each failure up to the longest, is longer when the provider asks for it, and begins anew", () => {
  const pauseAfter = (count: number, last: IceSourceEvent = failed) => {
    const steps = Array.from({ length: count - 1 }, () => [failed, 60_000]).flat();
    for (const ms of [1_000, 2_000, 4_000, 32_000, 60_000, 90_000]) {
      const isFetching = JSON.stringify(run(...steps, last, ms).value).includes("fetching");
      const isBefore = JSON.stringify(run(...steps, last, ms - 1).value).includes("fetching");
      if (isFetching && !isBefore) return ms;
    }
    return Number.NaN;
  };
  expect([1, 2, 3, 6, 7, 40].map((count) => pauseAfter(count))).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
  expect(pauseAfter(1, { ...failed, retryAfterMs: 90_000 })).toBe(90_000);
  expect(run({ ...failed, jitter: 0 }, 500).value).toEqual({ empty: "fetching" });
  expect(run(failed, 1_000, fetched).context).toMatchObject({ failures: 0, reason: "", retryAfterMs: 0 });
});

test("[IS17] a source that was stopped asks nobody any more", () => {
  for (const way of [[], [fetched], [failed], [fetched, 80_000], [fetched, 80_000, failed]]) {
    const { status, lines } = run(...way, stopped, 1_000_000, failed, fetched);
    expect([status, lines]).toEqual(["done", run(...way).lines]);
  }
});

const counted = (missing: number, shelfLifeMs = 1e8) => ({ type: "spares.counted", missing, shelfLifeMs }) as const;
const spare = (missing: number, shelfLifeMs = 1e8) => ({ ...fetched, missing, shelfLifeMs }) as const;

test("[IS43] spares are asked for one after the other while they are missing, with a pause after each", () => {
  expect(run(spare(2), 499)).toMatchObject({ value: { fresh: "pausing" }, lines: ["fetch"] });
  expect(run(spare(2), 500)).toMatchObject({ value: { fresh: "fetching" }, lines: ["fetch", "fetch"] });
  expect(run(spare(2), 500, spare(1), 499).value).toEqual({ fresh: "pausing" });
  expect(run(spare(2), 500, spare(1), 500)).toMatchObject({ value: { fresh: "fetching" } });
  expect(run(spare(2), 500, spare(1), 500, spare(0), 10_000)).toMatchObject({
    value: { fresh: "full" },
    lines: ["fetch", "fetch", "fetch"],
  });
  expect(run(spare(0), 500, counted(1)).lines).toEqual(["fetch", "fetch"]);
  // What is wanted no more is not asked for.
  expect(run(spare(0), 500, counted(1), spare(1), counted(0), 10_000).lines).toEqual(["fetch", "fetch"]);
  expect(run(counted(1), spare(0), 10_000).lines).toEqual(["fetch"]);
});

test("[IS43] a provider that fails while spares are missing is asked again after the pauses of any failure", () => {
  const missing = [spare(1), 500] as const;
  expect(run(...missing, failed, 999)).toMatchObject({
    value: { fresh: "backing-off" },
    lines: ["fetch", "fetch", "report 1 503"],
  });
  expect(run(...missing, failed, 1_000, failed, 1_999).value).toEqual({ fresh: "backing-off" });
  expect(run(...missing, failed, 1_000, failed, 2_000).value).toEqual({ fresh: "fetching" });
  expect(run(...missing, failed, counted(0), 1_000).value).toEqual({ fresh: "full" });
  expect(run(...missing, failed, 1_000, spare(0)).context).toMatchObject({ failures: 0, reason: "" });
});

test("[IS42] spares are looked at when one is too old, and not more often", () => {
  const full = [spare(0, 30_000), 500] as const;
  expect(run(...full, 29_999).lines).toEqual(["fetch"]);
  expect(run(...full, 30_000, 40_000).lines).toEqual(["fetch", "age"]);
  expect(run(...full, 30_000, counted(0, 20_000), 20_000).lines).toEqual(["fetch", "age", "age"]);
  expect(run(...full, 30_000, counted(1)).value).toEqual({ fresh: "fetching" });
});

test("[IS15] the node's own servers come before spares, and have the life that was told with them", () => {
  expect(run(spare(1), 500, { ...spare(1), lifeMs: 5_000 }, 79_499).value).toMatchObject({ fresh: "fetching" });
  const stale = run(spare(1), 500, 79_500);
  expect(stale).toMatchObject({ value: { stale: "fetching" } });
  expect(run(spare(1), 500, 79_500, spare(1)).value).toEqual({ fresh: "pausing" });
});

test("[IS45] servers that were disabled are over at once, and others are asked for", () => {
  const disabled = { type: "servers.disabled" } as const;
  expect(run(fetched, disabled)).toMatchObject({ value: { empty: "fetching" }, lines: ["fetch", "fetch"] });
  expect(run(fetched, 80_000, failed, disabled).value).toEqual({ empty: "fetching" });
  expect(run(fetched, disabled, fetched).value).toEqual({ fresh: "pausing" });
});
