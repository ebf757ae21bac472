import { LoadMember } from "./load_member.ts";
import type { FromWorker, Progress, ToWorker, WorkerResult } from "./load_message.ts";
import type { LoadOptions } from "./load_options.ts";
import { Measurements } from "./measurements.ts";
import type { MemberPlan } from "./member_plan.ts";
import { Pacer } from "./pacer.ts";

// A process that plays its share of the members. It is told what to do over IPC and ends with the process that started it.

/** How often is looked for what is due to be sent. Ours. */
const paceMs = 4;
const progressIntervalMs = 1_000;

const pacer = new Pacer();
const measurements = new Measurements();
const now = () => performance.timeOrigin + performance.now();
let members: readonly LoadMember[] = [];
let lastUsage = { cpuMs: 0, atMs: 0 };
let measuredFrom = readUsage();
let measuredTo: ReturnType<typeof readUsage> | undefined;
let peakCpu = 0;
let isStopped = false;

function tell(message: FromWorker): void {
  process.send?.(message);
}

function readUsage() {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1_000, atMs: performance.now() };
}

/** Of one core, in percent. */
function cpuBetween(from: typeof lastUsage, to: typeof lastUsage): number {
  return to.atMs > from.atMs ? (100 * (to.cpuMs - from.cpuMs)) / (to.atMs - from.atMs) : 0;
}

function readProgress(): Progress {
  const usage = readUsage();
  const cpu = cpuBetween(lastUsage, usage);
  lastUsage = usage;
  if (measuredTo === undefined) peakCpu = Math.max(peakCpu, cpu);
  const count = (is: (member: LoadMember) => boolean) => members.filter(is).length;
  return {
    joined: count(({ isJoined, hasFailed }) => isJoined && !hasFailed),
    connected: count(({ isConnected, hasFailed }) => isConnected && !hasFailed),
    failed: count(({ hasFailed }) => hasFailed),
    sent: measurements.sent,
    received: measurements.received,
    cpu,
  };
}

async function start(options: LoadOptions, plans: readonly MemberPlan[]): Promise<void> {
  lastUsage = readUsage();
  setInterval(() => pacer.run(now()), paceMs);
  setInterval(() => tell({ type: "progress", progress: readProgress() }), progressIntervalMs);
  members = plans.map((plan) => new LoadMember(plan, options, { pacer, measurements, now }));
  const entering = members.map(async (member, index) => {
    await new Promise((resolve) => setTimeout(resolve, plans[index]?.joinAtMs ?? 0));
    if (!isStopped) await member.enter();
  });
  await Promise.all(entering);
  tell({ type: "progress", progress: readProgress() });
  tell({ type: "settled" });
}

function measure(): void {
  measuredFrom = readUsage();
  for (const member of members) member.settle();
}

function stop(): void {
  isStopped = true;
  measuredTo ??= readUsage();
  for (const member of members) member.stop();
  tell({ type: "progress", progress: readProgress() });
  tell({ type: "stopped" });
}

function finish(): void {
  const results = members.map((member) => member.result());
  for (const member of members) member.leave();
  const result: WorkerResult = {
    members: results,
    delays: {
      audio: measurements.delays.audio.toJSON(),
      video: measurements.delays.video.toJSON(),
      data: measurements.delays.data.toJSON(),
    },
    signalingRoundTrips: measurements.signalingRoundTrips.toJSON(),
    mediaRoundTrips: measurements.mediaRoundTrips.toJSON(),
    lateness: pacer.lateness.toJSON(),
    skipped: pacer.skipped,
    cpu: cpuBetween(measuredFrom, measuredTo ?? readUsage()),
    peakCpu,
    rssBytes: process.memoryUsage.rss(),
  };
  // Sockets close behind the last message: the server is told that everybody left.
  process.send?.({ type: "result", result } satisfies FromWorker, () => setTimeout(() => process.exit(0), 50));
}

process.on("message", (message: ToWorker) => {
  if (message.type === "start") void start(message.options, message.members);
  else if (message.type === "measure") measure();
  else if (message.type === "stop") stop();
  else finish();
});
process.once("disconnect", () => process.exit(1));
// A terminal sends them to all of its processes: the one that started this one decides.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
tell({ type: "ready" });
