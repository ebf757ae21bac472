import { h, type JSX } from "preact";
import { clockWords } from "../events/duration_words.ts";
import type { Step } from "../model/step.ts";
import { ceilingOf } from "./measure_words.ts";
import { runsOf } from "./series_runs.ts";
import type { Series, SeriesPoint } from "./track_series.ts";

/** In CSS pixels of the drawing, which stretches. */
const width = 240;
const height = 40;

/** What the charts of a view share. */
export interface ChartFrame {
  /** The span that all of them show, in Unix milliseconds. */
  readonly from: number;
  readonly to: number;
  /** The moment that is pointed at in any of them; null for none. */
  readonly pointed: number | null;
  readonly point: (at: number | null) => void;
  readonly selectStep: (step: Step) => void;
}

interface SparkProps {
  readonly title: string;
  readonly series: Series;
  readonly frame: ChartFrame;
  readonly words: (value: number) => string;
  /** The scale reaches at least so far. */
  readonly least: number;
}

/** A small chart of a value over time with its scale, its newest value, and the value at the moment that is pointed at. A click looks at that moment. */
export function SparkView({ title, series, frame, words, least }: SparkProps): JSX.Element {
  const { from, to, pointed } = frame;
  const seen = series.filter(({ at }) => at >= from && at <= to);
  const known = seen.filter((point): point is SeriesPoint & { readonly value: number } => point.value !== null);
  const ceiling = ceilingOf(Math.max(0, ...known.map(({ value }) => value)), least);
  const x = (at: number) => (to === from ? width : ((at - from) / (to - from)) * width);
  const y = (value: number) => height - 1 - (value / ceiling) * (height - 4);
  const last = seen.at(-1);
  const hit = pointed === null ? undefined : nearest(seen, pointed);
  const shown = hit ?? last;
  const value = shown?.value ?? null;
  const atPointer = (event: PointerEvent | MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return from + ((event.clientX - box.left) / Math.max(1, box.width)) * (to - from);
  };
  return h(
    "figure",
    { class: "spark" },
    h(
      "figcaption",
      null,
      h("span", null, title),
      h("b", { class: hit === undefined ? "" : "is-pointed" }, value === null ? "–" : words(value)),
      hit === undefined ? null : h("small", null, clockWords(hit.at)),
    ),
    h(
      "div",
      { class: "spark-plot" },
      h(
        "svg",
        {
          viewBox: `0 0 ${width} ${height}`,
          preserveAspectRatio: "none",
          role: "img",
          "aria-label": summary(
            title,
            known.map((point) => point.value),
            words,
          ),
          onPointerMove: (event: PointerEvent) => frame.point(atPointer(event)),
          onPointerLeave: () => frame.point(null),
          onClick: (event: MouseEvent) => {
            const chosen = nearest(seen, atPointer(event));
            if (chosen !== undefined) frame.selectStep(chosen.step);
          },
        },
        h("line", { class: "spark-grid", x1: 0, x2: width, y1: y(ceiling), y2: y(ceiling) }),
        h("line", { class: "spark-grid", x1: 0, x2: width, y1: y(0), y2: y(0) }),
        runsOf(seen).map((run) => {
          const line = run.map((point) => `${x(point.at).toFixed(1)} ${y(point.value).toFixed(1)}`).join("L");
          const [first, end] = [run[0], run.at(-1)];
          if (first === undefined || end === undefined) return null;
          return [
            h("path", {
              key: `area ${first.at}`,
              class: "spark-area",
              d: `M${x(first.at)} ${y(0)}L${line}L${x(end.at)} ${y(0)}Z`,
            }),
            // A value alone is a dot: a round end of a line without a length.
            h("path", { key: `line ${first.at}`, class: "spark-line", d: `M${line}${run.length === 1 ? "h0" : ""}` }),
          ];
        }),
        hit === undefined
          ? null
          : h("line", { class: "spark-pointer", x1: x(hit.at), x2: x(hit.at), y1: 0, y2: height }),
      ),
      h("span", { class: "spark-scale", "aria-hidden": true }, words(ceiling).replace(/\.0+ /, " ")),
    ),
  );
}

function nearest(series: Series, at: number): SeriesPoint | undefined {
  let best: SeriesPoint | undefined;
  for (const point of series) if (best === undefined || Math.abs(point.at - at) < Math.abs(best.at - at)) best = point;
  return best;
}

function summary(title: string, values: readonly number[], words: (value: number) => string): string {
  const last = values.at(-1);
  if (last === undefined) return `${title}: not measured`;
  return `${title}: ${words(last)} at last, from ${words(Math.min(...values))} to ${words(Math.max(...values))}`;
}
