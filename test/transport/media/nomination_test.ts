import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { RTCDataChannel } from "werift";
import { eventually } from "../../kit/eventually.ts";
import { ask, connectTwoWays, nominate, withholdAnswers } from "./connect_two_ways.ts";

/** Longer than a pair may be silent while data comes by another one. */
const silentMs = 700;

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
  const unanswered = withholdAnswers(other);
  for (let i = 0; i < 4; i += 1) await nominate(ice, other);
  await eventually(() => unanswered.count() > 1, { what: "checks of the node" });
  expect(addressOfSelected()).toBe(used.localCandidate.host);
  expect(moves()).toBe(0);
});

test("[PTH19] where nothing comes by the selected pair any more, data that comes by another one has the node send by that", async () => {
  const { ice, moves, channel, addressOfSelected, used, other } = await connectTwoWays();
  ice.nominated = other;
  await used.protocol.close();
  await sleep(silentMs);
  expect(await echoOf(channel)).toBe("is somebody there?");
  await eventually(() => moves() === 1, { what: "the move", timeoutMs: 1_000 });
  expect(addressOfSelected()).toBe(other.localCandidate.host);
});

test("[PTH19] so it does when the client comes back", async () => {
  const { ice, moves, channel, addressOfSelected, used, other } = await connectTwoWays();
  for (const [at, pair] of [other, used, other].entries()) {
    ice.nominated = pair;
    await sleep(silentMs);
    channel.send("hello");
    await eventually(() => moves() === at + 1, { what: `move ${at + 1}`, timeoutMs: 1_000 });
    expect(addressOfSelected()).toBe(pair.localCandidate.host);
  }
});

test("[PTH19] data by another pair changes nothing while something comes by the selected one", async () => {
  const { ice, moves, channel, used, other } = await connectTwoWays();
  await sleep(silentMs);
  for (let round = 0; round < 10; round += 1) {
    ice.nominated = used;
    await echoOf(channel);
    ice.nominated = other;
    await echoOf(channel);
  }
  expect(moves()).toBe(0);
});

test("[PTH19] data by a pair by which no check is answered any more changes nothing", async () => {
  const { ice, moves, channel, used, other, addressOfSelected } = await connectTwoWays();
  const unanswered = withholdAnswers(other);
  ice.nominated = other;
  await sleep(silentMs);
  for (let round = 0; round < 3; round += 1) await echoOf(channel);
  await eventually(() => unanswered.count() > 1, { what: "checks of the node" });
  expect([moves(), addressOfSelected()]).toEqual([0, used.localCandidate.host]);
});

test("[PTH19] where that failed, a plain check by the other pair changes nothing afterwards", async () => {
  const { ice, moves, channel, used, other } = await connectTwoWays();
  const unanswered = withholdAnswers(other);
  ice.nominated = other;
  await sleep(silentMs);
  await echoOf(channel);
  await eventually(() => unanswered.count() > 0, { what: "a check of the node" });
  ice.nominated = used;
  const failsWithinMs = 8_000;
  for (let waitedMs = 0; waitedMs < failsWithinMs; waitedMs += 100) {
    await sleep(100);
    channel.send("alive");
  }
  unanswered.giveAgain();
  await ask(ice, other, { nominate: false });
  await sleep(300);
  expect(moves()).toBe(0);
});

test("[PTH19] data by a pair that the client has not checked for 3 s changes nothing", async () => {
  const { ice, moves, used, other } = await connectTwoWays();
  used.protocol.sendStun = used.protocol.sendData = async () => undefined;
  // As DTLS begins.
  const forged = Buffer.from([23, 254, 253, 0, 1, 2, 3]);
  await sleep(3_200);
  await other.protocol.sendData(forged, other.remoteAddr);
  await sleep(200);
  expect(moves()).toBe(0);
  await ask(ice, other, { nominate: false });
  await other.protocol.sendData(forged, other.remoteAddr);
  await eventually(() => moves() === 1, { what: "the move", timeoutMs: 1_000 });
});

test("[PTH19] an answer that comes after ICE was restarted selects nothing", async () => {
  const { pc, ice, opened, channel, other } = await connectTwoWays();
  const { sendStun } = other.protocol;
  const held: Parameters<typeof sendStun>[] = [];
  other.protocol.sendStun = async (...args) => void held.push(args);
  ice.nominated = other;
  await sleep(silentMs);
  channel.send("hello");
  await eventually(() => held.length > 0, { what: "a check of the node" });
  await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }));
  // The answer is not told: no check of the client's comes.
  await opened.answer(pc.localDescription?.sdp ?? "");
  const isOver = () => opened.events.seen.filter(({ type }) => type === "ice.changed").at(-1);
  const before = isOver();
  for (const args of held) await sendStun.apply(other.protocol, args);
  await sleep(300);
  expect(isOver()).toBe(before);
});

test("[PTH20] one nomination of another pair is enough when the selected one has been silent for 3 s", async () => {
  const { ice, moves, addressOfSelected, used, other } = await connectTwoWays();
  // Nor does it check the selected one.
  ice.nominated = other;
  await used.protocol.close();
  await sleep(3_100);
  await nominate(ice, other);
  await eventually(() => moves() === 1, { what: "the move", timeoutMs: 1_000 });
  expect(addressOfSelected()).toBe(other.localCandidate.host);
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
