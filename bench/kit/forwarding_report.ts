import type { ForwardingMeasurement, RampResult } from "./forwarding_measurement.ts";
import { type System, systems } from "./forwarding_systems.ts";
import { median } from "./setup_report.ts";

/** All rounds of one system with one number of subscribers. */
export interface ForwardingRow {
  readonly system: System;
  readonly subscribers: number;
  readonly measurements: readonly ForwardingMeasurement[];
  readonly ramps: readonly RampResult[];
}

/** One run in one line, for those who watch. */
export function describeForwarding(measured: ForwardingMeasurement): string {
  const { forwarded, lost, dropped, droppedByClients, repeated, keyframeRequests, cpuUs, idleLoad, load, clientLoad } =
    measured;
  const share = (part: number) => `${(part * 100).toFixed(1)} %`;
  const drops = dropped + droppedByClients === 0 ? "" : ` (sockets dropped ${dropped} in, ${droppedByClients} out)`;
  const again = repeated === 0 ? "" : `, ${repeated} sent again`;
  const keyframes = keyframeRequests === 0 ? "" : `, ${keyframeRequests} keyframe requests`;
  return `${cpuUs.toFixed(1)} us each, ${forwarded} forwarded, ${lost} lost${drops}${again}${keyframes}; server ${share(load)} of a core, ${share(idleLoad)} at rest; clients ${share(clientLoad)}`;
}

/** The table as it is printed: medians of the rounds, and what Signalbox takes of the others. */
export function formatForwarding(rows: readonly ForwardingRow[]): string {
  const counts = [...new Set(rows.map(({ subscribers }) => subscribers))];
  const find = (system: System, subscribers: number) =>
    rows.find((row) => row.system === system && row.subscribers === subscribers);
  const used = systems.filter((system) => rows.some((row) => row.system === system));
  const line = (name: string, cell: (subscribers: number) => string) => [name, ...counts.map(cell)];
  const figure = (name: string, system: System, read: (row: ForwardingRow) => string) =>
    line(`${system}: ${name}`, (count) => {
      const row = find(system, count);
      return row === undefined ? "-" : read(row);
    });
  const cpu = ({ measurements }: ForwardingRow) => median(measurements.map(({ cpuUs }) => cpuUs));
  const whole = ({ measurements }: ForwardingRow) =>
    median(measurements.map((one) => one.cpuUs + (one.idleLoad * 1e6 * one.seconds) / one.forwarded));
  const load = ({ measurements }: ForwardingRow) => 100 * median(measurements.map((one) => one.load));
  const ratio = (other: System, read: (row: ForwardingRow) => number) =>
    line(`signalbox / ${other}`, (count) => {
      const [ours, theirs] = [find("signalbox", count), find(other, count)];
      return ours === undefined || theirs === undefined ? "-" : (read(ours) / read(theirs)).toFixed(2);
    });
  const others = used.includes("signalbox") ? used.filter((system) => system !== "signalbox") : [];
  const lines = [
    line("subscribers", String),
    line("---", () => "---:"),
    ...used.map((system) => figure("CPU a forwarded packet, us", system, (row) => cpu(row).toFixed(1))),
    ...others.map((other) => ratio(other, cpu)),
    ...used.map((system) => figure("with what it takes at rest, us", system, (row) => whole(row).toFixed(1))),
    ...others.map((other) => ratio(other, whole)),
    ...used.map((system) => figure("load of its core, %", system, (row) => load(row).toFixed(1))),
    ...used.map((system) => figure("lost of forwarded", system, describeLoss)),
    ...used.map((system) => figure("highest rate without loss, packets in/s", system, describeRate)),
  ];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0))) ?? [];
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return lines.map((cells) => `| ${cells.map(pad).join(" | ")} |`).join("\n");
}

function describeLoss({ measurements }: ForwardingRow): string {
  const sum = (read: (one: ForwardingMeasurement) => number) => measurements.reduce((all, one) => all + read(one), 0);
  return `${sum(({ lost }) => lost)} of ${sum(({ forwarded }) => forwarded)}`;
}

function describeRate({ ramps }: ForwardingRow): string {
  if (ramps.length === 0) return "-";
  const isAtLeast = ramps.some(({ isClientLimit }) => isClientLimit);
  return `${isAtLeast ? ">= " : ""}${Math.round(median(ramps.map(({ packetsPerSecond }) => packetsPerSecond)))}`;
}
