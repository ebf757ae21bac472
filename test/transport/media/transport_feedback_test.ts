import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TransportFeedback } from "../../../transport/media/transport_feedback.ts";

let nowMs = 1_000_000;
let packets: Buffer[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  packets = [];
  nowMs = 1_000_000;
});
afterEach(() => {
  vi.useRealTimers();
});

function start(): TransportFeedback {
  return new TransportFeedback({ senderSsrc: 7, send: (packet) => packets.push(packet), now: () => nowMs });
}

interface Feedback {
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  readonly base: number;
  readonly statusCount: number;
  readonly packetCount: number;
  /** From each sequence number that arrived to when, in milliseconds. */
  readonly arrivals: ReadonlyMap<number, number>;
}

/** Reads a feedback packet as the draft says, section 3.1. */
function read(packet: Buffer | undefined): Feedback {
  if (packet === undefined) throw new Error("There is no such packet");
  expect([packet.readUInt8(0) & 0x1f, packet.readUInt8(1), (packet.readUInt16BE(2) + 1) * 4]).toEqual([
    15,
    205,
    packet.length,
  ]);
  const [base, statusCount] = [packet.readUInt16BE(12), packet.readUInt16BE(14)];
  const statuses: number[] = [];
  let offset = 20;
  for (; statuses.length < statusCount; offset += 2) {
    const chunk = packet.readUInt16BE(offset);
    if (chunk >> 15 === 0) statuses.push(...Array<number>(chunk & 0x1fff).fill((chunk >> 13) & 3));
    else for (let shift = 12; shift >= 0; shift -= 2) statuses.push((chunk >> shift) & 3);
  }
  const arrivals = new Map<number, number>();
  let timeMs = packet.readUIntBE(16, 3) * 64;
  for (const [index, status] of statuses.slice(0, statusCount).entries()) {
    if (status === 0) continue;
    timeMs += (status === 1 ? packet.readUInt8(offset) : packet.readInt16BE(offset)) / 4;
    offset += status;
    arrivals.set((base + index) & 0xffff, timeMs);
  }
  const padding = (packet.readUInt8(0) & 0x20) === 0 ? 0 : packet.readUInt8(packet.length - 1);
  expect(offset + padding).toBe(packet.length);
  const [senderSsrc, mediaSsrc] = [packet.readUInt32BE(4), packet.readUInt32BE(8)];
  return { senderSsrc, mediaSsrc, base, statusCount, packetCount: packet.readUInt8(19), arrivals };
}

test("[ME30] tells what arrived and when, for the tracks of a transport together", () => {
  const feedback = start();
  const arrivals = [
    [100, 1],
    [101, 2],
    [102, 1],
    [103, 2],
  ] as const;
  for (const [sequenceNumber, ssrc] of arrivals) {
    feedback.receive(sequenceNumber, ssrc);
    nowMs += 5;
  }
  vi.runAllTimers();
  expect(packets).toHaveLength(1);
  const { arrivals: told, ...rest } = read(packets[0]);
  expect(rest).toEqual({ senderSsrc: 7, mediaSsrc: 2, base: 100, statusCount: 4, packetCount: 0 });
  const startMs = told.get(100) ?? 0;
  expect([...told].map(([number, timeMs]) => [number, timeMs - startMs])).toEqual([
    [100, 0],
    [101, 5],
    [102, 10],
    [103, 15],
  ]);
});

test("[ME31] tells what was lost, also between two packets of feedback", () => {
  const feedback = start();
  for (const sequenceNumber of [1, 2, 5, 6]) feedback.receive(sequenceNumber, 1);
  vi.runAllTimers();
  nowMs += 100;
  for (const sequenceNumber of [9, 10]) feedback.receive(sequenceNumber, 1);
  vi.runAllTimers();
  const [first, second] = [read(packets[0]), read(packets[1])];
  expect([...first.arrivals.keys()]).toEqual([1, 2, 5, 6]);
  expect(first).toMatchObject({ base: 1, statusCount: 6, packetCount: 0 });
  expect([...second.arrivals.keys()]).toEqual([9, 10]);
  expect(second).toMatchObject({ base: 7, statusCount: 4, packetCount: 1 });
});

test("[ME31] a packet that comes out of order is told in its place", () => {
  const feedback = start();
  for (const sequenceNumber of [1, 3, 2, 4]) {
    feedback.receive(sequenceNumber, 1);
    nowMs += 1;
  }
  vi.runAllTimers();
  const { arrivals } = read(packets[0]);
  const startMs = arrivals.get(1) ?? 0;
  expect([...arrivals].map(([number, timeMs]) => [number, timeMs - startMs])).toEqual([
    [1, 0],
    [2, 2],
    [3, 1],
    [4, 3],
  ]);
});

test("[ME32] the sequence numbers go on past 65,535", () => {
  const feedback = start();
  for (const sequenceNumber of [65_534, 65_535, 0, 2]) feedback.receive(sequenceNumber, 1);
  vi.runAllTimers();
  const { base, statusCount, arrivals } = read(packets[0]);
  expect([base, statusCount]).toEqual([65_534, 5]);
  expect([...arrivals.keys()]).toEqual([65_534, 65_535, 0, 2]);
});

test("[ME33] a burst is told in packets that fit a datagram, and a jump begins anew", () => {
  const feedback = start();
  for (let sequenceNumber = 0; sequenceNumber < 2_000; sequenceNumber += 1) {
    feedback.receive(sequenceNumber, 1);
    nowMs += 0.25;
  }
  vi.runAllTimers();
  expect(packets.flatMap((packet) => [...read(packet).arrivals.keys()])).toHaveLength(2_000);
  expect(Math.max(...packets.map(({ length }) => length))).toBeLessThan(1_200);
  packets = [];
  feedback.receive(30_000, 1);
  vi.runAllTimers();
  expect(packets).toHaveLength(1);
  expect(read(packets[0])).toMatchObject({ base: 30_000, statusCount: 1 });
});

test("[ME34] there is no timer while nothing comes, nor after the end", () => {
  const feedback = start();
  expect(vi.getTimerCount()).toBe(0);
  feedback.receive(1, 1);
  expect(vi.getTimerCount()).toBe(1);
  feedback.close();
  expect(vi.getTimerCount()).toBe(0);
  expect(packets).toEqual([]);
});
