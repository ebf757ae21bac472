import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { type DatagramCalls, datagramCalls, type SocketName } from "../../../transport/media/datagram_calls.ts";
import { MediaPath } from "../../../transport/media/media_path.ts";
import { eventually } from "../../kit/eventually.ts";
import { place } from "./place_packets.ts";

const isThere = datagramCalls !== undefined;
const worthSocket = 64;

async function bind(): Promise<Socket> {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  onTestFinished(() => void socket.close());
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

/** Calls that are those of the system, but for errors that are put in front, one for each call; `counts` has the packets of each. */
class ScriptedCalls implements DatagramCalls {
  readonly counts: number[] = [];
  readonly errors: number[] = [];
  readonly #real: DatagramCalls;

  constructor(real: DatagramCalls) {
    this.#real = real;
  }

  open(...args: Parameters<DatagramCalls["open"]>): number {
    return this.#real.open(...args);
  }

  openAlone(...args: Parameters<DatagramCalls["openAlone"]>): number {
    return this.#real.openAlone(...args);
  }

  nameOf(...args: Parameters<DatagramCalls["nameOf"]>): SocketName {
    return this.#real.nameOf(...args);
  }

  close(fd: number): void {
    this.#real.close(fd);
  }

  addressOf(buffer: Buffer): number {
    return this.#real.addressOf(buffer);
  }

  send(...args: Parameters<DatagramCalls["send"]>): number {
    this.counts.push(args[3]);
    return this.errors.shift() ?? this.#real.send(...args);
  }
}

/** A way that ICE found to a remote, which tells how many bytes of which number came from which port. */
async function openPath(calls?: DatagramCalls | null) {
  const [ice, remote] = await Promise.all([bind(), bind()]);
  const arrived: string[] = [];
  remote.on("message", (data: Buffer, info: RemoteInfo) => {
    arrived.push(`${data[0]} x ${data.length}${info.port === ice.address().port ? "" : " from elsewhere"}`);
  });
  const { address, port } = remote.address();
  const nominated = {
    protocol: { type: "stun", transport: { socket: ice, closed: false } },
    remoteAddr: [address, port],
    heardAt: 0,
  };
  const media: Buffer[] = [];
  const path = new MediaPath({ nominated } as never, (datagram) => media.push(datagram), calls);
  onTestFinished(() => path.close());
  return { path, ice, remote, arrived, media, nominated };
}

/** As many packets as make the path open a socket of its own. */
async function warmUp({ path, arrived }: Awaited<ReturnType<typeof openPath>>): Promise<void> {
  const byte = Buffer.of(200);
  for (let count = 0; count < worthSocket; count += 1) path.send(byte, 0, 1);
  await eventually(() => arrived.length === worthSocket, { what: "the first packets" });
  await new Promise((resolve) => setImmediate(resolve));
  arrived.length = 0;
}

function start(): ScriptedCalls {
  if (datagramCalls === undefined) throw new Error("There are no calls");
  return new ScriptedCalls(datagramCalls);
}

describe.skipIf(!isThere)("the way of media", () => {
  it("[PTH21] is heard by when media comes by the socket of its own", async () => {
    const opened = await openPath();
    await warmUp(opened);
    const before = performance.now();
    opened.remote.send(Buffer.alloc(20, 0x80), opened.ice.address().port, "127.0.0.1");
    await eventually(() => opened.media.length === 1, { what: "the packet" });
    expect(opened.nominated.heardAt).toBeGreaterThanOrEqual(before);
  });

  it("[MS23] sends packets of one length by one call, with a shorter one at their end", async () => {
    const calls = start();
    const opened = await openPath(calls);
    await warmUp(opened);
    const packets = place([1_100, 1_100, 1_100, 800, 900, 900, 1_000]);
    opened.path.sendAll(packets, 0, packets.length);
    await eventually(() => opened.arrived.length === 7, { what: "what was sent" });
    expect(opened.arrived).toEqual(["1 x 1100", "2 x 1100", "3 x 1100", "4 x 800", "5 x 900", "6 x 900", "7 x 1000"]);
    expect(calls.counts).toEqual([4, 2, 1]);
    opened.path.sendAll(packets, 1, 2);
    await eventually(() => opened.arrived.length === 9, { what: "a part of them" });
    expect(opened.arrived.slice(7)).toEqual(["2 x 1100", "3 x 1100"]);
  });

  it("[MS23] sends no more by one call than the system takes", async () => {
    const calls = start();
    const opened = await openPath(calls);
    await warmUp(opened);
    const small = place(new Array(70).fill(100));
    opened.path.sendAll(small, 0, small.length);
    await eventually(() => opened.arrived.length === 70, { what: "the small ones" });
    const large = place(new Array(60).fill(1_400));
    opened.path.sendAll(large, 0, large.length);
    await eventually(() => opened.arrived.length === 130, { what: "the large ones" });
    expect(calls.counts).toEqual([64, 6, 46, 14]);
  });

  it.each([5, 95])("[MS24] goes on one by one where the device does not cut datagrams: errno %i", async (error) => {
    const calls = start();
    const opened = await openPath(calls);
    await warmUp(opened);
    calls.errors.push(error);
    const packets = place([500, 500, 500]);
    for (let round = 0; round < 2; round += 1) opened.path.sendAll(packets, 0, packets.length);
    await eventually(() => opened.arrived.length === 6, { what: "what was sent" });
    expect(opened.arrived).toEqual(["1 x 500", "2 x 500", "3 x 500", "1 x 500", "2 x 500", "3 x 500"]);
    // The second time they are not tried together.
    expect(calls.counts).toEqual([3, 1, 1, 1]);
  });

  it("[MS24] packets longer than the MTU go one by one, and those of others together as before", async () => {
    const calls = start();
    const opened = await openPath(calls);
    await warmUp(opened);
    const long = place([1_400, 1_400]);
    const short = place([500, 500, 500]);
    for (let round = 0; round < 5; round += 1) {
      calls.errors.push(90);
      opened.path.sendAll(long, 0, long.length);
      opened.path.sendAll(short, 0, short.length);
    }
    await eventually(() => opened.arrived.length === 25, { what: "all that was sent" });
    expect(calls.counts).toEqual([2, 3, 2, 3, 2, 3, 2, 3, 2, 3]);
  });

  it("[MS24] gives up sending together when the system refuses ordinary packets three times in a row", async () => {
    const calls = start();
    const opened = await openPath(calls);
    await warmUp(opened);
    const packets = place([500, 500]);
    const send = () => opened.path.sendAll(packets, 0, packets.length);
    calls.errors.push(22, 22);
    for (let round = 0; round < 3; round += 1) send();
    calls.errors.push(22, 22, 22);
    for (let round = 0; round < 4; round += 1) send();
    await eventually(() => opened.arrived.length === 14, { what: "all that was sent" });
    expect(calls.counts).toEqual([2, 2, 2, 2, 2, 2, 1, 1]);
  });

  it.each([11, 105])("[MS24] sends through Node what the kernel does not take: errno %i", async (error) => {
    const calls = start();
    const opened = await openPath(calls);
    await warmUp(opened);
    calls.errors.push(error);
    const packets = place([500, 500, 500]);
    opened.path.sendAll(packets, 0, packets.length);
    await eventually(() => opened.arrived.length === 3, { what: "what was sent" });
    expect(opened.arrived).toEqual(["1 x 500", "2 x 500", "3 x 500"]);
    expect(calls.counts).toEqual([3]);
  });

  it("[MS24] goes back to the ICE socket when its own fails", async () => {
    const calls = start();
    const opened = await openPath(calls);
    await warmUp(opened);
    calls.errors.push(111);
    const packets = place([500, 500, 500]);
    opened.path.sendAll(packets, 0, packets.length);
    opened.path.sendAll(packets, 0, packets.length);
    await eventually(() => opened.arrived.length === 6, { what: "all that was sent" });
    expect(calls.counts).toEqual([3]);
  });

  it("[MS26] opens a socket of its own where media comes, which its datagrams come by", async () => {
    const { path, ice, remote, media } = await openPath();
    const byIce: number[] = [];
    ice.on("message", (data) => {
      byIce.push(data.length);
      path.noteReceived();
    });
    const packet = Buffer.alloc(20, 0x80);
    const { port } = ice.address();
    for (let count = 0; count < worthSocket; count += 1) remote.send(packet, port, "127.0.0.1");
    await eventually(() => byIce.length === worthSocket, { what: "the first packets" });
    await new Promise((resolve) => setImmediate(resolve));
    remote.send(packet, port, "127.0.0.1");
    await eventually(() => media.length === 1, { what: "a packet by the new socket" });
    expect([media[0]?.equals(packet), byIce.length]).toEqual([true, worthSocket]);
  });
});

describe("the way of media without calls of the system", () => {
  it("[MS25] sends the same, packet by packet", async () => {
    const opened = await openPath(null);
    await warmUp(opened);
    const packets = place([300, 300, 200]);
    opened.path.sendAll(packets, 0, packets.length);
    await eventually(() => opened.arrived.length === 3, { what: "what was sent" });
    expect(opened.arrived).toEqual(["1 x 300", "2 x 300", "3 x 200"]);
  });
});
