import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { e2e } from "../kit/e2e.ts";

const readme = await readFile(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");
const exampleAddress = "ws://127.0.0.1:8080/ws";

/** The README's first example in a language, word for word. */
function example(language: string): string {
  const [, code] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(readme) ?? [];
  if (code === undefined) throw new Error(`The README has no example in ${language}`);
  return code;
}

e2e("[E2E110] the README's client works word for word", async ({ node, chromium }) => {
  const code = example("js");
  expect(code).toContain(exampleAddress);
  const page = await chromium.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  const cameBack = page.waitForEvent("console", (message) => message.text() === "came back: hello");
  await page.goto(`${node.url}/healthz`);
  await page.evaluate(`(0, eval)(${JSON.stringify(code.replace(exampleAddress, node.wsUrl))})`);
  await cameBack;
  expect(errors).toEqual([]);
  await page.close();
});
