import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Message, parseMessage } from "werift";
import { eventually } from "../../kit/eventually.ts";
import { connectTwoWays, nominate, withholdAnswers } from "./connect_two_ways.ts";
import { makeCheck, type Pair } from "./hand_made_ice.ts";

/** The type of a STUN message (RFC 8489, 5). */
const bindingRequest = 0x0001;

/** Somebody else on the client's machine, who sends what was read on the way. */
async function openStranger({ localCandidate, remoteAddr: [host, port] }: Pair) {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4").bind(0, localCandidate.host);
  onTestFinished(() => {
    socket.close();
  });
  await once(socket, "listening");
  const heard: Buffer[] = [];
  socket.on("message", (message) => heard.push(message));
  const send = (bytes: Buffer) => new Promise<unknown>((resolve) => socket.send(bytes, port, host, resolve));
  return { port: socket.address().port, heard, send };
}

for (const isIceLite of [false, true]) {
  const kind = isIceLite ? "an ICE-lite node" : "a node";
  test(`[HRD2] copies of a client's checks from another address are not heard by ${kind}`, async () => {
    const { ice, used, opened, addressOfSelected } = await connectTwoWays({ isIceLite });
    const stranger = await openStranger(used);
    const checks = [1, 2, 3].map(() => makeCheck(ice, used, { nominate: true }));
    for (const check of checks) await used.protocol.sendStun(check, used.remoteAddr);
    await nominate(ice, used);
    for (const check of checks) await stranger.send(check.bytes);
    await nominate(ice, used);
    await nominate(ice, used);
    expect(opened.engine.observe().pairs.map(({ remote }) => remote.port)).not.toContain(stranger.port);
    expect(stranger.heard).toEqual([]);
    expect(addressOfSelected()).toBe(used.localCandidate.host);
  });
}

test("[HRD3] an ICE-lite node does not send where a client says that it is now before that address answers", async () => {
  const { ice, moves, addressOfSelected, used, other } = await connectTwoWays({ isIceLite: true });
  const unanswered = withholdAnswers(other);
  for (let i = 0; i < 4; i += 1) await nominate(ice, other);
  await eventually(() => unanswered.count() > 1, { what: "checks of the node" });
  expect(addressOfSelected()).toBe(used.localCandidate.host);
  expect(moves()).toBe(0);
});

test("[HRD3] an ICE-lite node follows a client to an address that answers", async () => {
  const { ice, moves, addressOfSelected, other } = await connectTwoWays({ isIceLite: true });
  await nominate(ice, other);
  await nominate(ice, other);
  await eventually(() => moves() === 1, { what: "the move" });
  expect(addressOfSelected()).toBe(other.localCandidate.host);
});

test("[HRD3] an ICE-lite node that a client has restarted selects a pair when a check of its own is answered", async () => {
  const { pc, ice, opened } = await connectTwoWays({ isIceLite: true });
  const withheld = new Set(ice.checkList.map(({ protocol }) => protocol));
  const answers = [...withheld].map((protocol) => withholdAnswers({ protocol }));
  await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }));
  const answer = await opened.answer(pc.localDescription?.sdp ?? "");
  await pc.setRemoteDescription({ type: "answer", sdp: answer });
  const ends = () => opened.events.seen.filter((event) => event.type === "ice.changed" && event.state === "connected");
  const before = ends().length;
  await eventually(() => answers.some(({ count }) => count() > 1), { what: "checks of the node" });
  expect(ends()).toHaveLength(before);
  for (const { giveAgain } of answers) giveAgain();
  await eventually(() => ends().length > before, { what: "the end of the restart" });
});

test("[HRD7] what stands behind the signature of a STUN message is not believed, whoever put it there", () => {
  const key = Buffer.from("a password of an agent");
  const signed = new Message(0x001, 0x000).setAttribute("USERNAME", "ours:theirs").setAttribute("PRIORITY", 1);
  signed.addMessageIntegrity(key);
  signed.setAttribute("ICE-CONTROLLED", 18_446_744_073_709_551_615n).setAttribute("USE-CANDIDATE", null);
  const { bytes } = signed.addFingerprint();
  for (const message of [parseMessage(bytes, key), parseMessage(bytes)]) {
    expect(message?.attributesKeys).toEqual(["USERNAME", "PRIORITY", "MESSAGE-INTEGRITY", "FINGERPRINT"]);
  }
});

for (const isIceLite of [false, true]) {
  const kind = isIceLite ? "an ICE-lite node" : "a node";
  test(`[HRD8] a client that moves is heard by ${kind} after checks from so many addresses that answer nothing`, async () => {
    const { ice, used } = await connectTwoWays({ isIceLite });
    const strangers = await Promise.all(Array.from({ length: 110 }, () => openStranger(used)));
    for (const { send } of strangers) await send(makeCheck(ice, used).bytes);
    await eventually(() => strangers.every(({ heard }) => heard.length > 0), { what: "answers to all" });
    const isChecked = ({ heard }: (typeof strangers)[number]) =>
      heard.some((message) => message.readUInt16BE(0) === bindingRequest);
    expect(strangers.filter(isChecked).length).toBeLessThanOrEqual(100);
    const moved = await openStranger(used);
    const check = async () => {
      await moved.send(makeCheck(ice, used, { nominate: true }).bytes);
      return isChecked(moved);
    };
    await eventually(check, { what: "a check of the node", intervalMs: 100 });
  });
}
