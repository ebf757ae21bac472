import { fileURLToPath } from "node:url";
import { test, vi } from "vitest";
import { launchChromium } from "./chromium.ts";
import { launchFirefox } from "./firefox.ts";
import { servePages } from "./serve_pages.ts";
import { type RunningNode, startNode } from "./start_node.ts";

// Browsers start slowly on a small machine; every wait inside a test has a shorter bound of its own.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** The nodes of this file that run: a failing test shows the end of their logs. */
const running = new Set<RunningNode>();

/**
 * Vitest's `test` with the real things as fixtures, each started once in a file, when a test first asks for it, and stopped
 * at the end of the file whatever happened: `node` (a node with default flags), `pages` (a web server for
 * `test/e2e/pages/`), `chromium` and `firefox` (fake camera), `chromiumWithoutCamera` and `firefoxWithoutCamera` (mDNS names
 * only).
 */
export const e2e = test
  .extend("node", { scope: "file" }, async ({}, { onCleanup }) => {
    const node = await startNode();
    running.add(node);
    onCleanup(async () => {
      running.delete(node);
      await node.stop();
    });
    return node;
  })
  .extend("logOnFailure", { auto: true }, ({ onTestFailed }) => {
    onTestFailed(({ task }) => {
      for (const { pid, log, stderr } of running) {
        process.stderr.write(`Log of node ${pid} at the end of "${task.name}":\n${log.transcript()}\n${stderr()}\n`);
      }
    });
  })
  .extend("pages", { scope: "file" }, async ({}, { onCleanup }) => {
    const pages = await servePages(fileURLToPath(new URL("../e2e/pages/", import.meta.url)));
    onCleanup(() => pages.close());
    return pages;
  })
  .extend("chromium", { scope: "file" }, async ({}, { onCleanup }) => {
    const browser = await launchChromium();
    onCleanup(() => browser.close());
    return browser;
  })
  .extend("chromiumWithoutCamera", { scope: "file" }, async ({}, { onCleanup }) => {
    const browser = await launchChromium({ camera: "none" });
    onCleanup(() => browser.close());
    return browser;
  })
  .extend("firefox", { scope: "file" }, async ({}, { onCleanup }) => {
    const browser = await launchFirefox();
    onCleanup(() => browser.close());
    return browser;
  })
  .extend("firefoxWithoutCamera", { scope: "file" }, async ({}, { onCleanup }) => {
    const browser = await launchFirefox({ camera: "none" });
    onCleanup(() => browser.close());
    return browser;
  });
