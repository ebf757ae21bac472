import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { CrowdOrder, CrowdReport } from "./crowd_process.ts";
import { type NatsTraffic, readNatsTraffic, trafficBetween } from "./nats_traffic.ts";
import { OrderedProcess } from "./ordered_process.ts";
import { cpuUsOf, residentBytesOf } from "./process_usage.ts";

const crowdFile = fileURLToPath(new URL("crowd_process.ts", import.meta.url));
/** Processes that the members are spread over. */
const crowdProcesses = 2;

export interface CrowdOptions {
  readonly nodes: readonly { readonly pid: number; readonly wsUrl: string }[];
  /** Where nats-server says what it counted. */
  readonly monitorPort: number;
  readonly room: string;
  readonly peers: number;
  /** How many join at the same time. */
  readonly concurrency: number;
  /** How long the room is looked at when all are in. */
  readonly restSeconds: number;
  readonly onProgress: (text: string) => void;
}

/** What became of a room of many. */
export interface CrowdFigures {
  readonly peers: number;
  readonly joinsPerSecond: number;
  readonly joinMs: readonly number[];
  /** From the first join until everybody knows of everybody. */
  readonly completeMs: number;
  /** While they joined, until all was known. */
  readonly joining: CrowdPhase;
  readonly rest: CrowdPhase;
  /** Of each node. */
  readonly residentBytes: readonly number[];
}

/** What a stretch of time took. */
export interface CrowdPhase {
  readonly seconds: number;
  readonly traffic: NatsTraffic;
  /** Of each node, in microseconds. */
  readonly cpuUs: readonly number[];
}

/** Fills a room, waits until everybody knows of everybody, looks on for a while, and empties it. */
export async function measureCrowd(options: CrowdOptions): Promise<CrowdFigures> {
  const { nodes, room, peers, concurrency, restSeconds, onProgress } = options;
  const crowds = await Promise.all(
    Array.from({ length: crowdProcesses }, () => OrderedProcess.start<CrowdOrder>(crowdFile)),
  );
  try {
    const start = await look(options);
    const orders = crowds.map((crowd, index) => {
      const [from, to] = [index, index + 1].map((share) => Math.round((peers * share) / crowdProcesses)) as [
        number,
        number,
      ];
      const wsUrls = nodes.map(({ wsUrl }) => wsUrl);
      const each = Math.max(1, Math.round(concurrency / crowdProcesses));
      return crowd.do<CrowdReport>(
        { type: "join", wsUrls, room, count: to - from, concurrency: each, total: peers },
        300_000,
      );
    });
    const reports = await Promise.all(orders);
    const startedAtMs = Math.min(...reports.map((report) => report.startedAtMs));
    const joinedMs = Math.max(...reports.map((report) => report.joinedAtMs)) - startedAtMs;
    onProgress(`${peers} joined ${room} within ${(joinedMs / 1_000).toFixed(1)} s`);
    const completeAtMs = await Promise.all(crowds.map((crowd) => crowd.do<number>({ type: "complete" })));
    const completed = await look(options);
    // What follows from it, as garbage, is not what a room at rest takes.
    await sleep(2_000);
    onProgress(`${room} at rest for ${restSeconds} s ...`);
    const restBegin = await look(options);
    await sleep(restSeconds * 1_000);
    const restEnd = await look(options);
    return {
      peers,
      joinsPerSecond: peers / (joinedMs / 1_000),
      joinMs: reports.flatMap((report) => report.joinMs).sort((a, b) => a - b),
      completeMs: Math.max(...completeAtMs) - startedAtMs,
      joining: between(start, completed),
      rest: between(restBegin, restEnd),
      residentBytes: nodes.map(({ pid }) => residentBytesOf(pid)),
    };
  } finally {
    await Promise.all(crowds.map((crowd) => crowd.stop()));
  }
}

interface Look {
  readonly atMs: number;
  readonly traffic: NatsTraffic;
  readonly cpuUs: readonly number[];
}

async function look({ nodes, monitorPort }: CrowdOptions): Promise<Look> {
  const traffic = await readNatsTraffic(monitorPort);
  return { atMs: performance.now(), traffic, cpuUs: nodes.map(({ pid }) => cpuUsOf(pid)) };
}

function between(before: Look, after: Look): CrowdPhase {
  return {
    seconds: (after.atMs - before.atMs) / 1_000,
    traffic: trafficBetween(before.traffic, after.traffic),
    cpuUs: after.cpuUs.map((us, index) => us - (before.cpuUs[index] ?? 0)),
  };
}
