import type { Socket } from "node:net";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { Message, TcpPassiveProtocol } from "werift";
import { openTcpPort } from "../../../transport/media/open_tcp_port.ts";
import { eventually } from "../../kit/eventually.ts";
import { endOf, frame, framedRequest, openTcp } from "../../kit/ice_tcp_client.ts";

const [fragment, password] = ["0123456789abcdef", "a password of an agent"];
/** What may wait for a connection (patch 308). */
const maxQueuedBytes = 262_144;
/** What of STUN may wait beyond that (patch 327). */
const maxQueuedStunBytes = 65_536;

/** The end of a TCP connection in an agent of werift, behind a port, and the client's end of it. */
async function openProtocol() {
  const port = await openTcpPort();
  const protocol = new TcpPassiveProtocol();
  const sockets: Socket[] = [];
  const acceptor = {
    port: port.port,
    register: (agent: Parameters<typeof port.register>[0]) =>
      port.register({
        ...agent,
        accept(socket) {
          sockets.push(socket);
          agent.accept(socket);
        },
      }),
  };
  await protocol.connectionMade("127.0.0.1", undefined, acceptor);
  protocol.acceptFor(fragment, password);
  onTestFinished(async () => {
    await protocol.close();
    await port.close();
  });
  const frames: Buffer[] = [];
  const sources: unknown[] = [];
  protocol.onDataReceived.subscribe((data, source) => {
    frames.push(data);
    sources.push(source);
  });
  const client = await openTcp(port.port);
  client.write(framedRequest(fragment, password));
  const [socket] = await eventually(() => sockets.length > 0 && sockets, { what: "the connection to be handed over" });
  const remote = ["127.0.0.1", client.localPort ?? 0] as const;
  return { protocol, client, socket: socket as Socket, remote, frames, sources };
}

test("[TCP18] data by TCP names its source as candidates do, so that only those that passed ICE are heard", async () => {
  const { client, remote, frames, sources } = await openProtocol();
  client.write(frame(Buffer.from([20, 1, 2, 3])));
  await eventually(() => frames.length === 1, { what: "the data" });
  expect(sources).toEqual([remote]);
});

test("[TCP19] what waits for a client that reads nothing is bounded; what it reads later is whole packets", async () => {
  const { protocol, client, socket, remote } = await openProtocol();
  client.pause();
  const packet = (index: number) => Buffer.alloc(1_200, index);
  for (let index = 0; index < 40_000; index += 1) {
    await protocol.sendData(packet(index % 251), remote);
    if (index % 100 === 0) await new Promise(setImmediate);
    expect(socket.writableLength).toBeLessThanOrEqual(maxQueuedBytes + 1_202);
  }
  expect(socket.writableLength).toBeGreaterThan(maxQueuedBytes - 1_202);
  let read: Buffer = Buffer.alloc(0);
  let count = 0;
  client.on("data", (chunk: Buffer) => {
    read = Buffer.concat([read, chunk]);
    for (; read.length >= 1_202; read = read.subarray(1_202), count += 1) {
      expect(read.readUInt16BE(0)).toBe(1_200);
      expect(read.subarray(2, 1_202)).toEqual(Buffer.alloc(1_200, read[2]));
    }
  });
  client.resume();
  await eventually(() => socket.writableLength === 0, { what: "all that waits to be read" });
  expect(count).toBeLessThan(40_000);
  await protocol.sendData(packet(1), remote);
  await eventually(() => read.length === 0, { what: "the last packet to be whole" });
});

test("[HRD5] a check and an answer to one wait behind more data than other data may, and are bounded, too", async () => {
  const { protocol, client, socket, remote } = await openProtocol();
  client.pause();
  // The kernel takes some, too; in one turn at the end, so that it takes no more meanwhile.
  for (let index = 0; index < 40_000; index += 1) {
    await protocol.sendData(Buffer.alloc(1_200, 20), remote);
    if (index % 100 === 0 && index < 39_000) await new Promise(setImmediate);
  }
  const full = socket.writableLength;
  await protocol.sendData(Buffer.alloc(1_200, 20), remote);
  expect(socket.writableLength).toBe(full);
  const check = new Message(0x001, 0x000).setAttribute("USERNAME", "a".repeat(500));
  await protocol.sendStun(check, remote);
  expect(socket.writableLength).toBe(full + check.bytes.length + 2);
  for (let index = 0; index < 1_000; index += 1) await protocol.sendStun(check, remote);
  expect(socket.writableLength).toBeLessThanOrEqual(maxQueuedBytes + maxQueuedStunBytes + 1_202);
});

test("[TCP19] a packet for a connection that is gone is lost, and breaks nothing", async () => {
  const { protocol, client, socket, remote } = await openProtocol();
  client.resetAndDestroy();
  await protocol.sendData(Buffer.from([20]), remote);
  await endOf(socket);
  await protocol.sendData(Buffer.from([20]), remote);
});

test("[TCP19] a packet is sent as it was when it was sent, though its buffer is written again in the same turn", async () => {
  const { protocol, client, remote } = await openProtocol();
  const read: Buffer[] = [];
  client.on("data", (chunk: Buffer) => read.push(chunk));
  const buffer = Buffer.alloc(100);
  const sent: Buffer[] = [];
  for (let index = 0; index < 20; index += 1) {
    buffer.fill(index);
    sent.push(frame(Buffer.from(buffer)));
    void protocol.sendData(buffer, remote);
  }
  await eventually(() => Buffer.concat(read).length >= 20 * 102, { what: "all packets" });
  expect(Buffer.concat(read)).toEqual(Buffer.concat(sent));
});

test("[TCP23] frames come whole, however the stream is cut, also 64 kB in single bytes", async () => {
  const { socket, frames } = await openProtocol();
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }),
      (payloads, cuts) => {
        frames.length = 0;
        // No STUN message begins with these bits, so that all of it is data.
        const sent = payloads.map((payload) => Buffer.from([20, ...payload]));
        const stream = Buffer.concat(sent.flatMap((payload) => [frame(payload), frame(Buffer.alloc(0))]));
        for (let at = 0, turn = 0; at < stream.length; turn += 1) {
          const length = cuts[turn % cuts.length] ?? 1;
          socket.emit("data", Buffer.from(stream.subarray(at, at + length)));
          at += length;
        }
        expect(frames.map((each) => Buffer.from(each))).toEqual(sent);
      },
    ),
    { numRuns: 50 },
  );
  frames.length = 0;
  const largest = Buffer.alloc(65_535, 20);
  for (const byte of frame(largest)) socket.emit("data", Buffer.of(byte));
  expect(frames).toEqual([largest]);
});
