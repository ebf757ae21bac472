import { durationText } from "./duration_text.ts";
import { type Ping, summarize } from "./round_trip.ts";

const svgNamespace = "http://www.w3.org/2000/svg";
const heightPx = 96;
const topPx = 8;
const bottomPx = 6;
const labelPx = 46;

/** How many pings the chart is wide: half a minute of them. */
const slots = 60;

/** Draws the last pings as a line that runs to the left; a lost one is a gap with a mark. */
export function drawLatency(svg: SVGElement, pings: readonly Ping[]): void {
  const widthPx = Math.max(120, svg.clientWidth);
  const summary = summarize(pings);
  svg.setAttribute("viewBox", `0 0 ${widthPx} ${heightPx}`);
  svg.setAttribute("aria-label", labelOf(pings));
  const ceiling = ceilingOf(summary?.largest ?? 1);
  const x = (index: number): number => ((slots - pings.length + index) / (slots - 1)) * (widthPx - labelPx - 5);
  const y = (ms: number): number => heightPx - bottomPx - (ms / ceiling) * (heightPx - topPx - bottomPx);
  const parts: SVGElement[] = [];
  for (const ms of [0, ceiling / 2, ceiling]) {
    parts.push(shape("line", { class: "grid", x1: 0, x2: widthPx - labelPx, y1: y(ms), y2: y(ms) }));
    const label = shape("text", { class: "scale", x: widthPx, y: y(ms) + 4, "text-anchor": "end" });
    label.textContent = ms === 0 ? "0" : `${ms} ms`;
    parts.push(label);
  }
  for (const run of runsOf(pings)) {
    const line = run.map(([index, ms]) => `${x(index).toFixed(1)} ${y(ms).toFixed(1)}`).join("L");
    const [first, last] = [run[0], run.at(-1)];
    if (first === undefined || last === undefined) continue;
    parts.push(shape("path", { class: "area", d: `M${x(first[0])} ${y(0)}L${line}L${x(last[0])} ${y(0)}Z` }));
    parts.push(shape("path", { class: "line", d: `M${line}` }));
  }
  for (const [index, ping] of pings.entries()) {
    if (ping === null)
      parts.push(shape("line", { class: "lost", x1: x(index), x2: x(index), y1: y(0), y2: y(0) - 10 }));
  }
  const newest = pings.at(-1);
  if (typeof newest === "number") {
    parts.push(shape("circle", { class: "newest", cx: x(pings.length - 1), cy: y(newest), r: 3.5 }));
  }
  svg.replaceChildren(...parts);
}

/** The pings that came back, in runs without a gap, each with its place in the row. */
function runsOf(pings: readonly Ping[]): readonly (readonly (readonly [number, number])[])[] {
  const runs: [number, number][][] = [[]];
  for (const [index, ping] of pings.entries()) {
    if (ping === null) runs.push([]);
    else runs.at(-1)?.push([index, ping]);
  }
  return runs.filter((run) => run.length > 0);
}

/** The next of 2, 4, 10, 20, 40, 100 ... above the largest value, so that the scale seldom moves. */
function ceilingOf(largest: number): number {
  for (let power = 1; ; power *= 10) {
    for (const step of [2, 4, 10]) if (step * power >= largest * 1.1) return step * power;
  }
}

function labelOf(pings: readonly Ping[]): string {
  const summary = summarize(pings);
  if (summary === null) return "Round-trip time: nothing measured yet";
  const { median, largest, lost } = summary;
  return `Round-trip time of the last ${pings.length} pings: median ${durationText(median)}, largest ${durationText(largest)}, ${lost} lost`;
}

function shape(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made as SVGElement;
}
