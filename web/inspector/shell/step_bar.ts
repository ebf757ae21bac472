import { h, type JSX } from "preact";
import { indexAt } from "../chart/chart_drawing.ts";
import { clockWords } from "../events/duration_words.ts";
import { eventWords } from "../events/event_label.ts";
import type { ActorView } from "../model/actor_view.ts";
import type { Inspector } from "../model/inspector.ts";
import { stateWords } from "../model/state_words.ts";
import { wordsNow } from "../model/words_now.ts";
import { labelOf } from "../tree/tree_rows.ts";
import { icon } from "./icons.ts";
import { stateMark } from "./state_mark.ts";

/** Which actor is looked at, at which moment, and the ways to the moments before and after. */
export function StepBar({ inspector }: { readonly inspector: Inspector }): JSX.Element {
  const { actor, step } = inspector.selected.value;
  const { actorId } = inspector.address.value;
  if (actor === null) {
    const words =
      actorId === null ? "Nothing is chosen yet." : `${actorId} is not there${inspector.isFilled.value ? "" : " yet"}.`;
    return h("div", { class: "step-bar" }, h("p", { class: "detail" }, words));
  }
  const index = indexAt(actor, step);
  const state = (index < 0 ? undefined : actor.steps[index]?.snapshot) ?? actor.before;
  const known = inspector.record.actors.get(actor.id);
  const words =
    step === null && known !== undefined
      ? wordsNow(known, inspector.record.systemOf(known.rootId))
      : stateWords({ kind: actor.kind, endedAt: undefined }, state);
  const button = (name: string, keys: string, drawn: "back" | "forward" | "now", act: () => void, isOff: boolean) =>
    h(
      "button",
      {
        type: "button",
        class: "tool",
        title: `${name} (${keys})`,
        "aria-label": name,
        "aria-keyshortcuts": keys,
        disabled: isOff,
        onClick: act,
      },
      icon(drawn),
    );
  return h(
    "div",
    { class: "step-bar" },
    h(
      "nav",
      { class: "crumbs", "aria-label": "Where it is" },
      ancestors(actor, inspector).map((each) =>
        h(
          "button",
          { key: each.id, type: "button", class: "link-button", onClick: () => inspector.select(each.id) },
          labelOf(each, (id) => inspector.nameOf(id)),
        ),
      ),
      h(
        "h2",
        null,
        labelOf(actor, (id) => inspector.nameOf(id)),
      ),
      h("span", { class: "detail" }, actor.kind),
    ),
    h("span", { class: "now-state" }, stateMark(words)),
    h("span", { class: "space" }),
    h(
      "div",
      { class: "moment", role: "group", "aria-label": "Moment" },
      step === null
        ? h("span", { class: "detail" }, actor.endedAt === undefined ? "Now" : `Ended ${clockWords(actor.endedAt)}`)
        : h("span", { class: "moment-words" }, `${clockWords(step.at)} `, h("b", null, eventWords(step.event))),
      button("Step before", "[", "back", () => walk(inspector, -1), actor.steps.length === 0),
      button("Next step", "]", "forward", () => walk(inspector, 1), step === null),
      button("Back to now", "n", "now", () => inspector.selectStep(null), step === null),
    ),
  );
}

/** Goes to the step before or after the one that is looked at; after the last comes now. */
export function walk(inspector: Inspector, by: 1 | -1): void {
  const { actor, step } = inspector.selected.peek();
  if (actor === null) return;
  const { steps } = actor;
  const own = step === null ? steps.length : steps.indexOf(step);
  // A step of another actor: from where this one was then.
  const at = own < 0 ? indexAt(actor, step) + (by < 0 ? 1 : 0) : own;
  const next = steps[Math.max(0, at + by)];
  inspector.selectStep(next ?? null);
}

function ancestors(actor: ActorView, { actors }: Inspector): ActorView[] {
  const found: ActorView[] = [];
  for (let id = actor.parentId; id !== undefined; ) {
    const parent: ActorView | undefined = actors.get(id);
    if (parent === undefined) break;
    found.unshift(parent);
    id = parent.parentId;
  }
  return found;
}
