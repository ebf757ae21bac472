import { parseArgs } from "node:util";

/** What `npm run cluster` was told. */
export interface ClusterOptions {
  readonly nodes: number;
  readonly host: string;
  /** Of the front; 0 picks a free one. */
  readonly port: number;
  /** For each node. */
  readonly nodeFlags: readonly string[];
}

export const clusterHelp = `Runs a cluster on this machine: NATS, nodes, and one port in front of them.

Usage: npm run cluster -- [flags] [-- flags of each node]

  --nodes <number>   How many nodes, 1 to 16; default: 3
  --port <number>    The port in front of them; 0 picks a free one; default: 8080
  --host <address>   The address of that port; default: 127.0.0.1
  --help             Prints this and ends.
`;

/** @throws Error in one line that names what cannot be used. */
export function readClusterOptions(args: readonly string[]): ClusterOptions | "help" {
  const end = args.indexOf("--");
  const [ours, nodeFlags] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end + 1)];
  const { values } = parseArgs({
    args: [...ours],
    options: {
      nodes: { type: "string", default: "3" },
      port: { type: "string", default: "8080" },
      host: { type: "string", default: "127.0.0.1" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  return {
    nodes: readNumber("nodes", values.nodes, [1, 16]),
    port: readNumber("port", values.port, [0, 65_535]),
    host: values.host,
    nodeFlags,
  };
}

function readNumber(name: string, text: string, [min, max]: readonly [number, number]): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new Error(`Cannot use --${name} ${JSON.stringify(text)}: expected a whole number from ${min} to ${max}`);
}
