import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ForwardingClient } from "./forwarding_client.ts";
import { measureForwarding } from "./forwarding_measurement.ts";
import { startServer } from "./forwarding_systems.ts";

/** What is profiled. */
export interface ProfileOptions {
  readonly isReal: boolean;
  readonly durationMs: number;
  readonly layerIntervalMs: number | undefined;
}

/** What V8 writes with `--cpu-prof`; times are microseconds of the monotonic clock. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const atRest = "at rest";
/** The groups in which time is told, by the file or the function; the first that fits counts. */
const groups: readonly (readonly [name: string, fits: RegExp])[] = [
  [atRest, /\(idle\)/],
  ["garbage collection", /\(garbage collector\)/],
  ["native code and system calls that are nobody's", /\(program\)/],
  ["dgram receive", /node:dgram onMessage/],
  ["dgram send", /node:dgram|media_path|datagram_calls|koffi|lookupAtOnce|node:internal\/net|^RegExp: \^/],
  ["SRTP", /\/srtp\/|node:internal\/crypto|wasm:|node:crypto|packet_batch/],
  ["forwarding", /\/forwarding\/|\/codec\/|rtp_outbox/],
  ["receiving", /rtp_inbox|arrival_batch|delivery_batch|rtp_router|\/rtp\/|rtp_transport/],
  ["congestion and feedback", /\/congestion\/|transport_feedback|sent_streams/],
  ["werift", /node_modules\/werift/],
  ["timers and event loop", /node:internal\/(timers|process|async_hooks)|node:timers|media_clock|Immediate/],
];

/** Runs a Signalbox node with subscribers under V8's sampling profiler; returns where its time went, as text. */
export async function profileForwarding(subscriberCount: number, options: ProfileOptions): Promise<string> {
  const { isReal, durationMs, layerIntervalMs } = options;
  const directory = mkdtempSync(join(tmpdir(), "signalbox-bench-profile-"));
  const nodeFlags = ["--cpu-prof", "--cpu-prof-dir", directory, "--cpu-prof-interval", "250"];
  const { server, url } = await startServer("signalbox", { isReal, nodeFlags, isPinned: false });
  const publisher = await ForwardingClient.start();
  const subscribers = await ForwardingClient.start();
  try {
    const joinOptions = { url, isReal, isSimulcast: isReal };
    await publisher.do({ type: "publish", system: "signalbox", ...joinOptions });
    const bench = { system: "signalbox", server, publisher, subscribers, join: joinOptions } as const;
    // More than one publisher's rate, so that there is something to sample.
    const run = { framesPerSecond: isReal ? 30 : 90, durationMs, layerIntervalMs };
    const { forwarded, cpuUs, seconds } = await measureForwarding(bench, subscriberCount, run);
    const endUs = Number(process.hrtime.bigint() / 1_000n);
    await server.stop();
    const profile = JSON.parse(readFileSync(join(directory, readdirSync(directory)[0] ?? ""), "utf8")) as CpuProfile;
    const times = readTimes(profile, endUs - seconds * 1e6, endUs);
    const title = `\n${subscriberCount} subscribers, ${forwarded} packets forwarded, ${cpuUs.toFixed(1)} us each (the profiler takes its part)`;
    return [title, ...describe(times, cpuUs)].join("\n");
  } finally {
    await Promise.all([publisher, subscribers].map((client) => client.process.stop("SIGKILL")));
    await server.stop("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Microseconds of self time between two moments by function, named with its file. */
function readTimes({ nodes, startTime, samples, timeDeltas }: CpuProfile, fromUs: number, toUs: number) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  let atUs = startTime;
  for (const [index, sample] of samples.entries()) {
    atUs += timeDeltas[index] ?? 0;
    if (atUs < fromUs || atUs > toUs) continue;
    const name = names.get(sample) ?? "?";
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[index + 1] ?? 0));
  }
  return times;
}

function nameOf({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  const file = url.replace(/^file:\/\/.*\/(?=(node_modules|transport|actors|machines|protocol)\/)/, "");
  return `${file === "" ? "" : `${file} `}${functionName.slice(0, 60) || `(anonymous:${lineNumber + 1})`}`;
}

/** The shares of the time that is not spent at rest, as parts of what a packet costs. */
function describe(times: ReadonlyMap<string, number>, cpuUs: number): string[] {
  const groupOf = (name: string) => groups.find(([, fits]) => fits.test(name))?.[0] ?? "other";
  const busy = [...times].filter(([name]) => groupOf(name) !== atRest).sort(([, a], [, b]) => b - a);
  const totalUs = busy.reduce((sum, [, us]) => sum + us, 0);
  const byGroup = new Map<string, number>();
  for (const [name, us] of busy) byGroup.set(groupOf(name), (byGroup.get(groupOf(name)) ?? 0) + us);
  const line = (name: string, us: number) => {
    const share = us / totalUs;
    return `${(share * cpuUs).toFixed(2).padStart(6)} us ${(share * 100).toFixed(1).padStart(5)} %  ${name}`;
  };
  return [
    "self time of each forwarded packet, by group:",
    ...[...byGroup].sort(([, a], [, b]) => b - a).map(([name, us]) => line(name, us)),
    "by function:",
    ...busy.slice(0, 40).map(([name, us]) => `${line(name, us)}  [${groupOf(name)}]`),
  ];
}
