import type { MemoryMeasurement, SetupMeasurement } from "./setup_measurement.ts";

/** What one server did in one round. */
export interface SetupRound {
  readonly memory: MemoryMeasurement;
  /** By the number of set-ups at once. */
  readonly setups: ReadonlyMap<number, SetupMeasurement>;
}

/** All rounds of both, one of each for every round. */
export interface SetupRounds {
  readonly signalbox: readonly SetupRound[];
  readonly werift: readonly SetupRound[];
}

/** A line of the table; a ratio above 1 is in favor of Signalbox. */
export interface SetupFigure {
  readonly name: string;
  readonly signalbox: number;
  readonly werift: number;
  /** Missing where one side is 0 or a ratio says nothing. */
  readonly ratio?: number;
}

const slowMs = 1_000;

/** The figures of all rounds: medians of the rounds, but the slowest of all and the sums of what was slow or failed. */
export function summarize(rounds: SetupRounds): SetupFigure[] {
  const concurrencies = [...(rounds.signalbox[0]?.setups.keys() ?? [])];
  return [
    ...concurrencies.flatMap((concurrency) => summarizeSetups(rounds, concurrency)),
    compare(
      "memory for each idle connection, rss kB",
      rounds,
      (all) => median(all.map((r) => r.memory.rssBytes)) / 1e3,
    ),
    compare(
      "memory for each idle connection, heap kB",
      rounds,
      (all) => median(all.map((r) => r.memory.heapBytes)) / 1e3,
    ),
  ];
}

/** The table as it is printed. */
export function formatTable(figures: readonly SetupFigure[]): string {
  const rows = figures.map(({ name, signalbox, werift, ratio }) => [
    name,
    round(signalbox),
    round(werift),
    ratio === undefined ? "" : `${ratio.toFixed(2)} x`,
  ]);
  const lines = [["", "Signalbox", "werift as it comes", "better by"], ["---", "---:", "---:", "---:"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return lines.map((line) => `| ${line.map(pad).join(" | ")} |`).join("\n");
}

/** One run in one line, for those who watch. */
export function describeSetups({ count, latenciesMs, failures, spoiled, ...measured }: SetupMeasurement): string {
  const slowest = round(Math.max(0, ...latenciesMs));
  const failed = failures.length === 0 ? "" : `, ${failures.length} FAILED (${failures[0]})`;
  const again = spoiled === 0 ? "" : `, ${spoiled} begun again that the client had spoiled`;
  const load = `client ${Math.round(measured.clientLoad * 100)} % of a core`;
  return `${count} set up, ${round(measured.perSecond)}/s, CPU ${round(measured.cpuMs)} ms each (close ${round(measured.closeCpuMs)} ms), median ${round(median(latenciesMs))} ms, slowest ${slowest} ms, ${load}${again}${failed}`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[(sorted.length - 1) >> 1], sorted[middle]];
  return (low + high) / 2;
}

function summarizeSetups(rounds: SetupRounds, concurrency: number): SetupFigure[] {
  const title = concurrency === 1 ? "one after another" : `${concurrency} at once`;
  const figure = (name: string, read: (all: readonly SetupMeasurement[]) => number, isMoreBetter = false) =>
    compare(
      `${title}: ${name}`,
      rounds,
      (all) => read(all.flatMap(({ setups }) => setups.get(concurrency) ?? [])),
      isMoreBetter,
    );
  const count = (all: readonly SetupMeasurement[]) => all.reduce((sum, each) => sum + each.count, 0);
  const { ratio: _, ...slow } = figure(
    `over ${slowMs / 1_000} s, of ${count(rounds.signalbox.flatMap(({ setups }) => setups.get(concurrency) ?? []))}`,
    (all) => all.flatMap(({ latenciesMs }) => latenciesMs).filter((latencyMs) => latencyMs > slowMs).length,
  );
  const { ratio: __, ...failed } = figure("failed", (all) => all.flatMap(({ failures }) => failures).length);
  return [
    figure("set up in a second", (all) => median(all.map(({ perSecond }) => perSecond)), true),
    figure("CPU each, ms", (all) => median(all.map(({ cpuMs }) => cpuMs))),
    figure("CPU to close each, ms", (all) => median(all.map(({ closeCpuMs }) => closeCpuMs))),
    figure("median, ms", (all) => median(all.map(({ latenciesMs }) => median(latenciesMs)))),
    figure("slowest, ms", (all) => Math.max(...all.flatMap(({ latenciesMs }) => latenciesMs))),
    slow,
    failed,
  ];
}

function compare(
  name: string,
  rounds: SetupRounds,
  read: (all: readonly SetupRound[]) => number,
  isMoreBetter = false,
): SetupFigure {
  const [signalbox, werift] = [read(rounds.signalbox), read(rounds.werift)];
  const ratio = isMoreBetter ? signalbox / werift : werift / signalbox;
  return Number.isFinite(ratio) && ratio > 0 ? { name, signalbox, werift, ratio } : { name, signalbox, werift };
}

function round(value: number): string {
  if (!Number.isFinite(value)) return "-";
  return Math.abs(value) >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1);
}
