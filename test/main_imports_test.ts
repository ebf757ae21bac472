import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** What a file loads when it is imported, itself and everything below it: files by their URL, packages by name. */
function importsOf(file: URL, found = new Set<string>()): Set<string> {
  if (found.has(file.href)) return found;
  found.add(file.href);
  const source = readFileSync(file, "utf8");
  for (const [, names, from = ""] of source.matchAll(/^(?:import|export) ([^"]*?)from "([^"]+)"/gm)) {
    // Types alone are not there when the program runs.
    if (names?.startsWith("type ")) continue;
    if (from.startsWith(".")) importsOf(new URL(from, file), found);
    else found.add(from);
  }
  return found;
}

const engines = ["uWebSockets.js", "werift", "nats", "koffi"];

test.each(["main.ts", "workers.ts"])("[CW12] %s loads no engine", (name) => {
  const found = [...importsOf(new URL(`../${name}`, import.meta.url))];
  expect(found.length).toBeGreaterThan(20);
  expect(found.filter((imported) => engines.includes(imported))).toEqual([]);
});

test("[CW12] what a node loads is seen where it is loaded", () => {
  const found = importsOf(new URL("../transport/edge/edge.ts", import.meta.url));
  expect(found).toContain("uWebSockets.js");
});
