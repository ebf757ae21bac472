import { describe, expect, it, onTestFinished } from "vitest";
import { type DatagramCalls, datagramCalls } from "../../../../transport/media/datagram_calls.ts";
import { MediaPath } from "../../../../transport/media/media_path.ts";
import { eventually } from "../../../kit/eventually.ts";
import { freeUdpPort } from "../../../kit/free_udp_port.ts";
import { udpPortsOf } from "../../../kit/udp_ports_of.ts";
import { place } from "../place_packets.ts";
import { connectAgent, openPort } from "./shared_port_client.ts";
import { request, success } from "./stun_messages.ts";

const worthSocket = 64;
const packet = Buffer.alloc(20, 0x80);

/** The way of an agent's media, and what comes by a socket of its own. */
function openPath({ transport, remote }: Awaited<ReturnType<typeof connectAgent>>, calls?: DatagramCalls) {
  const { address, port } = remote.address();
  const nominated = { protocol: { type: "stun", transport }, remoteAddr: [address, port] };
  const media: Buffer[] = [];
  const path = new MediaPath({ nominated } as never, (datagram) => media.push(datagram), calls);
  onTestFinished(() => path.close());
  const useOften = () => {
    for (let count = 0; count < worthSocket; count += 1) path.send(packet, 0, 1);
  };
  return { path, media, useOften };
}

const countOf = (port: number) => udpPortsOf(process.pid).filter((each) => each === port).length;

describe.skipIf(datagramCalls === undefined)("media on a shared port", () => {
  it("[OP11] a client that media goes to has a socket of its own, which only its media comes by", async () => {
    const shared = await openPort();
    const [ann, ben] = [await connectAgent(shared), await connectAgent(shared)];
    const { media, useOften } = openPath(ann);
    useOften();
    expect(countOf(shared.port)).toBe(2);
    for (const text of [packet, Buffer.from("DTLS")]) ann.remote.send(text, shared.port, "127.0.0.1");
    ben.remote.send(packet, shared.port, "127.0.0.1");
    await eventually(() => ann.received.length + media.length + ben.received.length === 3, { what: "what was sent" });
    expect([media, ann.received, ben.received]).toEqual([[packet], [Buffer.from("DTLS")], [packet]]);
  });

  it("[OP11] so has one that only receives, whose packets go together", async () => {
    const shared = await openPort();
    const ann = await connectAgent(shared);
    const { path } = openPath(ann);
    const packets = place([700, 700, 700, 300]);
    for (let sent = 0; sent < worthSocket; sent += packets.length) {
      expect(countOf(shared.port)).toBe(1);
      path.sendAll(packets, 0, packets.length);
    }
    expect(countOf(shared.port)).toBe(2);
    path.sendAll(packets, 0, packets.length);
    await eventually(() => ann.arrived.length === worthSocket + packets.length, { what: "all that was sent" });
  });

  it("[OP18] media of a client that nobody checks, as on an ICE-lite node, comes by the socket of its own", async () => {
    const shared = await openPort();
    const [ann, ben] = [await connectAgent(shared), await connectAgent(shared)];
    const lite = await shared.join("127.0.0.1", { localUsername: "lite", remotePassword: "" });
    const [address, port] = ["127.0.0.1", ben.remote.address().port];
    await ben.transport.close();
    await lite.send(success(), [address, port]);
    const { media, useOften } = openPath({ ...ann, transport: lite, remote: ben.remote });
    useOften();
    ben.remote.send(packet, shared.port, address);
    await eventually(() => media.length === 1, { what: "the packet" });
    expect([ann.received, ben.received]).toEqual([[], []]);
  });

  it("[OP11] what another client sends while a socket is not yet connected is that client's", async () => {
    const shared = await openPort();
    const [ann, ben] = [await connectAgent(shared), await connectAgent(shared)];
    const real = datagramCalls as DatagramCalls;
    const port = await freeUdpPort();
    const sender = real.open("IPv4", "127.0.0.1", port);
    await ben.transport.send(success(), ["127.0.0.1", port]);
    const datagrams = place([300]);
    for (const { buffer } of datagrams) buffer.fill(0x80);
    let openedCount = 0;
    // Delivered within the call: the new socket is bound to the port, and hears everybody.
    const calls: DatagramCalls = {
      ...real,
      open(...args) {
        const fd = real.open(...args);
        openedCount += 1;
        expect(real.send(sender, datagrams, 0, 1, real.nameOf("IPv4", "127.0.0.1", shared.port))).toBe(0);
        return fd;
      },
    };
    const { media, useOften } = openPath(ann, calls);
    useOften();
    real.close(sender);
    await eventually(() => ben.received.length === 1, { what: "what was sent" });
    expect([openedCount, media, ann.received]).toEqual([1, [], []]);
  });

  it("[OP6] a client behind the address of another one is heard although that has a socket of its own", async () => {
    const shared = await openPort();
    const old = await connectAgent(shared);
    const { media, useOften } = openPath(old);
    useOften();
    const agent = { localUsername: "young", remotePassword: "" };
    const young = await shared.join("127.0.0.1", agent);
    const received: Buffer[] = [];
    young.onData = (datagram) => received.push(datagram);
    old.remote.send(request("young:x"), shared.port, "127.0.0.1");
    await eventually(() => received.length === 1, { what: "the check" });
    const { address, port } = old.remote.address();
    await young.send(success(), [address, port]);
    old.remote.send(packet, shared.port, "127.0.0.1");
    await eventually(() => received.length === 2, { what: "media of the new client" });
    // Until the new one has shown that it is there, it may be either's.
    expect([received[1], old.received, media]).toEqual([packet, [packet], []]);
  });

  it("[OP17] nothing goes by the port once it is closed, whoever gets the number of its socket then", async () => {
    const shared = await openPort({ isJoinable: false });
    const ann = await connectAgent(shared);
    const real = datagramCalls as DatagramCalls;
    const sentTo: number[] = [];
    const calls: DatagramCalls = {
      ...real,
      send(fd, ...rest) {
        sentTo.push(fd);
        return real.send(fd, ...rest);
      },
    };
    const { path } = openPath(ann, calls);
    const packets = place([300, 300]);
    path.send(packet, 0, 1);
    path.sendAll(packets, 0, packets.length);
    await eventually(() => ann.arrived.length === 3, { what: "what goes by the open port" });
    expect(sentTo).toEqual([ann.transport.fd]);
    await shared.close();
    const fd = real.open("IPv4", "127.0.0.1", await freeUdpPort());
    onTestFinished(() => real.close(fd));
    path.sendAll(packets, 0, packets.length);
    path.send(packet, 0, 1);
    await ann.transport.send(packet, ["127.0.0.1", ann.remote.address().port]);
    expect([ann.transport.closed, sentTo]).toEqual([true, [ann.transport.fd]]);
  });

  it("[OP12] without sockets of their own packets go together from the port", async () => {
    const shared = await openPort({ isJoinable: false });
    const ann = await connectAgent(shared);
    const counts: number[] = [];
    const real = datagramCalls as DatagramCalls;
    const { path, useOften } = openPath(ann, {
      ...real,
      send(...args) {
        counts.push(args[3]);
        return real.send(...args);
      },
    });
    useOften();
    await eventually(() => ann.arrived.length === worthSocket, { what: "single packets" });
    const packets = place([700, 700, 700, 300]);
    path.sendAll(packets, 0, packets.length);
    await eventually(() => ann.arrived.length === worthSocket + 4, { what: "the packets" });
    expect(ann.arrived.slice(worthSocket).map(({ length }) => length)).toEqual([700, 700, 700, 300]);
    expect([counts, countOf(shared.port)]).toEqual([[4], 1]);
  });
});
