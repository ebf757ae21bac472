import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { test } from "vitest";
import { launchChromium } from "../chromium.ts";
import { type ClientPage, openClientPage } from "../client_page.ts";
import type { ScriptedPage } from "../page_client.ts";
import { type RunningNode, startNode } from "../start_node.ts";
import { type Host, type Internet, openInternet } from "./internet.ts";
import {
  type ClientNetwork,
  clientNetworks,
  type NodeNetwork,
  nodeNetworks,
  type OfferName,
  offers,
} from "./network_table.ts";
import { startNetworkTurnServer } from "./network_turn_server.ts";
import { openTunnel } from "./tunnel.ts";

/** A node somewhere in an internet. */
export interface NetworkNode {
  /** Where the clients find it. */
  readonly wsUrl: string;
  readonly clientUrl: string;
  /** Where the test finds it. */
  readonly url: string;
  readonly process: RunningNode;
}

/** Pages come from the test and over no network; a name of loopback, so that they may use what only secure ones may. */
const pagesUrl = "http://pages.localhost";
const pagesFolder = fileURLToPath(new URL("../../e2e/pages", import.meta.url));

/** Remembers what was made for each name, so that it is made once. */
function once<K, V>(make: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const made = new Map<K, Promise<V>>();
  return (key) => {
    const known = made.get(key) ?? make(key);
    made.set(key, known);
    return known;
  };
}

/**
 * An internet for a file, and: `turn`, a coturn in it; `nodeIn`, a node in a network with what it offers; `hostIn`, a machine in a client's network;
 * `browserOn`, a Chromium there; `visit`, a page of it with the SDK. All of them are made once, and gone at the end of the file.
 */
export const networkTest = test
  .extend("internet", { scope: "file" }, async ({}, { onCleanup }): Promise<Internet> => {
    const internet = await openInternet();
    onCleanup(() => internet.close());
    return internet;
  })
  .extend("turn", { scope: "file" }, async ({ internet }, { onCleanup }) => {
    const secret = "the secret of the relay";
    const server = await startNetworkTurnServer(await internet.addHost(), secret);
    onCleanup(() => server.close());
    return { ...server.urls, secret, certificateFile: server.certificateFile, log: server.log };
  })
  .extend("nodeIn", { scope: "file" }, async ({ internet, turn }, { onCleanup }) => {
    const open: (() => unknown)[] = [];
    onCleanup(async () => {
      await Promise.all(open.map((close) => close()));
    });
    const start = once(async (place: `${NodeNetwork}\n${OfferName}`): Promise<NetworkNode> => {
      const [network, offer] = place.split("\n") as [NodeNetwork, OfferName];
      const options = nodeNetworks[network];
      const router = options === undefined ? undefined : await internet.addRouter(options);
      const host = router === undefined ? await internet.addHost() : await router.addHost();
      if (options?.nat === "cone") router?.forward(443, host);
      const publicAddress = router?.address ?? host.address;
      const flags = ["--host", "0.0.0.0", "--auth", "open", "--connecting-timeout-ms", "5000"];
      flags.push(...offers[offer]({ publicAddress, turn }));
      const node = await startNode({
        port: 443,
        flags,
        place: host.namespace,
        timeoutMs: 40_000,
        env: { NODE_EXTRA_CA_CERTS: turn.certificateFile },
      });
      open.push(() => node.stop());
      const tunnel = await openTunnel(host.namespace, 443);
      open.push(() => tunnel.close());
      return {
        wsUrl: `ws://${publicAddress}:443/ws`,
        clientUrl: `http://${publicAddress}:443/client.js`,
        url: `http://127.0.0.1:${tunnel.port}`,
        process: node,
      };
    });
    return (network: NodeNetwork, offer: OfferName) => start(`${network}\n${offer}`);
  })
  .extend("hostIn", { scope: "file" }, async ({ internet }) =>
    once(async (network: ClientNetwork): Promise<Host> => {
      const options = clientNetworks[network];
      return options === undefined ? internet.addHost() : (await internet.addRouter(options)).addHost();
    }),
  )
  .extend("browserOn", { scope: "file" }, async ({ turn }, { onCleanup }) => {
    const open: Browser[] = [];
    onCleanup(async () => {
      await Promise.all(open.map((browser) => browser.close()));
    });
    return once(async ({ namespace }: Host): Promise<Browser> => {
      const executablePath = namespace.wrap("/usr/bin/chromium");
      const browser = await launchChromium({
        executablePath,
        trustedCertificate: readFileSync(turn.certificateFile, "utf8"),
      });
      open.push(browser);
      return browser;
    });
  })
  .extend("visit", ({ browserOn }, { onCleanup }) => {
    const open: ClientPage[] = [];
    onCleanup(async () => {
      await Promise.all(open.map((guest) => guest.close()));
    });
    return async (host: Host, node: NetworkNode): Promise<ClientPage<ScriptedPage>> => {
      const page = await (await browserOn(host)).newPage();
      await page.route(`${pagesUrl}/**`, (route) => {
        const path = join(pagesFolder, new URL(route.request().url()).pathname);
        const type = path.endsWith(".js") ? "text/javascript" : "text/html";
        return route.fulfill({ path, headers: { "content-type": type } });
      });
      const guest = await openClientPage<ScriptedPage>(page, { pagesUrl, clientUrl: node.clientUrl });
      open.push(guest);
      return guest;
    };
  });
