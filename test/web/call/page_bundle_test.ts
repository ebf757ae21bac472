import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { readBundle } from "../../../scripts/build_client.ts";
import { bundlePage, type PageBundle, readPageBundle } from "../../../scripts/build_page.ts";

/** What the page may weigh on the wire with everything, the SDK too: 60 kB. */
const maxGzipBytes = 60_000;
const html = readFileSync(new URL("../../../web/call/index.html", import.meta.url), "utf8");

test("[CP12, IP11] the pages that are served are what the sources say", async () => {
  const [made, served] = [await bundlePage(), readPageBundle()];
  // Not the texts: sixty kilobytes of difference help nobody.
  for (const name of Object.keys(made) as (keyof PageBundle)[])
    expect(made[name] === served[name], `web/dist/${name} is stale: run npm run page`).toBe(true);
});

test("[CP12] the page weighs less than 60 kB gzipped with the SDK, and asks nobody else for anything", () => {
  const { "call.js": script, "call.css": style } = readPageBundle();
  const parts = [html, script, style, readBundle("client.js")];
  expect(parts.reduce((sum, part) => sum + gzipSync(part).length, 0)).toBeLessThan(maxGzipBytes);
  for (const part of parts.slice(0, 3)) expect(part).not.toMatch(/(?:src|href|from|url\(|@import)[=(\s]*["'`]?https?:/);
  expect(html).not.toMatch(/<script>|<style| style=| on[a-z]+=/);
});

test("[IP11] the inspector weighs less than 60 kB gzipped, asks nobody else for anything, and lays out charts in a file that names its licence", () => {
  const { "inspector.js": script, "inspector.css": style, "inspector-layout.js": layout } = readPageBundle();
  const page = readFileSync(new URL("../../../web/inspector/index.html", import.meta.url), "utf8");
  const parts = [page, script, style];
  expect(parts.reduce((sum, part) => sum + gzipSync(part).length, 0)).toBeLessThan(maxGzipBytes);
  for (const part of parts) expect(part).not.toMatch(/(?:src|href|from|url\(|@import)[=(\s]*["'`]?https?:/);
  expect(page).not.toMatch(/<script>|<style| style=| on[a-z]+=/);
  expect(layout.slice(0, 500)).toMatch(/elkjs .*EPL-2\.0/s);
  expect(script).not.toContain("org.eclipse.elk");
});
