import type { StripWindow } from "./strip_window.ts";
import type { TimeScale } from "./time_scale.ts";

/** A place on the axis with the time since the first event. */
export interface TimeMark {
  /** From 0 at the left edge to 1 at the right one. */
  readonly share: number;
  readonly words: string;
}

/** So far apart that the words do not touch, in CSS pixels. */
const apartPx = 90;

/** Marks of an axis, evenly apart, with as many digits as tell one from the next. */
export function timeMarks(scale: TimeScale, { from, to }: StripWindow, widthPx: number): readonly TimeMark[] {
  const count = Math.max(1, Math.floor(widthPx / apartPx));
  const start = scale.at(0);
  const size = to - from;
  return Array.from({ length: count }, (_, index) => {
    const share = (index + 0.5) / count;
    const ms = scale.at(from + share * size) - start;
    return { share, words: elapsedWords(ms, size / count) };
  });
}

/** "1.25 s", "2:05", "1:02:05", as fine as what is beside it asks for. */
export function elapsedWords(ms: number, apartMs: number): string {
  const digits = apartMs < 10 ? 3 : apartMs < 100 ? 2 : apartMs < 10_000 ? 1 : 0;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds.toFixed(digits)} s`;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const rest = (seconds % 60).toFixed(digits).padStart(digits === 0 ? 2 : digits + 3, "0");
  const minutes = seconds / 60;
  return minutes < 60 ? `${Math.floor(minutes)}:${rest}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`;
}
