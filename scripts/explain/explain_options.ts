import { parseArgs } from "node:util";

/** What `npm run explain` is asked for. */
export interface ExplainOptions {
  /** The id of a client or of a peer connection, or the file of a record; undefined for all peer connections that failed. */
  readonly subject: string | undefined;
  readonly url: string;
  readonly token: string | undefined;
}

export const explainHelp = `npm run explain -- <peer>            why a client's connection is as it is, as a node says it
npm run explain -- --failed          of the peer connections that failed, 20 at most, the newest clients first
npm run explain -- record.json       the same from a record that was saved, without a node

<peer> is \`peer\` of the client's \`joined\`, or the id of a peer connection (GET /api/v1/peers lists them).

  --url <url>      the node, any of the cluster (default http://127.0.0.1:8080)
  --token <token>  of --admin-token; rather in the environment, as SIGNALBOX_ADMIN_TOKEN
  --help

Exit code: 0 when all is well, 1 when it is not, 2 when that cannot be said.`;

/**
 * Reads the command line; undefined when the help is asked for.
 *
 * @throws {Error} in one line, for people
 */
export function readExplainOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ExplainOptions | undefined {
  // An id may begin with a dash, as it is random.
  const isId = (word: string, index: number) =>
    /^-(?!-|h$)/.test(word) && !/^--(url|token)$/.test(args[index - 1] ?? "");
  const ids = args.filter(isId);
  const { values, positionals } = parseArgs({
    args: args.filter((word, index) => !isId(word, index)),
    allowPositionals: true,
    options: {
      url: { type: "string" },
      token: { type: "string" },
      help: { type: "boolean", short: "h" },
      failed: { type: "boolean" },
    },
  });
  if (values.help === true) return undefined;
  const [subject, ...others] = [...positionals, ...ids];
  const isOne = values.failed !== true && subject !== undefined && others.length === 0;
  if (!isOne && !(values.failed === true && subject === undefined)) {
    throw new Error("Cannot explain: expected one peer or one file of a record, as: npm run explain -- <peer>");
  }
  const url = values.url ?? "http://127.0.0.1:8080";
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new Error(`Cannot explain: --url is ${url.slice(0, 200)}, expected one as http://127.0.0.1:8080`);
  }
  return { subject, url, token: values.token ?? (env["SIGNALBOX_ADMIN_TOKEN"] || undefined) };
}
