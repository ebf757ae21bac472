import { h, type JSX } from "preact";
import { clockWords } from "../events/duration_words.ts";
import { eventWords } from "../events/event_label.ts";
import type { ActorView } from "../model/actor_view.ts";
import type { InspectorModel } from "../model/inspector_model.ts";
import { stateWords } from "../model/state_words.ts";
import { stepKey } from "../model/step.ts";
import { icon } from "../shell/icons.ts";
import { VirtualList } from "../shell/virtual_list.ts";
import { foldedSteps, isMeasured, lineOf, type StepLine } from "./folded_steps.ts";

export interface StepsViewProps {
  readonly model: InspectorModel;
  readonly actor: ActorView;
  /** Which steps are shown, by their index; null for all. */
  readonly fits: ((index: number) => boolean) | null;
  /** What those have in common, in words. */
  readonly about: string | null;
  readonly onClear: () => void;
}

const rowHeight = 42;

/** The steps of an actor, the newest last; each is looked at by a click or by the arrow keys. */
export function StepsView({ model, actor, fits, about, onClear }: StepsViewProps): JSX.Element {
  const { step: chosen } = model.selected.value;
  const steps = fits === null ? actor.steps : actor.steps.filter((_, index) => fits(index));
  const lines = foldedSteps(steps);
  const at = lineOf(lines, chosen);
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? lines.length - 1 : at - 1, Home: 0, End: lines.length - 1 }[
      event.key
    ];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const line = lines[Math.min(lines.length - 1, Math.max(0, to))];
    if (line !== undefined) model.selectStep(line.step);
    event.preventDefault();
  };
  return h(
    "section",
    { class: "steps", "aria-label": "Steps" },
    h(
      "header",
      null,
      h("h3", null, about === null ? "Steps" : `Steps ${about}`),
      h(
        "span",
        { class: "detail" },
        actor.forgotten === 0 ? `${steps.length}` : `${steps.length}, ${actor.forgotten} older gone`,
      ),
      about === null
        ? null
        : h(
            "button",
            {
              type: "button",
              class: "tool",
              title: "Show all steps",
              "aria-label": "Show all steps",
              onClick: onClear,
            },
            icon("close"),
          ),
    ),
    steps.length === 0
      ? h("p", { class: "hint" }, about === null ? "Nothing happened to it yet." : "None of those that are kept.")
      : h(VirtualList, {
          count: lines.length,
          rowHeight,
          kept: at,
          followsEnd: true,
          className: "step-list",
          attributes: {
            role: "listbox",
            "aria-label": "Steps",
            tabIndex: 0,
            ...(lines[at] === undefined ? {} : { "aria-activedescendant": `step-${stepKey(lines[at].step)}` }),
            onKeyDown,
          },
          row: (index, style) => {
            const line = lines[index];
            return line === undefined
              ? h("div", { key: index, style })
              : stepRow({ line, actor, isChosen: index === at, style, onClick: () => model.selectStep(line.step) });
          },
        }),
  );
}

interface StepRowProps {
  readonly line: StepLine;
  readonly actor: ActorView;
  readonly isChosen: boolean;
  readonly style: { readonly transform: string };
  readonly onClick: () => void;
}

function stepRow({ line, actor, isChosen, style, onClick }: StepRowProps): JSX.Element {
  const { step, count, lost } = line;
  const { snapshot, event } = step;
  const words = snapshot === undefined ? null : stateWords({ kind: actor.kind, endedAt: undefined }, snapshot);
  return h(
    "div",
    {
      key: stepKey(step),
      id: `step-${stepKey(step)}`,
      class: "step",
      role: "option",
      "aria-selected": isChosen,
      style,
      onClick,
    },
    h(
      "span",
      { class: "step-event" },
      eventWords(event),
      count > 1 ? h("span", { class: "detail" }, ` ×${count}`) : null,
    ),
    h("time", { class: "detail", dateTime: new Date(step.at).toISOString() }, clockWords(step.at)),
    h(
      "span",
      { class: "step-state", "data-tone": words?.tone ?? "idle" },
      words === null ? (isMeasured(step) ? "measured" : "told to the client") : words.text,
      lost > 0 ? h("b", { "data-tone": "bad" }, ` ${lost} lost before`) : null,
    ),
  );
}
