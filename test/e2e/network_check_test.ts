import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type axe from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { launchChromium } from "../kit/chromium.ts";
import { e2e } from "../kit/e2e.ts";
import { eventually } from "../kit/eventually.ts";
import { freePort } from "../kit/free_port.ts";
import { type RunningNode, startNode } from "../kit/start_node.ts";
import { launchTurnServer } from "../kit/turn_server.ts";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const test = e2e
  .extend("turn", { scope: "file" }, async ({}, { onCleanup }) => {
    const turn = await launchTurnServer({ secrets: ["north"], hasTls: true });
    onCleanup(() => turn.stop());
    return turn;
  })
  .extend("browser", { scope: "file" }, async ({}, { onCleanup }) => {
    // The relay's certificate is of nobody's.
    const browser = await launchChromium({ camera: "none", args: ["--ignore-certificate-errors"] });
    onCleanup(() => browser.close());
    return browser;
  });

async function start(entries: readonly object[], flags: readonly string[] = []): Promise<RunningNode> {
  const node = await startNode({ flags: ["--ice-servers", JSON.stringify(entries), ...flags] });
  onTestFinished(async () => void (await node.stop()));
  return node;
}

interface OpenOptions {
  readonly browser: Browser;
  readonly context?: BrowserContextOptions;
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** Opens the page, and does nothing more. */
async function open(node: RunningNode, { browser, context, prepare }: OpenOptions) {
  const page = await browser.newPage(context);
  onTestFinished(() => page.close());
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await prepare?.(page);
  await page.goto(`${node.url}/check`);
  return { page, errors };
}

/** Waits for the verdict, and says what each way came to. */
async function verdictOf(page: Page) {
  await page.waitForSelector('#network[data-phase="done"]', { timeout: 40_000 });
  const states = await page.$$eval("#ways > li", (rows) =>
    Object.fromEntries(rows.map((row) => [row.getAttribute("data-path"), row.getAttribute("data-state")])),
  );
  const words = async (path: string) => (await page.textContent(`[data-path="${path}"]`)) ?? "";
  return { verdict: await page.getAttribute("#network", "data-verdict"), states, words };
}

const relays = (state: string) => ({ "relay-udp": state, "relay-tcp": state, "relay-tls": state });

test("[CHK10] whoever opens the page is told that calls work directly, and that each relay works, with times and pairs", async ({
  turn,
  browser,
}) => {
  const { url, tcpUrl, tlsUrl } = turn;
  const node = await start([
    { urls: url.replace("turn:", "stun:").replace(/\?.*/, "") },
    { source: "turn-rest", urls: [url, tcpUrl, tlsUrl], secrets: ["north"] },
  ]);
  const { page, errors } = await open(node, {
    browser,
    context: { permissions: ["clipboard-read", "clipboard-write"] },
  });
  const { verdict, states, words } = await verdictOf(page);
  expect(verdict).toBe("works-udp");
  expect(states).toMatchObject({ signaling: "works", udp: "works", ...relays("works") });
  for (const path of ["udp", "relay-udp", "relay-tcp", "relay-tls"]) {
    expect(await words(path)).toMatch(/Connected in[\d.]+ (ms|s)Round trip[\d.]+ msLost\d of 100$/);
  }
  expect(await words("udp")).not.toContain("(relay)");
  for (const path of Object.keys(relays(""))) expect(await words(path)).toContain("(relay) →");
  await page.click("#found summary");
  const servers = await page.$$eval("#servers > li", (rows) => rows.map((row) => row.textContent ?? ""));
  expect(servers.filter((row) => row.includes("It relays for you."))).toHaveLength(3);
  expect(servers.filter((row) => row.startsWith("stun:"))).toHaveLength(1);
  expect(await page.textContent("#candidates")).toMatch(/\.local:\d+UDP, of this device/);
  // Neither the room nor a connection is left behind.
  await eventually(async () => (await (await fetch(`${node.url}/api/v1/nodes`)).text()).includes('"sessions":0'), {
    what: "the sessions of the check to end",
  });

  await page.click("#copy-report");
  await page.waitForSelector("#copied:text('Copied.')");
  const report = await page.evaluate(() => navigator.clipboard.readText());
  expect(report).toContain("Calls will work from here: directly over UDP. [works-udp]");
  expect(report).toContain(`${tlsUrl}: It relays for you.`);
  // Usernames end with the peer, passwords are base64 of 20 bytes.
  expect(report).not.toMatch(/\d{10}:|[A-Za-z0-9+/]{27}=|\.local/);
  expect(errors).toEqual([]);
});

test("[CHK11] without ICE servers relays are not offered, and the check can be repeated by the keyboard", async ({
  node,
  browser,
}) => {
  const { page } = await open(node, {
    browser,
    context: { viewport: { width: 360, height: 740 } },
    prepare: (page) =>
      page.addInitScript(() => {
        navigator.clipboard.writeText = () => Promise.reject(new DOMException("no", "NotAllowedError"));
      }),
  });
  const { verdict, states, words } = await verdictOf(page);
  expect(verdict).toBe("works-udp");
  expect(states).toMatchObject({ udp: "works", tcp: "works", ...relays("not-offered") });
  expect(await words("relay-tls")).toContain("--ice-servers");
  await page.focus("#back");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector('#network[data-phase="running"]');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("check-again");
  expect(await page.isDisabled("#copy-report")).toBe(true);
  expect((await verdictOf(page)).verdict).toBe("works-udp");
  // The clipboard is refused: the report stands on the page, marked.
  await page.click("#copy-report");
  await page.waitForSelector("#report:not([hidden])");
  expect(await page.evaluate(() => getSelection()?.toString() ?? "")).toContain("[works-udp]");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
});

test.for(["light", "dark"] as const)(
  "[CHK12] relays that refuse and that nobody answers at are told apart, and axe finds no fault with it in %s",
  async (colorScheme, { turn, browser }) => {
    const node = await start([
      { source: "turn-rest", urls: [turn.url, turn.tcpUrl], secrets: ["another"] },
      { source: "turn-rest", urls: [`turns:127.0.0.1:${await freePort()}`], secrets: ["north"] },
    ]);
    const { page } = await open(node, { browser, context: { colorScheme } });
    const { verdict, states, words } = await verdictOf(page);
    expect(verdict).toBe("works-udp");
    expect(states).toMatchObject({ udp: "works", ...relays("failed") });
    for (const path of ["relay-udp", "relay-tcp"]) expect(await words(path)).toContain("refused the password");
    expect(await words("relay-tls")).not.toContain("password");
    expect(await page.textContent("#verdict-advice")).toContain("did not work");
    await page.click("#found summary");
    const session = await page.context().newCDPSession(page);
    // The page's policy allows no script of others; the debugger's evaluation is none of the page's.
    await session.send("Runtime.evaluate", { expression: axeSource });
    const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
  },
);

test("[CHK13] a browser that lets no UDP out is told that only the relay over TCP works", async ({ turn }) => {
  const browser = await launchChromium({
    camera: "none",
    args: ["--webrtc-ip-handling-policy=disable_non_proxied_udp"],
  });
  onTestFinished(() => browser.close());
  const entries = [{ source: "turn-rest", urls: [turn.url, turn.tcpUrl], secrets: ["north"] }];
  const node = await start(entries, ["--tcp-ports", "off"]);
  const { page } = await open(node, { browser });
  const { verdict, states, words } = await verdictOf(page);
  expect(verdict).toBe("works-relay-tcp");
  expect(states).toMatchObject({
    udp: "failed",
    tcp: "not-offered",
    "relay-udp": "failed",
    "relay-tcp": "works",
    "relay-tls": "not-offered",
  });
  expect(await words("udp")).toContain("This browser offers no address for UDP");
  expect(await page.textContent("#verdict-text")).toContain("only through the relay (TCP)");
});

test("[CHK14] where the page is let into no room its relays are not known, and the direct way is tested all the same", async ({
  node,
  browser,
}) => {
  const { page } = await open(node, {
    browser,
    prepare: (page) =>
      page.routeWebSocket(/\/ws$/, (socket) => {
        const server = socket.connectToServer();
        socket.onMessage((message) => {
          if (!String(message).startsWith('{"type":"join"')) return server.send(message);
          socket.send(JSON.stringify({ type: "error", code: "forbidden", message: "Cannot join: not today" }));
        });
      }),
  });
  const { verdict, states, words } = await verdictOf(page);
  expect(verdict).toBe("works-udp");
  expect(states).toMatchObject({ udp: "works", ...relays("untested") });
  expect(await words("relay-udp")).toContain("let this page into none (forbidden)");
});

test("[CHK15] a WebSocket that something swallows and a server that is gone are told as what they are", async ({
  browser,
}) => {
  const node = await startNode();
  onTestFinished(async () => void (await node.stop()));
  const { page } = await open(node, {
    browser,
    prepare: (page) => page.routeWebSocket(/\/ws$/, (socket) => void socket.close({ code: 4000, reason: "no" })),
  });
  const { verdict, states } = await verdictOf(page);
  expect(verdict).toBe("no-signaling");
  expect(states).toMatchObject({ signaling: "failed", udp: "untested", ...relays("untested") });
  await node.stop();
  await page.click("#check-again");
  await page.waitForSelector('#network[data-verdict="server-gone"]');
});

test("[CHK16] Firefox finds the direct way and the relay", async ({ firefoxWithoutCamera, turn }) => {
  const node = await start([{ source: "turn-rest", urls: [turn.url, turn.tcpUrl], secrets: ["north"] }]);
  const page = await firefoxWithoutCamera.newPage();
  onTestFinished(() => page.close());
  await page.goto(`${node.url}/check`);
  await page.waitForSelector('#network[data-phase="done"]', { timeout: 40_000 });
  const stateOf = (path: string) => page.$eval(`[data-path="${path}"]`, (row) => row.getAttribute("data-state"));
  expect(await page.$eval("#network", (section) => section.getAttribute("data-verdict"))).toBe("works-udp");
  const told = await page.$eval("#servers", (list) => list.textContent);
  expect({ udp: await stateOf("relay-udp"), tcp: await stateOf("relay-tcp"), told }).toMatchObject({
    udp: "works",
    tcp: "works",
  });
});
