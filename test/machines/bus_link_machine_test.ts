import { expect, test } from "vitest";
import { createActor, SimulatedClock } from "xstate";
import { type BusLinkContext, type BusLinkEvent, busLinkMachine } from "../../machines/bus_link_machine.ts";
import { Lines } from "./run_peer.ts";
import { nameOf, walk } from "./walk.ts";

const timeouts = { firstRetryMs: 100, maxRetryMs: 5_000, closeTimeoutMs: 2_000 };
const samples = {
  opened: { type: "link.opened" },
  failed: { type: "link.failed", reason: "refused", jitter: 1 },
  lost: { type: "link.lost", reason: "gone", jitter: 1 },
  close: { type: "link.closeRequested", reason: "stopping" },
  closed: { type: "link.closed" },
} as const satisfies Record<string, BusLinkEvent>;
type Sample = keyof typeof samples;

const wayTo = {
  "connecting.dialing": [],
  "connecting.waiting": ["failed"],
  connected: ["opened"],
  "reconnecting.waiting": ["opened", "lost"],
  "reconnecting.dialing": ["opened", "lost", 100],
  closing: ["close"],
  closed: ["close", "closed"],
} as const satisfies Record<string, readonly (Sample | number)[]>;
type State = keyof typeof wayTo;

/** The next state and what is ordered; what is missing is ignored. */
const table: Readonly<Record<Exclude<State, "closed">, Partial<Record<Sample, readonly [State, ...string[]]>>>> = {
  "connecting.dialing": {
    opened: ["connected"],
    failed: ["connecting.waiting", "report 1 refused"],
    close: ["closing", "hang up"],
  },
  "connecting.waiting": { opened: ["connected"], close: ["closing", "hang up"] },
  connected: { lost: ["reconnecting.waiting"], close: ["closing", "hang up"] },
  "reconnecting.waiting": { opened: ["connected"], close: ["closing", "hang up"] },
  "reconnecting.dialing": {
    opened: ["connected"],
    failed: ["reconnecting.waiting", "report 1 refused"],
    close: ["closing", "hang up"],
  },
  closing: { closed: ["closed"] },
};

function runInto(state: State) {
  const lines = new Lines();
  const logic = busLinkMachine.provide({
    actions: {
      dial: () => lines.write("dial"),
      hangUp: () => lines.write("hang up"),
      reportFailure: ({ context }) => lines.write("report", context.failures, context.reason),
    },
  });
  const clock = new SimulatedClock();
  const actor = createActor(logic, { clock, input: { timeouts } }).start();
  for (const step of wayTo[state]) {
    if (typeof step === "number") clock.increment(step);
    else actor.send(samples[step]);
  }
  lines.take();
  const stateNow = () => nameOf(actor.getSnapshot().value);
  expect(stateNow()).toBe(state);
  return { actor, clock, lines, stateNow };
}

const states = Object.keys(wayTo) as State[];

test("[BU22] a link gets into every documented state and into no other", () => {
  const found = walk(busLinkMachine, {
    input: { timeouts },
    events: Object.values(samples),
    relevant: ({ failures, reason }: BusLinkContext) => [Math.min(failures, 2), reason],
  });
  expect([...new Set(found.map(({ value }) => nameOf(value)))].sort()).toEqual(states.toSorted());
});

const cells = (Object.keys(table) as (keyof typeof table)[]).flatMap((state) =>
  (Object.keys(samples) as Sample[]).map((name) => ({ state, name, expected: table[state][name] })),
);

test.each(cells)("[BU22] a link that is $state does what is documented on $name", ({ state, name, expected }) => {
  const { actor, lines, stateNow } = runInto(state);
  actor.send(samples[name]);
  const [next = state, ...orders] = expected ?? [];
  expect([stateNow(), ...lines.take()]).toEqual([next, ...orders]);
});

test("[BU22] a link knows why there is none, and nothing of it once there is one", () => {
  const { actor } = runInto("connecting.waiting");
  expect(actor.getSnapshot().context).toMatchObject({ reason: "refused", failures: 1 });
  actor.send(samples.opened);
  expect(actor.getSnapshot().context).toMatchObject({ reason: "", failures: 0 });
  actor.send(samples.lost);
  expect(actor.getSnapshot().context).toMatchObject({ reason: "gone", failures: 0 });
  actor.send(samples.close);
  expect(actor.getSnapshot().context.reason).toBe("stopping");
});

/** The pauses before each of the next `count` attempts, which all fail. */
function pauses({ actor, clock, lines }: ReturnType<typeof runInto>, jitter: number, count: number): number[] {
  return Array.from({ length: count }, () => {
    let pausedMs = 0;
    while (!lines.take().includes("dial")) {
      clock.increment(1);
      pausedMs++;
    }
    actor.send({ type: "link.failed", reason: "refused", jitter });
    return pausedMs;
  });
}

test("[BU23] the pauses between attempts double up to maxRetryMs, and never end", () => {
  const run = runInto("reconnecting.waiting");
  expect(pauses(run, 1, 9)).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  for (let index = 0; index < 2_000; index++) {
    run.clock.increment(5_000);
    run.actor.send({ type: "link.failed", reason: "refused", jitter: 1 });
  }
  run.lines.take();
  expect(pauses(run, 1, 2)).toEqual([5_000, 5_000]);
});

test("[BU23] chance takes up to half of a pause away, and after a link the pauses begin anew", () => {
  const run = runInto("reconnecting.waiting");
  expect(pauses(run, 0, 4)).toEqual([100, 100, 200, 400]);
  run.actor.send(samples.opened);
  run.actor.send({ type: "link.lost", reason: "gone", jitter: 0.5 });
  run.lines.take();
  expect(pauses(run, 0.5, 3)).toEqual([75, 150, 300]);
});

test("[BU22] a link is closing for no longer than closeTimeoutMs", () => {
  const { clock, stateNow } = runInto("closing");
  clock.increment(timeouts.closeTimeoutMs - 1);
  expect(stateNow()).toBe("closing");
  clock.increment(1);
  expect(stateNow()).toBe("closed");
});
