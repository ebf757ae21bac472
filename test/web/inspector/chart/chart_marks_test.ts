import { expect, test } from "vitest";
import { definitionOf } from "../../../../machines/machine_definition.ts";
import { negotiationMachine } from "../../../../machines/negotiation_machine.ts";
import { subscriptionMachine } from "../../../../machines/subscription_machine.ts";
import { activeStates } from "../../../../web/inspector/chart/active_states.ts";
import { marksAt } from "../../../../web/inspector/chart/chart_drawing.ts";
import { ChartLayouts } from "../../../../web/inspector/chart/chart_layouts.ts";
import { foldedSteps, lineOf } from "../../../../web/inspector/chart/folded_steps.ts";
import { takenTransition } from "../../../../web/inspector/chart/taken_transition.ts";
import { fitted, revealing, zoomed } from "../../../../web/inspector/chart/viewport.ts";
import { ClusterRecord } from "../../../../web/inspector/model/cluster_record.ts";
import { describeMachine } from "../../../../web/inspector/statechart/describe_machine.ts";
import { actorOf } from "../actor_of.ts";
import { actorMessage, stepMessages } from "../feed_messages.ts";

const subscription = describeMachine(JSON.parse(JSON.stringify(definitionOf(subscriptionMachine))));
const negotiation = describeMachine(JSON.parse(JSON.stringify(definitionOf(negotiationMachine))));

test("[IP30] all states that a value says are lit, in every region and around it", () => {
  expect([...activeStates(subscription.root, { attached: "active" })]).toEqual([
    "subscription",
    "subscription.attached",
    "subscription.attached.active",
  ]);
  const regions = describeMachine({
    id: "m",
    type: "parallel",
    states: { a: { states: { x: {} } }, b: { states: { y: {} } } },
  });
  expect([...activeStates(regions.root, { a: "x", b: "y" })]).toEqual(["m", "m.a", "m.a.x", "m.b", "m.b.y"]);
  expect([...activeStates(subscription.root, undefined)]).toEqual([]);
});

test("[IP31] the transition that was taken is that of an active state, innermost first, that leads where the machine is", () => {
  const taken = (before: unknown, eventType: string, after: unknown) =>
    takenTransition(subscription, { before, after, eventType })?.id;
  expect(taken("waiting", "peer.opened", { attached: "requested" })).toBe("subscription.waiting|peer.opened|0");
  expect(taken({ attached: "requested" }, "track.negotiated", { attached: "active" })).toContain("track.negotiated");
  // It went on at once, by an `always`.
  expect(taken({ attached: "requested" }, "track.negotiated", { attached: "paused" })).toContain("track.negotiated");
  expect(taken({ attached: "active" }, "layer.changed", { attached: "active" })).toBe(
    "subscription.attached|layer.changed|0",
  );
  expect(taken({ attached: "active" }, "nothing.known", { attached: "active" })).toBeUndefined();
});

test("[IP31] of an event that two states around each other take, the inner one's transition was taken", () => {
  const chart = describeMachine({
    id: "m",
    on: { x: { actions: "outer" } },
    initial: "a",
    states: { a: { on: { x: { actions: "inner" } } } },
  });
  expect(takenTransition(chart, { before: "a", after: "a", eventType: "x" })?.id).toBe("m.a|x|0");
});

test("[IP31] a time limit is a transition as any other", () => {
  const eventType = "xstate.after.answerTimeout.negotiation.have-local-offer.awaitingAnswer";
  const taken = takenTransition(negotiation, {
    before: { "have-local-offer": "awaitingAnswer" },
    after: { "have-local-offer": "givingUp" },
    eventType,
  });
  expect(taken).toMatchObject({ event: eventType });
});

test("[IP32] a chart is lit for now, or for the moment of a step, of another actor, too", () => {
  const record = new ClusterRecord();
  const id = "n1/subscription:s1";
  record.take(actorMessage({ id, kind: "subscription" }));
  const go = (type: string, value: unknown, of = id) => {
    for (const text of stepMessages({ id: of, event: { type }, value })) record.take(text);
  };
  go("xstate.init", "waiting");
  go("peer.opened", { attached: "requested" });
  go("other", "x", "n1/room:atrium");
  go("track.negotiated", { attached: "active" });
  const actor = record.actors.get(id);
  const other = record.actors.get("n1/room:atrium")?.steps[0] ?? null;
  if (actor === undefined) throw new Error("It is there");
  const inner = (step: Parameters<typeof marksAt>[2]) => {
    const { active, lastTransition } = marksAt(subscription, actor, step);
    return [[...active].at(-1), lastTransition];
  };
  expect(inner(null)).toEqual(["subscription.attached.active", expect.stringContaining("track.negotiated")]);
  const then = ["subscription.attached.requested", "subscription.waiting|peer.opened|0"];
  expect([inner(actor.steps[1] ?? null), inner(other)]).toEqual([then, then]);
  expect(inner(actor.steps[0] ?? null)).toEqual(["subscription.waiting", null]);
});

test("[IP33] a machine is laid out once, by a worker that is opened when the first is wanted", () => {
  const sent: { readonly id: number }[] = [];
  let opened = 0;
  const worker = {
    onmessage: null as ((event: { data: unknown }) => void) | null,
    onerror: null as (() => void) | null,
    postMessage: (data: never) => sent.push(data),
  };
  const layouts = new ChartLayouts(() => {
    opened += 1;
    return worker as unknown as Worker;
  });
  expect(opened).toBe(0);
  const [one, two] = [{ id: "one" }, { id: "two" }];
  const first = layouts.of(one);
  expect([layouts.of(one) === first, layouts.of(two) === first, opened, sent.length]).toEqual([true, false, 1, 2]);
  worker.onmessage?.({ data: { id: sent[0]?.id, layout: { nodes: [] } } });
  expect([first.value.kind, layouts.of(two).value.kind]).toEqual(["ready", "waiting"]);
  worker.onmessage?.({ data: { id: sent[1]?.id, failure: "because" } });
  expect(layouts.of(two).value).toMatchObject({ kind: "failed", reason: "because" });
  const third = layouts.of({ id: "three" });
  worker.onerror?.();
  expect(third.value.kind).toBe("failed");
});

test("[IP34] a chart is fitted, zoomed around a point, and moved to show what is active", () => {
  const place = { width: 1_000, height: 500 };
  const view = fitted({ width: 2_000, height: 400 }, place);
  expect([view.scale < 0.5, view.x > 0, view.y > 0]).toEqual([true, true, true]);
  expect(fitted({ width: 100, height: 100 }, place).scale).toBe(1);
  const at = { x: 300, y: 200 };
  const near = zoomed(view, 2, at);
  expect((at.x - near.x) / near.scale).toBeCloseTo((at.x - view.x) / view.scale);
  expect(zoomed(view, 1_000, at).scale).toBe(zoomed(view, 2_000, at).scale);
  const moved = revealing({ scale: 1, x: 0, y: 0 }, { x: 1_500, y: 100, width: 50, height: 30 }, place);
  expect([1_500 + 50 + moved.x < 1_000, moved.y]).toEqual([true, 0]);
  expect(revealing(moved, { x: 1_500, y: 100, width: 50, height: 30 }, place)).toBe(moved);
});

test("[IP37] measurements that follow each other are one line of the steps, which each of them is found in", () => {
  const measured = (seq: number, more: object = {}) => ({ seq, event: "connection.observed", ...more });
  const { steps } = actorOf("connectivity", "n1/session:a/a-1/connectivity", {
    steps: [
      measured(1),
      measured(2, { lost: 4 }),
      { seq: 3, event: "ice.changed" },
      measured(4),
      { seq: 5, event: "x", repeats: 2 },
    ],
  });
  const lines = foldedSteps(steps);
  expect(lines.map(({ step, count, lost }) => [step.seq, count, lost])).toEqual([
    [2, 2, 4],
    [3, 1, 0],
    [4, 1, 0],
    [5, 3, 0],
  ]);
  expect([...steps, null].map((step) => lineOf(lines, step))).toEqual([0, 0, 1, 2, 3, -1]);
});
