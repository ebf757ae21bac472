import { h, type JSX } from "preact";
import { durationWords } from "../events/duration_words.ts";
import type { Bar, Lane } from "./lanes.ts";
import type { StripWindow } from "./strip_window.ts";
import { timeMarks } from "./time_marks.ts";
import type { TimeScale } from "./time_scale.ts";

/** In CSS pixels; timeline.css says the same. */
export const laneHeight = 18;
export const axisHeight = 18;

/** How the strip is drawn at the moment. */
export interface StripLayout {
  readonly scale: TimeScale;
  readonly window: StripWindow;
  readonly width: number;
}

/** The distance of a moment from the left edge, in CSS pixels. */
export function xOf({ scale, window, width }: StripLayout, at: number): number {
  return ((scale.place(at) - window.from) / (window.to - window.from)) * width;
}

/** So much room the words of a pause take, the mark of one without words, and half the words of a time, in CSS pixels. */
const [pausePx, breakPx, timePx] = [96, 16, 24];

/** The times above the lanes, with the lengths of pauses that are drawn shorter. */
export function AxisView({ layout }: { readonly layout: StripLayout }): JSX.Element {
  const { scale, window, width } = layout;
  const pauses = scale.pauses
    .map(({ from, to }) => {
      const [left, right] = [Math.max(0, xOf(layout, from)), Math.min(width, xOf(layout, to))];
      return { left, right, x: (left + right) / 2, words: `⋯ ${durationWords(to - from)} pause` };
    })
    .filter(({ left, right }) => right - left >= breakPx)
    .map((pause) => {
      const isWide = pause.right - pause.left >= pausePx;
      return { ...pause, words: isWide ? pause.words : "⋯", size: isWide ? pausePx : breakPx };
    });
  const marks = timeMarks(scale, window, width)
    .map(({ share, words }) => ({ x: share * width, words }))
    .filter(({ x }) => pauses.every((pause) => Math.abs(pause.x - x) > pause.size / 2 + timePx));
  return h(
    "svg",
    { class: "time-axis", width, height: axisHeight, "aria-hidden": true },
    pauses.map(({ left, right, x, words, size }) =>
      h(
        "g",
        { key: `pause ${x}`, class: "time-pause" },
        h("path", { d: `M${left} 9H${x - size / 2}M${x + size / 2} 9H${right}` }),
        h("text", { x, y: 12, "text-anchor": "middle" }, words),
      ),
    ),
    marks.map(({ x, words }) => h("text", { key: x, x, y: 12, "text-anchor": "middle" }, words)),
  );
}

/** The lanes: bars of states, ticks of events, and what is later than the moment that is looked at in shade. */
export function LanesView({
  lanes,
  layout,
  playhead,
}: {
  readonly lanes: readonly Lane[];
  readonly layout: StripLayout;
  /** In CSS pixels from the left; null when that is now. */
  readonly playhead: number | null;
}): JSX.Element {
  const { width } = layout;
  const height = lanes.length * laneHeight;
  return h(
    "svg",
    { class: "time-lanes", width, height, "aria-hidden": true },
    lanes.map((lane, index) =>
      h(
        "g",
        { key: lane.key, transform: `translate(0 ${index * laneHeight})` },
        lane.bars.map((bar) => barView(bar, layout)),
        [...lane.ticks].map(([kind, ats]) => h("path", { key: kind, class: `kind-${kind}`, d: tickPath(ats, layout) })),
        h("line", { class: "time-rule", x1: 0, x2: width, y1: laneHeight - 0.5, y2: laneHeight - 0.5 }),
      ),
    ),
    playhead === null
      ? null
      : [
          h("rect", {
            key: "later",
            class: "time-later",
            x: Math.max(0, playhead),
            width: Math.max(0, width - Math.max(0, playhead)),
            y: 0,
            height,
          }),
          h("line", { key: "head", class: "time-head", x1: playhead, x2: playhead, y1: 0, y2: height }),
        ],
  );
}

function barView({ from, to, state, tone }: Bar, layout: StripLayout): JSX.Element | null {
  const { width } = layout;
  const left = Math.max(0, xOf(layout, from));
  const right = to === null ? width : Math.min(width, xOf(layout, to));
  if (right <= 0 || left >= width) return null;
  const size = Math.max(1, right - left);
  const letters = Math.floor((size - 8) / 6);
  // The innermost state is what tells them apart.
  const shown = state.length <= letters ? state : state.slice(state.lastIndexOf(".") + 1);
  return h(
    "g",
    { key: `${from} ${state}`, "data-tone": tone },
    h("title", null, `${state}${to === null ? "" : `, ${durationWords(to - from)}`}`),
    h("rect", { class: "time-bar", x: left, y: 1, width: size, height: laneHeight - 3, rx: Math.min(3, size / 2) }),
    shown.length > letters ? null : h("text", { x: left + 5, y: 12.5 }, shown),
  );
}

/** Ticks closer than half a pixel are one: of ten thousand events a screenful is drawn. */
function tickPath(ats: readonly number[], layout: StripLayout): string {
  let path = "";
  let last = Number.NEGATIVE_INFINITY;
  for (const at of ats) {
    const x = xOf(layout, at);
    if (x < 0 || x > layout.width || x - last < 0.5) continue;
    path += `M${x.toFixed(1)} ${laneHeight - 6}v4`;
    last = x;
  }
  return path;
}
