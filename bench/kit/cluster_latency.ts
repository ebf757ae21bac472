import { fileURLToPath } from "node:url";
import { eventually } from "../../test/kit/eventually.ts";
import type { LatencyOrder, LatencyPath } from "./latency_end_process.ts";
import { OrderedProcess } from "./ordered_process.ts";

const endFile = fileURLToPath(new URL("latency_end_process.ts", import.meta.url));
/** How long one path is measured at a time, so that what the machine does besides meets all of them. */
const blockMs = 500;
export const latencyPaths: readonly LatencyPath[] = ["one node", "two nodes", "bare NATS"];

export interface LatencyOptions {
  readonly natsUrl: string;
  /** Where the sender's node and the other one take clients. */
  readonly wsUrls: readonly [string, string];
  readonly messagesPerSecond: readonly number[];
  /** Of each path at each rate. */
  readonly seconds: number;
  readonly payloadBytes: number;
  readonly onProgress: (text: string) => void;
}

/** All latencies of one rate in microseconds, each path's sorted. */
export interface LatencyFigures {
  readonly messagesPerSecond: number;
  readonly latenciesUs: Readonly<Record<LatencyPath, readonly number[]>>;
}

/** Sends messages from one process to another by each path in turns. */
export async function measureLatency(options: LatencyOptions): Promise<LatencyFigures[]> {
  const { natsUrl, wsUrls, messagesPerSecond, onProgress } = options;
  const [sender, receiver] = await Promise.all([
    OrderedProcess.start<LatencyOrder>(endFile),
    OrderedProcess.start<LatencyOrder>(endFile),
  ]);
  try {
    for (const [process, farUrl] of [
      [sender, wsUrls[0]],
      [receiver, wsUrls[1]],
    ] as const) {
      await process.do({ type: "open", path: "one node", wsUrl: wsUrls[0] });
      await process.do({ type: "open", path: "two nodes", wsUrl: farUrl });
      await process.do({ type: "open", path: "bare NATS", natsUrl });
    }
    // For the compiler, and for nodes that have just been seen.
    await measureRate(sender, receiver, { ...options, seconds: Math.min(2, options.seconds), rate: 1_000 });
    const figures: LatencyFigures[] = [];
    for (const rate of messagesPerSecond) {
      onProgress(`latency at ${rate} messages/s, ${options.seconds} s of each path ...`);
      figures.push(await measureRate(sender, receiver, { ...options, rate }));
    }
    return figures;
  } finally {
    await Promise.all([sender.stop(), receiver.stop()]);
  }
}

async function measureRate(
  sender: OrderedProcess<LatencyOrder>,
  receiver: OrderedProcess<LatencyOrder>,
  { rate, seconds, payloadBytes }: LatencyOptions & { readonly rate: number },
): Promise<LatencyFigures> {
  const latenciesUs: Record<LatencyPath, number[]> = { "one node": [], "two nodes": [], "bare NATS": [] };
  const blocks = Math.ceil((seconds * 1_000) / blockMs);
  for (let block = 0; block < blocks; block += 1) {
    for (let turn = 0; turn < latencyPaths.length; turn += 1) {
      const path = latencyPaths[(turn + block) % latencyPaths.length] ?? "bare NATS";
      const order = { path, messagesPerSecond: rate, durationMs: blockMs, payloadBytes };
      const sent = await sender.do<number>({ type: "send", ...order });
      const collected: number[] = [];
      await eventually(
        async () => {
          collected.push(...(await receiver.do<number[]>({ type: "collect" })));
          return collected.length >= sent;
        },
        { what: `${sent} messages by ${path}`, describe: () => `${collected.length} came` },
      );
      latenciesUs[path].push(...collected);
    }
  }
  for (const path of latencyPaths) latenciesUs[path].sort((a, b) => a - b);
  return { messagesPerSecond: rate, latenciesUs };
}
