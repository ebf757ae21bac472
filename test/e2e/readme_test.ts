import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { e2e } from "../kit/e2e.ts";
import { startNode } from "../kit/start_node.ts";
import { openWeriftClient } from "../kit/werift_client.ts";

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

e2e("[E2E111] the README's server works word for word", async () => {
  const folder = await mkdtemp(join(tmpdir(), "signalbox-"));
  const entry = join(folder, "my_server.ts");
  const library = new URL("../../mod.ts", import.meta.url).href;
  await writeFile(entry, example("ts").replace('"./mod.ts"', JSON.stringify(library)));
  const node = await startNode({ entry });
  try {
    const client = await openWeriftClient(node.wsUrl);
    expect(await (await client.openChannel("chat")).echo("hello")).toBe("hello");
    await client.close();
  } finally {
    await node.stop();
    await rm(folder, { recursive: true });
  }
});
