import { expect, test } from "vitest";
import { connectClient } from "./connect_client.ts";
import { ask } from "./connect_two_ways.ts";
import { iceOf } from "./hand_made_ice.ts";
import { openEngines } from "./open_engine.ts";

const known = 8;

test("[HRD9] checks for the last user fragments are answered, and none for those before, however often ICE restarts", async () => {
  const opened = (await openEngines()).create();
  const client = connectClient(opened);
  client.pc.createDataChannel("talk");
  await client.offer();
  const ice = iceOf(client.pc);
  const pair = ice.nominated;
  if (pair === undefined) throw new Error("Nothing is nominated");
  /** A check for the fragment that the client knows; resolves once it is answered. */
  const askAgain = () => ask(ice, pair, { nominate: false });
  const restart = async (count: number): Promise<string> => {
    const sdp = (client.pc.localDescription?.sdp ?? "")
      .replaceAll(/^a=ice-ufrag:.*$/gm, `a=ice-ufrag:again${count}`)
      .replaceAll(/^a=ice-pwd:.*$/gm, `a=ice-pwd:${"password".repeat(3)}${count}`);
    return await opened.answer(sdp);
  };
  const second = await restart(1);
  for (let count = 2; count < known; count += 1) await restart(count);
  await askAgain();
  await restart(known);
  const settled: string[] = [];
  const first = askAgain().then(() => settled.push("first"));
  first.catch(() => undefined);
  const [, remoteUsername] = /^a=ice-ufrag:(.*?)\r?$/m.exec(second) ?? [];
  const [, remotePassword] = /^a=ice-pwd:(.*?)\r?$/m.exec(second) ?? [];
  Object.assign(ice, { remoteUsername, remotePassword });
  await askAgain();
  expect(settled).toEqual([]);
});
