import { h, type JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { clockWords, durationWords } from "../events/duration_words.ts";
import type { InspectorModel } from "../model/inspector_model.ts";
import { type Step, stepKey } from "../model/step.ts";
import { ArrowsView, FoldView } from "./arrow_view.ts";
import { type Columns, columnsOf, timeWidth } from "./columns.ts";
import { rowWindow, scrollTopFor } from "./row_window.ts";
import { rowWords } from "./row_words.ts";
import { rowBeside, rowOfStep } from "./sequence_place.ts";
import { elapsedMs, type SequenceRow } from "./sequence_rows.ts";
import type { Lifeline } from "./sequence_scope.ts";

/** In CSS pixels; sequence.css says the same. */
const rowHeight = 26;
const headHeight = 44;

interface ListProps {
  readonly lifelines: readonly Lifeline[];
  readonly rows: readonly SequenceRow[];
  readonly selected: Step | null;
  readonly isLive: boolean;
  readonly toggle: (key: string) => void;
  readonly model: Pick<InspectorModel, "selectStep">;
}

/** The rows, of which only those that can be seen are in the page. */
export function SequenceList({ lifelines, rows, selected, isLive, toggle, model }: ListProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ scrollTop: 0, height: 400, width: 600 });
  const isAtEnd = useRef(true);
  const current = selected === null ? -1 : rowOfStep(rows, selected);
  const columns = columnsOf(lifelines.length, view.width);
  const read = () => {
    const element = scroller.current;
    if (element === null) return;
    const height = element.clientHeight - headHeight;
    isAtEnd.current = element.scrollTop + element.clientHeight >= element.scrollHeight - rowHeight;
    setView({ scrollTop: element.scrollTop, height, width: element.clientWidth });
  };
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(read);
    observer.observe(element);
    read();
    return () => observer.disconnect();
  }, []);
  // What is looked at is shown; what is new is shown to who was at the end.
  const selectedKey = selected === null ? null : stepKey(selected);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || current < 0) return;
    const { scrollTop } = element;
    element.scrollTop = scrollTopFor(current, { scrollTop, height: element.clientHeight - headHeight, rowHeight });
    element.scrollLeft = scrollLeftFor(rows[current], columns, element);
  }, [selectedKey, view.height]);
  useEffect(() => {
    const element = scroller.current;
    if (element !== null && isLive && isAtEnd.current && rows.length > 0) element.scrollTop = element.scrollHeight;
  }, [rows.length, isLive, view.height]);

  const choose = (index: number) => {
    const row = rows[index];
    if (row === undefined || !("steps" in row) || row.steps[0] === undefined) return;
    model.selectStep(row.steps[0]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(view.height / rowHeight) - 1);
    const from = current < 0 ? rows.length : current;
    const ways: Readonly<Record<string, number>> = {
      ArrowDown: event.shiftKey ? 10 : 1,
      ArrowUp: event.shiftKey ? -10 : -1,
      PageDown: page,
      PageUp: -page,
      Home: -rows.length - 1,
      End: rows.length + 1,
    };
    const way = ways[event.key];
    const row = rows[current];
    if (way !== undefined) choose(rowBeside(rows, from, way));
    else if (event.key === "ArrowRight" && row?.kind === "fold") toggle(row.key);
    else if (event.key === "ArrowLeft" && row?.kind === "step" && row.foldKey !== null) toggle(row.foldKey);
    else return;
    event.preventDefault();
  };

  const { start, end } = rowWindow(rows.length, { ...view, rowHeight });
  const first = firstStep(rows);
  return h(
    "div",
    { ref: scroller, class: "seq-scroll", onScroll: read },
    h(HeadView, { lifelines, columns }),
    h(
      "div",
      {
        class: "seq-rows",
        role: "listbox",
        tabIndex: 0,
        "aria-label": "Events, oldest first",
        "aria-activedescendant": current >= start && current < end ? `seq-row-${current}` : undefined,
        style: { height: `${rows.length * rowHeight}px`, width: `${columns.width}px` },
        onKeyDown,
      },
      lifelines.map(({ key }, index) =>
        h("span", { key, class: "seq-life", "aria-hidden": true, style: { left: `${columns.x(index)}px` } }),
      ),
      rows.slice(start, end).map((row, offset) => {
        const index = start + offset;
        const isChosen = index === current;
        const state = isChosen ? " is-chosen" : current >= 0 && index > current ? " is-later" : "";
        return h(
          "div",
          {
            key: row.key,
            id: `seq-row-${index}`,
            class: `seq-row row-${row.kind}${state}${row.kind === "step" && row.foldKey !== null ? " in-fold" : ""}`,
            role: "option",
            "aria-selected": isChosen,
            "aria-disabled": !("steps" in row) || undefined,
            "aria-posinset": index + 1,
            "aria-setsize": rows.length,
            style: { top: `${index * rowHeight}px` },
            onClick: () => choose(index),
          },
          h("span", { class: "spoken" }, rowWords(row, lifelines)),
          timeView(row, first),
          contentOf(row, columns, toggle),
        );
      }),
    ),
  );
}

/** Where to scroll to so that the arrow of a row is seen; the place itself when it is. */
function scrollLeftFor(row: SequenceRow | undefined, columns: Columns, element: HTMLElement): number {
  const { scrollLeft, clientWidth } = element;
  if (row === undefined || !("steps" in row)) return scrollLeft;
  const lines = row.kind === "fold" ? [row.left, row.right] : row.arrows.flatMap(({ from, to }) => [from ?? to, to]);
  const ends = lines.map(columns.x);
  const [left, right] = [Math.min(...ends) - timeWidth - columns.step / 2, Math.max(...ends) + columns.step / 2];
  if (left < scrollLeft) return left;
  return right > scrollLeft + clientWidth ? Math.min(left, right - clientWidth) : scrollLeft;
}

function contentOf(row: SequenceRow, columns: Columns, toggle: (key: string) => void): JSX.Element {
  if (row.kind === "step") return h(ArrowsView, { row, columns });
  if (row.kind === "fold") return h(FoldView, { row, columns, toggle: () => toggle(row.key) });
  const text = row.kind === "gap" ? durationWords(row.size) : `${row.size} events were lost on the way`;
  return h("span", { class: "seq-pause", "aria-hidden": true }, h("span", null, text));
}

function timeView(row: SequenceRow, first: Step | undefined): JSX.Element {
  const step = "steps" in row ? row.steps[0] : undefined;
  if (step === undefined || first === undefined) return h("span", { class: "seq-time", "aria-hidden": true });
  return h(
    "time",
    { class: "seq-time", "aria-hidden": true, title: clockWords(step.at) },
    secondsOf(elapsedMs(first, step)),
  );
}

function secondsOf(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

function firstStep(rows: readonly SequenceRow[]): Step | undefined {
  for (const row of rows) if ("steps" in row) return row.steps[0];
  return undefined;
}

function HeadView({
  lifelines,
  columns,
}: {
  readonly lifelines: readonly Lifeline[];
  readonly columns: Columns;
}): JSX.Element {
  return h(
    "div",
    { class: "seq-head", "aria-hidden": true, style: { width: `${columns.width}px` } },
    h("span", { class: "seq-corner", style: { width: `${timeWidth}px` } }, "seconds"),
    lifelines.map(({ key, kind, name, detail }, index) =>
      h(
        "span",
        {
          key,
          class: `seq-who is-${kind}`,
          style: { left: `${columns.x(index)}px`, maxWidth: `${columns.step - 6}px` },
          title: `${name} ${detail}`.trim(),
        },
        h("b", null, name),
        detail === "" ? null : h("small", null, detail),
      ),
    ),
  );
}
