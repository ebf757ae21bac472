/** What a key does on a timeline: look at another step, or at now, or closer or farther. */
export type TimelineKey =
  | { readonly kind: "step"; readonly index: number }
  | { readonly kind: "now" }
  | { readonly kind: "zoom"; readonly factor: number }
  | { readonly kind: "whole" };

interface Pressed {
  readonly key: string;
  readonly shiftKey: boolean;
}

/** So many steps at once with Shift, and as many of these with PageUp and PageDown. */
const manySteps = 10;

/** Null for a key that does nothing. `index` is that of the step that is looked at, `count` how many there are. */
export function timelineKey({ key, shiftKey }: Pressed, index: number, count: number): TimelineKey | null {
  const size = shiftKey ? manySteps : 1;
  const ways: Readonly<Record<string, number>> = {
    ArrowLeft: -size,
    ArrowDown: -size,
    ArrowRight: size,
    ArrowUp: size,
    PageDown: -manySteps,
    PageUp: manySteps,
    Home: -count,
    End: count,
  };
  const way = ways[key];
  if (way !== undefined) {
    return count === 0 ? null : { kind: "step", index: Math.min(Math.max(index + way, 0), count - 1) };
  }
  if (key === " ") return { kind: "now" };
  if (key === "+" || key === "=") return { kind: "zoom", factor: 1.6 };
  if (key === "-") return { kind: "zoom", factor: 1 / 1.6 };
  return key === "0" ? { kind: "whole" } : null;
}
