import { expect, test } from "vitest";
import { ClusterSimulation, type Hardship } from "./cluster_simulation.ts";

const calm: Hardship = {
  nodeCount: 3,
  clientCount: 5,
  roomCount: 1,
  stepCount: 40,
  lostOfThousand: 0,
  maxDelayMs: 50,
  hasDrops: false,
  hasPartitions: false,
  hasCrashes: false,
  hasPauses: false,
  maxSkewMs: 0,
  hasRemovals: false,
};

const hardships: Readonly<Record<string, Hardship>> = {
  calm,
  "two rooms, slow messages": { ...calm, roomCount: 2, maxDelayMs: 2_000 },
  "lost messages": { ...calm, lostOfThousand: 100 },
  "clients that drop": { ...calm, hasDrops: true },
  partitions: { ...calm, hasPartitions: true },
  "nodes that crash": { ...calm, hasCrashes: true },
  "nodes that stand still": { ...calm, hasPauses: true },
  "all of it": {
    nodeCount: 4,
    clientCount: 7,
    roomCount: 2,
    stepCount: 60,
    lostOfThousand: 30,
    maxDelayMs: 500,
    hasDrops: true,
    hasPartitions: true,
    hasCrashes: true,
    hasPauses: true,
    maxSkewMs: 300_000,
    hasRemovals: false,
  },
  "members that are put out": { ...calm, lostOfThousand: 50, hasDrops: true, hasRemovals: true },
};

const { SEED, SEEDS } = process.env;
const seeds = SEED === undefined ? Array.from({ length: Number(SEEDS ?? 30) }, (_, n) => n + 1) : [Number(SEED)];

test.each(Object.keys(hardships))(
  "[XR10] whatever happens, all see in the end who is there: %s",
  async (name) => {
    let count = 0;
    const report: string[] = [];
    for (const seed of seeds) {
      const simulation = new ClusterSimulation(seed, hardships[name] ?? calm);
      const problems = await simulation.run();
      if (problems.length > 0) {
        count += 1;
        if (count <= 5) report.push(`SEED=${seed} -t "${name}": ${problems.slice(0, 6).join("\n   ")}`);
      }
      if (SEED !== undefined) process.stdout.write(`${simulation.notes.join("\n")}\n`);
    }
    expect(`${count} of ${seeds.length} fail\n${report.join("\n")}`).toBe(`0 of ${seeds.length} fail\n`);
  },
  60_000,
);
