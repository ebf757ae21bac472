import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { checkSpec } from "../../scripts/check_spec.ts";

/** Problems of a project with this SPEC.md and one test file. Titles are put together here, or this file would have them. */
function problemsOf(spec: string | undefined, calls: readonly string[]): readonly string[] {
  const root = mkdtempSync(join(tmpdir(), "signalbox-spec-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "test/deep"), { recursive: true });
  if (spec !== undefined) writeFileSync(join(root, "SPEC.md"), spec);
  writeFileSync(join(root, "test/deep/a_test.ts"), calls.join("\n"));
  return checkSpec(root).problems;
}

const call = (tag: string, before = "test(") => `${before}"[${tag}] does it", () => {});`;
const spec = "# Rules\n\n## A\n\n* **AB1** does a.\n* **AB2** does b,\n  and **not** c.\n";

test("[CF15] a rule with a test and a test with a rule are fine, wherever the title stands", () => {
  expect(problemsOf(spec, [call("AB1"), call("AB2", "test.each([\n  [1],\n])(\n  ")])).toEqual([]);
  expect(problemsOf(spec, [call("AB1, AB2")])).toEqual([]);
  expect(problemsOf(spec, [call("AB1", "describe("), call("AB2", "it(")])).toEqual([]);
});

test("[CF15] a rule without a test is told with its line", () => {
  expect(problemsOf(spec, [call("AB1")])).toEqual(["SPEC.md:6: no test names [AB2]"]);
});

test("[CF15] a test that stands in a comment proves nothing", () => {
  const calls = [call("AB1"), `// ${call("AB2")}`, `/* ${call("AB2")}\n${call("AB2")} */`];
  expect(problemsOf(spec, calls)).toEqual(["SPEC.md:6: no test names [AB2]"]);
});

test("[CF15] a test of no rule is told with its file and line", () => {
  expect(problemsOf(spec, ["", call("AB1, AB2"), call("AB3", "test(\n  ")])).toEqual([
    "test/deep/a_test.ts:4: [AB3] is no rule of SPEC.md",
  ]);
});

test("[CF15] two rules of one name are told", () => {
  expect(problemsOf(`${spec}* **AB1** again.\n`, [call("AB1, AB2")])).toEqual([
    "SPEC.md:8: AB1 is the name of the rule in line 5 too",
  ]);
});

test("[CF15] a missing SPEC.md is told", () => {
  expect(problemsOf(undefined, [])).toEqual(["SPEC.md:1: there is no such file"]);
});
