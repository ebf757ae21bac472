import type { CrowdFigures, CrowdPhase } from "./cluster_crowd.ts";
import { type LatencyFigures, latencyPaths } from "./cluster_latency.ts";
import type { LatencyPath } from "./latency_end_process.ts";
import type { RelayOverNatsFigures } from "./relay_over_nats.ts";
import { median } from "./setup_report.ts";

type Cells = readonly string[];

/** A table in Markdown, its first column to the left. */
export function formatCells([head = [], ...rows]: readonly Cells[]): string {
  const lines = [head, head.map((_, column) => (column === 0 ? "---" : "---:")), ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return lines.map((line) => `| ${line.map(pad).join(" | ")} |`).join("\n");
}

/** A value so many of a hundred are below, of sorted ones. */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

/** Latencies by path, and what they are to each other. The goal is judged by "two nodes / bare NATS". */
export function formatLatency(figures: readonly LatencyFigures[]): string {
  const columns = figures.flatMap(({ messagesPerSecond, latenciesUs }) =>
    [50, 99].map((percent) => ({
      head: `${messagesPerSecond}/s, ${percent === 50 ? "median" : "p99"}`,
      of: (path: LatencyPath) => percentile(latenciesUs[path], percent),
    })),
  );
  const row = (name: string, read: (of: (path: LatencyPath) => number) => string) => [
    name,
    ...columns.map(({ of }) => read(of)),
  ];
  const ratio = (name: string, read: (of: (path: LatencyPath) => number) => number) =>
    row(name, (of) => `${read(of).toFixed(2)} x`);
  return formatCells([
    ["", ...columns.map(({ head }) => head)],
    ...latencyPaths.map((path) => row(`${path}, us`, (of) => of(path).toFixed(0))),
    ratio("two nodes / bare NATS", (of) => of("two nodes") / of("bare NATS")),
    ratio("two nodes / (one node + bare NATS)", (of) => of("two nodes") / (of("one node") + of("bare NATS"))),
    ratio("(two nodes - one node) / bare NATS", (of) => (of("two nodes") - of("one node")) / of("bare NATS")),
  ]);
}

/** What a relayed packet costs, by the load that was on. */
export function formatRelay(
  rows: readonly { readonly name: string; readonly figures: RelayOverNatsFigures }[],
): string {
  return formatCells([
    [
      "us of CPU for each packet",
      "publisher's node",
      "of which NATS alone",
      "subscribers' node, forwarding to one included",
      "of which NATS alone",
      "nats-server",
    ],
    ...rows.map(({ name, figures: { publisherUs, subscriberUs, serverUs, bare } }) => [
      name,
      ...[publisherUs, bare.publisherUs, subscriberUs, bare.subscriberUs, serverUs].map((us) => median(us).toFixed(1)),
    ]),
  ]);
}

/** A room of many, on one node and spread over several. */
export function formatCrowds(one: CrowdFigures, many: CrowdFigures): string {
  const row = (name: string, read: (figures: CrowdFigures) => number, digits = 1) => {
    const [ofOne, ofMany] = [read(one), read(many)];
    const ratio = ofOne === 0 ? "" : `${(ofMany / ofOne).toFixed(2)} x`;
    return [name, ofOne.toFixed(digits), ofMany.toFixed(digits), ratio];
  };
  const cpu = (phase: CrowdPhase) => phase.cpuUs.reduce((sum, us) => sum + us, 0);
  const nodes = many.residentBytes.length;
  return formatCells([
    [`a room of ${many.peers} peers`, "one node", `${nodes} nodes`, "ratio"],
    row("joins in a second", (figures) => figures.joinsPerSecond),
    row("time of a join, median, ms", ({ joinMs }) => percentile(joinMs, 50)),
    row("time of a join, p99, ms", ({ joinMs }) => percentile(joinMs, 99)),
    row("everybody knows of everybody after, s", ({ completeMs }) => completeMs / 1_000),
    row("joining: CPU of all nodes for each peer, ms", (figures) => cpu(figures.joining) / 1_000 / figures.peers, 2),
    row("joining: bytes to NATS for each peer", ({ joining, peers }) => joining.traffic.bytesIn / peers, 0),
    row("joining: messages to NATS for each peer", ({ joining, peers }) => joining.traffic.messagesIn / peers, 2),
    row(
      "at rest: bytes to NATS in a second, for each peer",
      ({ rest, peers }) => perSecond(rest, "bytesIn") / peers,
      2,
    ),
    row("at rest: bytes to NATS in a second, all", ({ rest }) => perSecond(rest, "bytesIn"), 0),
    row("at rest: messages to NATS in a second, all", ({ rest }) => perSecond(rest, "messagesIn"), 1),
    row("at rest: busiest node, % of a core", ({ rest }) => Math.max(...rest.cpuUs) / 1e4 / rest.seconds),
    row("largest node, MB in memory", ({ residentBytes }) => Math.max(...residentBytes) / 1e6, 0),
  ]);
}

function perSecond({ traffic, seconds }: CrowdPhase, what: "bytesIn" | "messagesIn"): number {
  return traffic[what] / seconds;
}
