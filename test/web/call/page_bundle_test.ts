import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { readBundle } from "../../../scripts/build_client.ts";
import { bundlePage, readPageBundle } from "../../../scripts/build_page.ts";

/** What the page may weigh on the wire with everything, the SDK too: 60 kB. */
const maxGzipBytes = 60_000;
const html = readFileSync(new URL("../../../web/call/index.html", import.meta.url), "utf8");

test("[CP12] the page that is served is what the sources say", async () => {
  const [made, served] = [await bundlePage(), readPageBundle()];
  // Not the texts: sixty kilobytes of difference help nobody.
  expect(made["call.js"] === served["call.js"], "web/dist/call.js is stale: run npm run page").toBe(true);
  expect(made["call.css"] === served["call.css"], "web/dist/call.css is stale: run npm run page").toBe(true);
});

test("[CP12] the page weighs less than 60 kB gzipped with the SDK, and asks nobody else for anything", () => {
  const parts = [html, ...Object.values(readPageBundle()), readBundle("client.js")];
  expect(parts.reduce((sum, part) => sum + gzipSync(part).length, 0)).toBeLessThan(maxGzipBytes);
  for (const part of parts.slice(0, 3)) expect(part).not.toMatch(/(?:src|href|from|url\(|@import)[=(\s]*["'`]?https?:/);
  expect(html).not.toMatch(/<script>|<style| style=| on[a-z]+=/);
});
