import { h, type JSX } from "preact";
import { indexAt } from "../chart/chart_drawing.ts";
import type { ViewProps } from "../model/inspector_model.ts";
import { JsonTree } from "./json_tree.ts";

/** What an actor knew after a step, or knows now, with what the step changed. */
export function ContextView({ model }: ViewProps): JSX.Element {
  const { actor, step } = model.selected.value;
  if (actor === null) return h("p", { class: "hint" }, "Choose an actor in the tree.");
  const index = indexAt(actor, step);
  const at = actor.steps[index];
  const state = at?.snapshot ?? actor.before;
  const previous = actor.steps.slice(0, Math.max(0, index)).findLast(({ snapshot }) => snapshot !== undefined);
  const before = previous?.snapshot ?? actor.before;
  const isCompared = at !== undefined && before.context !== undefined;
  const parts: readonly (readonly [string, unknown, unknown])[] = [
    ["state", state.value, before.value],
    ["context", state.context, before.context],
    ...(at === undefined ? [] : [["event", at.event, at.event] as const]),
  ];
  return h(
    "div",
    { class: "context-view", tabIndex: 0, role: "region", "aria-label": "Context" },
    parts.map(([name, value, was]) =>
      h(JsonTree, {
        key: `${actor.id} ${at?.seq ?? ""} ${name}`,
        name,
        value,
        before: name === "state" && JSON.stringify(value) === JSON.stringify(was) ? value : was,
        isCompared,
      }),
    ),
  );
}
