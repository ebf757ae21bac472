import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CongestionController } from "../../../transport/media/congestion/congestion_controller.ts";
import { maxSentPackets } from "../../../transport/media/congestion/sent_packet_log.ts";
import type { RtcpListener } from "../../../transport/media/rtp/rtcp_listener.ts";
import { readRtcp } from "../../../transport/media/rtp/rtcp_reader.ts";
import { TransportFeedback } from "../../../transport/media/transport_feedback.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** Feedback on `statusCount` packets from 0 on (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1). */
function writeFeedback(statusCount: number, chunks: readonly number[], deltas: readonly number[] = []): Buffer {
  const unpadded = 20 + 2 * chunks.length + deltas.length;
  const packet = Buffer.alloc(Math.ceil(unpadded / 4) * 4);
  const padding = packet.length - unpadded;
  packet.writeUInt8(0x8f | (padding > 0 ? 0x20 : 0), 0);
  packet.writeUInt8(205, 1);
  packet.writeUInt16BE(packet.length / 4 - 1, 2);
  packet.writeUInt16BE(statusCount, 14);
  let offset = 20;
  for (const chunk of chunks) offset = packet.writeUInt16BE(chunk, offset);
  for (const delta of deltas) offset = packet.writeUInt8(delta, offset);
  if (padding > 0) packet.writeUInt8(padding, packet.length - 1);
  return packet;
}

/** Reads a compound packet; the result of each feedback packet in it. */
function receive(controller: CongestionController, compound: Buffer): boolean[] {
  const results: boolean[] = [];
  const ignore = () => undefined;
  const listener: RtcpListener = {
    senderReport: ignore,
    receptionReport: ignore,
    nack: ignore,
    pictureLoss: ignore,
    fullIntraRequest: ignore,
    bandwidthLimit: ignore,
    goodbye: ignore,
    transportFeedback: (packet) => results.push(controller.receiveTransportFeedback(packet, 2_000)),
  };
  readRtcp(compound, listener);
  return results;
}

describe("transport-wide feedback", () => {
  it("[HM1] transport-wide numbers that jump leave nothing behind to be told", () => {
    let told = 0;
    const count = () => {
      told += 1;
    };
    const feedback = new TransportFeedback({ senderSsrc: 1, send: count, now: () => 1_000 });
    for (let index = 0; index < 500; index += 1) feedback.receive((index * 2_999) & 0xffff, 1);
    told = 0;
    vi.runAllTimers();
    expect(told).toBeLessThanOrEqual(4);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("[HM2] feedback that is padded to 32 bits is understood", () => {
    const controller = new CongestionController({ hasTransportFeedback: true });
    for (let number = 0; number < 20; number += 1) controller.noteSent(number, 1_000, 1_000 + number);
    for (let count = 1; count <= 4; count += 1) {
      const chunk = (1 << 13) | count;
      expect(receive(controller, writeFeedback(count, [chunk], Array<number>(count).fill(4)))).toEqual([true]);
    }
  });

  it("[HM3] one datagram tells of no more packets than are remembered", () => {
    const controller = new CongestionController({ hasTransportFeedback: true });
    for (let number = 0; number < 10_000; number += 1) controller.noteSent(number, 1_000, 1_000);
    const lie = writeFeedback(maxSentPackets, [0x1fff, 1]);
    const results = receive(controller, Buffer.concat(Array<Buffer>(80).fill(lie)));
    expect(results.filter((isRead) => isRead).length).toBeLessThanOrEqual(1);
  });
});
