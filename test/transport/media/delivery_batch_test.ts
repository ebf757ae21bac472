import { describe, expect, it } from "vitest";
import { DeliveryBatch } from "../../../transport/media/delivery_batch.ts";
import { ReceivedTrack } from "../../../transport/media/forwarding/received_track.ts";
import { RtpPacket } from "../../../transport/media/rtp/rtp_packet.ts";

/** A track with subscribers that write down what they get. */
function openTrack(id: string, told: string[], sinks: readonly string[]): ReceivedTrack {
  const track = new ReceivedTrack({
    id,
    mid: id,
    kind: "video",
    rids: [],
    streamIds: [],
    requestKeyframe: () => undefined,
    onHandlerError: (error) => told.push(`${id}: ${error instanceof Error ? error.message : error}`),
  });
  for (const sink of sinks) {
    track.source.addSink({
      receivePacket: ({ sequenceNumber, isWaiting }, layer) =>
        told.push(`${sink}: ${sequenceNumber}/${layer}${isWaiting ? "" : " too late"}`),
      layerArrived: () => undefined,
      wantedLayers: 1,
      sourcePaused: () => told.push(`${sink}: paused`),
    });
  }
  return track;
}

function makePacket(sequenceNumber: number): RtpPacket {
  return Object.assign(new RtpPacket(Buffer.alloc(20)), { sequenceNumber });
}

describe("delivery batch", () => {
  it("[RX78] hands packets on track by track, to one subscriber after the other", () => {
    const told: string[] = [];
    const batch = new DeliveryBatch();
    const ada = openTrack("ada", told, ["eve", "bob"]);
    const dan = openTrack("dan", told, ["eve"]);
    const packets = [1, 2, 3, 4].map(makePacket);
    for (const [index, track] of [ada, dan, ada, dan].entries())
      batch.add(track, packets[index] as RtpPacket, index % 2);
    expect(told).toEqual([]);
    expect(packets.every(({ isWaiting }) => isWaiting)).toBe(true);
    batch.flush();
    expect(told).toEqual(["eve: 1/0", "eve: 3/0", "bob: 1/0", "bob: 3/0", "eve: 2/1", "eve: 4/1"]);
    expect(packets.some(({ isWaiting }) => isWaiting)).toBe(false);
    batch.flush();
    expect(told.length).toBe(6);
  });

  it("[RX78] nothing of a track that ended meanwhile is handed on", () => {
    const told: string[] = [];
    const batch = new DeliveryBatch();
    const ada = openTrack("ada", told, ["eve"]);
    batch.add(ada, makePacket(1), 0);
    ada.end();
    batch.flush();
    expect(told).toEqual(["eve: paused"]);
  });

  it("[RX78] a fault of one subscriber is reported, and nobody else's packets go elsewhere", () => {
    const told: string[] = [];
    const batch = new DeliveryBatch();
    const ada = openTrack("ada", told, []);
    const dan = openTrack("dan", told, ["eve"]);
    const receivePacket = () => {
      throw new Error("it failed");
    };
    ada.source.addSink({
      receivePacket,
      layerArrived: () => undefined,
      wantedLayers: 1,
      sourcePaused: () => undefined,
    });
    batch.add(ada, makePacket(1), 0);
    batch.add(ada, makePacket(2), 0);
    batch.add(dan, makePacket(3), 0);
    batch.flush();
    batch.add(dan, makePacket(4), 0);
    batch.flush();
    expect(told).toEqual(["ada: it failed", "eve: 3/0", "eve: 4/0"]);
  });

  it("[RX78] what a handler mutes in the middle is muted", () => {
    const told: string[] = [];
    const batch = new DeliveryBatch();
    const ada = openTrack("ada", told, []);
    for (const sink of ["eve", "bob"]) {
      ada.source.addSink({
        receivePacket: ({ sequenceNumber }) => {
          told.push(`${sink}: ${sequenceNumber}`);
          ada.muted = true;
        },
        layerArrived: () => undefined,
        wantedLayers: 1,
        sourcePaused: () => told.push(`${sink}: paused`),
      });
    }
    for (const number of [1, 2]) batch.add(ada, makePacket(number), 0);
    batch.flush();
    expect(told).toEqual(["eve: 1", "eve: paused", "bob: paused"]);
  });

  it("[RX78] more than 64 packets do not wait", () => {
    const told: string[] = [];
    const batch = new DeliveryBatch();
    const ada = openTrack("ada", told, ["eve"]);
    for (let number = 0; number < 65; number += 1) batch.add(ada, makePacket(number), 0);
    expect(told.length).toBe(64);
    batch.flush();
    expect(told.length).toBe(65);
  });
});
