import { h, type JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ActorView } from "../model/actor_view.ts";
import type { InspectorModel } from "../model/inspector_model.ts";
import type { Statechart } from "../statechart/statechart.ts";
import { activeStates } from "./active_states.ts";
import { ChartCanvas, type ChartTarget } from "./chart_canvas.ts";
import { marksAt, transitionOf } from "./chart_drawing.ts";
import type { ChartLayouts } from "./chart_layouts.ts";
import { StepsView } from "./steps_view.ts";

export interface ChartViewProps {
  readonly model: InspectorModel;
  readonly layouts: ChartLayouts;
}

/** The machine of the actor that is looked at, with its active states lit, beside its steps. */
export function ChartView({ model, layouts }: ChartViewProps): JSX.Element {
  const { actor, step } = model.selected.value;
  const [target, setTarget] = useState<ChartTarget | null>(null);
  useEffect(() => setTarget(null), [actor?.kind]);
  if (actor === null) return h("p", { class: "hint" }, "Choose an actor in the tree.");
  const { definition } = actor;
  if (typeof definition !== "object" || definition === null)
    return h("p", { class: "hint" }, "The definition of this machine has not come yet.");
  const state = layouts.of(definition).value;
  const marks = marksAt(state.chart, actor, step);
  return h(
    "div",
    { class: "chart-view" },
    state.kind === "ready"
      ? h(ChartCanvas, {
          key: actor.kind,
          layout: state.layout,
          marks,
          title: `Statechart of ${actor.kind}`,
          onClick: setTarget,
        })
      : h(
          "p",
          { class: "hint", role: "status" },
          state.kind === "waiting" ? "Laying out the statechart …" : `Cannot draw the statechart: ${state.reason}`,
        ),
    h(StepsView, {
      model,
      actor,
      fits: target === null ? null : (index: number) => isAbout(state.chart, { actor, index, target }),
      about: target === null ? null : nameOf(target),
      onClear: () => setTarget(null),
    }),
  );
}

/** Whether a step took a transition, or entered or left a state, that was clicked. */
function isAbout(
  chart: Statechart,
  { actor, index, target }: { readonly actor: ActorView; readonly index: number; readonly target: ChartTarget },
): boolean {
  const step = actor.steps[index];
  if (step?.snapshot === undefined) return false;
  if (target.kind === "transitions") return target.ids.includes(transitionOf(chart, actor, index) ?? "");
  const before =
    actor.steps.slice(0, index).findLast(({ snapshot }) => snapshot !== undefined)?.snapshot ?? actor.before;
  const [was, is] = [activeStates(chart.root, before.value), activeStates(chart.root, step.snapshot.value)];
  return was.has(target.id) !== is.has(target.id);
}

function nameOf(target: ChartTarget): string {
  if (target.kind === "state") return `into or out of ${target.id.slice(target.id.lastIndexOf(".") + 1)}`;
  const [source = "", event = ""] = target.ids[0]?.split("|") ?? [];
  return `by ${event === "" ? "always" : event} of ${source.slice(source.lastIndexOf(".") + 1)}`;
}
