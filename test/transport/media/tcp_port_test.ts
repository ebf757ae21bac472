import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { remoteNetwork } from "../../../transport/media/remote_network.ts";
import { defaultTcpPortBounds, TcpPort, type TcpPortBounds } from "../../../transport/media/tcp_port.ts";
import { eventually } from "../../kit/eventually.ts";
import { endOf, frame, framedRequest, openTcp } from "../../kit/ice_tcp_client.ts";
import { Mailbox } from "../../kit/mailbox.ts";

const fragment = "0123456789abcdef";
const password = "a password of an agent";

async function openPort(bounds: Partial<TcpPortBounds> = {}, host = "127.0.0.1", localAddresses?: () => string[]) {
  const port = await TcpPort.open({ host, port: 0, localAddresses }, { ...defaultTcpPortBounds, ...bounds });
  onTestFinished(() => port.close());
  return port;
}

/** An agent that keeps the connections that it is given. */
function registerAgent(port: TcpPort, { localAddress = "127.0.0.1", of = fragment } = {}) {
  const sockets = new Mailbox<Socket>("a connection", ({ remotePort }) => String(remotePort));
  const read: Buffer[] = [];
  const accept = (socket: Socket) => {
    socket.on("data", (chunk: Buffer) => read.push(chunk));
    sockets.push(socket);
  };
  const release = port.register({ fragment: of, password, localAddress, accept });
  /** All that came to the agent, once it is so much. */
  const readAll = async (length: number): Promise<Buffer> => {
    await eventually(() => Buffer.concat(read).length >= length, { what: `${length} bytes` });
    return Buffer.concat(read);
  };
  return { sockets, readAll, release };
}

const request = framedRequest(fragment, password);

describe("a connection by TCP", () => {
  it("[TCP1] goes to the agent that its first request names, which reads it from the beginning", async () => {
    const port = await openPort();
    const [agent, other] = [registerAgent(port), registerAgent(port, { of: "another" })];
    const client = await openTcp(port.port);
    const sent = Buffer.concat([request, frame(Buffer.from("what follows"))]);
    client.write(sent);
    expect(await agent.readAll(sent.length)).toEqual(sent);
    expect(other.sockets.seen).toEqual([]);
    expect(port.counts).toMatchObject({ open: 1, waiting: 0 });
  });

  it("[TCP1] may bring its first request byte by byte", async () => {
    const port = await openPort();
    const { readAll } = registerAgent(port);
    const client = await openTcp(port.port);
    client.setNoDelay(true);
    for (const byte of request) {
      client.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    expect(await readAll(request.length)).toEqual(request);
  });

  it("[TCP2] ends at once when nobody has its fragment, its password is wrong or it names none", async () => {
    const port = await openPort({ firstRequestTimeoutMs: 3_600_000 });
    const agent = registerAgent(port);
    const gone = registerAgent(port, { of: "gone" });
    gone.release();
    const unsigned = Buffer.from(request);
    unsigned[10] = (unsigned[10] ?? 0) ^ 1;
    for (const bytes of [
      framedRequest("nobody", password),
      framedRequest("gone", password),
      framedRequest("__proto__", password),
      framedRequest("", password),
      framedRequest(fragment, "a password of a stranger"),
      unsigned,
    ]) {
      const client = await openTcp(port.port);
      client.write(bytes);
      expect(await endOf(client)).toBe("ended");
    }
    expect(agent.sockets.seen).toEqual([]);
    await eventually(() => port.counts.open === 0, { what: "no connection to be left" });
  });

  it("[TCP3] ends as soon as it cannot begin with a request, whatever else it sends", async () => {
    const port = await openPort({ firstRequestTimeoutMs: 3_600_000 });
    registerAgent(port);
    const cutShort = Buffer.from(request.subarray(0, 40));
    cutShort.writeUInt16BE(38, 0);
    for (const bytes of [
      Buffer.from("GET / HTTP/1.1\r\n\r\n"),
      Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]),
      Buffer.from([0, 0]),
      Buffer.from([0, 19]),
      Buffer.from([4, 1]),
      Buffer.from([255, 255, 0, 1]),
      Buffer.alloc(1_000_000, 0),
      Buffer.from([0, 100, 1, 1]),
      Buffer.from([0, 100, 0, 1, 0, 80, 1, 2, 3, 4]),
      cutShort,
      frame(
        Buffer.concat([
          Buffer.from([0, 1, 0, 4, 0x21, 0x12, 0xa4, 0x42]),
          Buffer.alloc(12),
          Buffer.from([0, 6, 255, 255]),
        ]),
      ),
    ]) {
      const client = await openTcp(port.port);
      client.write(bytes);
      expect(await endOf(client)).toBe("ended");
    }
    await eventually(() => port.counts.open === 0, { what: "no connection to be left" });
  });

  it("[TCP4] that has begun a request and does not end it in time ends, also if a byte comes now and then", async () => {
    const port = await openPort({ firstRequestTimeoutMs: 150 });
    registerAgent(port);
    const [half, slow] = await Promise.all([openTcp(port.port), openTcp(port.port)]);
    half.write(request.subarray(0, request.length - 1));
    let next = 0;
    const timer = setInterval(() => slow.write(request.subarray(next, ++next)), 20);
    onTestFinished(() => clearInterval(timer));
    expect(await Promise.all([endOf(half), endOf(slow)])).toEqual(["ended", "ended"]);
    expect(next).toBeLessThan(request.length);
    await eventually(() => port.counts.open === 0, { what: "no connection to be left" });
  });

  it("[TCP36] that says nothing stays, and its first request counts whenever it comes", async () => {
    const port = await openPort({ firstRequestTimeoutMs: 50 });
    const { sockets } = registerAgent(port);
    const [silent, half] = [await openTcp(port.port), await openTcp(port.port)];
    half.write(request.subarray(0, request.length - 1));
    expect(await endOf(half)).toBe("ended");
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(port.counts).toMatchObject({ open: 1, waiting: 1 });
    silent.write(request);
    expect((await sockets.next()).remotePort).toBe(silent.localPort);
  });

  it("[TCP5] waits with few others: of a thousand idle ones the oldest end, and who says who it is gets in", async () => {
    const port = await openPort({ maxWaiting: 16 });
    const { sockets } = registerAgent(port);
    let ended = 0;
    for (let count = 0; count < 1_000; count += 1) {
      const idle = await openTcp(port.port);
      idle.on("close", () => {
        ended += 1;
      });
      idle.resume();
    }
    await eventually(() => ended === 984 && port.counts.open === 16, {
      what: "all but 16 to be ended",
      describe: () => ended,
    });
    expect(port.counts.waiting).toBe(16);
    const client = await openTcp(port.port);
    client.write(request);
    await sockets.next();
    expect(port.counts.waiting).toBe(15);
  });

  it("[TCP5] may wait beside 1,023 others, of which 63 are of its network", () => {
    expect(defaultTcpPortBounds).toMatchObject({ maxWaiting: 1_024, maxWaitingPerNetwork: 64 });
  });

  it("[TCP34] that waits is not ended by those of another address, however many these are", async () => {
    const port = await openPort({ maxWaiting: 8, maxWaitingPerNetwork: 8, firstRequestTimeoutMs: 3_600_000 });
    const { sockets } = registerAgent(port);
    const client = await openTcp(port.port);
    for (let count = 0; count < 30; count += 1) (await openTcp(port.port, "127.0.0.1", "127.0.0.9")).resume();
    await eventually(() => port.counts.open === 8, { what: "eight of all", describe: () => port.counts.open });
    client.write(request);
    expect((await sockets.next()).remoteAddress).toBe("127.0.0.1");
    expect(port.counts.waiting).toBe(7);
  });

  it("[TCP34] leaves room for other addresses, as one has 64 of 1,024 places", async () => {
    const port = await openPort({ firstRequestTimeoutMs: 3_600_000 });
    for (let count = 0; count < 100; count += 1) (await openTcp(port.port)).resume();
    await eventually(() => port.counts.open === 64, { what: "sixty-four", describe: () => port.counts.open });
    for (let count = 0; count < 3; count += 1) (await openTcp(port.port, "127.0.0.1", "127.0.0.9")).resume();
    await eventually(() => port.counts.waiting === 67, { what: "three more", describe: () => port.counts.waiting });
  });

  it("[TCP34] is of the network of its address: all of a /64 of IPv6, and one address of IPv4", () => {
    const networks = ["198.51.100.7", "2001:db8::1", "2001:db8:0:0:9::7", "2001:db8:0:1::1", "::1", "fe80::"];
    expect(networks.map(remoteNetwork)).toEqual([
      "198.51.100.7",
      "2001:db8:0:0::/64",
      "2001:db8:0:0::/64",
      "2001:db8:0:1::/64",
      "0:0:0:0::/64",
      "fe80:0:0:0::/64",
    ]);
    expect(remoteNetwork("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
    expect(remoteNetwork("")).toBe("");
  });

  it("[TCP6] is refused while as many as there may be are open", async () => {
    const port = await openPort({ maxConnections: 2 });
    const { sockets } = registerAgent(port);
    const clients = await Promise.all([openTcp(port.port), openTcp(port.port)]);
    for (const client of clients) client.write(request);
    await sockets.next();
    await sockets.next();
    expect(await endOf(await openTcp(port.port))).toBe("ended");
    clients[0].destroy();
    await eventually(() => port.counts.open === 1, { what: "room for one more" });
    (await openTcp(port.port)).write(request);
    await sockets.next();
  });

  it("[TCP7] goes to the agent of the address that it came to, IPv4 or IPv6; to one of its family if none has it", async () => {
    const port = await openPort({}, "::");
    const agents = {
      v4: registerAgent(port, { localAddress: "127.0.0.1" }),
      other: registerAgent(port, { localAddress: "192.0.2.77" }),
      v6: registerAgent(port, { localAddress: "fd00::77" }),
    };
    (await openTcp(port.port, "127.0.0.1")).write(request);
    expect((await agents.v4.sockets.next()).remoteAddress).toBe("::ffff:127.0.0.1");
    (await openTcp(port.port, "::1")).write(request);
    await agents.v6.sockets.next();
    agents.v4.release();
    (await openTcp(port.port, "127.0.0.1")).write(request);
    await agents.other.sockets.next();
    agents.v6.release();
    const unheard = await openTcp(port.port, "::1");
    unheard.write(request);
    expect(await endOf(unheard)).toBe("ended");
  });

  it("[TCP35] is taken at the addresses that are named alone, and by the agent of its own", async () => {
    const named = ["127.0.0.1", "127.0.0.3"];
    const port = await openPort({ firstRequestTimeoutMs: 3_600_000 }, "::", () => named);
    const { sockets } = registerAgent(port);
    for (const other of ["127.0.0.2", "::1"]) expect(await endOf(await openTcp(port.port, other))).toBe("ended");
    const unheard = await openTcp(port.port, "127.0.0.3");
    unheard.write(request);
    expect(await endOf(unheard)).toBe("ended");
    expect(sockets.seen).toEqual([]);
    (await openTcp(port.port, "127.0.0.1")).write(request);
    await sockets.next();
    // Addresses may come and go.
    named.push("::1");
    registerAgent(port, { localAddress: "::1" });
    const later = await openTcp(port.port, "::1");
    await eventually(() => port.counts.waiting === 1, { what: "the one at an address that came" });
    expect(later.closed).toBe(false);
  });

  it("[TCP8] ends with the port, whoever has it", async () => {
    const port = await openPort();
    const { sockets } = registerAgent(port);
    const [waiting, handedOver] = await Promise.all([openTcp(port.port), openTcp(port.port)]);
    handedOver.write(request);
    const socket = await sockets.next();
    const closed = once(socket, "close");
    await port.close();
    expect(await Promise.all([endOf(waiting), endOf(handedOver)])).toEqual(["ended", "ended"]);
    await closed;
    expect(port.counts.open).toBe(0);
  });
});
