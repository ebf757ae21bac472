import { fileURLToPath } from "node:url";
import { findFreePort } from "../../test/kit/nats_server.ts";
import { withDeadline } from "../../test/kit/with_deadline.ts";
import { ForwardingProcess } from "./forwarding_process.ts";
import { packetsOf, type RelayLoad } from "./relay_load.ts";

const nodeFile = fileURLToPath(new URL("relay_node_process.ts", import.meta.url));
/** How long a node may take for what it is told to do. */
const timeoutMs = 120_000;

export type RelayOverNatsOptions = RelayLoad & { readonly rounds: number };

/** Microseconds of CPU for each packet that crossed, by round. */
export interface RelayOverNatsFigures {
  readonly publisherUs: readonly number[];
  readonly subscriberUs: readonly number[];
  readonly serverUs: readonly number[];
  /** The same for as many messages of the same lengths at the same times, by the same client of NATS, with nothing done for them. */
  readonly bare: { readonly publisherUs: readonly number[]; readonly subscriberUs: readonly number[] };
}

/** Has tracks cross between two processes with a server between them, and looks what each of the three used. */
export async function measureRelayOverNats(options: RelayOverNatsOptions): Promise<RelayOverNatsFigures> {
  const { rounds } = options;
  const port = await findFreePort();
  const server = await ForwardingProcess.start({
    command: ["nats-server", "-a", "127.0.0.1", "-p", `${port}`],
    ready: /Server is ready/,
  });
  const startNode = (role: string, core: "server" | "client") =>
    ForwardingProcess.start({
      role: core,
      command: [process.execPath, nodeFile, role, String(port), JSON.stringify(options)],
      ready: /^ready$/,
      options: { stdio: ["ignore", "pipe", "pipe", "ipc"] },
    });
  const publisher = await startNode("publisher", "server");
  const subscriber = await startNode("subscriber", "client");
  const all = [publisher, subscriber, server] as const;
  /** What each uses while the publisher's clients send. */
  const play = async (order: "play" | "note" | "play bare" = "play"): Promise<number[]> => {
    const before = all.map((one) => one.cpuUs());
    await tell(publisher, order);
    await tell(subscriber, "flush");
    return all.map((one, index) => one.cpuUs() - (before[index] ?? 0));
  };
  const rows: number[][] = [];
  const bareRows: number[][] = [];
  try {
    // The first round is for the compiler.
    for (let round = -1; round < rounds; round += 1) {
      await tell(subscriber, "stop");
      const idle = await play();
      await tell(subscriber, "start");
      await tell(publisher, "begin");
      const from = await tell(subscriber, "flush");
      const relayed = await play("note");
      const count = (await tell(subscriber, "flush")) - from;
      const expected = packetsOf(options);
      if (count !== expected) throw new Error(`${count} packets of ${expected} crossed`);
      const bare = await play("play bare");
      if (round < 0) continue;
      rows.push(relayed.map((us, index) => (us - (idle[index] ?? 0)) / count));
      bareRows.push(bare.map((us) => us / count));
    }
  } finally {
    await Promise.all(all.map((one) => one.stop()));
  }
  const column = (of: readonly number[][], index: number) => of.map((row) => row[index] ?? Number.NaN);
  return {
    publisherUs: column(rows, 0),
    subscriberUs: column(rows, 1),
    serverUs: column(rows, 2),
    bare: { publisherUs: column(bareRows, 0), subscriberUs: column(bareRows, 1) },
  };
}

/** @returns what the node answers when it is done */
function tell({ child }: ForwardingProcess, order: string): Promise<number> {
  const answer = Promise.withResolvers<number>();
  child.once("message", (count) => answer.resolve(Number(count)));
  child.send(order, (error) => error && answer.reject(error));
  return withDeadline(answer.promise, { what: `a node to ${order}`, timeoutMs });
}
