import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, vi } from "vitest";
import type { ClientPage } from "../kit/client_page.ts";
import { eventually } from "../kit/eventually.ts";
import { explained } from "../kit/explained.ts";
import { missingForNetworks } from "../kit/network/missing_for_networks.ts";
import { type NetworkNode, networkTest as test } from "../kit/network/network_e2e.ts";
import { type NetworkRow, networkRows, networkTables } from "../kit/network/network_table.ts";

// Most of the time of a row that does not connect is waited for.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000, maxConcurrency: 4 });

const missing = missingForNetworks();
const page = fileURLToPath(new URL("../../docs/networks.md", import.meta.url));
const seen = new Map<NetworkRow, string>();
let rooms = 0;

interface Path {
  readonly local: string;
  readonly remote: string;
  readonly protocol: string;
}

/** A path in the words of the table. */
function wordsOf({ local, remote, protocol }: Path): string {
  const way = protocol.toUpperCase();
  // Whose allocation it is makes no difference to who configures it.
  return local === "relay" || remote === "relay" ? `TURN by ${way}` : way;
}

/** Two in the same network come into a room, and send a picture each. */
async function enterBoth(guests: readonly [ClientPage, ClientPage], url: string): Promise<void> {
  rooms += 1;
  const room = `room-${rooms}`;
  for (const guest of guests) {
    await guest.make(room, { url });
    // Who uses a camera tells its addresses; others tell names that nobody outside can look up.
    await guest.call("preview", "camera");
    await guest.join();
    await guest.call("publishDrawing", "drawing");
  }
}

/** What becomes of them: the path, when data and pictures go both ways, or the cause that the node names. */
async function outcomeOf([ada, bob]: readonly [ClientPage, ClientPage], node: NetworkNode): Promise<Path | string> {
  const { state, cause } = await explained(node, ada.id, ({ state }) => state === "connected" || state === "failed");
  if (state === "failed") return `**no**: \`${cause}\``;
  for (const guest of [ada, bob]) await guest.call("openChannel", "chat");
  // A channel is open for Chromium before the node has heard of it, and what was said until then is not for it.
  const heard = async (): Promise<readonly object[]> => {
    await ada.call("sendText", "chat", "hello");
    return bob.call("channelGot", "chat", 0);
  };
  await eventually(async () => (await heard()).length > 0, { what: "data", intervalMs: 200 });
  expect((await heard())[0]).toMatchObject({ from: ada.id, text: "hello" });
  await ada.sees(bob, "drawing");
  await bob.sees(ada, "drawing");
  return ada.call<Path>("path");
}

describe.skipIf(missing !== undefined)(`networks${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  test.concurrent.for(networkRows)(
    "[NET3] $client to $node with $offer: $expected",
    async (row, { visit, nodeIn, hostIn }) => {
      const node = await nodeIn(row.node, row.offer);
      const host = await hostIn(row.client);
      const guests = [await visit(host, node), await visit(host, node)] as const;
      await enterBoth(guests, node.wsUrl);
      const outcome = await outcomeOf(guests, node);
      const text = typeof outcome === "string" ? outcome : wordsOf(outcome);
      seen.set(row, text);
      expect(text).toBe(row.expected);
      // The address that a client is known by is its own only where nothing translates it.
      if (typeof outcome === "object" && outcome.local !== "relay")
        expect(outcome.local === "host").toBe(row.client === "public address");
    },
  );

  test("[NET4] docs/networks.md says what was seen", async () => {
    expect(seen.size, "rows that came to an end").toBe(networkRows.length);
    const [before, rest] = readFileSync(page, "utf8").split("<!-- seen -->");
    const after = rest?.split("<!-- /seen -->")[1];
    if (after === undefined)
      throw new Error("Cannot compare docs/networks.md: it has no <!-- seen --> and <!-- /seen -->");
    const text = `${before}<!-- seen -->\n\n${networkTables(seen)}\n\n<!-- /seen -->${after}`;
    // Written anew by `npm run networks`.
    await expect(text).toMatchFileSnapshot(page);
  });
});
