import { expect, onTestFinished } from "vitest";
import { hidingAddresses, openAlteredClient } from "../kit/altered_client.ts";
import { e2e as test } from "../kit/e2e.ts";
import { explained } from "../kit/explained.ts";
import { openRawClient } from "../kit/raw_client.ts";
import { candidateLine } from "../kit/raw_offer.ts";
import { type RunningNode, startNode } from "../kit/start_node.ts";

// Each is brought about for real: a node process, and clients whose packets get nowhere.

const hasFailed = ({ state }: { readonly state: string }) => state === "failed";

async function start(...flags: string[]): Promise<RunningNode> {
  const node = await startNode({ flags: ["--connecting-timeout-ms", "2000", ...flags] });
  onTestFinished(async () => void (await node.stop()));
  return node;
}

test("[XP10] a client whose packets get nowhere is told of as UDP that is blocked, with what was tried", async () => {
  const node = await start();
  const client = await openRawClient(node.wsUrl);
  await client.connect({ candidates: [candidateLine("198.51.100.7"), candidateLine("198.51.100.8", "srflx")] });
  const explanation = await explained(node, client.peer, hasFailed);
  expect(explanation).toMatchObject({ cause: "udp-blocked", isWell: false, room: "atrium" });
});

test("[XP11] a client that names no address is told of as that", async () => {
  const node = await start();
  const silent = await openRawClient(node.wsUrl);
  await silent.connect({});
  const ending = await openRawClient(node.wsUrl);
  await ending.connect({});
  ending.socket.send({ type: "candidate", candidate: null });
  const stray = await openRawClient(node.wsUrl);
  await stray.connect({});
  stray.socket.send({
    type: "candidate",
    candidate: { candidate: candidateLine("198.51.100.7"), usernameFragment: "another" },
  });
  for (const client of [silent, ending, stray]) {
    expect(await explained(node, client.peer, hasFailed)).toMatchObject({ cause: "candidates-missing", isWell: false });
  }
});

test("[XP12] a client that names only what nobody can look up, or only a relay, is told of as that", async () => {
  const node = await start();
  const hidden = await openRawClient(node.wsUrl);
  await hidden.connect({ candidates: [candidateLine("0f8c21a4-7a3c-4a1e-b6d5-0c1a2b3c4d5e.local")] });
  expect(await explained(node, hidden.peer, hasFailed)).toMatchObject({ cause: "client-hidden" });
  const relayed = await openRawClient(node.wsUrl);
  await relayed.connect({ candidates: [candidateLine("198.51.100.7", "relay")] });
  expect(await explained(node, relayed.peer, hasFailed)).toMatchObject({ cause: "only-relay" });
});

test("[XP13] an address that nobody can reach in --announce-ip is told of as that", async () => {
  const node = await start("--announce-ip", "203.0.113.9,2001:db8::9");
  const client = await openAlteredClient(node.wsUrl, hidingAddresses);
  onTestFinished(() => client.close());
  client.socket.send({ type: "join", room: "atrium" });
  const { peer } = await client.socket.next("joined");
  client.pc.createDataChannel("x", { protocol: "signalbox.room" });
  await client.negotiate();
  expect(await explained(node, String(peer), hasFailed)).toMatchObject({ cause: "wrong-announce-ip" });
});
