import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test as vitestTest } from "vitest";
import { startNode } from "./start_node.ts";

const test = vitestTest.extend("writeProgram", async ({}, { onCleanup }) => {
  const directory = mkdtempSync(join(tmpdir(), "signalbox-program-"));
  onCleanup(() => rmSync(directory, { recursive: true, force: true }));
  return (source: string) => {
    const path = join(directory, "program.mjs");
    writeFileSync(path, source);
    return path;
  };
});

test("[E2E96] a program that ends before it listens fails the start with its stderr", async ({ writeProgram }) => {
  const entry = writeProgram('console.error("out of luck"); process.exit(78);');
  await expect(startNode({ entry })).rejects.toThrow(/ended with 78\nout of luck/);
});

test("[E2E96] a program that never listens is killed when its time is over", async ({ writeProgram }) => {
  const entry = writeProgram("console.log(JSON.stringify({ pid: process.pid })); setInterval(() => {}, 1000);");
  const failure = await startNode({ entry, timeoutMs: 1_000 }).catch((error: Error) => error.message);
  const pid = Number(/"pid":(\d+)/.exec(String(failure))?.[1]);
  await expect.poll(() => isAlive(pid)).toBe(false);
});

test("[E2E96] a program that ignores SIGTERM is killed, and stop says so", async ({ writeProgram }) => {
  const entry = writeProgram(
    'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);' +
      'console.log("signalbox listening on http://127.0.0.1:1");',
  );
  const node = await startNode({ entry });
  expect(node.wsUrl).toBe("ws://127.0.0.1:1/ws");
  await expect(node.stop("SIGTERM", 200)).rejects.toThrow("Waited 200 ms for the node to end after SIGTERM");
  await expect.poll(() => isAlive(node.pid)).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
