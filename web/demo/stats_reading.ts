import type { SeenCandidate } from "./candidate.ts";

/** What the page shows of a connection's statistics (W3C webrtc-stats). */
export interface StatsReading {
  readonly pair: PairReading | null;
  readonly checks: { readonly sent: number; readonly answered: number } | null;
  readonly sentVideo: VideoReading | null;
  readonly returnedVideo: VideoReading | null;
}

/** The candidate pair in use. An address may be empty: a browser hides its own until a camera was allowed. */
export interface PairReading {
  readonly local: SeenCandidate;
  readonly remote: SeenCandidate;
  readonly roundTripMs: number | null;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** One direction of the picture. */
export interface VideoReading {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly codec: string;
  readonly packets: number;
}

type Entry = Readonly<Record<string, unknown>>;

/** Reads what the page shows; browsers differ in what they report, so anything may be missing. */
export function readStats(report: RTCStatsReport): StatsReading {
  const entries = new Map<string, Entry>();
  report.forEach((entry: Entry, id: string) => entries.set(id, entry));
  const all = [...entries.values()];
  const pairs = all.filter((entry) => entry["type"] === "candidate-pair");
  const transport = all.find((entry) => entry["type"] === "transport");
  const videoOf = (type: string): VideoReading | null =>
    videoReading(
      all.find((entry) => entry["type"] === type && entry["kind"] === "video"),
      entries,
    );
  return {
    pair: pairReading(
      selectedPair(entries.get(textOf(transport?.["selectedCandidatePairId"])), pairs),
      entries,
      transport,
    ),
    checks: checksOf(pairs),
    sentVideo: videoOf("outbound-rtp"),
    returnedVideo: videoOf("inbound-rtp"),
  };
}

/** By the transport where it says so; by `selected` in older Firefox; else the nominated pair that works. */
function selectedPair(named: Entry | undefined, pairs: readonly Entry[]): Entry | undefined {
  const selected = named ?? pairs.find((pair) => pair["selected"] === true);
  return selected ?? pairs.find((pair) => pair["nominated"] === true && pair["state"] === "succeeded");
}

function pairReading(
  pair: Entry | undefined,
  entries: ReadonlyMap<string, Entry>,
  transport: Entry | undefined,
): PairReading | null {
  const local = entries.get(textOf(pair?.["localCandidateId"]));
  const remote = entries.get(textOf(pair?.["remoteCandidateId"]));
  if (pair === undefined || local === undefined || remote === undefined) return null;
  const seconds = pair["currentRoundTripTime"];
  return {
    local: candidateReading(local),
    remote: candidateReading(remote),
    roundTripMs: typeof seconds === "number" ? seconds * 1000 : null,
    // The transport counts across ICE restarts, where a browser reports it; the pair only for itself.
    bytesSent: numberOf(transport?.["bytesSent"] ?? pair["bytesSent"]),
    bytesReceived: numberOf(transport?.["bytesReceived"] ?? pair["bytesReceived"]),
  };
}

function candidateReading(entry: Entry): SeenCandidate {
  return {
    type: textOf(entry["candidateType"]),
    protocol: textOf(entry["protocol"]),
    address: textOf(entry["address"] ?? entry["ip"]),
    port: numberOf(entry["port"]),
  };
}

function checksOf(pairs: readonly Entry[]): StatsReading["checks"] {
  if (!pairs.some((pair) => typeof pair["requestsSent"] === "number")) return null;
  const sum = (key: string): number => pairs.reduce((total, pair) => total + numberOf(pair[key]), 0);
  return { sent: sum("requestsSent"), answered: sum("responsesReceived") };
}

function videoReading(entry: Entry | undefined, entries: ReadonlyMap<string, Entry>): VideoReading | null {
  const width = numberOf(entry?.["frameWidth"]);
  if (entry === undefined || width === 0) return null;
  const mimeType = textOf(entries.get(textOf(entry["codecId"]))?.["mimeType"]);
  return {
    width,
    height: numberOf(entry["frameHeight"]),
    framesPerSecond: Math.round(numberOf(entry["framesPerSecond"])),
    codec: mimeType.replace("video/", ""),
    packets: numberOf(entry["packetsReceived"] ?? entry["packetsSent"]),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
