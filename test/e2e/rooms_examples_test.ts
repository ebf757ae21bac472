import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { e2e } from "../kit/e2e.ts";
import { eventually } from "../kit/eventually.ts";
import { servePages } from "../kit/serve_pages.ts";

const example = (name: string) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));

/** Serves an example as it is, but for the address of the node. */
async function serveExample(name: string, nodeUrl: string): Promise<string> {
  const text = readFileSync(example(name), "utf8");
  const address = "127.0.0.1:8080";
  expect(text).toContain(address);
  const folder = mkdtempSync(join(tmpdir(), "signalbox-example-"));
  writeFileSync(join(folder, name), text.replaceAll(address, new URL(nodeUrl).host));
  const server = await servePages(folder);
  onTestFinished(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  return `${server.url}/${name}`;
}

function watchErrors(page: Page, errors: string[]): void {
  page.on("pageerror", (error) => errors.push(String(error)));
}

e2e(
  "[EX1] two people who open the page of the guide see and hear each other, mute, and leave",
  async ({ node, chromium }) => {
    const url = await serveExample("call.html", node.url);
    const errors: string[] = [];
    const enter = async (name: string) => {
      const page = await chromium.newPage();
      watchErrors(page, errors);
      await page.goto(`${url}#kitchen`);
      await page.fill("#name", name);
      await page.click("text=Join");
      return page;
    };
    const ada = await enter("Ada");
    const grace = await enter("Grace");
    for (const [page, other] of [
      [ada, "Grace"],
      [grace, "Ada"],
    ] as const) {
      const figure = page.locator("figure", { hasText: other });
      await figure.locator("audio").waitFor({ state: "attached" });
      await page.waitForFunction(
        (name) =>
          [...document.querySelectorAll("figure")].some(
            (each) => each.textContent?.includes(name) && (each.querySelector("video")?.videoWidth ?? 0) > 0,
          ),
        other,
      );
    }
    await ada.click("text=Camera off");
    await grace.locator("figure", { hasText: "Ada" }).locator("video").waitFor({ state: "hidden" });
    await ada.click("text=Camera on");
    await grace.locator("figure", { hasText: "Ada" }).locator("video").waitFor({ state: "visible" });
    await grace.click("text=Leave");
    await ada.locator("figure", { hasText: "Grace" }).waitFor({ state: "detached" });
    expect(errors).toEqual([]);
    for (const page of [ada, grace]) await page.close();
  },
);

e2e(
  "[EX2] the plain client in JavaScript is the README's, and sees and hears the one in Python",
  async ({ node, chromium }) => {
    const readme = readFileSync(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");
    const [, code = "?"] = [...readme.matchAll(/```js\n([\s\S]*?)```/g)][1] ?? [];
    expect(readFileSync(example("plain_client.html"), "utf8")).toContain(code);

    const page = await chromium.newPage();
    const errors: string[] = [];
    watchErrors(page, errors);
    await page.goto(await serveExample("plain_client.html", node.url));
    const python = spawn("/usr/bin/python3", ["-u", example("aiortc_client.py"), node.wsUrl, "atrium"]);
    onTestFinished(() => void python.kill("SIGKILL"));
    let output = "";
    for (const stream of [python.stdout, python.stderr]) stream.on("data", (chunk) => (output += chunk));
    const said = (pattern: RegExp) =>
      eventually(() => pattern.test(output), {
        what: `the Python client to say ${pattern}`,
        timeoutMs: 40_000,
        describe: () => output,
      });
    await said(/^joined as \S+, with 1 others$/m);
    await said(/^receiving video \d+ x \d+ of \S+$/m);
    await said(/^receiving audio of \S+$/m);
    await page.waitForFunction(() => document.querySelector("video")?.videoWidth === 640);
    await page.waitForFunction(() => document.querySelectorAll("video, audio").length === 2);
    const exited = new Promise((resolve) => python.once("exit", resolve));
    python.kill("SIGINT");
    expect(await exited).toBe(0);
    await page.waitForFunction(() => document.querySelector("video, audio") === null);
    expect(errors).toEqual([]);
    expect(output).not.toMatch(/error|traceback/i);
    await page.close();
  },
);

e2e("[EX3] every piece of the guide is in its page, word for word", () => {
  const guide = readFileSync(fileURLToPath(new URL("../../docs/guide.md", import.meta.url)), "utf8");
  const page = readFileSync(example("call.html"), "utf8").replaceAll(/^ +/gm, "");
  const pieces = [...guide.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = ""]) => code.replaceAll(/^ +/gm, ""));
  expect(pieces.length).toBe(9);
  for (const piece of pieces) expect(page).toContain(piece);
});
