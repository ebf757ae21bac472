import { expect, onTestFinished } from "vitest";
import { e2e as test } from "../kit/e2e.ts";
import { explained } from "../kit/explained.ts";
import { startNode } from "../kit/start_node.ts";
import { connect, openTroubledClient } from "../kit/troubled_client.ts";

async function start(...flags: string[]) {
  const node = await startNode({ flags });
  onTestFinished(async () => void (await node.stop()));
  return node;
}

test("[XP30] an offer that the client does not answer is told of, while it is waited for and afterwards", async () => {
  const node = await start("--answer-timeout-ms", "7000");
  const deaf = await openTroubledClient(node.wsUrl, {
    alter: (message) => (message.type === "answer" ? undefined : message),
  });
  await connect(deaf);
  const publisher = await openTroubledClient(node.wsUrl);
  publisher.addTrack("video");
  await publisher.negotiate();
  const waited = await explained(node, deaf.peer, ({ isWell }) => !isWell);
  expect(waited).toMatchObject({ cause: "answer-missing", state: "connected", waitedFor: [{ isOver: false }] });
  const given = await explained(node, deaf.peer, ({ waitedFor }) => waitedFor[0]?.isOver === true);
  expect(given).toMatchObject({ cause: "answer-missing", state: "connected", isWell: false });
});

test("[XP31] glare that the client does not settle is told of", async () => {
  const node = await start("--answer-timeout-ms", "2000");
  let offer: object | undefined;
  const stubborn = await openTroubledClient(node.wsUrl, {
    alter: (message) => {
      if (message.type === "offer") offer ??= message;
      return message.type === "answer" ? undefined : message;
    },
  });
  await connect(stubborn);
  const publisher = await openTroubledClient(node.wsUrl);
  publisher.addTrack("video");
  await publisher.negotiate();
  await stubborn.socket.next("track-published");
  for (let count = 0; count < 2; count += 1) {
    await explained(node, stubborn.peer, ({ evidence, others }) => JSON.stringify([evidence, others]) !== "");
    if (offer !== undefined) stubborn.socket.send(offer);
  }
  expect(await explained(node, stubborn.peer, ({ cause }) => cause === "glare-unsettled")).toMatchObject({
    isWell: false,
  });
});

test("[XP32] a section without a codec in common is told of, with what was offered", async () => {
  const node = await start();
  const client = await openTroubledClient(node.wsUrl, {
    alter: (message) =>
      message.type === "offer" ? { ...message, sdp: String(message["sdp"]).replace(/VP8/g, "H266") } : message,
  });
  client.addTrack("audio");
  client.addTrack("video");
  await client.negotiate();
  await client.connectionState("connected");
  const explanation = await explained(node, client.peer, ({ state }) => state === "connected");
  expect(explanation).toMatchObject({ cause: "codec-mismatch", state: "connected", isWell: false });
  expect(explanation.summary).toContain("H266");
});

test("[XP33] a description that the node cannot use is told of", async () => {
  const node = await start();
  const client = await openTroubledClient(node.wsUrl);
  client.socket.send({ type: "offer", sdp: "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" });
  await client.socket.next("error");
  expect(await explained(node, client.peer)).toMatchObject({
    cause: "bad-description",
    isWell: false,
    state: "closed",
  });
});
