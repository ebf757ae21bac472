import { parseArgs } from "node:util";

// Manages the credentials of ICE servers at a running node, over its API:
//
//   npm run ice -- sources                             the sources, and what each can
//   npm run ice -- servers [--peer ada]                servers of all sources, as a client is told them
//   npm run ice -- issue turn-rest [--peer ada] [--ttl 1h]
//                                                      has a credential made
//   npm run ice -- list metered                        the credentials that a source knows
//   npm run ice -- disable metered --username u
//   npm run ice -- usage metered
//
// --url is the node's address, http://127.0.0.1:8080 by default. Its admin token is taken from SIGNALBOX_ADMIN_TOKEN, since flags are seen
// by everybody on the machine. What the node answers is printed as JSON; a refusal goes to stderr, with exit code 1.

/** What there is to do, and what has to be said for it. */
const commands: Readonly<Record<string, { readonly method: "GET" | "POST"; readonly needs: readonly string[] }>> = {
  sources: { method: "GET", needs: [] },
  servers: { method: "GET", needs: [] },
  issue: { method: "POST", needs: ["source"] },
  list: { method: "GET", needs: ["source"] },
  disable: { method: "POST", needs: ["source", "username"] },
  usage: { method: "GET", needs: ["source"] },
};

const usage = `usage: npm run ice -- ${Object.keys(commands).join("|")} [source] [--peer id] [--ttl time] [--username name] [--url address]`;

function fail(text: string, exitCode: number): never {
  console.error(`ice: ${text}`);
  process.exit(exitCode);
}

function readArguments() {
  try {
    return parseArgs({
      args: process.argv.slice(2),
      allowPositionals: true,
      options: {
        url: { type: "string", default: "http://127.0.0.1:8080" },
        peer: { type: "string" },
        ttl: { type: "string" },
        username: { type: "string" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : error}\n${usage}`, 64);
  }
}

function addressOf(url: string, path: string): URL {
  const address = URL.parse(path, url);
  return address ?? fail(`${url} is no address, expected one as http://127.0.0.1:8080`, 64);
}

const { values, positionals } = readArguments();
if (values.help === true) {
  console.log(usage);
  process.exit(0);
}
const [name = "", source, ...rest] = positionals;
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command === undefined || rest.length > 0) fail(usage, 64);
const given = { source, username: values.username };
for (const need of command.needs) {
  if (given[need as keyof typeof given] === undefined) fail(`${name} needs ${need}\n${usage}`, 64);
}
const path = source === undefined ? `/api/v1/ice-${name}` : `/api/v1/ice-sources/${encodeURIComponent(source)}/${name}`;
const address = addressOf(values.url, path);
for (const [key, value] of Object.entries({ peer: values.peer, ttl: values.ttl, username: values.username })) {
  if (value !== undefined) address.searchParams.set(key, value);
}
const token = process.env["SIGNALBOX_ADMIN_TOKEN"];
const headers = token === undefined || token === "" ? {} : { authorization: `Bearer ${token}` };
try {
  const answer = await fetch(address, { method: command.method, headers, redirect: "error" });
  const told = (await answer.json()) as { readonly error?: { readonly message: string } };
  if (!answer.ok) fail(told.error?.message ?? `${address.host} answered ${answer.status}`, 1);
  console.log(JSON.stringify(told, null, 2));
} catch (error) {
  const { code } = ((error as Error).cause ?? {}) as { readonly code?: unknown };
  fail(`${address.host} cannot be asked (${typeof code === "string" ? code : error}): is the node running?`, 1);
}
