import { h, type JSX } from "preact";

/** A bar between two parts of the page: dragged, or moved with the arrow keys (WAI-ARIA, "Window Splitter Pattern"). */
export interface SplitterProps {
  readonly name: string;
  readonly direction: "columns" | "rows";
  /** Pixels of the part that it resizes. */
  readonly size: number;
  readonly min: number;
  readonly max: number;
  /** The part lies after the bar: it grows the other way. */
  readonly isAfter?: boolean;
  readonly onSize: (size: number) => void;
}

const keyStep = 24;

export function Splitter({ name, direction, size, min, max, isAfter = false, onSize }: SplitterProps): JSX.Element {
  const isColumns = direction === "columns";
  const set = (wanted: number) => onSize(Math.round(Math.min(max, Math.max(min, wanted))));
  const sign = isAfter ? -1 : 1;
  return h("div", {
    class: `splitter ${direction}`,
    role: "separator",
    tabIndex: 0,
    "aria-label": name,
    "aria-orientation": isColumns ? "vertical" : "horizontal",
    "aria-valuenow": size,
    "aria-valuemin": min,
    "aria-valuemax": max,
    onKeyDown: (event: KeyboardEvent) => {
      const [less, more] = isColumns ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
      if (event.key === less) set(size - keyStep * sign);
      else if (event.key === more) set(size + keyStep * sign);
      else if (event.key === "Home") set(min);
      else if (event.key === "End") set(max);
      else return;
      event.preventDefault();
    },
    onPointerDown: (event: PointerEvent) => {
      const bar = event.currentTarget as HTMLElement;
      const start = isColumns ? event.clientX : event.clientY;
      bar.setPointerCapture(event.pointerId);
      bar.onpointermove = (move) => set(size + ((isColumns ? move.clientX : move.clientY) - start) * sign);
      bar.onpointerup = () => {
        bar.onpointermove = null;
      };
      event.preventDefault();
    },
  });
}
