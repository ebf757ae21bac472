import { describe, expect, vi } from "vitest";
import type { IceServer } from "../../protocol/ice_server.ts";
import { type AiortcClient, startAiortcClient } from "../kit/aiortc.ts";
import { missingForNetworks } from "../kit/network/missing_for_networks.ts";
import { type NetworkNode, networkTest as test } from "../kit/network/network_e2e.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const missing = missingForNetworks();

/** Gets data and a picture back, and says by which pair. */
async function pathOf(client: AiortcClient) {
  await client.next("open", { channel: "chat" });
  client.command("sendText", { channel: "chat", text: "hello" });
  await client.next("message", { text: "hello" });
  await client.next("video", { frames: 5 });
  client.command("path");
  const { local, remote } = await client.next("path");
  return { local, remote };
}

const channels = ["chat"];
const socketOf = ({ url }: NetworkNode) => `${url.replace("http", "ws")}/ws`;

describe.skipIf(missing !== undefined)(`aiortc${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  test("[NET3] aiortc behind a symmetric NAT reaches a node with a public address", async ({
    nodeIn,
    hostIn,
    onTestFinished,
  }) => {
    const node = await nodeIn("public address", "nothing more");
    const { namespace } = await hostIn("symmetric NAT");
    const client = await startAiortcClient(socketOf(node), { channels, video: true, place: namespace });
    onTestFinished(() => client.close());
    expect(await pathOf(client)).toEqual({ local: "host", remote: "host" });
  });

  test("[NET3] aiortc without UDP reaches a node by TURN over TCP", async ({ nodeIn, hostIn, onTestFinished }) => {
    const node = await nodeIn("public address", "TURN, TCP");
    const answer = await fetch(`${node.url}/api/v1/ice-servers?peer=ada`);
    const { iceServers } = (await answer.json()) as { readonly iceServers: readonly IceServer[] };
    const relays = iceServers.map(({ urls, username = "", credential = "" }) => {
      return { urls: String(urls), username, credential };
    });
    const { namespace } = await hostIn("no UDP");
    const client = await startAiortcClient(socketOf(node), { channels, video: true, relays, place: namespace });
    onTestFinished(() => client.close());
    expect(await pathOf(client)).toEqual({ local: "relay", remote: "host" });
  });
});
