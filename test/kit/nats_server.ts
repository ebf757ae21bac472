import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { eventually } from "./eventually.ts";
import { Mailbox } from "./mailbox.ts";
import { withDeadline } from "./with_deadline.ts";

/** How a server is started. */
export interface NatsServerOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** The text of a configuration file, which has no `port` or `listen`. */
  readonly config?: string;
  /** A configuration file that is there already; `config` then counts for nothing. */
  readonly configFile?: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A real nats-server, as a process of its own. Whoever started it stops it. */
export interface NatsServer {
  readonly port: number;
  /** `nats://127.0.0.1:<port>`, without credentials. */
  readonly url: string;
  readonly log: Mailbox<string>;
  readonly process: ChildProcess;
  /** Ends it at once, as a machine that dies does (SIGKILL), or with another signal; resolves when it is gone. May be called twice. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port, with the same configuration, once it is gone. */
  restart(): Promise<NatsServer>;
}

/**
 * Starts a server on a free port of loopback and waits until it takes clients.
 *
 * @throws Error with its log when it does not.
 */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const { config = "", configFile, flags = [], env = {} } = options;
  const folder = mkdtempSync(join(tmpdir(), "signalbox-nats-"));
  const file = configFile ?? join(folder, "test.conf");
  if (configFile === undefined) writeFileSync(file, config);
  const port = options.port ?? (await findFreePort());
  const args = ["-c", file, "-a", "127.0.0.1", "-p", `${port}`, ...flags];
  const child = spawn("nats-server", args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  const log = new Mailbox<string>("a line of nats-server's log", (line) => line);
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (line) => log.push(line));
  const gone = new Promise<void>((resolve) => {
    const cleanUp = (how: string) => {
      process.removeListener("exit", killWithUs);
      rmSync(folder, { recursive: true, force: true });
      log.close(how);
      resolve();
    };
    child.once("error", (error) => cleanUp(`nats-server cannot be started: ${error.message}`));
    child.once("close", (code, signal) => cleanUp(`nats-server ended with ${code ?? signal}`));
  });
  const kill = async (signal: NodeJS.Signals = "SIGKILL") => {
    child.kill(signal);
    await withDeadline(gone, { what: "nats-server to end", timeoutMs: 15_000, describe: () => log.transcript() });
  };
  try {
    await log.next((line) => line.includes("Server is ready"), { what: "nats-server to be ready", timeoutMs: 15_000 });
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    log,
    process: child,
    kill,
    restart: () => startNatsServer({ ...options, port }),
  };
}

/**
 * Starts servers that are one cluster, and waits until each is connected to the others.
 *
 * @throws Error with a log when they are not.
 */
export async function startNatsCluster(count: number, config = ""): Promise<NatsServer[]> {
  const ports = await Promise.all(Array.from({ length: count }, findFreePort));
  const servers: NatsServer[] = [];
  for (const [index, port] of ports.entries()) {
    // Each dials those before it only: of two that dial each other one connection is closed, and what is under way on it is lost.
    const routes = ports.slice(0, index).map((other) => `nats-route://127.0.0.1:${other}`);
    const cluster = `cluster { name: test, listen: "127.0.0.1:${port}", routes: [${routes.join(", ")}] }`;
    servers.push(await startNatsServer({ config: `server_name: n${index}\n${cluster}\n${config}` }));
    for (const { log } of servers)
      await eventually(() => countRoutes(log.seen) === index, { what: "the routes", timeoutMs: 15_000 });
  }
  return servers;
}

function countRoutes(lines: readonly string[]): number {
  const opened = lines.filter((line) => line.includes("Route connection created")).length;
  return opened - lines.filter((line) => line.includes("Router connection closed")).length;
}

/** A port that nobody listens on at the moment. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
