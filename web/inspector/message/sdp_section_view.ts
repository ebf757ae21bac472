import { h, type JSX } from "preact";
import { useState } from "preact/hooks";
import { type DiffLine, type DiffSection, ownPart } from "./diff_sdp.ts";
import { explainSdpLine } from "./explain_sdp_line.ts";
import { redactedText } from "./redacted_text.ts";

interface SectionProps {
  readonly diff: DiffSection;
  /** Whether lines that are as before are left out. */
  readonly areSameHidden: boolean;
  /** Whether it is unfolded at first. */
  readonly isOpenAtFirst: boolean;
  /** Says what a line is for while it is pointed at; null when none is. */
  readonly explain: (words: string | null) => void;
}

const marks = { same: "", added: "+", removed: "−", changed: "~" } as const;
const changeWords = { same: "", added: "added: ", removed: "removed: ", changed: "changed: " } as const;

/** A section of a description, to fold, each line with what became of it. */
export function SdpSectionView({ diff, areSameHidden, isOpenAtFirst, explain }: SectionProps): JSX.Element {
  const { section, change, lines } = diff;
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const [active, setActive] = useState(-1);
  const shown = areSameHidden ? lines.filter((line) => line.change !== "same") : lines;
  const id = `sdp-${section.key.replace(/\W/g, "-")}`;
  const point = (index: number) => {
    const line = shown[index];
    setActive(index);
    explain(line === undefined ? null : explainSdpLine(line.line, section));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const way = { ArrowDown: active + 1, ArrowUp: active - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(shown.length - 1, way));
    point(next);
    document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: "nearest" });
  };
  return h(
    "section",
    { class: `sdp-section is-${change}` },
    h(
      "h4",
      null,
      h(
        "button",
        {
          type: "button",
          class: "sdp-title",
          "aria-expanded": isOpen,
          "aria-controls": id,
          onClick: () => setOpen(!isOpen),
        },
        h("span", { class: "sdp-twist", "aria-hidden": true }, isOpen ? "▾" : "▸"),
        h("b", null, section.kind === "" ? "section" : section.kind),
        section.mid === null ? null : h("span", { class: "sdp-chip" }, `mid ${section.mid}`),
        section.direction === null ? null : h("span", { class: "sdp-chip" }, section.direction),
        section.isRejected ? h("span", { class: "sdp-chip is-off" }, "rejected") : null,
        h("span", { class: "sdp-count" }, countWords(diff)),
      ),
    ),
    isOpen &&
      h(
        "ul",
        {
          id,
          class: "sdp-lines",
          role: "listbox",
          tabIndex: shown.length === 0 ? -1 : 0,
          "aria-label": `Lines of ${section.kind} ${section.mid ?? ""}`.trim(),
          "aria-activedescendant": active >= 0 && active < shown.length ? `${id}-${active}` : undefined,
          onKeyDown,
          onFocus: () => point(Math.max(active, 0)),
          onBlur: () => explain(null),
          onPointerLeave: () => explain(null),
        },
        shown.map((line, index) =>
          h(
            "li",
            {
              key: index,
              id: `${id}-${index}`,
              role: "option",
              "aria-selected": index === active,
              class: `sdp-line is-${line.change}`,
              onPointerEnter: () => explain(explainSdpLine(line.line, section)),
            },
            h("span", { class: "sdp-mark", "aria-hidden": true }, marks[line.change]),
            h("span", { class: "spoken" }, changeWords[line.change]),
            textView(line),
          ),
        ),
      ),
  );
}

function countWords({ change, lines }: DiffSection): string {
  if (change === "same") return `${lines.length} lines`;
  if (change !== "changed") return change;
  const of = (kind: keyof typeof marks) => lines.filter((line) => line.change === kind).length;
  return (["added", "removed", "changed"] as const)
    .filter((kind) => of(kind) > 0)
    .map((kind) => `${marks[kind]}${of(kind)}`)
    .join(" ");
}

function textView({ line, was }: DiffLine): JSX.Element {
  if (was === null) return h("code", null, namedText(line.text));
  const [start, own, end] = ownPart(line.text, was);
  const [, before] = ownPart(was, line.text);
  return h(
    "code",
    { title: `Before: ${was}` },
    start,
    before === "" ? null : h("del", null, before),
    own === "" ? null : h("ins", null, redactedText(own)),
    redactedText(end),
  );
}

/** The name of an attribute stands out from its value. */
function namedText(text: string): readonly (JSX.Element | string | ReturnType<typeof redactedText>)[] {
  const [head = ""] = /^(?:a=[\w-]*:?|[a-z]=)/.exec(text) ?? [];
  return [h("span", { key: "name", class: "sdp-name" }, head), redactedText(text.slice(head.length))];
}
