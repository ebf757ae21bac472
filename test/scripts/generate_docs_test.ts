import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { clientMessageSchemas } from "../../protocol/client_message.ts";
import { errorCodes } from "../../protocol/signalbox_error.ts";
import { findStalePages, generatePages, protocolPage } from "../../scripts/generate_docs.ts";

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");

test("[CF19] the pages name every setting, error code and client message", () => {
  const pages = generatePages();
  for (const code of Object.keys(errorCodes)) expect(pages["errors.md"]).toContain(`| \`${code}\` |`);
  expect(pages["configuration.md"]).toContain("| `--max-frame-bytes` | `SIGNALBOX_MAX_FRAME_BYTES` | `262144` |");
  for (const type of Object.keys(clientMessageSchemas)) {
    expect(pages["protocol.md"]).toContain(`### \`${type}\``);
    expect(pages["client_message.schema.json"]).toContain(`"const": "${type}"`);
  }
});

test("[CF19] a page that differs from what the code says is stale", () => {
  const pages = Object.fromEntries(Object.keys(generatePages()).map((name) => [name, read(`docs/${name}`)]));
  expect(findStalePages(pages)).toEqual([]);
  expect(findStalePages({ ...pages, "errors.md": "other" })).toEqual(["errors.md"]);
  expect(findStalePages({ "none.md": "" })).toEqual(["none.md"]);
});

test("[CF19] a template without its place for the messages is refused", () => {
  expect(() => protocolPage("nothing")).toThrow(/not exactly once$/);
});

test("[CF20] every dependency has its reason in docs/dependencies.md, and its version is exact", () => {
  const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
  const reasons = [...read("docs/dependencies.md").matchAll(/^\| `([^`]+)` \| \S/gm)].map((match) => match[1]);
  const all = { ...dependencies, ...devDependencies };
  expect(reasons.toSorted()).toEqual(Object.keys(all).sort());
  for (const [name, version] of Object.entries(all)) expect(version, name).toMatch(/^(npm:[\w-]+@)?\d+\.\d+\.\d+$/);
});
