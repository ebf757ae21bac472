import { make } from "./dom.ts";
import { durationText } from "./duration_text.ts";
import type { MachineName } from "./echo_event.ts";
import type { StateHistory, Step } from "./state_history.ts";
import { toneOfState } from "./state_tone.ts";
import { layOut, type TimeAxis } from "./time_axis.ts";

/** The steps of a trail that are written out; what came before them is counted. */
const maxWritten = 6;

/** The room that one time below the bars needs, in CSS pixels. */
const tickRoomPx = 64;

interface Row {
  readonly machine: MachineName;
  readonly element: HTMLElement;
  readonly bar: HTMLElement;
  readonly trail: HTMLElement;
}

/**
 * Draws the way of each machine twice: as a bar on a time axis that all share, for looking, and as a trail of words
 * with the time each state took, for reading. The rows are in the page (`[data-state]`); this fills them.
 */
export class StateTimeline {
  readonly #rows: readonly Row[];
  readonly #ticks: HTMLElement;
  readonly #written = new Map<MachineName, Step | undefined>();

  constructor(container: HTMLElement) {
    this.#rows = [...container.querySelectorAll<HTMLElement>("[data-state]")].map(rowOf);
    this.#ticks = find(container, ".ticks");
  }

  /** Writes the trails of those machines that changed. */
  write(history: StateHistory): void {
    for (const row of this.#rows) {
      const steps = history.stepsOf(row.machine);
      if (this.#written.get(row.machine) === steps.at(-1)) continue;
      this.#written.set(row.machine, steps.at(-1));
      row.element.dataset["value"] = steps.at(-1)?.state ?? "";
      row.trail.replaceChildren(...trailOf(row.machine, steps));
    }
  }

  /** Draws the bars and the times below them as they stand at `nowMs`. */
  draw(history: StateHistory, nowMs: number): void {
    const axis = layOut(history.moments(), nowMs);
    for (const row of this.#rows) drawBar(row, history.stepsOf(row.machine), axis);
    this.#drawTicks(axis);
  }

  #drawTicks(axis: TimeAxis): void {
    const zero = axis.moments[0] ?? 0;
    const room = tickRoomPx / Math.max(1, this.#ticks.clientWidth);
    const ticks: HTMLElement[] = [];
    let free = 0;
    for (const atMs of axis.moments) {
      const place = axis.placeOf(atMs);
      if (place < free || place > 1 - room) continue;
      const tick = make("span", "tick", atMs === zero ? "0" : durationText(atMs - zero));
      tick.style.left = percent(place);
      ticks.push(tick);
      free = place + room;
    }
    this.#ticks.replaceChildren(...ticks);
  }
}

function drawBar(row: Row, steps: readonly Step[], axis: TimeAxis): void {
  const segments = steps.map((step, index) => {
    const from = axis.placeOf(step.fromMs);
    const next = steps[index + 1];
    const to = next === undefined ? 1 : axis.placeOf(next.fromMs);
    const segment = make("span", next === undefined ? "segment open" : "segment");
    segment.dataset["tone"] = toneOfState(row.machine, step.state, index === 0);
    segment.style.left = percent(from);
    segment.style.width = percent(to - from);
    segment.title = next === undefined ? step.state : `${step.state}: ${durationText(next.fromMs - step.fromMs)}`;
    return segment;
  });
  row.bar.replaceChildren(...segments);
}

function trailOf(machine: MachineName, steps: readonly Step[]): HTMLElement[] {
  const first = Math.max(0, steps.length - maxWritten);
  const items = steps.slice(first).map((step, index) => {
    const next = steps[first + index + 1];
    const item = make("li", next === undefined ? "now" : "was");
    item.dataset["tone"] = toneOfState(machine, step.state, first + index === 0);
    item.append(make("span", "name", step.state));
    if (next !== undefined) item.append(" ", make("span", "took", durationText(next.fromMs - step.fromMs)));
    return item;
  });
  if (first > 0) items.unshift(make("li", "earlier", `${first} earlier`));
  return items;
}

function rowOf(element: HTMLElement): Row {
  const machine = element.dataset["state"] ?? "";
  if (!isMachineName(machine)) throw new TypeError(`Cannot draw machine "${machine}": it is not one of the six`);
  return { machine, element, bar: find(element, ".bar"), trail: find(element, ".trail") };
}

function isMachineName(name: string): name is MachineName {
  return ["socket", "signaling", "ice-gathering", "ice", "dtls", "connection"].includes(name);
}

function find(parent: HTMLElement, selector: string): HTMLElement {
  const found = parent.querySelector<HTMLElement>(selector);
  if (found === null) throw new TypeError(`Cannot find "${selector}": the page holds none`);
  return found;
}

function percent(part: number): string {
  return `${(part * 100).toFixed(3)}%`;
}
