import { expect, test } from "vitest";
import type { RTCDataChannel, RTCPeerConnection } from "werift";
import { listHostAddresses } from "../../../transport/media/host_addresses.ts";
import { eventually } from "../../kit/eventually.ts";
import { connectClient } from "./connect_client.ts";
import { openEngines } from "./open_engine.ts";

// The client is controlling, as it offers, and nominates by hand what it wants.

interface Protocol {
  close(): Promise<void>;
  sendStun(message: { readonly messageClass: number }, address: unknown): Promise<void>;
  request(request: unknown, address: readonly [string, number], key: Buffer): Promise<unknown>;
}
interface Pair {
  readonly protocol: Protocol;
  readonly localCandidate: { readonly host: string };
  readonly remoteAddr: readonly [string, number];
}
interface Ice {
  readonly checkList: readonly Pair[];
  nominated: Pair;
  readonly localUsername: string;
  readonly remoteUsername: string;
  readonly remotePassword: string;
  buildRequest(options: object): unknown;
}

/** Of STUN (RFC 8489, 5). */
const successResponse = 0x100;

function iceOf(pc: RTCPeerConnection): Ice {
  return pc.iceTransports[0]?.connection as unknown as Ice;
}

/** A check with USE-CANDIDATE; resolves with its answer. */
async function nominate(ice: Ice, { protocol, remoteAddr, localCandidate }: Pair): Promise<void> {
  const { localUsername, remoteUsername, remotePassword } = ice;
  const options = { nominate: true, iceControlling: true, localUsername, remoteUsername, localCandidate };
  await protocol.request(ice.buildRequest(options), remoteAddr, Buffer.from(remotePassword));
}

async function connectTwoWays() {
  const opened = (await openEngines()).create();
  const client = connectClient(opened);
  const channel = client.pc.createDataChannel("talk");
  await client.offer();
  const theirs = await opened.channels.next();
  theirs.onmessage = (data) => theirs.send(data);
  await eventually(() => channel.readyState === "open", { what: "the channel to be open" });
  const ice = iceOf(client.pc);
  const addressOfSelected = () => opened.engine.observe().pairs.find((pair) => pair.isSelected)?.remote.address;
  const [best] = listHostAddresses();
  await eventually(() => addressOfSelected() === best, { what: "the best way" });
  const pairOf = (isWanted: (address: string) => boolean): Pair => {
    const pair = ice.checkList.find(({ localCandidate }) => isWanted(localCandidate.host));
    if (pair === undefined) throw new Error("This machine has one address only");
    return pair;
  };
  const [used, other] = [pairOf((address) => address === best), pairOf((address) => address !== best)];
  // werift nominates every pair that it checks, which it does with the other one once the node does.
  await nominate(ice, other);
  await eventually(() => opened.engine.observe().pairs.filter(({ state }) => state === "succeeded").length > 1, {
    what: "a second way that works",
  });
  await nominate(ice, used);
  await eventually(() => addressOfSelected() === best, { what: "the best way again" });
  const countAll = () => opened.events.seen.filter(({ type }) => type === "selectedPair.changed").length;
  const before = countAll();
  return { ...client, opened, channel, ice, addressOfSelected, used, other, moves: () => countAll() - before };
}

async function echoOf(channel: RTCDataChannel): Promise<unknown> {
  const echo = new Promise((resolve) => channel.onMessage.subscribe(resolve));
  channel.send("is somebody there?");
  return await echo;
}

test("[PTH4] another pair that the client nominates again while it does not nominate the old one is used", async () => {
  const { ice, moves, channel, addressOfSelected, used, other } = await connectTwoWays();
  await nominate(ice, other);
  await nominate(ice, used);
  await nominate(ice, other);
  expect(addressOfSelected()).toBe(used.localCandidate.host);
  await nominate(ice, other);
  await eventually(() => moves() === 1, { what: "the move" });
  expect(addressOfSelected()).toBe(other.localCandidate.host);
  // The old address is gone.
  ice.nominated = other;
  await used.protocol.close();
  expect(await echoOf(channel)).toBe("is somebody there?");
});

test("[PTH4] a client that comes back to its first address is followed back", async () => {
  const { ice, moves, addressOfSelected, used, other } = await connectTwoWays();
  for (const [pair, count] of [other, used, other].map((pair, at) => [pair, at + 1] as const)) {
    await nominate(ice, pair);
    await nominate(ice, pair);
    await eventually(() => moves() === count, { what: `move ${count}` });
    expect(addressOfSelected()).toBe(pair.localCandidate.host);
  }
});

test("[PTH5] a nominated pair by which no check is answered any more is not used", async () => {
  const { ice, moves, addressOfSelected, used, other } = await connectTwoWays();
  const { sendStun } = other.protocol;
  let unanswered = 0;
  other.protocol.sendStun = async (message, address) => {
    if (message.messageClass === successResponse) unanswered += 1;
    else await sendStun.call(other.protocol, message, address);
  };
  for (let i = 0; i < 4; i += 1) await nominate(ice, other);
  await eventually(() => unanswered > 1, { what: "checks of the node" });
  expect(addressOfSelected()).toBe(used.localCandidate.host);
  expect(moves()).toBe(0);
});

test("[PTH6] what a client sends by another way than the one that it nominated is taken while ICE restarts, too", async () => {
  const { pc, ice, opened, channel, other } = await connectTwoWays();
  await nominate(ice, other);
  ice.nominated = other;
  const got: unknown[] = [];
  const theirs = opened.channels.seen[0];
  if (theirs !== undefined) theirs.onmessage = (data) => got.push(data);
  const offer = await pc.createOffer({ iceRestart: true });
  await pc.setLocalDescription(offer);
  // The answer is not told, so that the restart does not end.
  await opened.answer(pc.localDescription?.sdp ?? "");
  channel.send("on the way");
  await eventually(() => got.length > 0, { what: "the message" });
  expect(got).toEqual(["on the way"]);
});

test("[PTH7] a client whose address is gone comes back from its other one by an ICE restart", async () => {
  const { pc, opened, channel, addressOfSelected, used, other } = await connectTwoWays();
  await used.protocol.close();
  await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }));
  const answer = await opened.answer(pc.localDescription?.sdp ?? "");
  await pc.setRemoteDescription({ type: "answer", sdp: answer });
  expect(await echoOf(channel)).toBe("is somebody there?");
  expect(addressOfSelected()).toBe(other.localCandidate.host);
});
