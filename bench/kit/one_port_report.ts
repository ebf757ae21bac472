import type { ForwardingMeasurement } from "./forwarding_measurement.ts";
import type { SetupMeasurement } from "./setup_measurement.ts";
import { median } from "./setup_report.ts";

/** How a node has its peers: all behind one UDP port, or each behind ports of its own. */
export const sides = ["one port", "a port each"] as const;
export type Side = (typeof sides)[number];

/** All that was measured of one side. */
export interface SideMeasurements {
  readonly setups: SetupMeasurement[];
  readonly forwarding: ForwardingMeasurement[];
}

interface Figure {
  readonly name: string;
  readonly read: (measured: SideMeasurements) => number;
  readonly isMoreBetter?: boolean;
}

const setup = (read: (one: SetupMeasurement) => number) => (all: SideMeasurements) => median(all.setups.map(read));
const forwarded = (read: (one: ForwardingMeasurement) => number) => (all: SideMeasurements) =>
  median(all.forwarding.map(read));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const figures: readonly Figure[] = [
  { name: "set up in a second", read: setup(({ perSecond }) => perSecond), isMoreBetter: true },
  { name: "CPU of a set-up, ms", read: setup(({ cpuMs }) => cpuMs) },
  { name: "CPU of a close, ms", read: setup(({ closeCpuMs }) => closeCpuMs) },
  { name: "offer to open channel, median ms", read: setup(({ latenciesMs }) => median(latenciesMs)) },
  { name: "set-ups that failed", read: ({ setups }) => sum(setups.map(({ failures }) => failures.length)) },
  // With what all peers take at rest: taken off, its noise would be that of the difference.
  {
    name: "CPU for a forwarded packet, us",
    read: forwarded(({ load, seconds, forwarded: packets }) => (1e6 * load * seconds) / packets),
  },
  { name: "load at rest, % of a core", read: forwarded(({ idleLoad }) => 100 * idleLoad) },
  { name: "packets lost", read: ({ forwarding }) => sum(forwarding.map(({ lost }) => lost)) },
  { name: "datagrams that sockets dropped", read: ({ forwarding }) => sum(forwarding.map(({ dropped }) => dropped)) },
];

/** The table as it is printed: medians, sums of what went wrong, and ratios, of which those above 1 are in favor of the one port. */
export function formatOnePort(measured: Readonly<Record<Side, SideMeasurements>>): string {
  const rows = figures.map(({ name, read, isMoreBetter = false }) => {
    const [shared, own] = [read(measured["one port"]), read(measured["a port each"])];
    const ratio = isMoreBetter ? shared / own : own / shared;
    return [name, shared.toFixed(2), own.toFixed(2), Number.isFinite(ratio) && ratio > 0 ? ratio.toFixed(2) : ""];
  });
  const lines = [["", ...sides, "better by"], ["---", "---:", "---:", "---:"], ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
