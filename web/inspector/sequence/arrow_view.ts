import { h, type JSX } from "preact";
import type { Columns } from "./columns.ts";
import type { FoldRow, StepRow, Tag } from "./sequence_rows.ts";
import type { Arrow } from "./sequence_scope.ts";

/** What of a row is drawn beside its time: its arrows with the name, and the states that they led to. */
export function ArrowsView({ row, columns }: { readonly row: StepRow; readonly columns: Columns }): JSX.Element {
  return h(
    "div",
    { class: `seq-arrows kind-${row.tone}`, "aria-hidden": true },
    row.arrows.map((arrow, index) => arrowLine(arrow, columns, `${row.key} ${index}`)),
    nameView(row, wholeOf(row.arrows), columns),
    tagsView(row.tags, row.arrows, columns),
  );
}

/** A bar over those that take part in what is folded. */
export function FoldView({
  row,
  columns,
  toggle,
}: {
  readonly row: FoldRow;
  readonly columns: Columns;
  readonly toggle: () => void;
}): JSX.Element {
  const left = columns.x(row.left) - 10;
  return h(
    "div",
    { class: `seq-arrows kind-${row.tone}`, "aria-hidden": true },
    h(
      "span",
      {
        class: "seq-fold",
        style: { left: `${left}px`, minWidth: `${columns.x(row.right) - left + 10}px` },
        onClick: (event: Event) => {
          event.stopPropagation();
          toggle();
        },
        title: row.isOpen ? "Fold (Left)" : "Unfold (Right)",
      },
      h("span", { class: "seq-twist", "aria-hidden": true }, row.isOpen ? "▾" : "▸"),
      row.label,
      row.isOpen ? null : row.tags.map(({ words }, index) => h("span", { key: index, class: "seq-inner-tag" }, words)),
    ),
  );
}

/** From where the first arrow begins to where the last one ends: they go one way. */
function wholeOf(arrows: readonly Arrow[]): Arrow {
  return { from: arrows[0]?.from ?? null, to: arrows.at(-1)?.to ?? 0 };
}

function arrowLine({ from, to }: Arrow, columns: Columns, key: string): JSX.Element {
  const end = columns.x(to);
  if (from === null) return h("span", { key, class: "seq-found", style: { left: `${end}px` } });
  if (from === to) return h("span", { key, class: "seq-loop", style: { left: `${end}px` } });
  const start = columns.x(from);
  const way = end > start ? "to-right" : "to-left";
  return h("span", {
    key,
    class: `seq-line ${way}`,
    style: { left: `${Math.min(start, end)}px`, width: `${Math.abs(end - start)}px` },
  });
}

function nameView(row: StepRow, arrow: Arrow, columns: Columns): JSX.Element {
  const { from, to } = arrow;
  const text = [row.label, row.count > 1 ? h("b", { class: "seq-count" }, `×${row.count}`) : null];
  if (from === null || from === to) {
    // An arrow without a length has its name beside it, and what it led to after the name.
    const tags = row.tags.map(({ words }, index) => h("span", { key: index, class: "seq-tag" }, words));
    const side = to >= columns.count - 1 && columns.count > 2 ? "beside-left" : "beside";
    return h("span", { class: `seq-name ${side}`, style: sideStyle(side, columns.x(to), columns) }, text, tags);
  }
  const [left, right] = [columns.x(Math.min(from, to)), columns.x(Math.max(from, to))];
  return h("span", { class: "seq-name", style: { left: `${left + 8}px`, width: `${right - left - 16}px` } }, text);
}

function sideStyle(side: string, x: number, columns: Columns): Record<string, string> {
  return side === "beside" ? { left: `${x + 16}px` } : { right: `${columns.width - x + 16}px` };
}

/** States at the far side of the lifelines that the arrows end at. */
function tagsView(tags: readonly Tag[], arrows: readonly Arrow[], columns: Columns): readonly JSX.Element[] {
  const lines = [...new Set(tags.map(({ lifeline }) => lifeline))];
  return lines.flatMap((line) => {
    const arrow = arrows.find(({ to }) => to === line);
    if (arrow === undefined || arrow.from === null || arrow.from === arrow.to) return [];
    const x = columns.x(line);
    const isToRight = arrow.to > arrow.from;
    const goesOn = arrows.some(({ from }) => from === line);
    const style = isToRight ? { left: `${x + 5}px` } : { right: `${columns.width - x + 5}px` };
    const words = tags.filter(({ lifeline }) => lifeline === line).map((tag) => tag.words);
    return [
      h(
        "span",
        { key: `tags ${line}`, class: `seq-tags${goesOn ? " goes-on" : ""}`, style },
        words.map((each) => h("span", { key: each, class: "seq-tag" }, each)),
      ),
    ];
  });
}
