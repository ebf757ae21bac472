import { h, type JSX } from "preact";
import { clockWords, durationWords } from "../events/duration_words.ts";
import type { Evidence, Explanation } from "../model/peer_api.ts";

export interface ExplanationProps {
  readonly explanation: Explanation;
  /** Somebody wants to see what shows it. */
  readonly onEvidence: (evidence: Evidence) => void;
}

/** Why a connection is as it is: the sentence first, then what to do, then what says so. */
export function ExplanationView({ explanation, onEvidence }: ExplanationProps): JSX.Element {
  const { summary, isWell = false, remedy = "", waitedFor = [], neverCame = [], evidence = [] } = explanation;
  const { pairs = [], phases = [], others = [], gaps = [] } = explanation;
  const longest = Math.max(1, ...phases.map(({ ms }) => ms));
  return h(
    "article",
    { class: "explanation", "data-tone": isWell ? "good" : "bad" },
    h("p", { class: "summary" }, summary),
    part("What helps", remedy === "" ? [] : [h("p", null, remedy)]),
    part(
      "What was waited for",
      waitedFor.map(({ what, forMs, isOver }) =>
        h(
          "p",
          { key: what },
          what,
          h("span", { class: "detail" }, ` ${isOver ? "for" : "since"} ${durationWords(forMs)}`),
        ),
      ),
    ),
    part(
      "What never came",
      neverCame.map((what) => h("p", { key: what }, what)),
    ),
    part(
      "What says so",
      evidence.map((each, index) =>
        h(
          "button",
          {
            key: index,
            type: "button",
            class: "evidence",
            title: `Look at ${each.event}`,
            onClick: () => onEvidence(each),
          },
          h("time", { class: "detail", dateTime: new Date(each.at).toISOString() }, clockWords(each.at)),
          h("span", { class: "detail" }, each.node),
          h("span", null, each.text),
        ),
      ),
    ),
    part(
      "How long it took",
      phases.map(({ name, ms }) =>
        h(
          "div",
          { key: name, class: "phase" },
          h("span", null, name),
          h(
            "span",
            { class: "phase-bar", "aria-hidden": "true" },
            h("i", { style: { width: `${(ms / longest) * 100}%` } }),
          ),
          h("span", { class: "detail" }, durationWords(ms)),
        ),
      ),
    ),
    part("Candidate pairs that were tried", pairs.length === 0 ? [] : [pairTable(pairs)]),
    part(
      "What else was found",
      others.map((other) =>
        h("p", { key: other.summary }, other.summary, h("span", { class: "detail" }, ` ${other.remedy}`)),
      ),
    ),
    part(
      "What is missing of the record",
      gaps.map((gap) => h("p", { key: gap }, gap)),
    ),
  );
}

function part(title: string, content: readonly JSX.Element[]): JSX.Element | null {
  return content.length === 0 ? null : h("section", null, h("h3", null, title), content);
}

function pairTable(pairs: NonNullable<Explanation["pairs"]>): JSX.Element {
  return h(
    "table",
    null,
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        ["This side", "The other side", "Result"].map((name) => h("th", { key: name, scope: "col" }, name)),
      ),
    ),
    h(
      "tbody",
      null,
      pairs.map(({ local, remote, result }, index) =>
        h("tr", { key: index }, h("td", null, local), h("td", null, remote), h("td", null, result)),
      ),
    ),
  );
}
