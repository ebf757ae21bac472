import { expect, onTestFinished, test } from "vitest";
import { RTCPeerConnection } from "werift";
import { eventually } from "../../kit/eventually.ts";
import { iceOf, stunClasses } from "./hand_made_ice.ts";
import { openEngines } from "./open_engine.ts";

/** A client that refuses each check of the node with a signed answer; counts the refusals. */
async function connectRefuser(refusal: readonly [number, string]) {
  const opened = (await openEngines()).create();
  const pc = new RTCPeerConnection({ iceServers: [], iceUseIpv6: false });
  onTestFinished(() => pc.close());
  pc.createDataChannel("talk");
  await pc.setLocalDescription(await pc.createOffer());
  const answer = await opened.answer(pc.localDescription?.sdp ?? "");
  const ice = iceOf(pc);
  const counts = { refused: 0 };
  for (const protocol of ice.protocols) {
    const { sendStun } = protocol;
    protocol.sendStun = async (message, address) => {
      if (message.messageClass !== stunClasses.success) return await sendStun.call(protocol, message, address);
      counts.refused += 1;
      ice.respondError(message, address, protocol, refusal);
    };
  }
  await pc.setRemoteDescription({ type: "answer", sdp: answer });
  return { opened, ice, counts };
}

for (const refusal of [
  [487, "Role Conflict"],
  [401, "Unauthorized"],
] as const) {
  test(`[HRD1] a client that refuses every check with ${refusal[0]} is asked a few times, and its pairs fail`, async () => {
    const { opened, ice, counts } = await connectRefuser(refusal);
    const states = () => opened.engine.observe().pairs.map(({ state }) => state);
    await eventually(() => states().length > 0 && states().every((state) => state === "failed"), {
      what: "the pairs to fail",
    });
    const ownChecks = ice.checkList.reduce((sum, { requestsSent }) => sum + requestsSent, 0);
    expect(counts.refused).toBeGreaterThan(0);
    expect(counts.refused).toBeLessThanOrEqual(7 * Math.max(1, states().length) + 2 * ownChecks);
  });
}
