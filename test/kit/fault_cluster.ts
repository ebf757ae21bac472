import { clusterFlags } from "./cluster_flags.ts";
import { eventually } from "./eventually.ts";
import { handles } from "./handles.ts";
import { findFreePort, type NatsServer, startNatsServer } from "./nats_server.ts";
import { Person, type PersonOptions } from "./person.ts";
import { type Front, startFront } from "./start_front.ts";
import { type RunningNode, startNode } from "./start_node.ts";
import { startTcpProxy, type TcpProxy } from "./start_tcp_proxy.ts";

/** A NATS server that says what its clients hold. */
export interface WatchedNats {
  /** As it runs now, or ran last. */
  server: NatsServer;
  /** `http://127.0.0.1:<port>`. */
  readonly monitorUrl: string;
}

/** A node of a cluster under test. */
export interface FaultNode extends RunningNode {
  readonly name: string;
  /** Between it and NATS. */
  readonly natsProxy: TcpProxy | undefined;
}

export interface FaultClusterOptions {
  readonly nodeCount: 2 | 3;
  /** More than one are a cluster of their own. Default 1. */
  readonly natsCount?: number;
  /** A proxy stands between each node and NATS, of which there is one then. */
  readonly hasProxies?: boolean;
  readonly flagsOf?: (index: number) => readonly string[];
  readonly envOf?: (index: number) => Readonly<Record<string, string>>;
}

/** What a node holds for its clients and of the bus. */
interface Held {
  readonly udpSockets: number;
  readonly tcpSockets: number;
  readonly subscriptions: number;
}

/** An inbox for requests and two for tracks come with the first of them, and stay. */
const lastingSubscriptions = 3;

// Each process that is started listens for the end of this one.
process.setMaxListeners(100);

let clusters = 0;

/** Nodes and NATS servers as processes, with people in calls on them, for tests that break some of it. Whoever started it closes it. */
export class FaultCluster {
  /** As many as were asked for; three at most. */
  readonly nodes: readonly [FaultNode, FaultNode, FaultNode];
  readonly nats: readonly WatchedNats[];
  readonly people: Person[] = [];
  readonly #fronts: Front[] = [];
  readonly #before = new Map<FaultNode, Held>();

  private constructor(nodes: readonly FaultNode[], nats: readonly WatchedNats[]) {
    this.nodes = nodes as FaultCluster["nodes"];
    this.nats = nats;
  }

  static async start(options: FaultClusterOptions): Promise<FaultCluster> {
    const { nodeCount, natsCount = 1, hasProxies = false, flagsOf = () => [], envOf = () => ({}) } = options;
    clusters += 1;
    const namespace = `faults-${process.pid}-${clusters}`;
    const nats = await startWatchedNats(natsCount);
    const urls = nats.map(({ server }) => server.url).join(",");
    const starts = Array.from({ length: nodeCount }, async (_, index): Promise<FaultNode> => {
      const name = `n${index + 1}`;
      const natsProxy = hasProxies ? await startTcpProxy(urls) : undefined;
      const flags = [...clusterFlags(natsProxy?.url ?? urls, namespace), "--node-id", name, ...flagsOf(index)];
      const node = await startNode({ flags, env: envOf(index), timeoutMs: 90_000 });
      return { ...node, name, natsProxy };
    });
    const settled = await Promise.allSettled(starts);
    const started = settled.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
    const cluster = new FaultCluster(started, nats);
    const failed = settled.find((start) => start.status === "rejected");
    if (failed !== undefined) {
      await cluster.close();
      throw failed.reason;
    }
    const { nodes } = cluster;
    for (const node of nodes)
      await eventually(() => node.log.seen.filter(({ event }) => event === "node seen").length >= nodeCount - 1, {
        what: `${node.name} to know the others`,
        timeoutMs: 30_000,
      });
    for (const node of nodes) cluster.#before.set(node, await cluster.#held(node));
    return cluster;
  }

  /** A way to the nodes for one person or more: to the first of `nodes` that can be reached. */
  async front(...nodes: readonly RunningNode[]): Promise<Front> {
    const front = await startFront(nodes.map(({ wsUrl }) => wsUrl));
    this.#fronts.push(front);
    return front;
  }

  /** Somebody comes in, and speaks. */
  async enter(options: PersonOptions, sources: readonly string[] = ["microphone"]): Promise<Person> {
    const person = new Person(options);
    this.people.push(person);
    await person.join();
    for (const source of sources) await person.publish(source);
    return person;
  }

  /** The server that a node is connected to. */
  async natsOf(node: FaultNode): Promise<WatchedNats> {
    for (const nats of this.nats) if ((await subscriptionsOf(nats.monitorUrl, node.name)) > 0) return nats;
    throw new Error(`${node.name} is connected to no server`);
  }

  /** Starts a NATS server again that was killed. */
  async restartNats(nats: WatchedNats): Promise<void> {
    nats.server = await nats.server.restart();
  }

  /** What `GET /readyz` of a node says. */
  async readiness(node: RunningNode): Promise<{ readonly code: number; readonly status: string }> {
    const response = await fetch(`${node.url}/readyz`, { headers: { connection: "close" } });
    const { status } = (await response.json()) as { readonly status: string };
    return { code: response.status, status };
  }

  /** Waits until a node is ready, or says why it is not. */
  async isReady(node: RunningNode, status = "ready"): Promise<void> {
    await eventually(async () => (await this.readiness(node)).status === status, {
      what: `a node to be ${status}`,
      timeoutMs: 45_000,
      intervalMs: 100,
    });
  }

  /** Everybody leaves; the nodes that run then hold what they held at the start, and logged no crash. */
  async isEmptied(): Promise<void> {
    for (const person of this.people) if (person.isIn) person.leave();
    const running = this.nodes.filter(({ process }) => process.exitCode === null && process.signalCode === null);
    for (const node of running) {
      const before = this.#before.get(node);
      let now: Held | undefined;
      const isDown = async () => {
        now = await this.#held(node);
        return (
          before !== undefined &&
          now.udpSockets <= before.udpSockets &&
          now.tcpSockets <= before.tcpSockets &&
          now.subscriptions <= before.subscriptions + lastingSubscriptions
        );
      };
      await eventually(isDown, {
        what: `${node.name} to hold what it held before`,
        timeoutMs: 60_000,
        intervalMs: 100,
        describe: () => ({ before, now, log: node.log.transcript() }),
      });
    }
    const faults = this.nodes.flatMap(({ name, log }) =>
      log.seen.filter(({ level }) => level === "error").map((line) => ({ name, ...line })),
    );
    if (faults.length > 0) throw new Error(`Nodes logged errors: ${JSON.stringify(faults, null, 1)}`);
  }

  async close(): Promise<void> {
    for (const person of this.people) if (person.isIn) person.leave();
    await Promise.all(this.#fronts.map((front) => front.close()));
    for (const { process } of this.nodes) process.kill("SIGCONT");
    await Promise.all(this.nodes.map((node) => node.stop("SIGKILL")));
    await Promise.all(this.nodes.map(({ natsProxy }) => natsProxy?.close()));
    await Promise.all(this.nats.map(({ server }) => server.kill()));
  }

  async #held(node: FaultNode): Promise<Held> {
    const { udpSockets, tcpSockets } = handles(node.pid);
    const counts = await Promise.all(this.nats.map(({ monitorUrl }) => subscriptionsOf(monitorUrl, node.name)));
    return { udpSockets, tcpSockets, subscriptions: counts.reduce((sum, count) => sum + count, 0) };
  }
}

async function startWatchedNats(count: number): Promise<WatchedNats[]> {
  const ports = await Promise.all(Array.from({ length: count }, findFreePort));
  const nats: WatchedNats[] = [];
  for (const [index, port] of ports.entries()) {
    const monitorPort = await findFreePort();
    // Each dials all the others, so that one that is started again finds them.
    const routes = ports.filter((other) => other !== port).map((other) => `nats-route://127.0.0.1:${other}`);
    const cluster = `cluster { name: test, listen: "127.0.0.1:${port}", routes: [${routes.join(", ")}] }`;
    const config = `http: "127.0.0.1:${monitorPort}"\n${count === 1 ? "" : `server_name: n${index}\n${cluster}`}`;
    nats.push({ server: await startNatsServer({ config }), monitorUrl: `http://127.0.0.1:${monitorPort}` });
  }
  return nats;
}

/** How many subscriptions a node has at a server. */
async function subscriptionsOf(monitorUrl: string, node: string): Promise<number> {
  const response = await fetch(`${monitorUrl}/connz`);
  const { connections } = (await response.json()) as {
    readonly connections: readonly { readonly name?: string; readonly subscriptions: number }[];
  };
  const own = connections.filter(({ name }) => name?.endsWith(` ${node}`) === true);
  return own.reduce((sum, { subscriptions }) => sum + subscriptions, 0);
}
