import { h, type JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { clockWords } from "../events/duration_words.ts";
import { kindOfEvent } from "../events/event_kind.ts";
import { labelOfEvent } from "../events/event_label.ts";
import { orderSteps } from "../events/order_steps.ts";
import type { ActorView } from "../model/actor_view.ts";
import type { InspectorModel, ViewProps } from "../model/inspector_model.ts";
import type { Step } from "../model/step.ts";
import { JsonTree } from "../tabs/json_tree.ts";
import { CandidateView } from "./candidate_view.ts";
import { DescriptionView } from "./description_view.ts";
import { candidateOf, descriptionOf } from "./told_description.ts";

/** One event unfolded: what it holds, its description line by line, its candidate in parts. Without a step, the newest event of the actor. */
export function MessageView({ model }: ViewProps): JSX.Element {
  const version = model.version.value;
  const { actor, step: chosen } = model.selected.value;
  const step = chosen ?? actor?.steps.at(-1) ?? null;
  const owner = step === null ? undefined : ownerOf(model, step);
  const told = useMemo(() => (step === null ? null : descriptionOf(step.event)), [step]);
  const steps = useMemo(
    () => (told === null || owner === undefined ? [] : orderSteps(model.systemOf(owner))),
    [told, owner, version],
  );
  if (step === null) return h("p", { class: "view-empty" }, "Choose an event to see what is in it.");
  const candidate = candidateOf(step.event);
  return h(
    "section",
    { class: "message", "aria-label": "Event" },
    h(HeadView, { step, model, isNewest: chosen === null }),
    told === null ? null : h(DescriptionView, { told, step, steps, selectStep: (each) => model.selectStep(each) }),
    candidate === null ? null : h(CandidateView, candidate),
    h(EventView, { key: `${step.node} ${step.seq}`, step }),
  );
}

/** The actor that a step is of: of what a client was told, its session. */
function ownerOf(model: InspectorModel, step: Step): ActorView | undefined {
  return model.actors.get(step.actorId.replace(/\/client$/, ""));
}

function HeadView({
  step,
  model,
  isNewest,
}: {
  readonly step: Step;
  readonly model: InspectorModel;
  readonly isNewest: boolean;
}): JSX.Element {
  const name = (id: string | undefined) => {
    if (id === undefined) return "outside";
    if (id.endsWith("/client")) return "client";
    const actor = model.actors.get(id);
    return actor === undefined ? id : actor.kind === actor.name ? actor.name : `${actor.kind} ${actor.name}`;
  };
  return h(
    "header",
    { class: `message-head kind-${kindOfEvent(step.event)}` },
    h("h2", null, labelOfEvent(step.event)),
    step.repeats > 0 ? h("span", { class: "message-chip" }, `×${step.repeats + 1}`) : null,
    isNewest ? h("span", { class: "message-chip" }, "newest") : null,
    h("p", null, `${name(step.sourceId)} → ${name(step.actorId)}`),
    h(
      "p",
      { class: "message-when" },
      h("time", { dateTime: new Date(step.at).toISOString() }, clockWords(step.at)),
      ` · ${step.node} · number ${step.seq}`,
    ),
  );
}

function EventView({ step }: { readonly step: Step }): JSX.Element {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(JSON.stringify(step.event, null, 2)).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return h(
    "section",
    { class: "message-event", "aria-label": "Event as JSON" },
    h(
      "header",
      null,
      h("h3", null, "Event"),
      h(
        "button",
        { type: "button", class: "text-button", onClick: () => void copy() },
        isCopied ? "Copied" : "Copy JSON",
      ),
    ),
    h(JsonTree, { name: "event", value: step.event, before: step.event, isCompared: false }),
  );
}
