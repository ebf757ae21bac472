import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

// Holds SPEC.md against the tests. A rule is a bullet as `* **NG2** rolls back ...`; a test names the rules that it proves
// at the start of its title: `[NG2] rolls back its own offer`, or `[NG2, NG3] ...`.

const rulePattern = /^[*-] \*\*([A-Z][A-Z0-9]*\d)\*\*\s/;
// The first argument of a call, as of `test(` or of `test.each(...)(`.
const tagPattern = /\(\s*["'`]\[([A-Z][A-Z0-9]*\d(?:, ?[A-Z][A-Z0-9]*\d)*)\]/g;

/** What was found, and every problem as `file:line: what`. */
export interface SpecReport {
  readonly ruleCount: number;
  readonly problems: readonly string[];
}

/** Finds rules without a test and tests of no rule in the project at `root`. */
export function checkSpec(root: string): SpecReport {
  const { places: rules, problems } = readRules(join(root, "SPEC.md"));
  const tested = new Set<string>();
  for (const file of listTestFiles(join(root, "test"))) {
    for (const { tag, line } of readTags(readFileSync(file, "utf8"))) {
      tested.add(tag);
      if (!rules.has(tag)) problems.push(`${relative(root, file)}:${line}: [${tag}] is no rule of SPEC.md`);
    }
  }
  for (const [rule, line] of rules) {
    if (!tested.has(rule)) problems.push(`SPEC.md:${line}: no test names [${rule}]`);
  }
  return { ruleCount: rules.size, problems };
}

function readRules(file: string): { readonly places: Map<string, number>; readonly problems: string[] } {
  const places = new Map<string, number>();
  if (!existsSync(file)) return { places, problems: ["SPEC.md:1: there is no such file"] };
  const problems: string[] = [];
  for (const [index, text] of readFileSync(file, "utf8").split("\n").entries()) {
    const rule = rulePattern.exec(text)?.[1];
    if (rule === undefined) continue;
    const first = places.get(rule);
    if (first === undefined) places.set(rule, index + 1);
    else problems.push(`SPEC.md:${index + 1}: ${rule} is the name of the rule in line ${first} too`);
  }
  return { places, problems };
}

function listTestFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => join(folder, name));
}

function readTags(source: string): { readonly tag: string; readonly line: number }[] {
  // Without comments, of which each line stays, so that line numbers do.
  const code = source
    .replaceAll(/^\s*\/\/.*$/gm, "")
    .replaceAll(/^\s*\/\*\*?[\s\S]*?\*\//gm, (comment) => comment.replaceAll(/[^\n]/g, ""));
  return [...code.matchAll(tagPattern)].flatMap((match) => {
    const line = code.slice(0, match.index + match[0].indexOf("[")).split("\n").length;
    return (match[1] ?? "").split(/, ?/).map((tag) => ({ tag, line }));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { ruleCount, problems } = checkSpec(fileURLToPath(new URL("..", import.meta.url)));
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log(`spec: ${ruleCount} rules, each with a test`);
  else process.exitCode = 1;
}
