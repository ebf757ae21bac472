import type { Point } from "./placed_chart.ts";

/** How far an arrow's head reaches back. */
const headLength = 9;
const headHalfWidth = 4.5;
/** Of a line's corners. */
const cornerRadius = 7;

/** The outline of a line with round corners, which ends where its head begins. */
export function linePath(points: readonly Point[]): string {
  const [start, ...rest] = points;
  if (start === undefined) return "";
  const steps = rest.map((point, index) => {
    const before = rest[index - 1] ?? start;
    const after = rest[index + 1];
    if (after === undefined) return `L${at(towards(point, before, headLength - 1))}`;
    const radius = Math.min(cornerRadius, distance(before, point) / 2, distance(point, after) / 2);
    return `L${at(towards(point, before, radius))}Q${at(point)} ${at(towards(point, after, radius))}`;
  });
  return `M${at(start)}${steps.join("")}`;
}

/** The outline of the head at a line's end. */
export function headPath(points: readonly Point[]): string {
  const end = points.at(-1);
  const before = points.at(-2);
  if (end === undefined || before === undefined) return "";
  const base = towards(end, before, headLength);
  const across = distance(end, before) === 0 ? 0 : headHalfWidth / distance(end, before);
  const aside = { x: (before.y - end.y) * across, y: (end.x - before.x) * across };
  const left = { x: base.x + aside.x, y: base.y + aside.y };
  const right = { x: base.x - aside.x, y: base.y - aside.y };
  return `M${at(end)}L${at(left)}L${at(right)}Z`;
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

/** The point that lies `length` from `from` on the way to `to`. */
function towards(from: Point, to: Point, length: number): Point {
  const whole = distance(from, to);
  if (whole === 0) return from;
  const part = Math.min(1, length / whole);
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

function at({ x, y }: Point): string {
  return `${tidy(x)} ${tidy(y)}`;
}

/** Coordinates to a tenth of a pixel, so that a drawing is the same wherever it is made. */
function tidy(value: number): number {
  return Math.round(value * 10) / 10;
}
