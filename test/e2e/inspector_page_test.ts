import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { isConnectionRecord } from "../../protocol/connection_record.ts";
import { launchChromium } from "../kit/chromium.ts";
import { FaultCluster } from "../kit/fault_cluster.ts";
import type { Person } from "../kit/person.ts";
import { actorMessage } from "../web/inspector/feed_messages.ts";

// The inspector page before a real cluster with people in a call, in Chromium.

vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 });

const adminToken = "an-admin-token-for-tests";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let cluster: FaultCluster;
let browser: Browser;
let ada: Person;

beforeAll(async () => {
  cluster = await FaultCluster.start({
    nodeCount: 3,
    flagsOf: (index) => (index === 2 ? ["--admin-token", adminToken] : []),
  });
  browser = await launchChromium({ camera: "none" });
  const [first, second] = cluster.nodes;
  ada = await cluster.enter({ url: first.wsUrl, room: "atrium", name: "Ada" });
  await cluster.enter({ url: second.wsUrl, room: "atrium", name: "Bob" });
});

afterAll(async () => {
  await browser?.close();
  await cluster?.close();
});

interface OpenOptions {
  readonly node?: 0 | 1 | 2;
  /** From the `?` on. */
  readonly path?: string;
  readonly theme?: "light" | "dark";
  readonly page?: Page;
}

async function open({ node = 0, path = "", theme = "light", page: given }: OpenOptions = {}) {
  const page = given ?? (await (await browser.newContext({ colorScheme: theme, reducedMotion: "reduce" })).newPage());
  if (given === undefined) onTestFinished(() => page.context().close());
  page.setDefaultTimeout(30_000);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(`${cluster.nodes[node].url}/inspector${path}`);
  return { page, errors };
}

const isLive = (page: Page) => page.waitForSelector('[data-status="live"] >> text=Live');
const row = (page: Page, text: string) => page.locator(".row", { hasText: text }).first();

test("[IP20, IP21, IP24, IP30, IP33] a person is found by name, their connection by its state, and its chart is lit", async () => {
  const { page, errors } = await open();
  await isLive(page);
  await page.keyboard.press("/");
  await page.keyboard.type("ada");
  await page.waitForFunction(() =>
    [...document.querySelectorAll(".row")].every((each) => !each.textContent?.includes("Barbara")),
  );
  await row(page, "Connection 1").locator(".state", { hasText: "connected" }).waitFor();
  await row(page, "Connection 1").click();
  await page.waitForSelector(".statechart");
  const lit = await page.$$eval(".statechart .active", (states) =>
    states.map((state) => (state as SVGElement).dataset["state"]),
  );
  expect(lit).toEqual(["peer", "peer.open", "peer.open.connected"]);
  expect(await page.locator(".statechart .last").count()).toBeGreaterThan(0);
  // The first chart brings what lays charts out, and nothing else was asked for anywhere, but how the nodes are, after some seconds.
  const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  const own = ["/demo/icon.svg", "/inspector.js", "/inspector.css", "/inspector-layout.js", "/api/v1/nodes"];
  expect(loaded).toContain(`${cluster.nodes[0].url}/inspector-layout.js`);
  expect(loaded.filter((name) => !own.includes(name.slice(cluster.nodes[0].url.length)))).toEqual([]);
  expect(errors).toEqual([]);
});

test("[IP30, IP31, IP32] a renegotiation is seen as it happens, and step by step afterwards", async () => {
  const { page, errors } = await open({ path: `#actor=n1/session:${ada.room.id}/${ada.room.id}-1/negotiation` });
  await isLive(page);
  await page.waitForSelector('.statechart [data-state="negotiation.stable"].active');
  const before = await page.textContent(".steps header .detail");
  await ada.publish("camera");
  await page.waitForFunction((was) => document.querySelector(".steps header .detail")?.textContent !== was, before);
  await page.waitForSelector('.statechart [data-state="negotiation.stable"].active');
  // Back through what happened: the chart was in another state then.
  for (
    let count = 0;
    count < 40 && (await page.$('.statechart [data-state="negotiation.have-remote-offer"].active')) === null;
    count += 1
  )
    await page.keyboard.press("[");
  await page.waitForSelector('.statechart [data-state="negotiation.have-remote-offer"].active');
  await page.waitForURL(/step=n1:\d+/);
  await page.click("#tab-context");
  await page.waitForSelector(".json-branch");
  await page.keyboard.press("n");
  await page.waitForURL((url) => !url.hash.includes("step="));
  await page.click("#tab-statechart");
  await page.waitForSelector('.statechart [data-state="negotiation.stable"].active');
  expect(errors).toEqual([]);
});

test("[IP55] a line on the timeline marks the moment that is looked at, and Now leads back from it", async () => {
  const { page, errors } = await open({ path: `#actor=n1/session:${ada.room.id}/${ada.room.id}-1` });
  await isLive(page);
  await page.waitForSelector('.time-now[aria-pressed="true"]');
  expect(await page.locator(".time-head").count()).toBe(0);
  for (const goBack of [
    () => page.keyboard.press("["),
    () => page.click(".time-lanes", { position: { x: 5, y: 5 } }),
  ]) {
    await goBack();
    await page.waitForSelector('.time-now[aria-pressed="false"]');
    await page.waitForSelector(".time-head", { state: "attached" });
    await page.click(".time-now");
    await page.waitForSelector('.time-now[aria-pressed="true"]');
    expect(await page.locator(".time-head").count()).toBe(0);
  }
  expect(errors).toEqual([]);
});

test("[IP10] a link opens the same view again: the filters of the server, the actor, the step, the tab and the search", async () => {
  const { page } = await open({ path: "?room=atrium&kind=session&kind=peer" });
  await isLive(page);
  await row(page, "Ada").click();
  await page.keyboard.press("[");
  await page.click("#tab-context");
  await page.fill('input[type="search"]', "ada");
  await page.waitForURL(/find=ada/);
  const link = page.url();
  const moment = await page.textContent(".moment-words");
  expect(new URL(link).search).toBe("?room=atrium&kind=session&kind=peer");
  const { page: other } = await open({ path: link.slice(link.indexOf("?")) });
  await other.waitForSelector(".context-view");
  expect(await other.textContent(".moment-words")).toBe(moment);
  expect(await other.inputValue('input[type="search"]')).toBe("ada");
  expect(await other.textContent('.row[aria-selected="true"] .label')).toBe("Ada");
  expect(await other.locator(".row", { hasText: "Negotiation" }).count()).toBe(0);
});

test("[IP12, IP9] the page asks for the token, refuses a wrong one with the server's words, and takes the right one for the tab", async () => {
  const { page } = await open({ node: 2 });
  await page.waitForSelector("text=a bearer token is needed");
  expect(await page.$(".tree")).toBeNull();
  await page.fill("#token", "a-wrong-one");
  await page.keyboard.press("Enter");
  await page.waitForSelector("text=the token is not the one of --admin-token");
  await page.fill("#token", adminToken);
  await page.keyboard.press("Enter");
  await isLive(page);
  await row(page, "Ada").waitFor();
  expect(page.url()).not.toContain(adminToken);
  await page.reload();
  await isLive(page);
});

test("[IP9] a query that is no filter is refused with the server's words", async () => {
  const { page } = await open({ path: "?kind=nonsense" });
  await page.waitForSelector("text=Cannot filter by kind nonsense");
});

test("[IP23, IP34] all of it is done with the keyboard: search, tree, tabs, chart", async () => {
  const { page } = await open();
  await isLive(page);
  const isAt = (label: string) =>
    page.waitForFunction((wanted) => {
      const id = document.querySelector(".tree")?.getAttribute("aria-activedescendant") ?? "";
      return document.getElementById(id)?.querySelector(".label")?.textContent === wanted;
    }, label);
  await page.keyboard.press("/");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Home");
  await isAt("n1");
  await page.keyboard.press("a");
  await isAt("atrium");
  await page.keyboard.press("ArrowRight");
  await isAt("Ada");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".crumbs h2 >> text=Ada");
  await page.focus("#tab-statechart");
  await page.waitForSelector(".statechart");
  await page.focus(".chart-place");
  const scale = await page.textContent(".chart-scale");
  await page.keyboard.press("+");
  await page.waitForFunction((was) => document.querySelector(".chart-scale")?.textContent !== was, scale);
  await page.focus("#tab-statechart");
  await page.keyboard.press("ArrowLeft");
  await page.waitForSelector(".context-view");
  await page.keyboard.press("p");
  await page.waitForSelector('[data-status="paused"]');
  await page.keyboard.press("p");
  await isLive(page);
});

test("[IP22] of five thousand actors only the rows that are seen are drawn, wherever one scrolls", async () => {
  const page = await (await browser.newContext({ reducedMotion: "reduce" })).newPage();
  onTestFinished(() => page.context().close());
  await page.routeWebSocket(/\/inspect/, (socket) => {
    for (let index = 0; index < 5_000; index += 1)
      socket.send(actorMessage({ id: `n1/session:s${index}`, name: `s${index}`, kind: "session", room: "atrium" }));
  });
  await page.goto(`${cluster.nodes[0].url}/inspector`);
  await isLive(page);
  await page.locator(".row", { hasText: "s0" }).first().waitFor();
  const rows = page.locator(".row");
  expect(await rows.count()).toBeLessThan(100);
  // The end is where it is going to be once all of them have come.
  await page.locator('.row[aria-setsize="5000"]').first().waitFor();
  await page.focus(".tree");
  await page.keyboard.press("End");
  await page.locator(".row", { hasText: "s4999" }).waitFor();
  expect(await rows.count()).toBeLessThan(100);
  expect(await page.getAttribute(".row.at", "aria-setsize")).toBe("5000");
});

test("[IP36] the network of who is looked at is measured meanwhile, and the server says how the connection is", async () => {
  const { page, errors } = await open({ path: `#actor=n1/session:${ada.room.id}/${ada.room.id}-1&tab=network` });
  await isLive(page);
  await page.getByText("selected", { exact: true }).waitFor();
  // Two moments at least make a rate.
  await page.locator("text=/[0-9.]+ [kM]?bit\\/s/").first().waitFor();
  await page.click("#tab-explain");
  await page.locator("text=/^Connected after [0-9]/").first().waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=Export record")]);
  const record: unknown = JSON.parse(readFileSync(await download.path(), "utf8"));
  expect(isConnectionRecord(record)).toBe(true);
  expect(errors).toEqual([]);
});

test("[IP13] the statistics of a call on this machine lead to its room in the inspector", async () => {
  const page = await (await browser.newContext({ reducedMotion: "reduce" })).newPage();
  onTestFinished(() => page.context().close());
  page.setDefaultTimeout(30_000);
  await page.goto(`${cluster.nodes[0].url}/#atrium`);
  await page.fill("#name", "Eve");
  await page.click('.join button[type="submit"]');
  await page.waitForSelector('.call[data-state="joined"]');
  await page.keyboard.press("i");
  const link = await page.waitForSelector('.stats a:has-text("Inspector")');
  expect(await link.getAttribute("href")).toBe("/inspector?room=atrium");
});

test.for(["light", "dark"] as const)("[IP35] axe finds no fault with the page in %s", async (theme) => {
  const { page } = await open({ theme });
  await isLive(page);
  await row(page, "Ada").click();
  await page.waitForSelector(".statechart");
  await page.evaluate(axe);
  const violations = async () =>
    await page.evaluate(async () => {
      const { axe: run } = globalThis as unknown as {
        readonly axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      return (await run.run()).violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
      );
    });
  for (const tab of ["statechart", "sequence", "messages", "network", "explain", "context"]) {
    await page.click(`#tab-${tab}`);
    expect(await violations(), tab).toEqual([]);
  }
});
