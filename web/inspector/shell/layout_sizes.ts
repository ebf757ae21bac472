import { signal } from "@preact/signals";

const key = "signalbox.inspector.sizes";

/** How large the parts of the page are, in pixels. */
export interface LayoutSizes {
  readonly tree: number;
  readonly timeline: number;
}

const defaults: LayoutSizes = { tree: 380, timeline: 190 };

/** The sizes that this browser was given last. */
export class LayoutMemory {
  readonly sizes = signal<LayoutSizes>(read());

  set(change: Partial<LayoutSizes>): void {
    this.sizes.value = { ...this.sizes.peek(), ...change };
    try {
      localStorage.setItem(key, JSON.stringify(this.sizes.peek()));
    } catch {
      // Storage is forbidden: they hold until the page is closed.
    }
  }
}

function read(): LayoutSizes {
  try {
    const stored = JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<LayoutSizes>;
    const numberOr = (value: unknown, fallback: number) => (typeof value === "number" ? value : fallback);
    return { tree: numberOr(stored.tree, defaults.tree), timeline: numberOr(stored.timeline, defaults.timeline) };
  } catch {
    return defaults;
  }
}
