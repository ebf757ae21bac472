import { test } from "vitest";
import { FaultCluster, type FaultClusterOptions } from "./fault_cluster.ts";

/** Vitest's `test` with `start`, which starts a cluster of the test's own; it is closed at the end of the test. */
export const faultTest = test.extend("start", ({}, { onCleanup }) => {
  const started: FaultCluster[] = [];
  onCleanup(async () => {
    await Promise.all(started.map((cluster) => cluster.close()));
  });
  return async (options: FaultClusterOptions): Promise<FaultCluster> => {
    const cluster = await FaultCluster.start(options);
    started.push(cluster);
    return cluster;
  };
});
