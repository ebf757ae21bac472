import dgram from "node:dgram";
import dns from "node:dns";
import { once } from "node:events";
import { isIP, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { expect, onTestFinished, test, vi } from "vitest";
import { StaticServers } from "../../../transport/ice/static_servers.ts";
import { listHostAddresses } from "../../../transport/media/host_addresses.ts";
import { maxTriedBlocks, UdpPorts } from "../../../transport/media/udp_ports.ts";
import { eventually } from "../../kit/eventually.ts";
import { freeUdpPorts } from "../../kit/free_udp_port.ts";
import { handles } from "../../kit/handles.ts";
import { startProgram } from "../../kit/start_program.ts";
import { candidatesOf, fieldsOf, makeOffer, openEngines } from "./open_engine.ts";
import { startStunResponder } from "./stun_responder.ts";

const hosts = listHostAddresses();

test("[ME6] a description holds a host candidate for every address of the machine, and the end of them", async () => {
  const { create } = await openEngines();
  const { answer, events } = create();
  const sdp = await answer(await makeOffer());
  expect(fieldsOf(candidatesOf(sdp), 4).toSorted()).toEqual(hosts.toSorted());
  expect(sdp).toContain("a=end-of-candidates");
  await eventually(
    () => events.seen.some((event) => event.type === "gathering.changed" && event.state === "complete"),
    {
      what: "the end of gathering",
    },
  );
  expect(events.seen.filter(({ type }) => type === "candidate.gathered")).toEqual([]);
});

test("[ME5] the announced address is the only one of its family that a client is told", async () => {
  const stun = await startStunResponder();
  const { create } = await openEngines({
    announceIps: ["198.51.100.7", "2001:db8::7"],
    iceServers: new StaticServers([{ urls: `stun:127.0.0.1:${stun.port}` }]),
  });
  const { answer, events } = create();
  const sdp = await answer(await makeOffer({ hasVideo: true }));
  await events.next(({ type }) => type === "candidate.gathered");
  const lines = candidatesOf(sdp).filter((line) => line.includes(" typ host"));
  const families = new Set(hosts.map((host) => (isIPv6(host) ? "2001:db8::7" : "198.51.100.7")));
  expect(new Set(fieldsOf(lines, 4))).toEqual(families);
  const trickled = events.seen.flatMap((event) => (event.type === "candidate.gathered" ? [event.candidate] : []));
  // A candidate of a server names the host's own address as the one that it is related to (RFC 8839, 5.1).
  const told = sdp + JSON.stringify(trickled.map((candidate) => candidate?.candidate.replace(/ raddr .*/, "")));
  for (const host of hosts) expect(told).not.toContain(` ${host} `);
});

test("[ME8] with no server configured nothing is asked: no name, no multicast, no address but the client's", async () => {
  const sent = vi.spyOn(dgram.Socket.prototype, "send");
  const lookedUp = [vi.spyOn(dns, "lookup"), vi.spyOn(dns, "resolve"), vi.spyOn(dns.promises, "lookup")];
  onTestFinished(() => {
    for (const spy of [sent, ...lookedUp]) spy.mockRestore();
  });
  const { openClient } = await startProgram();
  const client = await openClient();
  await client.openChannel("chat");
  const name = "candidate:1 1 udp 1 4f6c1d2e-0000-4000-8000-1234567890ab.local 50000 typ host";
  client.socket.send({ type: "candidate", candidate: { candidate: name, sdpMid: "0" } });
  client.socket.send({ type: "candidate", candidate: { candidate: name.replace(".local", ".example"), sdpMid: "0" } });
  await client.socket.ask({ type: "rollback" });
  const addresses = sent.mock.calls.map((call) => call.filter((argument) => typeof argument === "string").at(-1));
  const own = Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map(({ address }) => address));
  expect(addresses.length).toBeGreaterThan(10);
  expect(addresses.filter((address) => !own.includes(String(address)))).toEqual([]);
  const names = lookedUp.flatMap(({ mock }) => mock.calls.map(([name]) => String(name)));
  expect(names.filter((name) => isIP(name) === 0 && name !== "localhost")).toEqual([]);
});

test("[ME9] a STUN server that is configured is asked, and its candidate trickled", async () => {
  const stun = await startStunResponder();
  const { openClient } = await startProgram({}, [
    "--ice-servers",
    JSON.stringify([{ urls: `stun:127.0.0.1:${stun.port}` }]),
  ]);
  const client = await openClient();
  await client.openChannel("chat");
  expect(await stun.requests.next()).toEqual({ type: "binding" });
  const told = client.socket.messages.seen.flatMap(({ type, candidate }) =>
    type === "candidate" && candidate !== null ? [(candidate as { candidate: string }).candidate] : [],
  );
  expect(told.filter((line) => / 203\.0\.113\.9 4242 typ srflx /.test(line))).toHaveLength(1);
  const answer = client.socket.messages.seen.find(({ type }) => type === "answer");
  expect(candidatesOf(String(answer?.sdp)).every((line) => line.includes(" typ host"))).toBe(true);
});

test("[ME9] a TURN server that is configured is asked with its credentials, and its candidate trickled", async () => {
  const turn = await startStunResponder({ username: "ann", password: "secret" });
  const { create } = await openEngines({
    iceServers: new StaticServers([{ urls: [`turn:127.0.0.1:${turn.port}`], username: "ann", credential: "secret" }]),
  });
  const { answer, events } = create();
  await answer(await makeOffer());
  expect(await turn.requests.next()).toEqual({ type: "allocate" });
  expect(await turn.requests.next()).toEqual({ type: "allocate", username: "ann" });
  const relayed = await events.next(({ type }) => type === "candidate.gathered");
  expect(JSON.stringify(relayed)).toContain(" 203.0.113.10 4243 typ relay ");
});

test("[ME10] a STUN server that does not answer does not hold the answer up", async () => {
  const silent = dgram.createSocket("udp4").bind(0, "127.0.0.1");
  await once(silent, "listening");
  onTestFinished(() => new Promise((resolve) => silent.close(() => resolve())));
  const { create } = await openEngines({
    iceServers: new StaticServers([{ urls: `stun:127.0.0.1:${silent.address().port}` }]),
  });
  const { answer, events, engine } = create();
  const offer = await makeOffer();
  const start = performance.now();
  const sdp = await answer(offer);
  expect(performance.now() - start).toBeLessThan(1_000);
  expect(candidatesOf(sdp)).toHaveLength(hosts.length);
  expect(sdp).not.toContain("a=end-of-candidates");
  expect(events.seen.filter((event) => event.type === "gathering.changed" && event.state === "complete")).toEqual([]);
  await engine.close();
});

test("[ME11] sockets are opened in the configured ports, for as many peers at once as they are enough for", async () => {
  const [min, max] = await freeRange(4 * hosts.length);
  const { create } = await openEngines({ udpPorts: { min, max } });
  const offer = await makeOffer();
  const before = handles().udpSockets;
  const peers = Array.from({ length: 4 }, create);
  const answers = await Promise.all(peers.map(({ answer }) => answer(offer)));
  const ports = answers.map((sdp) => fieldsOf(candidatesOf(sdp), 5).map(Number));
  for (const each of ports) expect(each).toHaveLength(hosts.length);
  expect(ports.flat().toSorted()).toEqual(range(min, max));
  expect(handles().udpSockets - before).toBe(4 * hosts.length);
  for (const { engine } of peers) await engine.close();
  await eventually(() => handles().udpSockets === before, { what: "the sockets to be closed" });
  // Freed, they serve the next.
  for (let round = 0; round < 5; round += 1) {
    const { answer, engine } = create();
    expect(candidatesOf(await answer(offer))).toHaveLength(hosts.length);
    await engine.close();
  }
});

test("[ME12] a client that there is no port left for is told so, and served once one is free", async () => {
  const [min, max] = await freeRange(hosts.length);
  const { openClient, openSocket, node, faults } = await startProgram({}, [
    "--udp-ports",
    `${min}-${max}`,
    "--tcp-ports",
    "off",
  ]);
  const first = await openClient();
  await first.openChannel("chat");
  const second = await openSocket();
  const offer = { type: "offer", sdp: await makeOffer() };
  second.send(offer);
  expect(await second.next("error")).toMatchObject({
    code: "overloaded",
    message: `Cannot open a socket: no free one was found among the UDP ports ${min} to ${max}`,
  });
  expect(await second.next("bye")).toEqual({ type: "bye", reason: "overloaded" });
  await first.close();
  await eventually(() => node.peerCount === 0, { what: "the first peer to end" });
  second.send(offer);
  expect(candidatesOf(String((await second.next("answer")).sdp))).toHaveLength(hosts.length);
  expect(faults).toEqual([]);
});

test("[ME12] ports that another program took are an error to the client too", async () => {
  const [min, max] = await freeRange(hosts.length);
  for (const port of range(min, max)) {
    const socket = dgram.createSocket("udp6").bind(port, "::");
    await once(socket, "listening");
    onTestFinished(() => new Promise((resolve) => socket.close(() => resolve())));
  }
  const { create } = await openEngines({ udpPorts: { min, max } });
  await expect(create().answer(await makeOffer())).rejects.toMatchObject({ code: "overloaded" });
});

test.runIf(process.platform === "linux").each(["udp4", "udp6"] as const)(
  "[ME43] a block of ports that another program has one of is passed over: %s",
  async (type) => {
    const [min, max] = await freeRange(2 * hosts.length);
    const other = dgram.createSocket({ type, ipv6Only: type === "udp6" });
    onTestFinished(() => new Promise((resolve) => other.close(() => resolve())));
    other.bind(min, type === "udp4" ? "127.0.0.1" : "::1");
    await once(other, "listening");
    const { create } = await openEngines({ udpPorts: { min, max } });
    const candidates = candidatesOf(await create().answer(await makeOffer()));
    expect(fieldsOf(candidates, 5).map(Number).toSorted()).toEqual(range(min + hosts.length, max));
    await expect(create().answer(await makeOffer())).rejects.toMatchObject({ code: "overloaded" });
  },
);

test("[ME11] ports are given out in blocks, the one that was free the longest first", () => {
  const ports = new UdpPorts({ min: 10, max: 14 }, 2, () => false);
  const [a, b] = [ports.take(), ports.take()];
  expect([a, b, ports.take()]).toEqual([{ min: 10, max: 11 }, { min: 12, max: 13 }, undefined]);
  if (b !== undefined) ports.giveBack(b);
  if (a !== undefined) ports.giveBack(a);
  expect([ports.take(), ports.take(), ports.take()]).toEqual([b, a, undefined]);
  expect(new UdpPorts({ min: 10, max: 10 }, 2, () => false).take()).toEqual({ min: 10, max: 10 });
});

test("[ME43] so many blocks that others have are looked at, and the next ones the next time", () => {
  const ports = new UdpPorts({ min: 1, max: 2 * maxTriedBlocks }, 1, (port) => port <= maxTriedBlocks);
  expect(ports.take()).toBe(undefined);
  expect(ports.take()).toEqual({ min: maxTriedBlocks + 1, max: maxTriedBlocks + 1 });
});

test("[ME13] answers say a=setup:passive in every section", async () => {
  const { create } = await openEngines();
  const sdp = await create().answer(await makeOffer({ hasVideo: true }));
  expect([...sdp.matchAll(/^a=setup:(\w+)/gm)].map(([, role]) => role)).toEqual(["passive", "passive"]);
});

test("[ME18] the end of gathering is not taken for a connection", async () => {
  const { create } = await openEngines();
  const { answer, events } = create();
  await answer(await makeOffer());
  await events.next(
    ({ type, ...rest }) => type === "gathering.changed" && "state" in rest && rest.state === "complete",
  );
  expect(events.seen.filter((event) => event.type === "ice.changed" && event.state === "connected")).toEqual([]);
});

test("[ME19] an offer of the server that is taken back leaves no place in the descriptions behind", async () => {
  const { create } = await openEngines();
  const { engine, answer } = create();
  const sdp = await makeOffer();
  await answer(sdp);
  const placesOf = (description: string) => [...description.matchAll(/^m=(\w+)/gm)].map(([, kind]) => kind);
  engine.createDataChannel("chat", {});
  const other = create();
  await other.answer(await makeOffer({ hasVideo: true }));
  engine.addTrack(await other.tracks.next());
  const offer = await engine.createLocalDescription("offer", { isIceRestart: false });
  expect(placesOf(offer.sdp)).toEqual(["application", "video"]);
  await engine.rollback("local");
  expect(placesOf(await answer(sdp))).toEqual(["application"]);
  const again = await engine.createLocalDescription("offer", { isIceRestart: false });
  expect(placesOf(again.sdp)).toEqual(["application", "video"]);
});

test("[ME20] a track that is added before the client's offer leaves the client's own media in", async () => {
  const { create } = await openEngines();
  const other = create();
  await other.answer(await makeOffer({ hasVideo: true }));
  const { engine, answer } = create();
  engine.addTrack(await other.tracks.next());
  const sdp = await answer(await makeOffer({ hasVideo: true }));
  expect(sdp.slice(sdp.indexOf("m=video"))).toMatch(/^a=sendrecv/m);
});

test("[ME14] the certificate of the other side has to have the fingerprint that its offer says", async () => {
  const { openClient, node } = await startProgram();
  const client = await openClient();
  client.pc.createDataChannel("chat");
  const send = client.socket.send.bind(client.socket);
  client.socket.send = (message) =>
    send(typeof message === "object" && "sdp" in message ? withOtherFingerprint(message) : message);
  await client.negotiate();
  expect(await client.socket.next("error")).toMatchObject({ code: "dtls-failed" });
  expect(await client.socket.next("bye")).toEqual({ type: "bye", reason: "dtls-failed" });
  await eventually(() => node.peerCount === 0, { what: "the peer to end" });
});

test("[ME15] the longest message that is taken is announced, and a longer one refused", async () => {
  const received: number[] = [];
  const { openClient } = await startProgram(
    {
      peerOpened(peer) {
        peer.ondatachannel = (channel) => {
          channel.onmessage = (data) => received.push(data.length);
        };
      },
    },
    ["--max-message-bytes", "20000"],
  );
  const client = await openClient();
  const { channel } = await client.openChannel("chat");
  const answer = client.socket.messages.seen.find(({ type }) => type === "answer");
  expect(String(answer?.sdp)).toContain("a=max-message-size:20000\r\n");
  channel.send("x".repeat(20_000));
  await eventually(() => received.length === 1, { what: "the message" });
  expect(received).toEqual([20_000]);
  expect(() => channel.send("x".repeat(20_001))).toThrow();
});

test("[ME16] a client may have no more data channels open than the limit, and others once it closed some", async () => {
  const opened: string[] = [];
  const { openClient } = await startProgram(
    {
      peerOpened(peer) {
        peer.ondatachannel = (channel) => opened.push(channel.label);
      },
    },
    ["--max-data-channels", "3"],
  );
  const client = await openClient();
  const first = await client.openChannel("0");
  await client.openChannel("1");
  await client.openChannel("2");
  const refused = client.pc.createDataChannel("3");
  await eventually(() => refused.readyState === "closed", { what: "the fourth channel to be closed" });
  first.channel.close();
  await eventually(() => first.channel.readyState === "closed", { what: "the first channel to close" });
  await client.openChannel("4");
  await eventually(() => opened.length === 4, { what: "the channels", describe: () => opened });
  expect(opened).toEqual(["0", "1", "2", "4"]);
});

/** Free ports next to each other, of which the system gives none to anybody else. */
async function freeRange(count: number): Promise<[number, number]> {
  const first = await freeUdpPorts(count);
  return [first, first + count - 1];
}

function range(min: number, max: number): number[] {
  return Array.from({ length: max - min + 1 }, (_, index) => min + index);
}

function withOtherFingerprint(message: object): object {
  const { sdp } = message as { sdp: string };
  return {
    ...message,
    sdp: sdp.replace(/(a=fingerprint:sha-256 )(..)/g, (_, start, byte) => `${start}${byte === "00" ? "01" : "00"}`),
  };
}
