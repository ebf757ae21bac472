import { availableParallelism } from "node:os";
import Type from "typebox";
import { define, type PortRange, type Setting, type SettingOptions } from "./setting.ts";

/** Ours: more processes than cores gain nothing. */
const maxWorkers = 256;
const maxPort = 65_535;
/** The bound of an id. */
const maxIdLength = 64;

/** How many processes, or `auto` for one for each core that we may use. */
export function workerCount(options: SettingOptions<number>): Setting<number> {
  return define<number, number | "auto">(options, {
    placeholder: "number|auto",
    expected: `a whole number from 1 to ${maxWorkers}, or auto for the number of cores`,
    schema: Type.Union([Type.Integer({ minimum: 1, maximum: maxWorkers }), Type.Literal("auto")]),
    parseText: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : text),
    convert: (value) => (value === "auto" ? Math.min(availableParallelism(), maxWorkers) : value),
  });
}

/** What a number of workers depends on. */
export interface WorkerNeeds {
  readonly workers: number;
  readonly nodeId: string | undefined;
  readonly udpPorts: PortRange | undefined;
  readonly hasNats: boolean;
}

/** @throws what `refuse` makes of why there cannot be so many */
export function checkWorkers(needs: WorkerNeeds, refuse: (why: string) => Error): void {
  const { workers, nodeId, udpPorts, hasNats } = needs;
  if (workers === 1) return;
  if (!hasNats) {
    throw refuse(
      "workers find each other over NATS; add --nats nats://127.0.0.1:4222 and start nats-server -a 127.0.0.1 (Debian: apt-get install nats-server)",
    );
  }
  if (nodeId !== undefined && workerNodeId(nodeId, workers).length > maxIdLength) {
    throw refuse(`expected a --node-id that leaves room for -${workers} within ${maxIdLength} characters`);
  }
  if (udpPorts !== undefined && udpPorts.max - udpPorts.min + 1 < workers) {
    const last = udpPorts.min + workers - 1;
    const range = last <= maxPort ? `, as ${udpPorts.min}-${last}` : "";
    throw refuse(`two processes cannot share a UDP port, expected one of --udp-ports for each worker${range}`);
  }
}

/** The node of worker 1, 2, ... */
export function workerNodeId(nodeId: string, worker: number): string {
  return `${nodeId}-${worker}`;
}

/** The share of worker 1, 2, ...: all are as large, and have no port in common. */
export function workerPorts({ min, max }: PortRange, worker: number, workers: number): PortRange {
  const size = Math.floor((max - min + 1) / workers);
  return { min: min + (worker - 1) * size, max: min + worker * size - 1 };
}
