import "./worker_document.ts";
import { layOutStatechart } from "../statechart/lay_out_statechart.ts";
import type { StatechartLayout } from "../statechart/placed_chart.ts";
import type { Statechart } from "../statechart/statechart.ts";

/** What the page asks the worker for. */
export interface LayoutRequest {
  readonly id: number;
  readonly chart: Statechart;
}

/** What it answers. */
export type LayoutAnswer =
  | { readonly id: number; readonly layout: StatechartLayout }
  | { readonly id: number; readonly failure: string };

/** Roughly what a panel beside the tree has; a chart that needs more is panned. */
const room = { width: 1_000, height: 1_100 };

// One after another: ELK computes in this thread anyway.
let last = Promise.resolve();

addEventListener("message", ({ data }: MessageEvent<LayoutRequest>) => {
  last = last.then(async () => {
    postMessage(await answerTo(data));
  });
});

async function answerTo({ id, chart }: LayoutRequest): Promise<LayoutAnswer> {
  try {
    return { id, layout: await layOutStatechart(chart, { room }) };
  } catch (error) {
    return { id, failure: error instanceof Error ? error.message : String(error) };
  }
}
