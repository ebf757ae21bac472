import type { Summary } from "./distribution.ts";
import type { LoadReport } from "./load_report.ts";
import { usedKinds } from "./media_report.ts";

/** The report as people read it. */
export function formatReport(report: LoadReport): string {
  const { members, setUpMs, media, delayMs, roundTripMs, generator } = report;
  const kinds = usedKinds(media);
  const lines = [
    describeRun(report),
    "",
    `members     ${members.planned} planned, ${members.joined} joined, ${members.connected} with media, ${members.failed} failed` +
      (members.unfinished > 0 ? `, ${members.unfinished} not there yet` : "") +
      (members.reconnects > 0 ? `, ${members.reconnects} reconnects` : ""),
    ...members.failures.map(({ code, count, message }) => `  failed    ${count} x ${code}: ${message}`),
    ...members.errors.map(({ code, count, message }) => `  error     ${count} x ${code}: ${message}`),
    "",
    row("", ["p50", "p95", "max"]),
    timesRow("joined", setUpMs.join),
    timesRow("media connected", setUpMs.media),
    timesRow("first packet", setUpMs.firstPacket),
    ...kinds.map((kind) => timesRow(`delay of ${kind}`, delayMs[kind])),
    timesRow("round trip, signaling", roundTripMs.signaling),
    timesRow("round trip, media", roundTripMs.media),
    timesRow("longest silence", media.longestGapMs),
    timesRow("  once all were in", media.longestLaterGapMs),
    "",
    row("", ["sent", "due", "received", "lost"]),
    ...kinds.map((kind) => {
      const { sent, due, received, loss } = media[kind];
      return row(kind, [sent, due, received, `${loss} %`]);
    }),
    "",
    `streams     ${media.streams - media.missing} of ${media.streams} came, ${media.interrupted} were silent for 1 s or longer`,
    `generator   ${describeGenerator(generator)}`,
    ...generator.limits.map((limit) => `  limit     ${limit}`),
  ];
  return `${lines.join("\n")}\n`;
}

function describeRun({ options, measuredMs }: LoadReport): string {
  const { url, rooms, peers, publishers, isAudio, isVideo, isData, bitrate, framesPerSecond, messagesPerSecond } =
    options;
  const sent = [
    isAudio ? "audio" : "",
    isVideo ? `video (${Math.round(bitrate / 1_000)} kbit/s, ${framesPerSecond} frames a second)` : "",
    isData ? `data (${messagesPerSecond} messages a second)` : "",
  ].filter((part) => part !== "");
  const who = publishers === peers ? "all" : `${publishers} of each`;
  return `${url}: ${rooms} rooms of ${peers}, ${who} send ${sent.join(", ")}; ${(measuredMs / 1_000).toFixed(1)} s`;
}

function describeGenerator(generator: LoadReport["generator"]): string {
  const { processes, cpu, peakCpu, machineBusy, lateMs, rssBytes } = generator;
  const shares = cpu.length > 8 ? `${Math.min(...cpu)} to ${Math.max(...cpu)}` : cpu.join(", ");
  return (
    `${processes} ${processes === 1 ? "process" : "processes"}, CPU ${shares} % of a core (peak ${peakCpu} %), ` +
    `machine ${machineBusy} % busy, sent ${lateMs.p95 ?? 0} ms late (p95), ${Math.round(rssBytes / 1_000_000)} MB`
  );
}

function timesRow(name: string, { count, p50, p95, max }: Summary): string {
  if (count === 0) return row(name, ["-", "-", "-"]);
  return row(name, [p50, p95, max].map(milliseconds));
}

function milliseconds(value: number | null): string {
  if (value === null) return "-";
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

function row(name: string, cells: readonly (string | number)[]): string {
  return [name.padEnd(22), ...cells.map((cell) => String(cell).padStart(12))].join("").trimEnd();
}
