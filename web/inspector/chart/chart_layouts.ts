import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { describeMachine } from "../statechart/describe_machine.ts";
import type { StatechartLayout } from "../statechart/placed_chart.ts";
import type { Statechart } from "../statechart/statechart.ts";
import type { LayoutAnswer, LayoutRequest } from "./layout_worker.ts";

/** A machine's chart on its way to be drawn. */
export type ChartState =
  | { readonly kind: "waiting"; readonly chart: Statechart }
  | { readonly kind: "ready"; readonly chart: Statechart; readonly layout: StatechartLayout }
  | { readonly kind: "failed"; readonly chart: Statechart; readonly reason: string };

/** The charts of machines, each laid out once, by a worker: nothing of it is loaded before one is wanted, and the page never waits for it. */
export class ChartLayouts {
  readonly #charts = new WeakMap<object, Signal<ChartState>>();
  readonly #waiting = new Map<number, Signal<ChartState>>();
  readonly #openWorker: () => Worker;
  #worker: Worker | undefined;
  #lastId = 0;

  constructor(openWorker: () => Worker = () => new Worker("/inspector-layout.js", { type: "module" })) {
    this.#openWorker = openWorker;
  }

  /** The chart of a definition, the same signal each time. */
  of(definition: object): ReadonlySignal<ChartState> {
    const known = this.#charts.get(definition);
    if (known !== undefined) return known;
    const chart = describeMachine(definition);
    const state = signal<ChartState>({ kind: "waiting", chart });
    this.#charts.set(definition, state);
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, state);
    this.#workerNow().postMessage({ id: this.#lastId, chart } satisfies LayoutRequest);
    return state;
  }

  #workerNow(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = this.#openWorker();
    worker.onmessage = ({ data }: MessageEvent<LayoutAnswer>) => {
      const state = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (state === undefined) return;
      const { chart } = state.peek();
      state.value =
        "layout" in data
          ? { kind: "ready", chart, layout: data.layout }
          : { kind: "failed", chart, reason: data.failure };
    };
    worker.onerror = () => this.#fail("The program that lays out charts could not be loaded");
    this.#worker = worker;
    return worker;
  }

  #fail(reason: string): void {
    for (const state of this.#waiting.values()) state.value = { kind: "failed", chart: state.peek().chart, reason };
    this.#waiting.clear();
    this.#worker = undefined;
  }
}
