import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import type { Page, WebSocketRoute } from "playwright-core";
import { launchChromium } from "../test/kit/chromium.ts";
import { actorMessage, stepMessages } from "../test/web/inspector/feed_messages.ts";
import { readBundledPages } from "../transport/edge/static_pages.ts";
import { readInteger } from "./kit/read_integer.ts";

// How smoothly the inspector page runs with many actors: how long its frames take in Chromium while it reads the history, while much
// changes at once, and while it is scrolled. The feed is made up; there is no node.
//
//   npm run bench:inspector -- [--people 1000] [--rate 500] [--seconds 5]

const { values } = parseArgs({
  options: {
    people: { type: "string", default: "1000" },
    rate: { type: "string", default: "500" },
    seconds: { type: "string", default: "5" },
  },
});
const people = readInteger("people", values.people, 20_000);
const rate = readInteger("rate", values.rate, 20_000);
const seconds = readInteger("seconds", values.seconds, 60);

const limits = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`maxSomething${index}`, index * 1_000]));
const ice = (state: string) => ({ gathering: "complete", ice: state, dtls: "new", remoteCandidates: "trickling" });

/** A person with a peer connection and what it consists of: five actors. */
function* historyOf(index: number): Generator<string> {
  const [id, room, node] = [`p${index}`, `room-${index % 40}`, `n${(index % 3) + 1}`];
  const session = `${node}/session:${id}`;
  const peer = `${session}/${id}-1`;
  const common = { node, rootId: session, room, peers: [id], isHistory: true };
  yield actorMessage({ ...common, id: session, kind: "session", name: id, parentId: `${node}/node` });
  const join = { type: "message.received", message: { type: "join", room, name: `Person ${index}` } };
  yield* stepMessages({
    ...common,
    id: session,
    event: join,
    value: { open: { joined: "attached" } },
    context: { limits, join: { room } },
  });
  yield actorMessage({ ...common, id: peer, kind: "peer", name: `${id}-1`, parentId: session });
  yield* stepMessages({
    ...common,
    id: peer,
    event: { type: "ice.moved" },
    value: { open: "connecting" },
    context: { limits },
  });
  yield actorMessage({
    ...common,
    id: `${peer}/negotiation`,
    kind: "negotiation",
    name: "negotiation",
    parentId: peer,
  });
  yield actorMessage({
    ...common,
    id: `${peer}/connectivity`,
    kind: "connectivity",
    name: "connectivity",
    parentId: peer,
  });
  for (const state of ["new", "checking", "connected"])
    yield* stepMessages({
      ...common,
      id: `${peer}/connectivity`,
      event: { type: "ice.changed", state },
      value: ice(state),
      context: { limits },
    });
  const subscription = { ...common, rootId: `${node}/subscription:${id}-s1`, id: `${node}/subscription:${id}-s1` };
  yield actorMessage({
    ...subscription,
    kind: "subscription",
    name: `${id}-s1`,
    peers: [id, `p${(index + 40) % people}`],
  });
}

function changeOf(count: number): [string, string] {
  const index = (count * 7_919) % people;
  const [id, node] = [`p${index}`, `n${(index % 3) + 1}`];
  const session = `${node}/session:${id}`;
  const state = ["checking", "connected", "disconnected"][count % 3] ?? "";
  return stepMessages({
    id: `${session}/${id}-1/connectivity`,
    node,
    rootId: session,
    event: { type: "ice.changed", state },
    value: ice(state),
    context: { limits, count },
  });
}

/** How long each frame of the page took while something ran, in milliseconds. */
async function framesDuring(page: Page, run: () => Promise<void>): Promise<number[]> {
  await page.evaluate(() => {
    const times: number[] = [];
    let last = performance.now();
    let isOn = true;
    const tick = (now: number) => {
      times.push(now - last);
      last = now;
      if (isOn) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    Object.assign(globalThis, {
      endFrames: () => {
        isOn = false;
        return times.slice(1);
      },
    });
  });
  await run();
  return await page.evaluate(() => (globalThis as unknown as { endFrames(): number[] }).endFrames());
}

function report(what: string, frames: readonly number[]): void {
  const sorted = frames.toSorted((a, b) => a - b);
  const at = (part: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(1);
  console.log(`${what}: ${frames.length} frames, median ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms`);
}

const pages = readBundledPages();
const server = createServer((request, response) => {
  const page = pages.get(new URL(request.url ?? "/", "http://page").pathname);
  response
    .writeHead(page === undefined ? 404 : 200, { "content-type": page?.contentType ?? "text/plain" })
    .end(page?.body);
}).listen(0, "127.0.0.1");
const browser = await launchChromium({ camera: "none" });
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const opened = Promise.withResolvers<WebSocketRoute>();
  await page.routeWebSocket(/\/inspect/, (socket) => opened.resolve(socket));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/inspector`);
  const socket = await opened.promise;
  const history = [1, 2, 3].map((node) =>
    actorMessage({ id: `n${node}/node`, node: `n${node}`, kind: "node", name: "node" }),
  );
  for (let index = 0; index < people; index += 1) history.push(...historyOf(index));
  console.log(
    `${people} people: ${people * 5 + 3} actors, ${history.length} messages, ${(history.join().length / 1e6).toFixed(1)} MB`,
  );
  const startedAt = performance.now();
  report(
    "reading the history",
    await framesDuring(page, async () => {
      for (const text of history) socket.send(text);
      await page.waitForSelector('[data-status="live"] >> text=Live', { timeout: 120_000 });
    }),
  );
  console.log(`it took ${((performance.now() - startedAt) / 1_000).toFixed(1)} s with the pause that tells its end`);
  let count = 0;
  const change = async () => {
    const until = performance.now() + seconds * 1_000;
    const perTurn = Math.ceil(rate / 50);
    while (performance.now() < until) {
      for (let index = 0; index < perTurn; index += 1) for (const text of changeOf(count++)) socket.send(text);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  report(`${rate} changes a second`, await framesDuring(page, change));
  report(
    `${rate} changes a second, scrolled meanwhile`,
    await framesDuring(page, async () => {
      const scrolled = page.evaluate(async (runMs) => {
        const tree = document.querySelector(".tree");
        const until = performance.now() + runMs;
        for (let step = 0; performance.now() < until; step += 1) {
          tree?.scrollTo(0, (step * 90) % tree.scrollHeight);
          await new Promise(requestAnimationFrame);
        }
      }, seconds * 1_000);
      await Promise.all([change(), scrolled]);
    }),
  );
  await page.fill('input[type="search"]', "person 5");
  report(`${rate} changes a second, with a search`, await framesDuring(page, change));
  const shown = await page.evaluate(() => ({
    rows: document.querySelectorAll(".row").length,
    heapMb: Math.round((performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize / 1e6),
  }));
  console.log(`${shown.rows} rows are drawn; the page's heap is ${shown.heapMb} MB`);
} finally {
  await browser.close();
  server.close();
}
