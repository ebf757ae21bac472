import { h, type JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { clockWords } from "../events/duration_words.ts";
import type { Step } from "../model/step.ts";
import { countChanges, diffSdp } from "./diff_sdp.ts";
import { parseSdp } from "./sdp.ts";
import { SdpSectionView } from "./sdp_section_view.ts";
import { descriptionBefore, type ToldDescription } from "./told_description.ts";

interface DescriptionProps {
  readonly told: ToldDescription;
  readonly step: Step;
  /** Those of the session, in true order. */
  readonly steps: readonly Step[];
  readonly selectStep: (step: Step) => void;
}

/** A session description by sections, with what differs from the last one of the same side. */
export function DescriptionView({ told, step, steps, selectStep }: DescriptionProps): JSX.Element {
  const before = useMemo(() => descriptionBefore(steps, step), [steps, step]);
  const sections = useMemo(
    () => diffSdp(before === null ? null : parseSdp(before.told.sdp), parseSdp(told.sdp)),
    [before?.told.sdp, told.sdp],
  );
  const [areSameHidden, setSameHidden] = useState(false);
  const [explanation, setExplanation] = useState<string | null>(null);
  const counts = countChanges(sections);
  const isEqual = counts.added + counts.removed + counts.changed === 0;
  const isHiding = areSameHidden && before !== null;
  const shown = isHiding ? sections.filter(({ change }) => change !== "same") : sections;
  return h(
    "section",
    { class: "sdp", "aria-label": "Description" },
    h(
      "header",
      { class: "sdp-bar" },
      h("h3", null, `${told.type === "" ? "Description" : told.type} of the ${told.side}`),
      before === null
        ? h("span", { class: "sdp-note" }, `The first one of the ${told.side} for this peer connection that is known.`)
        : [
            h(
              "span",
              { key: "counts", class: "sdp-counts" },
              isEqual
                ? "As the one before, in another order"
                : [
                    h("span", { key: "added", class: "is-added" }, `${counts.added} added`),
                    h("span", { key: "removed", class: "is-removed" }, `${counts.removed} removed`),
                    h("span", { key: "changed", class: "is-changed" }, `${counts.changed} changed`),
                  ],
            ),
            h(
              "button",
              { key: "before", type: "button", class: "text-button", onClick: () => selectStep(before.step) },
              `since the ${before.told.type} at ${clockWords(before.step.at)}`,
            ),
            h(
              "label",
              { key: "only", class: "sdp-only" },
              h("input", {
                type: "checkbox",
                checked: areSameHidden,
                onChange: (event: Event & { readonly currentTarget: HTMLInputElement }) =>
                  setSameHidden(event.currentTarget.checked),
              }),
              "Only differences",
            ),
          ],
    ),
    h("p", { class: "sdp-explanation", "aria-live": "polite" }, explanation ?? "Point at a line to read what it says."),
    // Where there is something to compare with, what stayed as it was is folded.
    shown.map((diff) =>
      h(SdpSectionView, {
        key: `${step.node} ${step.seq} ${diff.section.key}`,
        diff,
        areSameHidden: isHiding,
        isOpenAtFirst: before === null || isEqual || diff.change !== "same",
        explain: setExplanation,
      }),
    ),
  );
}
