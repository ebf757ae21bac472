import { Distribution, type DistributionData, type Summary } from "./distribution.ts";
import type { WorkerResult } from "./load_message.ts";
import type { LoadOptions } from "./load_options.ts";
import { type MediaReport, reportMedia } from "./media_report.ts";

/** From here on the generator itself may be what is measured. Ours. */
const limits = { cpu: 85, lateP95Ms: 50, machineBusy: 95 } as const;

/** How often something went wrong, and one of its messages. */
export interface FailureCount {
  readonly code: string;
  readonly count: number;
  readonly message: string;
}

/** What the machine that the generator runs on did, and for how long. */
export interface RunCircumstances {
  readonly startedAt: string;
  /** From when everybody had come in to the end of sending. */
  readonly measuredMs: number;
  /** Of all cores, in percent, whoever used them. */
  readonly machineBusy: number;
  /** Processes that died; their members count as failed. */
  readonly lostMembers: number;
}

/** What became of a run. Times are in milliseconds. */
export interface LoadReport {
  readonly startedAt: string;
  readonly options: Omit<LoadOptions, "token" | "jsonFile">;
  readonly measuredMs: number;
  readonly members: {
    readonly planned: number;
    readonly joined: number;
    readonly connected: number;
    readonly failed: number;
    /** On the way in when the run was ended. */
    readonly unfinished: number;
    readonly reconnects: number;
    readonly failures: readonly FailureCount[];
    /** What went wrong without an end to the membership. */
    readonly errors: readonly FailureCount[];
  };
  readonly setUpMs: { readonly join: Summary; readonly media: Summary; readonly firstPacket: Summary };
  readonly media: MediaReport;
  readonly delayMs: { readonly audio: Summary; readonly video: Summary; readonly data: Summary };
  readonly roundTripMs: { readonly signaling: Summary; readonly media: Summary };
  readonly generator: {
    readonly processes: number;
    /** Of one core, in percent, over the measured time: each process's. */
    readonly cpu: readonly number[];
    readonly peakCpu: number;
    readonly machineBusy: number;
    readonly rssBytes: number;
    readonly lateMs: Summary;
    readonly skipped: number;
    /** Why the figures may be the generator's rather than the server's; empty when they are not. */
    readonly limits: readonly string[];
  };
}

/** Adds up what the processes measured. */
export function buildReport(
  results: readonly WorkerResult[],
  run: { readonly options: LoadOptions; readonly circumstances: RunCircumstances },
): LoadReport {
  const { token: _token, jsonFile: _file, ...options } = run.options;
  const { startedAt, measuredMs, machineBusy, lostMembers } = run.circumstances;
  const members = results.flatMap((result) => result.members);
  const lost = lostMembers === 0 ? [] : [lostProcess(lostMembers)];
  const failed = members.filter(({ failure }) => failure !== undefined);
  const here = members.filter(({ failure }) => failure === undefined);
  const merged = (pick: (result: WorkerResult) => DistributionData) => {
    const sum = new Distribution();
    for (const result of results) sum.merge(pick(result));
    return sum.summary();
  };
  const lateMs = merged(({ lateness }) => lateness);
  const cpu = results.map((result) => Math.round(result.cpu));
  const skipped = sum(results.map((result) => result.skipped));
  const firstPackets = here.flatMap(({ received }) => received.filter(({ kind }) => kind !== "data"));
  return {
    startedAt,
    options,
    measuredMs: Math.round(measuredMs),
    members: {
      planned: options.rooms * options.peers,
      joined: here.filter(({ isJoined }) => isJoined).length,
      connected: here.filter(({ isConnected }) => isConnected).length,
      failed: failed.length + lostMembers,
      unfinished: here.filter(({ isConnected }) => !isConnected).length,
      reconnects: sum(members.map(({ reconnects }) => reconnects)),
      failures: [...countFailures(failed.flatMap(({ failure }) => (failure === undefined ? [] : [failure]))), ...lost],
      errors: countFailures(members.flatMap(({ errors }) => errors)),
    },
    setUpMs: {
      join: summarize(members.map(({ joinMs }) => joinMs)),
      media: summarize(members.map(({ mediaMs }) => mediaMs)),
      firstPacket: summarize(firstPackets.map(({ firstPacketMs }) => firstPacketMs)),
    },
    media: reportMedia(members),
    delayMs: {
      audio: merged(({ delays }) => delays.audio),
      video: merged(({ delays }) => delays.video),
      data: merged(({ delays }) => delays.data),
    },
    roundTripMs: {
      signaling: merged(({ signalingRoundTrips }) => signalingRoundTrips),
      media: merged(({ mediaRoundTrips }) => mediaRoundTrips),
    },
    generator: {
      processes: options.processes,
      cpu,
      peakCpu: Math.round(Math.max(0, ...results.map(({ peakCpu }) => peakCpu))),
      machineBusy: Math.round(machineBusy),
      rssBytes: sum(results.map(({ rssBytes }) => rssBytes)),
      lateMs,
      skipped,
      limits: findLimits({ cpu, machineBusy, lateP95Ms: lateMs.p95 ?? 0, skipped }),
    },
  };
}

/** Whether everybody came in, stayed, and got every stream. */
export function isGood({ members, media }: LoadReport): boolean {
  return members.failed === 0 && members.unfinished === 0 && media.missing === 0;
}

function findLimits(seen: {
  readonly cpu: readonly number[];
  readonly machineBusy: number;
  readonly lateP95Ms: number;
  readonly skipped: number;
}): string[] {
  const found: string[] = [];
  const busiest = Math.max(0, ...seen.cpu);
  if (busiest >= limits.cpu) found.push(`a process used ${busiest} % of a core: give it more --processes`);
  if (seen.machineBusy >= limits.machineBusy) found.push("all cores of this machine were busy: use another one too");
  if (seen.lateP95Ms >= limits.lateP95Ms) found.push(`packets were sent ${Math.round(seen.lateP95Ms)} ms late`);
  if (seen.skipped > 0) found.push(`${seen.skipped} frames were too late to be sent at all`);
  return found;
}

function lostProcess(count: number): FailureCount {
  return { code: "generator-fault", count, message: "The process that played them ended; stderr says why" };
}

function countFailures(failures: readonly { readonly code: string; readonly message: string }[]): FailureCount[] {
  const byCode = Map.groupBy(failures, ({ code }) => code);
  return [...byCode]
    .map(([code, all]) => ({ code, count: all.length, message: all[0]?.message ?? "" }))
    .sort((one, other) => other.count - one.count);
}

function summarize(values: readonly (number | null)[]): Summary {
  const distribution = new Distribution();
  for (const value of values) if (value !== null) distribution.add(value);
  return distribution.summary();
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
