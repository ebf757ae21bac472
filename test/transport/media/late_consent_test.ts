import { expect, test } from "vitest";
import { eventually } from "../../kit/eventually.ts";
import { connectClient } from "./connect_client.ts";
import { iceOf, type StunMessage, stunClasses } from "./hand_made_ice.ts";
import { openEngines } from "./open_engine.ts";

/**
 * Half of it is more than the longest time to a check that is answered after two that are lost and repeated soon, 8 s, and less than three of
 * the shortest between checks that are not, 12 s.
 */
const consentTimeoutMs = 19_500;

type SendAnswer = (send: () => Promise<void>) => Promise<void>;

/** A client whose answers to checks go by the way of the test, once it is connected. */
async function connectAnswerer(engines: Awaited<ReturnType<typeof openEngines>>, sendAnswer: SendAnswer) {
  const opened = engines.create();
  const client = connectClient(opened, { iceUseIpv6: false });
  client.pc.createDataChannel("talk");
  await client.offer();
  for (const protocol of iceOf(client.pc).protocols) {
    const sendStun = protocol.sendStun.bind(protocol);
    protocol.sendStun = async (message: StunMessage, address) => {
      const send = () => sendStun(message, address);
      await (message.messageClass === stunClasses.success ? sendAnswer(send) : send());
    };
  }
  return { fellSilent: () => opened.events.seen.some(({ type }) => type === "transport.silent") };
}

test("[HRD4] answers that are late count, and lost ones are asked for again soon", { timeout: 40_000 }, async () => {
  const engines = await openEngines({ consentTimeoutMs, silenceTimeoutMs: 30_000 });
  const counts = { late: 0, lossy: 0 };
  const late = await connectAnswerer(engines, async (send) => {
    await new Promise((resolve) => setTimeout(resolve, 800));
    await send();
    counts.late += 1;
  });
  const lossy = await connectAnswerer(engines, async (send) => {
    counts.lossy += 1;
    if (counts.lossy % 3 === 0) await send();
  });
  await eventually(() => counts.late >= 2 && counts.lossy >= 5, { what: "checks", timeoutMs: 30_000 });
  expect(late.fellSilent()).toBe(false);
  expect(lossy.fellSilent()).toBe(false);
});
