import { h, type JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { type EventKind, eventKinds, kindOfEvent } from "../events/event_kind.ts";
import type { ViewProps } from "../model/inspector_model.ts";
import type { Step } from "../model/step.ts";
import { SequenceList } from "./sequence_list.ts";
import { type SequenceRow, sequenceRows } from "./sequence_rows.ts";
import { useScope } from "./use_scope.ts";

/** Who said what to whom: the events of a room, or of a client and its peer connections, as a sequence diagram. */
export function SequenceView({ model }: ViewProps): JSX.Element {
  // Drawn anew with each batch: `selected` reads the version.
  const { actor, step } = model.selected.value;
  const [isFolding, setFolding] = useState(true);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const scope = useScope(model, actor);
  const [hidden, setHidden] = useState<ReadonlySet<EventKind>>(new Set());
  const rows = useMemo<readonly SequenceRow[]>(
    () => (scope === null ? [] : sequenceRows(scope, { isFolding, hidden, opened })),
    [scope, isFolding, hidden, opened],
  );
  const toggle = (key: string) => setOpened(toggled(opened, key));
  if (scope === null) return h("p", { class: "view-empty" }, "Choose a client, a peer connection or a room.");
  return h(
    "section",
    { class: "seq", "aria-label": "Sequence of events" },
    h(
      "header",
      { class: "seq-bar" },
      h(
        "label",
        { class: "seq-switch" },
        h("input", {
          type: "checkbox",
          checked: isFolding,
          onChange: (event: Event & { readonly currentTarget: HTMLInputElement }) =>
            setFolding(event.currentTarget.checked),
        }),
        "Fold candidates and internals",
      ),
      h("span", { class: "seq-total" }, `${scope.steps.length} events`),
      h(KindFilter, { steps: scope.steps, hidden, toggle: (kind: EventKind) => setHidden(toggled(hidden, kind)) }),
    ),
    rows.length === 0
      ? h("p", { class: "view-empty" }, "Nothing was recorded of it.")
      : h(SequenceList, {
          lifelines: scope.lifelines,
          rows,
          selected: step,
          isLive: model.isLive.value,
          toggle,
          model,
        }),
  );
}

function toggled<Value>(set: ReadonlySet<Value>, value: Value): ReadonlySet<Value> {
  const next = new Set(set);
  if (!next.delete(value)) next.add(value);
  return next;
}

/** The colors, each a button that leaves out what has it. */
function KindFilter({
  steps,
  hidden,
  toggle,
}: {
  readonly steps: readonly Step[];
  readonly hidden: ReadonlySet<EventKind>;
  readonly toggle: (kind: EventKind) => void;
}): JSX.Element {
  const present = useMemo(() => new Set(steps.map(({ event }) => kindOfEvent(event))), [steps]);
  return h(
    "div",
    { class: "kind-filter", role: "group", "aria-label": "Shown kinds of events" },
    eventKinds
      .filter(([kind]) => present.has(kind))
      .map(([kind, words]) =>
        h(
          "button",
          {
            key: kind,
            type: "button",
            class: `kind-${kind}`,
            "aria-pressed": !hidden.has(kind),
            onClick: () => toggle(kind),
          },
          words,
        ),
      ),
  );
}
