import { expect, test } from "vitest";
import { type Actor, createActor, SimulatedClock } from "xstate";
import { type NodeContext, type NodeEvent, nodeMachine } from "../../machines/node_machine.ts";
import { Lines } from "./run_peer.ts";
import { nameOf, walk } from "./walk.ts";

const timeouts = { shutdownTimeoutMs: 5_000, drainTimeoutMs: 60_000 };
const error = new Error("in use");
const samples = {
  opened: { type: "edge.opened", url: "http://127.0.0.1:8080" },
  failed: { type: "edge.failed", error },
  edgeClosed: { type: "edge.closed" },
  sessionsClosed: { type: "sessions.closed" },
  escalated: { type: "supervisor.escalated" },
  stop: { type: "node.stopRequested", hasOthers: false },
  gone: { type: "others.gone" },
  drain: { type: "node.stopRequested", hasOthers: true },
} as const satisfies Record<string, NodeEvent>;
type Sample = keyof typeof samples;

const wayTo = {
  starting: [],
  aborting: ["stop"],
  ready: ["opened"],
  restarting: ["opened", "escalated"],
  draining: ["opened", "drain"],
  stopping: ["opened", "stop"],
  closing: ["opened", "stop", "sessionsClosed"],
  stopped: ["failed"],
} as const satisfies Record<string, readonly Sample[]>;
type State = keyof typeof wayTo;

const drain = ["turn away", "move sessions 60000"];
const end = ["stop accepting", "close sessions 1012 shutting-down"];
/** The next state and what is ordered; what is missing is ignored. */
const table: Readonly<Record<Exclude<State, "stopped">, Partial<Record<Sample, readonly [State, ...string[]]>>>> = {
  starting: { opened: ["ready"], failed: ["stopped"], stop: ["aborting"], drain: ["aborting"] },
  aborting: { opened: ["closing", "close edge"], failed: ["stopped"] },
  ready: {
    escalated: ["restarting", "close sessions 1012 shutting-down"],
    stop: ["stopping", ...end],
    drain: ["draining", ...drain],
  },
  restarting: { sessionsClosed: ["ready"], stop: ["stopping", ...end], drain: ["stopping", ...end] },
  draining: { sessionsClosed: ["closing", "close edge"], gone: ["stopping", ...end] },
  stopping: { sessionsClosed: ["closing", "close edge"] },
  closing: { edgeClosed: ["stopped"] },
};
/** Where a node goes, and what it orders then, when it has waited for too long. */
const limits: Readonly<Record<State, readonly [State, ...string[]] | undefined>> = {
  starting: undefined,
  aborting: ["stopped"],
  ready: undefined,
  restarting: ["ready"],
  draining: ["stopping", ...end],
  stopping: ["closing", "close edge"],
  closing: ["stopped"],
  stopped: undefined,
};

interface NodeRun {
  readonly actor: Actor<typeof nodeMachine>;
  readonly clock: SimulatedClock;
  readonly lines: Lines;
  readonly state: string;
}

function runInto(state: State): NodeRun {
  const lines = new Lines();
  const logic = nodeMachine.provide({
    actions: {
      openEdge: () => lines.write("open edge"),
      turnAway: () => lines.write("turn away"),
      stopAccepting: () => lines.write("stop accepting"),
      closeSessions: (_, { code, reason }) => lines.write("close sessions", code, reason),
      moveSessions: (_, { deadlineMs }) => lines.write("move sessions", deadlineMs),
      closeEdge: () => lines.write("close edge"),
    },
  });
  const clock = new SimulatedClock();
  const actor = createActor(logic, { clock, input: { timeouts } }).start();
  expect(lines.take()).toEqual(["open edge"]);
  for (const name of wayTo[state]) actor.send(samples[name]);
  lines.take();
  const run = {
    actor,
    clock,
    lines,
    get state() {
      return nameOf(actor.getSnapshot().value);
    },
  };
  expect(run.state).toBe(state);
  return run;
}

const states = Object.keys(wayTo) as State[];

test("[ND1] a node gets into every documented state and into no other", () => {
  const found = walk(nodeMachine, {
    input: { timeouts },
    events: Object.values(samples),
    relevant: ({ url, failure }: NodeContext) => [url, failure !== null],
  });
  expect([...new Set(found.map(({ value }) => nameOf(value)))].sort()).toEqual(states.toSorted());
});

const cells = (Object.keys(table) as (keyof typeof table)[]).flatMap((state) =>
  (Object.keys(samples) as Sample[]).map((name) => ({ state, name, expected: table[state][name] })),
);

test.each(cells)("[ND2] a node that is $state does what is documented on $name", ({ state, name, expected }) => {
  const run = runInto(state);
  run.actor.send(samples[name]);
  const [next = state, ...orders] = expected ?? [];
  expect([run.state, ...run.lines.take()]).toEqual([next, ...orders]);
});

test.each(states.filter((state) => limits[state] !== undefined))(
  "[ND3] a node is %s for no longer than its time limit",
  (state) => {
    const run = runInto(state);
    run.clock.increment((state === "draining" ? timeouts.drainTimeoutMs : timeouts.shutdownTimeoutMs) - 1);
    expect([run.state, ...run.lines.take()]).toEqual([state]);
    run.clock.increment(1);
    expect([run.state, ...run.lines.take()]).toEqual(limits[state]);
  },
);

test.each(["starting", "ready"] as const)("[ND3] a node that is %s may be so for ever", (state) => {
  const run = runInto(state);
  run.clock.increment(86_400_000);
  expect(run.state).toBe(state);
});

test("[ND4] a node knows where it listens, or why it does not", () => {
  expect(runInto("ready").actor.getSnapshot().context).toMatchObject({ url: samples.opened.url, failure: null });
  expect(runInto("stopped").actor.getSnapshot().context).toMatchObject({ url: null, failure: error });
  expect(runInto("stopped").actor.getSnapshot().status).toBe("done");
});

test("[ND5] a node that is stopped while it opens its edge closes it as soon as it is open", () => {
  const run = runInto("aborting");
  run.actor.send(samples.opened);
  expect(run.lines.take()).toEqual(["close edge"]);
  run.actor.send(samples.edgeClosed);
  expect(run.state).toBe("stopped");
});
