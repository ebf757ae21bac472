import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTcpPort } from "../../../transport/media/open_tcp_port.ts";
import { eventually } from "../../kit/eventually.ts";
import { endOf, framedRequest, IceClient, openTcp } from "../../kit/ice_tcp_client.ts";
import { rawOffer } from "../../kit/raw_offer.ts";
import { candidatesOf, fieldsOf, makeOffer, openEngines } from "./open_engine.ts";

async function openEnginesWithTcp() {
  const tcpPort = await openTcpPort();
  onTestFinished(() => tcpPort.close());
  return { tcpPort, engines: await openEngines({ tcpPort }) };
}

/** The credentials of the node's end. */
function credentialsOf(sdp: string) {
  const [, fragment = ""] = /^a=ice-ufrag:(\S+)/m.exec(sdp) ?? [];
  const [, password = ""] = /^a=ice-pwd:(\S+)/m.exec(sdp) ?? [];
  return { fragment, password };
}

/** An engine that has answered, and a client that has credentials and the first IPv4 address. */
async function openAnswered(offer = rawOffer()) {
  const { tcpPort, engines } = await openEnginesWithTcp();
  const opened = engines.create();
  const sdp = await opened.answer(offer);
  const ipv4 = candidatesOf(sdp).filter((candidate) => candidate.split(" ")[4]?.includes("."));
  const first = credentialsOf(sdp);
  const own = credentialsOf(offer);
  const client = new IceClient({ ...first, ownFragment: own.fragment, ownPassword: own.password });
  const [host = ""] = fieldsOf(ipv4, 4);
  const [udpPort] = fieldsOf(
    ipv4.filter((candidate) => candidate.split(" ")[2] === "udp"),
    5,
  );
  const selected = () => opened.engine.observe().pairs.find(({ isSelected }) => isSelected);
  const untilSelected = (port: number) =>
    eventually(() => selected()?.remote.port === port && selected(), {
      what: `the way from port ${port} to be used`,
      describe: () => opened.engine.observe(),
    });
  return { ...opened, first, tcpPort, client, host, udpPort: Number(udpPort), selected, untilSelected };
}

const countListeners = () => process.getActiveResourcesInfo().filter((kind) => kind === "TCPServerWrap").length;

describe("candidates by TCP", () => {
  it("[TCP10] are in the description, one passive one for each address, all of the one port, after those of UDP", async () => {
    const { tcpPort, engines } = await openEnginesWithTcp();
    const candidates = candidatesOf(await engines.create().answer(await makeOffer())).map((line) => line.split(" "));
    const [tcp, udp] = ["tcp", "udp"].map((transport) => candidates.filter((fields) => fields[2] === transport));
    expect(tcp?.map((fields) => fields[4])).toEqual(udp?.map((fields) => fields[4]));
    expect(tcp?.length).toBeGreaterThan(0);
    for (const fields of tcp ?? []) {
      expect(fields.slice(5)).toEqual([`${tcpPort.port}`, "typ", "host", "tcptype", "passive", ...fields.slice(10)]);
      for (const other of udp ?? []) expect(Number(other[3])).toBeGreaterThan(Number(fields[3]));
    }
    expect(new Set(candidates.map(([foundation]) => foundation)).size).toBe(candidates.length);
  });

  it("[TCP10] are not there without the port", async () => {
    const sdp = await (await openEngines()).create().answer(await makeOffer());
    expect(candidatesOf(sdp).filter((candidate) => / tcp /i.test(candidate))).toEqual([]);
  });

  it("[TCP11] are all behind one listening socket, however many peer connections there are", async () => {
    const before = countListeners();
    const { engines } = await openEnginesWithTcp();
    for (let count = 0; count < 5; count += 1) {
      const { engine, answer } = engines.create();
      await answer(await makeOffer({ hasVideo: true }));
      await engine.createLocalDescription("offer", { isIceRestart: true });
    }
    expect(countListeners()).toBe(before + 1);
  });

  it("[TCP9] a description that holds an announced address names the port for it, too", async () => {
    const tcpPort = await openTcpPort();
    onTestFinished(() => tcpPort.close());
    const engines = await openEngines({ tcpPort, announceIps: ["203.0.113.7"] });
    const candidates = candidatesOf(await engines.create().answer(await makeOffer()));
    const announced = candidates.filter((candidate) => candidate.split(" ")[4] === "203.0.113.7");
    expect(announced.map((candidate) => candidate.split(" ")[2])).toEqual(expect.arrayContaining(["udp", "tcp"]));
    const [tcp = ""] = announced.filter((candidate) => / tcp /.test(candidate));
    expect(tcp.split(" ")[5]).toBe(`${tcpPort.port}`);
  });

  it("[TCP12] lead to a peer connection by its fragments from before and after an ICE restart, until it ends", async () => {
    const { engine, first, host, tcpPort } = await openAnswered();
    const { sdp } = await engine.createLocalDescription("offer", { isIceRestart: true });
    const second = credentialsOf(sdp);
    expect(second.fragment).not.toBe(first.fragment);
    const sockets = [];
    for (const { fragment, password } of [first, second]) {
      const socket = await openTcp(tcpPort.port, host);
      socket.write(framedRequest(fragment, password));
      // The answer to the request.
      await once(socket, "data");
      sockets.push(socket);
    }
    await engine.close();
    expect(await Promise.all(sockets.map(endOf))).toEqual(["ended", "ended"]);
    expect(tcpPort.counts).toEqual({ open: 0, waiting: 0, fragments: 0 });
  });

  it("[TCP12] remember the last four fragments of a peer connection that restarts ICE again and again", async () => {
    const { engine, tcpPort } = await openAnswered();
    for (let count = 0; count < 20; count += 1) {
      await engine.createLocalDescription("offer", { isIceRestart: true });
      await engine.rollback("local");
    }
    expect(tcpPort.counts.fragments).toBe(4);
  });
});

describe("a client that connects by TCP", () => {
  it("[TCP13] is connected, by a pair that says TCP", async () => {
    const { client, host, tcpPort, events, untilSelected } = await openAnswered();
    const way = await client.connectTcp(tcpPort.port, host);
    way.nominate();
    await events.next((event) => event.type === "ice.changed" && event.state === "connected");
    expect(await untilSelected(way.port)).toMatchObject({
      local: { type: "host", protocol: "tcp", address: host, port: tcpPort.port },
      remote: { type: "prflx", protocol: "tcp", address: host },
      state: "succeeded",
    });
  });

  it("[TCP13] is connected, too, when its offer has several sections, whose transports begin with one fragment", async () => {
    const { client, host, tcpPort, untilSelected } = await openAnswered(await makeOffer({ hasVideo: true }));
    const way = await client.connectTcp(tcpPort.port, host);
    way.nominate();
    await untilSelected(way.port);
  });

  it("[TCP14] may lose the connection and come back by another one, also often, and ICE does not fail", async () => {
    const { client, host, tcpPort, events, engine, untilSelected } = await openAnswered();
    for (let count = 0; count < 120; count += 1) {
      const way = await client.connectTcp(tcpPort.port, host);
      way.nominate();
      await untilSelected(way.port);
      way.close();
    }
    const states = events.seen.flatMap((event) => (event.type === "ice.changed" ? [event.state] : []));
    expect(states).toEqual(["checking", "connected"].filter((state) => states.includes(state as "connected")));
    expect(engine.observe().pairs.length).toBeLessThan(10);
    await eventually(() => tcpPort.counts.open === 0, { what: "no connection to be left" });
  });

  it("[TCP15] goes over to UDP when it nominates a way by UDP, and its connections end then", async () => {
    const { client, host, udpPort, tcpPort, selected, untilSelected } = await openAnswered();
    const [way, spare] = [await client.connectTcp(tcpPort.port, host), await client.connectTcp(tcpPort.port, host)];
    spare.check();
    way.nominate();
    await untilSelected(way.port);
    const direct = await client.openUdp(udpPort, host);
    direct.nominate();
    expect((await untilSelected(direct.port)).local.protocol).toBe("udp");
    await eventually(() => tcpPort.counts.open === 0, { what: "the connections to be ended" });
    const back = await client.connectTcp(tcpPort.port, host);
    back.nominate();
    await eventually(() => tcpPort.counts.open === 1, { what: "another connection" });
    expect(selected()?.local.protocol).toBe("udp");
  });

  it("[TCP15] keeps its connections while it sends by UDP and has not nominated that", async () => {
    const { client, host, udpPort, tcpPort, untilSelected } = await openAnswered();
    const way = await client.connectTcp(tcpPort.port, host);
    way.nominate();
    await untilSelected(way.port);
    const direct = await client.openUdp(udpPort, host);
    direct.check();
    await new Promise((resolve) => setTimeout(resolve, 700));
    // As DTLS begins.
    direct.send(Buffer.from([23, 254, 253, 0, 1, 2, 3]));
    await untilSelected(direct.port);
    expect(tcpPort.counts.open).toBe(1);
    direct.nominate();
    await eventually(() => tcpPort.counts.open === 0, { what: "the connection to be ended" });
  });

  it("[TCP16] keeps the connections that it has not nominated until it nominates one", async () => {
    const { client, host, tcpPort, untilSelected } = await openAnswered();
    const [first, second] = [await client.connectTcp(tcpPort.port, host), await client.connectTcp(tcpPort.port, host)];
    // A way that works is taken after a while, as a remote's nomination may have been lost.
    first.check();
    second.check();
    await eventually(() => tcpPort.counts.waiting === 0, { what: "both to be handed over" });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(tcpPort.counts.open).toBe(2);
    second.nominate();
    await untilSelected(second.port);
    expect(await endOf(first.socket as NonNullable<typeof first.socket>)).toBe("ended");
    expect(tcpPort.counts.open).toBe(1);
  });

  it("[TCP17] holds 8 connections to an address at most: the oldest that carries nothing ends", async () => {
    const { client, host, tcpPort, untilSelected } = await openAnswered();
    const used = await client.connectTcp(tcpPort.port, host);
    used.nominate();
    await untilSelected(used.port);
    for (let count = 0; count < 30; count += 1) {
      const way = await client.connectTcp(tcpPort.port, host);
      way.check();
      await eventually(() => tcpPort.counts.waiting === 0, { what: "it to be handed over" });
    }
    await eventually(() => tcpPort.counts.open === 8, { what: "8 connections", describe: () => tcpPort.counts });
    await untilSelected(used.port);
  });

  it("[TCP2] gets nothing from another one's fragment with its own password", async () => {
    const { engines, tcpPort } = await openEnginesWithTcp();
    const [one, another] = await Promise.all(
      [engines.create(), engines.create()].map(async ({ answer }) => credentialsOf(await answer(rawOffer()))),
    );
    const socket = await openTcp(tcpPort.port);
    socket.write(framedRequest(one?.fragment ?? "", another?.password ?? ""));
    expect(await endOf(socket)).toBe("ended");
  });
});
