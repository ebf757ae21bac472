import { findFreePort, type NatsServer, startNatsServer } from "../../test/kit/nats_server.ts";
import { type RunningNode, startNode } from "../../test/kit/start_node.ts";

/** Nodes with a nats-server between them, each a process of its own. Whoever started it stops it. */
export interface BenchCluster {
  readonly nodes: readonly RunningNode[];
  readonly nats: NatsServer;
  /** Where nats-server says what it counted. */
  readonly monitorPort: number;
  stop(): Promise<void>;
}

/** @throws Error when one does not start */
export async function startBenchCluster(nodeCount: number, namespace: string): Promise<BenchCluster> {
  const monitorPort = await findFreePort();
  const nats = await startNatsServer({ flags: ["-m", `${monitorPort}`] });
  const flags = [
    ...["--nats", nats.url, "--namespace", namespace, "--secret", "the secret of a benchmark, 32 characters or more"],
    ...["--auth", "open", "--host", "127.0.0.1", "--max-room-peers", "1000", "--max-messages-per-second", "100000"],
  ];
  const nodes: RunningNode[] = [];
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop("SIGKILL")));
    await nats.kill();
  };
  try {
    for (let index = 0; index < nodeCount; index += 1) nodes.push(await startNode({ flags, timeoutMs: 60_000 }));
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, nats, monitorPort, stop };
}
