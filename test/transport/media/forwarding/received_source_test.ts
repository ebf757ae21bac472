import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { MediaSink } from "../../../../transport/media/forwarding/media_source.ts";
import { ReceivedSource, type StreamOptions } from "../../../../transport/media/forwarding/received_source.ts";
import type { ReceivedStream } from "../../../../transport/media/forwarding/received_stream.ts";
import { RtpHeader } from "../../../../transport/media/rtp/rtp_header.ts";
import { RtpPacket } from "../../../../transport/media/rtp/rtp_packet.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const packet = new RtpPacket(Buffer.alloc(1_504));
const rids = ["q", "h", "f"];

class Sink implements MediaSink {
  wantedLayers = 0;
  readonly arrivals: (readonly [number, number])[] = [];
  readonly layers: number[] = [];
  pauseCount = 0;
  onPacket: () => void = () => undefined;

  receivePacket(received: RtpPacket, layer: number): void {
    expect(received).toBe(packet);
    this.layers.push(layer);
    this.onPacket();
  }

  layerArrived(layer: number, atMs: number): void {
    this.arrivals.push([layer, atMs]);
  }

  sourcePaused(): void {
    this.pauseCount += 1;
  }
}

function start(kind: "audio" | "video" = "video", layerRids: readonly string[] = rids) {
  const requested: number[] = [];
  const source = new ReceivedSource({ kind, rids: layerRids, requestKeyframe: (layer) => requested.push(layer) });
  return { source, requested };
}

function streamOptions(ssrc: number): StreamOptions {
  return { ssrc, hasNack: true, createInspector: () => () => undefined };
}

/** A packet with nothing in it comes. */
function receive(stream: ReceivedStream, index: number, payloadType: number): boolean {
  const slot = stream.history.slotFor(index);
  if (slot === undefined) throw new Error("There is no slot for it");
  const header = Object.assign(new RtpHeader(), { payloadType, headerLength: 12 });
  return stream.receive(Object.assign(slot, { sequenceNumber: index, byteLength: 20 }), header);
}

describe("Received source", () => {
  it("[RX70] hands each packet to every sink, in the order they were added", () => {
    const { source } = start();
    const [first, second] = [new Sink(), new Sink()];
    source.addSink(first);
    source.addSink(second);
    source.addSink(first);
    source.deliver([packet], [2]);
    source.deliver([packet], [0]);
    expect([first.layers, second.layers]).toEqual([
      [2, 0],
      [2, 0],
    ]);
    source.removeSink(first);
    source.removeSink(new Sink());
    source.deliver([packet], [1]);
    expect([first.layers, second.layers]).toEqual([
      [2, 0],
      [2, 0, 1],
    ]);
  });

  it("[RX70] lets sinks come and go while a packet is handed out", () => {
    const { source } = start();
    const sinks = [new Sink(), new Sink(), new Sink(), new Sink()] as const;
    for (const sink of sinks) source.addSink(sink);
    const late = new Sink();
    sinks[1].onPacket = () => {
      source.removeSink(sinks[0]);
      source.removeSink(sinks[1]);
      source.removeSink(sinks[2]);
      source.addSink(late);
    };
    source.deliver([packet], [0]);
    // One that was removed gets nothing more; one that was added gets the next packet.
    expect(sinks.map((sink) => sink.layers.length)).toEqual([1, 1, 0, 1]);
    expect(late.layers).toEqual([]);
    source.deliver([packet], [0]);
    expect(sinks.map((sink) => sink.layers.length)).toEqual([1, 1, 0, 2]);
    expect(late.layers).toEqual([0]);
  });

  it("[RX71] hands nothing out while it is muted, and says so", () => {
    const { source, requested } = start();
    source.openStream(0, streamOptions(1));
    source.openStream(2, streamOptions(3));
    const sink = new Sink();
    source.addSink(sink);
    source.setMuted(true);
    source.setMuted(true);
    source.deliver([packet], [0]);
    source.requestKeyframe(0);
    expect([sink.layers, sink.pauseCount, requested]).toEqual([[], 1, []]);
    source.setMuted(false);
    // A decoder needs one, of each layer that there is.
    expect(requested).toEqual([0, 2]);
    source.deliver([packet], [0]);
    expect([sink.layers, sink.pauseCount]).toEqual([[0], 1]);
  });

  it("[RX72] asks for a keyframe of a layer every 500 ms at most, for each layer of its own", () => {
    const { source, requested } = start();
    for (const layer of [0, 1, 2]) source.openStream(layer, streamOptions(layer));
    for (let i = 0; i < 50; i += 1) {
      source.requestKeyframe(1);
      vi.advanceTimersByTime(10);
    }
    source.requestKeyframe(2);
    source.requestKeyframe(7);
    source.requestKeyframe(-1);
    vi.advanceTimersByTime(5_000);
    expect(requested).toEqual([1, 1, 2].sort());
  });

  it("[RX72] asks for a keyframe that was wanted before the stream came when it comes", () => {
    const { source, requested } = start();
    source.requestKeyframe(1);
    vi.advanceTimersByTime(1_000);
    expect(requested).toEqual([]);
    source.openStream(0, streamOptions(1));
    source.openStream(1, streamOptions(2));
    expect(requested).toEqual([1]);
  });

  it("[RX72] asks for a keyframe when a stream of it lost too much", () => {
    const { source, requested } = start();
    source.setCodecs([{ payloadType: 96, mimeType: "video/VP8", clockRate: 90_000, parameters: "" }]);
    const sink = new Sink();
    sink.wantedLayers = 0b10;
    source.addSink(sink);
    for (const layer of [0, 1]) {
      const stream = source.openStream(layer, streamOptions(2 + layer));
      for (const index of [1, 10_000]) expect(receive(stream, index, 96)).toBe(true);
    }
    // Nobody gets the other one.
    expect(requested).toEqual([1]);
  });

  it("[RX72] asks for no keyframe of audio", () => {
    const { source, requested } = start("audio", []);
    source.openStream(0, streamOptions(1));
    source.requestKeyframe(0);
    source.requestKeyframes();
    expect(requested).toEqual([]);
  });

  it("[RX73] says the loudest audio level since the last call as an amplitude, whatever the voice bit is", () => {
    const { source } = start("audio", []);
    expect(source.takeAudioLevel()).toBe(0);
    for (const level of [40, 0x80 | 20, 60, -1]) {
      packet.audioLevel = level;
      source.deliver([packet], [0]);
    }
    expect(source.takeAudioLevel()).toBeCloseTo(0.1, 6);
    expect(source.takeAudioLevel()).toBe(0);
    for (const [level, amplitude] of [
      [0, 1],
      [0x80, 1],
      [126, 10 ** -6.3],
      [127, 0],
      [0xff, 0],
    ] as const) {
      packet.audioLevel = level;
      source.deliver([packet], [0]);
      expect(source.takeAudioLevel()).toBeCloseTo(amplitude, 9);
    }
    packet.audioLevel = 3;
    source.deliver([packet], [0]);
    source.setMuted(true);
    source.deliver([packet], [0]);
    expect(source.takeAudioLevel()).toBe(0);
    packet.audioLevel = -1;
  });

  it("[RX74] ends for good: tells its sinks, hands nothing out, asks for nothing", () => {
    const { source, requested } = start();
    source.openStream(0, streamOptions(1));
    const sink = new Sink();
    source.addSink(sink);
    source.requestKeyframe(0);
    source.requestKeyframe(0);
    source.end();
    source.end();
    expect([sink.pauseCount, vi.getTimerCount()]).toEqual([1, 0]);
    source.deliver([packet], [0]);
    source.requestKeyframe(0);
    source.setMuted(true);
    source.setMuted(false);
    vi.advanceTimersByTime(5_000);
    const late = new Sink();
    source.addSink(late);
    source.deliver([packet], [0]);
    expect([sink.layers, late.layers, requested]).toEqual([[], [], [0]]);
  });

  it("[RX75] has its layers before a packet of them came", () => {
    const { source } = start();
    const layers = [...source.layers];
    expect(layers.map(({ rid }) => rid)).toEqual(rids);
    for (const layer of layers) {
      expect(layer).toMatchObject({ senderReport: undefined, bitrate: 0, temporalBitrates: [0] });
      expect(layer.history.get(0)).toBeUndefined();
    }
    expect(start("audio", []).source.layers.map(({ rid }) => rid)).toEqual([""]);
    const stream = source.openStream(1, streamOptions(9));
    expect(stream).toMatchObject({ rid: "h", ssrc: 9 });
    expect(source.layers[1]).toBe(layers[1]);
    expect(layers[1]?.history).toBe(stream.history);
    stream.receiveSenderReport({ ntpMs: 1, compactNtp: 2, rtpTimestamp: 3, packetCount: 4, octetCount: 5 }, 6);
    expect(layers[1]?.senderReport).toEqual({ ntpMs: 1, rtpTimestamp: 3, receivedAtMs: 6 });
    expect(() => source.openStream(3, streamOptions(10))).toThrow(RangeError);
  });

  it("[RX75] tells its sinks when another stream takes the place of a layer's", () => {
    const { source } = start();
    const sink = new Sink();
    source.addSink(sink);
    source.openStream(1, streamOptions(9));
    expect(sink.pauseCount).toBe(0);
    const second = source.openStream(1, streamOptions(10));
    expect(sink.pauseCount).toBe(1);
    expect(source.layers[1]?.history).toBe(second.history);
  });

  it("[RX75] knows its codecs by their payload types", () => {
    const { source } = start();
    expect(source.findCodec(96)).toBeUndefined();
    const codec = { payloadType: 96, mimeType: "video/VP8", clockRate: 90_000, parameters: "" };
    source.setCodecs([codec]);
    expect([source.findCodec(96), source.findCodec(97), source.codecs]).toEqual([codec, undefined, [codec]]);
    // Streams that are there follow.
    const stream = source.openStream(0, streamOptions(1));
    expect(receive(stream, 1, 97)).toBe(false);
    source.setCodecs([codec, { ...codec, payloadType: 97 }]);
    expect(receive(stream, 2, 97)).toBe(true);
  });
});
