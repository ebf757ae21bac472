import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { SignalboxError } from "../protocol/signalbox_error.ts";
import { findNearest } from "./find_nearest.ts";
import { envName, fileKey, flagName } from "./setting_names.ts";

/** Where a node's settings come from; `argv` without the program's own name. */
export interface ConfigSources {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** A setting as it was given: by a flag or a variable as text, by the file as JSON. */
export interface GivenValue {
  /** As the user wrote it: `--port`, `SIGNALBOX_PORT` or `"port" of signalbox.json`. */
  readonly name: string;
  readonly value: unknown;
  readonly isText: boolean;
  /** What a relative path is relative to. */
  readonly folder: string;
}

/** What was given, by the setting's name in the program, and what deserves a warning. */
export interface GivenValues {
  readonly values: ReadonlyMap<string, GivenValue>;
  readonly warnings: readonly string[];
}

/**
 * Reads all sources, of which the flag wins over the variable, and the variable over the file. Checks names, not values.
 *
 * @throws {SignalboxError} `bad-config`
 */
export function readSources(names: readonly string[], sources: ConfigSources): GivenValues {
  const flags = readFlags([...names, "config"], sources);
  const { values: variables, warnings } = readVariables([...names, "config"], sources);
  const given = new Map([...variables, ...flags]);
  const file = readFile(names, given.get("config"), sources.cwd);
  given.delete("config");
  return { values: new Map([...file, ...given]), warnings };
}

function readFlags(names: readonly string[], { argv, cwd }: ConfigSources): Map<string, GivenValue> {
  const byFlag = new Map(names.map((name) => [flagName(name), name]));
  const options = Object.fromEntries([...byFlag.keys()].map((flag) => [flag.slice(2), { type: "string" as const }]));
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const given = new Map<string, GivenValue>();
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      // Its value is not shown: it may belong to a flag that holds a credential.
      throw badConfig(
        `Cannot use argument ${token.index + 1}: it is no flag, and none before it takes it; --help lists them`,
      );
    }
    const name = byFlag.get(token.rawName);
    if (name === undefined) {
      throw badConfig(
        `Cannot use ${token.rawName.slice(0, 64)}: there is no such flag${suggest(token.rawName, byFlag.keys())}`,
      );
    }
    const { value } = token;
    if (value === undefined || (!token.inlineValue && value.startsWith("--"))) {
      throw badConfig(`Cannot use ${token.rawName}: expected a value after it`);
    }
    if (given.has(name)) throw badConfig(`Cannot use ${token.rawName} twice: expected it only once`);
    given.set(name, { name: token.rawName, value, isText: true, folder: cwd });
  }
  return given;
}

function readVariables(
  names: readonly string[],
  { env, cwd }: ConfigSources,
): { readonly values: Map<string, GivenValue>; readonly warnings: readonly string[] } {
  const byVariable = new Map(names.map((name) => [envName(name), name]));
  const values = new Map<string, GivenValue>();
  const warnings: string[] = [];
  for (const [variable, value] of Object.entries(env)) {
    // An empty variable counts as none: container tools pass those on that were never set.
    if (!variable.startsWith("SIGNALBOX_") || value === undefined || value === "") continue;
    const name = byVariable.get(variable);
    if (name !== undefined) values.set(name, { name: variable, value, isText: true, folder: cwd });
    else warnings.push(`${variable} is no setting and was ignored${suggest(variable, byVariable.keys())}`);
  }
  return { values, warnings };
}

function readFile(names: readonly string[], given: GivenValue | undefined, cwd: string): Map<string, GivenValue> {
  const path = resolve(cwd, given === undefined ? "signalbox.json" : String(given.value));
  if (given === undefined && !existsSync(path)) return new Map();
  const shown = given === undefined ? "signalbox.json" : `${given.name} ${quote(given.value)}`;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const { code = "unknown" } = cause as NodeJS.ErrnoException;
    throw badConfig(`Cannot use ${shown}: expected a file that can be read (${code})`, cause);
  }
  const byKey = new Map(names.map((name) => [fileKey(name), name]));
  const file = basename(path);
  return new Map(
    Object.entries(parseFile(text, shown)).map(([key, value]) => {
      const name = byKey.get(key);
      if (name === undefined) {
        throw badConfig(`Cannot use ${quote(key)} of ${file}: there is no such setting${suggest(key, byKey.keys())}`);
      }
      return [name, { name: `${quote(key)} of ${file}`, value, isText: false, folder: dirname(path) }] as const;
    }),
  );
}

function parseFile(text: string, shown: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // Of the parser's message only the place: the rest quotes the file, which may hold credentials.
    const place = /line \d+ column \d+/.exec(String(error))?.[0];
    throw badConfig(`Cannot use ${shown}: expected JSON${place === undefined ? "" : `, and ${place} is not`}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw badConfig(`Cannot use ${shown}: expected a JSON object with one key for each setting`);
}

function suggest(name: string, names: Iterable<string>): string {
  const nearest = findNearest(name, names);
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}

function quote(value: unknown): string {
  return JSON.stringify(String(value).slice(0, 200));
}

function badConfig(message: string, cause?: unknown): SignalboxError {
  return new SignalboxError("bad-config", message, { cause });
}
