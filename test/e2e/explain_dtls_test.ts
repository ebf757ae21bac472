import { expect, onTestFinished } from "vitest";
import { e2e as test } from "../kit/e2e.ts";
import { explained } from "../kit/explained.ts";
import { startNode } from "../kit/start_node.ts";
import { openTroubledClient } from "../kit/troubled_client.ts";

const hasEnded = ({ state }: { readonly state: string }) => state === "failed" || state === "closed";

async function start() {
  const node = await startNode({ flags: ["--dtls-timeout-ms", "2000"] });
  onTestFinished(async () => void (await node.stop()));
  return node;
}

test("[XP20] a certificate of another fingerprint is told apart from a handshake that was never answered", async () => {
  const node = await start();
  const impostor = await openTroubledClient(node.wsUrl, {
    alter: (message) =>
      message.type === "offer"
        ? { ...message, sdp: String(message["sdp"]).replace(/(a=fingerprint:sha-256 )\S{5}/g, "$100:00") }
        : message,
  });
  impostor.pc.createDataChannel("x");
  await impostor.negotiate();
  expect(await explained(node, impostor.peer, hasEnded)).toMatchObject({
    cause: "certificate-mismatch",
    isWell: false,
  });

  const silent = await openTroubledClient(node.wsUrl);
  silent.pc.createDataChannel("x");
  const offered = silent.negotiate();
  for (const transport of silent.pc.dtlsTransports) transport.start = () => new Promise(() => undefined);
  await offered;
  expect(await explained(node, silent.peer, hasEnded)).toMatchObject({ cause: "dtls-unanswered", isWell: false });
});
