import { type Config, readConfig } from "../config.ts";
import { authorityOf, describeListenFailure } from "../transport/edge/listen_failure.ts";
import { createPinoLogger, openLogOutput } from "../transport/log/pino_logger.ts";
import { relayLine } from "../transport/log/relay_line.ts";
import { takeStopSignals } from "../transport/process/stop_signals.ts";
import { startWorkerProcess } from "../transport/process/worker_process.ts";
import { type ClusterOptions, clusterHelp, readClusterOptions } from "./cluster/cluster_options.ts";
import { type NatsProgram, startNatsProgram } from "./cluster/nats_program.ts";
import { TcpFront } from "./cluster/tcp_front.ts";

// A cluster on one machine, to try out and to take apart: NATS, some nodes on ports of their own, and one port in front of them. A
// node that ends stays ended, so that what the others do can be watched.

interface RunningNode {
  readonly id: string;
  readonly url: string;
  readonly pid: number;
  readonly ended: Promise<string>;
  stop(): void;
}

const output = openLogOutput();
const log = createPinoLogger({ level: "warn", isPretty: false, write: (line) => output.write(line) });

function startNode(config: Config & { readonly nodeId: string }): Promise<RunningNode> {
  const { nodeId: id } = config;
  const { promise: ended, resolve: end } = Promise.withResolvers<string>();
  return new Promise((resolve, reject) => {
    const child = startWorkerProcess(
      {
        entry: new URL("../worker.ts", import.meta.url),
        config,
        onLine: (line) => relayLine(line, { output, log, node: id }),
      },
      {
        listened: (url) => resolve({ id, url, pid: child.pid, ended, stop: child.stop }),
        refused: ({ line }) => reject(new Error(line)),
        exited: (how) => {
          end(`it ended with ${how}`);
          reject(new Error(`Cannot start ${id}: it ended with ${how}`));
        },
      },
    );
  });
}

async function runCluster(options: ClusterOptions): Promise<void> {
  const { host, port, nodeFlags } = options;
  const settings = ["--port", "0", "--nats"];
  // As every node of a cluster has it; made for this one, where no flag says otherwise. Who reaches this machine's loopback may connect.
  const env = {
    SIGNALBOX_SECRET: `${crypto.randomUUID()}${crypto.randomUUID()}`,
    SIGNALBOX_AUTH: "open",
    SIGNALBOX_HOST: "127.0.0.1",
    SIGNALBOX_LOG_LEVEL: "warn",
  };
  const check = (nats: string) => readConfig({ argv: [...settings, nats, ...nodeFlags], env, cwd: "/nonexistent" });
  check("nats://127.0.0.1:4222");
  const nats = await startNatsProgram();
  const config = check(nats.url);
  const ids = Array.from({ length: options.nodes }, (_, index) => `node-${index + 1}`);
  const nodes = await Promise.all(ids.map((nodeId) => startNode({ ...config, workers: 1, nodeId })));
  const backends = nodes.map(({ url }) => ({ host: new URL(url).hostname, port: Number(new URL(url).port) }));
  const front = await TcpFront.listen({ host, port, backends: () => backends }).catch((error) => {
    throw describeListenFailure({ host, port, code: error.code ?? error.message });
  });
  const scheme = config.tls === undefined ? "http" : "https";
  describe({ front: `${scheme}://${authorityOf(host, front.port)}`, nodes, nats });
  let isStopping = false;
  takeStopSignals({
    stop: () => {
      isStopping = true;
      void stopAll({ front, nodes, nats }).then(() => process.exit(0));
    },
    kill: () => process.exit(1),
  });
  const programs = [...nodes, { id: "NATS", ...nats }];
  for (const { id, pid, ended } of programs) {
    void ended.then((how) => isStopping || console.log(`${id} (pid ${pid}): ${how}`));
  }
}

function describe({ front, nodes, nats }: { front: string; nodes: readonly RunningNode[]; nats: NatsProgram }): void {
  const lines = nodes.map(({ id, url, pid }) => `  ${id.padEnd(8)}  ${url}  pid ${pid}`);
  const pid = nodes[0]?.pid;
  console.log(`signalbox cluster on ${front}

  front     ${front}  each connection goes to the next node
${lines.join("\n")}
  NATS      ${nats.url}  pid ${nats.pid}

Open ${front} in two tabs or more. Then take it apart:
  kill ${pid}       ends the first node in order
  kill -9 ${pid}    as a machine that dies
  kill ${nats.pid}       cuts the nodes off from each other
Ctrl+C ends all.`);
}

/** The nodes first, while they still reach each other. */
async function stopAll(all: { front: TcpFront; nodes: readonly RunningNode[]; nats: NatsProgram }): Promise<void> {
  for (const node of all.nodes) node.stop();
  await Promise.all(all.nodes.map(({ ended }) => ended));
  await all.front.close();
  all.nats.stop();
  await all.nats.ended;
}

try {
  const options = readClusterOptions(process.argv.slice(2));
  if (options === "help") console.log(clusterHelp);
  else await runCluster(options);
} catch (error) {
  console.error(`cluster: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
