import { expect, onTestFinished, test } from "vitest";
import type { RTCPeerConnection } from "werift";
import { eventually } from "../../kit/eventually.ts";
import { connectClient } from "./connect_client.ts";
import { openEngines } from "./open_engine.ts";

/** Half of it is more than the time between two checks of werift, 4 to 6 s. */
const consentTimeoutMs = 13_000;

type Opened = ReturnType<Awaited<ReturnType<typeof openEngines>>["create"]>;

/** A client that sends a message every 100 ms on a channel of its own, and counts the datagrams that it gets. */
async function connectTalker(opened: Opened) {
  const client = connectClient(opened, { iceUseIpv6: false });
  const channel = client.pc.createDataChannel("talk");
  await client.offer();
  const theirs = await opened.channels.next();
  await eventually(() => channel.readyState === "open", { what: "the channel to be open" });
  const heard: number[] = [];
  const timer = setInterval(() => channel.send("a word"), 100);
  onTestFinished(() => clearInterval(timer));
  const [ice] = client.pc.iceTransports;
  ice?.connection.onData.subscribe(() => heard.push(performance.now()));
  return { ...client, theirs, heard };
}

interface Stun {
  sendStun(message: unknown, address: unknown): Promise<void>;
}

/** Neither answers nor asks by STUN from now on, as somebody who took the address over; gives back a way to end that. */
function withholdStun(pc: RTCPeerConnection): () => void {
  const undo: (() => void)[] = [];
  for (const { connection } of pc.iceTransports) {
    for (const protocol of (connection as unknown as { protocols: Stun[] }).protocols) {
      const { sendStun } = protocol;
      protocol.sendStun = async () => undefined;
      undo.push(() => {
        protocol.sendStun = sendStun;
      });
    }
  }
  return () => {
    for (const each of undo) each();
  };
}

const isSelected = ({ isSelected }: { readonly isSelected: boolean }) => isSelected;

async function restartIce(client: Awaited<ReturnType<typeof connectTalker>>, opened: Opened): Promise<void> {
  await client.pc.setLocalDescription(await client.pc.createOffer({ iceRestart: true }));
  const answer = await opened.answer(client.pc.localDescription?.sdp ?? "");
  await client.pc.setRemoteDescription({ type: "answer", sdp: answer });
}

test("[PTH2] what comes is no consent: who answers no check is sent nothing more, until ICE is restarted", {
  timeout: 40_000,
}, async () => {
  const engines = await openEngines({ consentTimeoutMs });
  const [good, taken] = [engines.create(), engines.create()];
  const [talker, rubbish] = [await connectTalker(good), await connectTalker(taken)];
  const giveAgain = withholdStun(rubbish.pc);
  await taken.events.next(({ type }) => type === "transport.silent", { timeoutMs: 10_000 });
  await taken.events.next(({ type }) => type === "consent.expired", { timeoutMs: 10_000 });
  await eventually(() => !taken.engine.observe().pairs.some(isSelected), { what: "the end of sending" });
  const count = rubbish.heard.length;
  const talkerCount = talker.heard.length;
  rubbish.theirs.send("nobody may get this");
  await eventually(() => talker.heard.length >= talkerCount + 10, { what: "acknowledgements for who answers checks" });
  expect(rubbish.heard).toHaveLength(count);
  expect(good.events.seen.map(({ type }) => type)).not.toContain("transport.silent");
  giveAgain();
  await restartIce(rubbish, taken);
  await eventually(() => rubbish.heard.length > count, { what: "data after the restart" });
});

test("[PTH3] while ICE restarts, the old way is used no longer than it has consent", { timeout: 30_000 }, async () => {
  const engines = await openEngines({ consentTimeoutMs: 4_000 });
  const opened = engines.create();
  const client = await connectTalker(opened);
  withholdStun(client.pc);
  await restartIce(client, opened);
  const count = client.heard.length;
  await eventually(() => client.heard.length > count, { what: "data by the old way" });
  await opened.events.next(({ type }) => type === "consent.expired", { timeoutMs: 10_000 });
  const left = client.heard.length;
  client.theirs.send("nobody may get this");
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(client.heard).toHaveLength(left);
});
