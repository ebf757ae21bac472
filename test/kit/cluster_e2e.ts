import { clientTest } from "./client_e2e.ts";
import { clusterFlags } from "./cluster_flags.ts";
import { type NatsServer, startNatsServer } from "./nats_server.ts";
import { type RunningNode, startNode } from "./start_node.ts";

let namespaces = 0;

/** The fixtures of `clientTest`, and: `nats`, a server for the file; `startClusterNode`, which starts a node of the test's cluster. */
export const clusterTest = clientTest
  .extend("nats", { scope: "file" }, async ({}, { onCleanup }): Promise<NatsServer> => {
    const server = await startNatsServer();
    onCleanup(() => server.kill());
    return server;
  })
  .extend("startClusterNode", ({ nats }, { onCleanup }) => {
    namespaces += 1;
    const namespace = `test-${namespaces}`;
    const nodes: RunningNode[] = [];
    onCleanup(async () => {
      await Promise.all(nodes.map((node) => node.stop("SIGKILL")));
    });
    return async (flags: readonly string[] = []): Promise<RunningNode> => {
      const node = await startNode({ flags: [...clusterFlags(nats.url, namespace), ...flags], timeoutMs: 60_000 });
      nodes.push(node);
      return node;
    };
  });
