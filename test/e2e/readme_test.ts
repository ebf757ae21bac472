import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { e2e } from "../kit/e2e.ts";
import { servePages } from "../kit/serve_pages.ts";
import { openSignallingSocket } from "../kit/signalling_socket.ts";
import { startNode } from "../kit/start_node.ts";
import { openWeriftClient } from "../kit/werift_client.ts";

const readme = await readFile(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");
const exampleAddress = "ws://127.0.0.1:8080/ws";

/** One of the README's examples in a language, the first without `index`, word for word. */
function example(language: string, index = 0): string {
  const [, code] = [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))][index] ?? [];
  if (code === undefined) throw new Error(`The README has no example ${index} in ${language}`);
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

e2e("[E2E112] the README's page for a room works word for word", async ({ node, chromium }) => {
  const code = example("js", 1);
  expect(code).toContain(exampleAddress);
  const errors: string[] = [];
  const pages = [];
  for (let count = 0; count < 2; count += 1) {
    const page = await chromium.newPage();
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on(
      "console",
      (message) => message.type() === "error" && errors.push(`${message.text()} ${message.location().url}`),
    );
    await page.goto(`${node.url}/healthz`);
    await page.evaluate(`(0, eval)(${JSON.stringify(code.replace(exampleAddress, node.wsUrl))})`);
    pages.push(page);
  }
  const [first, second] = pages;
  for (const page of pages) {
    await page.waitForFunction(() => (document.querySelector("video")?.videoWidth ?? 0) > 0);
    await page.waitForFunction(() => document.querySelectorAll("video, audio").length === 2);
  }
  await second?.close();
  await first?.waitForFunction(() => document.querySelector("video, audio") === null);
  await first?.close();
  expect(errors.filter((text) => !text.includes("favicon"))).toEqual([]);
});

e2e("[E2E114] the README's page on the SDK works word for word", async ({ node, chromium }) => {
  const code = example("html");
  const clientUrl = "http://127.0.0.1:8080/client.js";
  expect(code).toContain(clientUrl);
  const folder = await mkdtemp(join(tmpdir(), "signalbox-page-"));
  await writeFile(join(folder, "page.html"), `<!doctype html>${code.replace(clientUrl, `${node.url}/client.js`)}`);
  // Another origin than the node's: the SDK knows where it came from.
  const server = await servePages(folder);
  const errors: string[] = [];
  const pages = [];
  for (let count = 0; count < 2; count += 1) {
    const page = await chromium.newPage();
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(`${server.url}/page.html`);
    pages.push(page);
  }
  for (const page of pages) {
    await page.waitForFunction(() => (document.querySelector("video")?.videoWidth ?? 0) > 0);
    await page.waitForFunction(() => document.querySelectorAll("video, audio").length === 2);
  }
  for (const page of pages) await page.close();
  expect(errors).toEqual([]);
  await server.close();
  await rm(folder, { recursive: true });
});

e2e("[E2E113] the README's program for rooms works word for word", async () => {
  const folder = await mkdtemp(join(tmpdir(), "signalbox-"));
  const entry = join(folder, "my_rooms.ts");
  const library = new URL("../../mod.ts", import.meta.url).href;
  const server = example("ts").replace("startNode(application", "startNode({ ...application, ...rooms }");
  const program = server.replace("const config =", `${example("ts", 1)}\nconst config =`);
  await writeFile(entry, program.replace('"./mod.ts"', JSON.stringify(library)));
  const node = await startNode({ entry, env: { STAFF_TOKEN: "open sesame" } });
  try {
    const staff = await openSignallingSocket(node.wsUrl);
    await staff.send({ type: "join", room: "staff-1", token: "guess", ref: 1 });
    expect(await staff.messages.next(({ type }) => type === "error")).toMatchObject({ code: "forbidden", ref: 1 });
    await staff.send({ type: "join", room: "staff-1", name: "Ada", token: "open sesame" });
    await staff.messages.next(({ type }) => type === "joined");
    expect(await staff.messages.next(({ type }) => type === "data")).toMatchObject({ payload: "welcome, Ada" });
    await staff.close();
  } finally {
    await node.stop();
    await rm(folder, { recursive: true });
  }
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
