import { expect } from "vitest";
import { e2e } from "../kit/e2e.ts";
import { openPageClient } from "../kit/page_client.ts";

const test = e2e.extend("client", async ({ node, pages, chromium }, { onCleanup }) => {
  const page = await chromium.newPage();
  onCleanup(() => page.close());
  return await openPageClient(page, { pagesUrl: pages.url, wsUrl: node.wsUrl });
});

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `message ${index}`);

test("[E2E1] Chromium gets text back as text on the channel that it came on", async ({ client }) => {
  await client.call("openChannel", "one");
  await client.call("openChannel", "two");
  const texts = ["hello", "Grüße 🚂", "x".repeat(20_000)];
  expect(await client.call("echoTexts", "one", texts)).toEqual(texts);
  expect(await client.call("echoTexts", "two", ["another"])).toEqual(["another"]);
  expect(await client.call("echoTexts", "one", ["again"])).toEqual(["again"]);
});

test("[E2E2] Chromium gets binary messages back as binary, 1 byte as well as 256 kB", async ({ client }) => {
  await client.call("openChannel", "binary");
  const sizes = [1, 1_200, 16_384, 65_536, 262_144];
  const expected = sizes.map((size) => ({ size, isSame: true }));
  expect(await client.call("echoBytes", "binary", sizes)).toEqual(expected);
});

test("[E2E3] an empty message comes back empty, as text and as binary", async ({ client }) => {
  await client.call("openChannel", "empty");
  expect(await client.call("echoTexts", "empty", ["", "after"])).toEqual(["", "after"]);
  expect(await client.call("echoBytes", "empty", [0, 1])).toEqual([
    { size: 0, isSame: true },
    { size: 1, isSame: true },
  ]);
});

test("[E2E4] an ordered channel keeps the order of a burst of messages", async ({ client }) => {
  await client.call("openChannel", "ordered", { ordered: true });
  const texts = numbered(500);
  expect(await client.call("echoTexts", "ordered", texts)).toEqual(texts);
});

test("[E2E5] unordered and partially reliable channels echo everything on a path without loss", async ({ client }) => {
  const texts = numbered(100);
  const inits = [
    { ordered: false },
    { ordered: false, maxRetransmits: 0 },
    { ordered: true, maxRetransmits: 3 },
    { ordered: false, maxPacketLifeTime: 500 },
  ];
  for (const [index, init] of inits.entries()) {
    await client.call("openChannel", `channel ${index}`, init);
    const returned = await client.call<string[]>("echoTexts", `channel ${index}`, texts);
    expect(returned.toSorted(), JSON.stringify(init)).toEqual(texts.toSorted());
  }
});

test("[E2E6] a channel that the client closes leaves the others alone", async ({ client }) => {
  await client.call("openChannel", "short");
  await client.call("openChannel", "long", { protocol: "json" });
  await client.call("echoTexts", "short", ["hello"]);
  await client.call("closeChannel", "short");
  expect(await client.call("echoTexts", "long", ["still here"])).toEqual(["still here"]);
  await client.call("openChannel", "third");
  expect(await client.call("echoTexts", "third", ["new"])).toEqual(["new"]);
});

test("[E2E7] the first messages of a connection arrive on a channel that repeats nothing", async ({ client }) => {
  const texts = numbered(20);
  await client.call("openChannel", "lossy", { ordered: false, maxRetransmits: 0 });
  for (const text of texts) {
    expect(await client.call<string[]>("echoTexts", "lossy", [text])).toEqual([text]);
  }
});
