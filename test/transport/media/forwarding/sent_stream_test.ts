import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyframeRetryMs } from "../../../../transport/media/forwarding/keyframe_wish.ts";
import {
  maxCatchUpPackets,
  maxGapPackets,
  maxRefusedPackets,
} from "../../../../transport/media/forwarding/sent_stream.ts";
import { srtpTailroom } from "../../../../transport/media/srtp/srtp_keys.ts";
import {
  audioParameters,
  FakeSource,
  firstIndex,
  firstTimestamp,
  openRig,
  opus,
  type Rig,
  readVp8,
  ssrc,
  Vp8Layer,
  videoParameters,
  vp8,
  vp9,
} from "./sent_stream_rig.ts";

const all = Number.MAX_SAFE_INTEGER;
const report = {
  ssrc,
  fractionLost: 0,
  cumulativeLost: 0,
  highestSequenceNumber: 0,
  jitter: 0,
  lastSr: 0,
  delaySinceLastSr: 0,
};

function openVideo(layers = 1): Rig & { readonly layers: Vp8Layer[] } {
  const rig = openRig(new FakeSource("video", layers));
  return Object.assign(rig, { layers: rig.source.layers.map((_, layer) => new Vp8Layer(rig, layer)) });
}

/** Goes on by a frame of each layer, with a tick. */
function play(rig: Rig & { readonly layers: Vp8Layer[] }, frames: number, only?: readonly number[]): void {
  for (let frame = 0; frame < frames; frame += 1) {
    rig.nowMs += 33;
    for (const [index, layer] of rig.layers.entries()) if (only?.includes(index) ?? true) layer.frame();
    rig.stream.tick(rig.nowMs);
  }
}

function keyframes(rig: Rig & { readonly layers: Vp8Layer[] }, only?: readonly number[]): void {
  rig.nowMs += 33;
  for (const [index, layer] of rig.layers.entries())
    if (only?.includes(index) ?? true) layer.frame({ isKeyframe: true });
}

/** Which layers the packets that were sent are of. */
function takeLayers(rig: Rig): number[] {
  return rig.outlet.take().map((sent) => Number(readVp8(sent).text.split(":")[0]));
}

function takeNumbers(rig: Rig): number[] {
  return rig.outlet.take().map(({ index }) => index - firstIndex);
}

function deliverAudio(rig: Rig, sequenceNumber: number, fields = {}): void {
  rig.source.deliver(0, {
    sequenceNumber,
    timestamp: (sequenceNumber * 960) >>> 0,
    receivedAtMs: sequenceNumber * 20,
    ...fields,
  });
}

describe("SentStream", () => {
  it("[TX12] sends a packet under the stream's own numbers, with the payload as it came", () => {
    const rig = openRig(new FakeSource("audio"));
    const payload = Buffer.from(Array.from({ length: 1_200 }, (_, position) => position & 0xff));
    rig.source.deliver(0, { sequenceNumber: 5, timestamp: 77, marker: true, audioLevel: 0x99, payload });
    const [sent] = rig.outlet.take();
    expect(sent).toMatchObject({ ssrc, payloadType: 109, marker: true, index: firstIndex, timestamp: firstTimestamp });
    expect(sent?.payload).toEqual(payload);
    expect(sent?.extensions.get(1)).toEqual(Buffer.of(0x99));
    rig.source.deliver(0, { sequenceNumber: 6, timestamp: 77 + 960, payload: Buffer.of(1) });
    expect(rig.outlet.take()[0]).toMatchObject({
      marker: false,
      index: firstIndex + 1,
      timestamp: firstTimestamp + 960,
    });
    expect(rig.stream.statistics).toMatchObject({ packets: 2, bytes: 1_201 });
  });

  it("[TX12] sends what has a long header of its own, and what a small buffer just holds", () => {
    const rig = openRig(new FakeSource("audio"));
    const payload = Buffer.alloc(600, 0xab);
    deliverAudio(rig, 1, { payloadOffset: 300, payload });
    rig.outlet.bufferLength = 64 + 24 + 600 + srtpTailroom;
    deliverAudio(rig, 2, { payload });
    rig.outlet.bufferLength -= 1;
    deliverAudio(rig, 3, { payload });
    expect(rig.outlet.take().map((sent) => sent.payload)).toEqual([payload, payload]);
  });

  it("[TX11] tells the mid until the client reports on the stream", () => {
    const rig = openRig(new FakeSource("audio"));
    deliverAudio(rig, 1);
    rig.stream.receiveReport(report, 0);
    deliverAudio(rig, 2);
    expect(rig.outlet.take().map(({ extensions }) => extensions.get(4)?.toString())).toEqual(["a", undefined]);
  });

  it("[TX1] counts on past 65,535 and leaves the gaps that the source has", () => {
    const rig = openRig(new FakeSource("audio"));
    const lost = new Set([65_500, 65_536, 65_537, 90_000]);
    for (let number = 60_000; number < 200_000; number += 1) {
      if (!lost.has(number)) deliverAudio(rig, number);
      if (number === 65_560) deliverAudio(rig, 65_537);
    }
    const sent = rig.outlet.take();
    const offset = firstIndex - 60_000;
    const indexes = new Set(sent.map(({ index }) => index - offset));
    expect([sent.length, indexes.size]).toEqual([140_000 - 3, 140_000 - 3]);
    expect([65_500, 65_536, 90_000].some((number) => indexes.has(number))).toBe(false);
    for (const { index, timestamp, payload } of sent) {
      const number = index - offset;
      if (timestamp !== (firstTimestamp + (number - 60_000) * 960) >>> 0) throw new Error(`${number}: ${timestamp}`);
      if (!payload.toString().startsWith(`packet ${number} `)) throw new Error(`${number}: ${payload}`);
    }
  });

  it("[TX2] sends nothing twice", () => {
    const rig = openRig(new FakeSource("audio"));
    for (const number of [10, 11, 13, 12]) deliverAudio(rig, number);
    const packet = rig.source.layers[0]?.history.get(12);
    if (packet === undefined) throw new Error("It is not there");
    rig.stream.receivePacket(packet, 0);
    expect(takeNumbers(rig)).toEqual([0, 1, 3, 2]);
  });

  it("[TX13] begins a video with a keyframe, which it asks for at once and again while packets come without one", () => {
    const rig = openVideo();
    expect(rig.source.requests).toEqual([0]);
    play(rig, 12);
    expect(rig.source.requests).toEqual([0]);
    rig.nowMs = keyframeRetryMs;
    rig.stream.tick(rig.nowMs);
    expect(rig.source.requests).toEqual([0, 0]);
    rig.nowMs = keyframeRetryMs * 5;
    rig.stream.tick(rig.nowMs);
    expect(rig.source.requests).toEqual([0, 0]);
    expect(rig.outlet.take()).toEqual([]);
    keyframes(rig);
    play(rig, 40);
    expect(takeNumbers(rig)).toEqual(Array.from({ length: 82 }, (_, number) => number));
    expect(rig.source.requests).toEqual([0, 0]);
  });

  it("[TX13] asks for no keyframe of audio, and for none before anything can be sent", () => {
    const audio = openRig(new FakeSource("audio"));
    audio.stream.tick(10_000);
    expect(audio.source.requests).toEqual([]);
    const rig = openRig(new FakeSource("video"));
    rig.stream.configure(undefined);
    rig.source.requests = [];
    rig.outlet.isOpen = false;
    rig.stream.configure(videoParameters);
    rig.stream.tick(100);
    expect(rig.source.requests).toEqual([]);
    rig.outlet.isOpen = true;
    rig.stream.tick(200);
    expect(rig.source.requests).toEqual([0]);
  });

  it("[TX3] sends nothing before it is configured, while the outlet is closed, and after it was stopped", () => {
    const source = new FakeSource("audio");
    const rig = openRig(source);
    rig.stream.configure(undefined);
    expect(source.sinks.size).toBe(0);
    rig.outlet.isOpen = false;
    rig.stream.configure(audioParameters);
    deliverAudio(rig, 1);
    rig.outlet.isOpen = true;
    deliverAudio(rig, 2);
    rig.outlet.isOpen = false;
    deliverAudio(rig, 3);
    rig.stream.retransmit([firstIndex], 1_000);
    rig.outlet.isOpen = true;
    deliverAudio(rig, 4);
    expect(takeNumbers(rig)).toEqual([0, 2]);
    rig.stream.configure(undefined);
    const packet = source.layers[0]?.history.get(4);
    if (packet === undefined) throw new Error("It is not there");
    rig.stream.receivePacket(packet, 0);
    rig.stream.retransmit([firstIndex + 2], 1_000);
    expect([rig.stream.sendPadding(500, 0), takeNumbers(rig)]).toEqual([0, []]);
    rig.stream.configure(audioParameters);
    deliverAudio(rig, 6);
    expect(takeNumbers(rig)).toEqual([3]);
    rig.stream.stop();
    rig.stream.configure(audioParameters);
    rig.stream.receivePacket(packet, 0);
    expect([source.sinks.size, takeNumbers(rig)]).toEqual([0, []]);
  });

  it("[TX14] changes layers with a keyframe, and sends the old one until then", () => {
    const rig = openVideo(3);
    rig.stream.setTarget(0, all);
    keyframes(rig);
    play(rig, 3);
    expect(new Set(takeLayers(rig))).toEqual(new Set([0]));
    rig.source.requests = [];
    rig.stream.setTarget(2, all);
    expect([rig.source.requests, rig.stream.targetLayer, rig.stream.currentLayer]).toEqual([[2], 2, 0]);
    play(rig, 3);
    expect(new Set(takeLayers(rig))).toEqual(new Set([0]));
    const changes: number[] = [];
    rig.stream.onchange = () => changes.push(rig.stream.currentLayer);
    keyframes(rig);
    play(rig, 2);
    expect(takeLayers(rig)).toEqual([0, 0, 2, 2, 2, 2, 2, 2]);
    expect(changes).toEqual([2]);
    rig.stream.setTarget(1, all);
    keyframes(rig, [0, 2]);
    keyframes(rig, [1]);
    play(rig, 1);
    expect(takeLayers(rig)).toEqual([2, 2, 1, 1, 1, 1]);
  });

  it("[TX14] asks again for the keyframe of a layer that comes without one, but not more often", () => {
    const rig = openVideo(2);
    rig.stream.setTarget(0, all);
    keyframes(rig);
    rig.source.requests = [];
    for (let frame = 0; frame < 45; frame += 1) {
      rig.stream.setTarget(1, all);
      play(rig, 1);
    }
    expect(rig.source.requests).toEqual([1, 1, 1]);
  });

  it("[TX1] numbers on over changes of layers, with losses and late packets on both sides", () => {
    const rig = openVideo(2);
    rig.stream.setTarget(0, all);
    keyframes(rig);
    rig.layers[0]?.frame({ packets: 3, lost: [1] });
    rig.stream.setTarget(1, all);
    const made = rig.layers[1]?.frame({ packets: 3, isKeyframe: true, lost: [1] });
    expect(takeNumbers(rig)).toEqual([0, 1, 2, 4, 5, 7]);
    rig.source.deliver(1, made?.[1] ?? {});
    expect(takeNumbers(rig)).toEqual([6]);
    // Late, of the layer and the time before the change.
    rig.layers[0]?.frame();
    rig.source.deliver(0, { ...made?.[1], sequenceNumber: 10_003 });
    rig.source.deliver(1, { ...made?.[1], sequenceNumber: 19_990 });
    expect(takeNumbers(rig)).toEqual([]);
  });

  it("[TX6] keeps the timestamps on one clock over changes of layers", () => {
    const rig = openVideo(3);
    const origin = rig.layers.map((layer) => layer.timestampAt(0));
    for (const [index, layer] of rig.source.layers.entries()) layer.senderReport = rig.layers[index]?.report();
    let first: number | undefined;
    for (let round = 0; round < 30; round += 1) {
      rig.stream.setTarget(round % 3, all);
      keyframes(rig);
      const begun = rig.outlet.take().at(-1)?.timestamp ?? 0;
      first ??= begun;
      const late = begun - (first + Math.round((rig.nowMs - 33) * 90));
      expect([round, late >= 0 && late <= 2 * 90 + 1]).toEqual([round, true]);
      play(rig, 2);
      const stamps = rig.outlet.take().map(({ timestamp }) => timestamp - begun);
      expect(stamps).toEqual([2_970, 2_970, 5_940, 5_940]);
    }
    expect(origin).toEqual([1_000_000, 2_000_000, 3_000_000]);
  });

  it("[TX8] keeps picture ids and TL0PICIDX continuous over changes of layers", () => {
    const rig = openVideo(3);
    const seen: { pictureId: number; tl0: number }[] = [];
    for (let round = 0; round < 12; round += 1) {
      rig.stream.setTarget((round * 2) % 3, all);
      play(rig, 3);
      keyframes(rig);
      for (const sent of rig.outlet.take()) {
        const { pictureId, tl0 } = readVp8(sent);
        if (seen.at(-1)?.pictureId !== pictureId) seen.push({ pictureId, tl0 });
      }
    }
    expect(seen.length).toBeGreaterThan(40);
    for (const [position, { pictureId, tl0 }] of seen.entries()) {
      const { pictureId: firstId, tl0: firstTl0 } = seen[0] ?? { pictureId: 0, tl0: 0 };
      expect([pictureId, tl0]).toEqual([firstId + position, (firstTl0 + position) & 0xff]);
    }
  });

  it("[TX15] takes the nearest lower layer when the one it wants stops, and goes back when that comes again", () => {
    const rig = openVideo(3);
    keyframes(rig);
    play(rig, 10);
    takeLayers(rig);
    rig.source.requests = [];
    play(rig, 15, [0, 1]);
    expect(rig.source.requests).toEqual([]);
    play(rig, 3, [0, 1]);
    expect(rig.source.requests).toEqual([1]);
    keyframes(rig, [0, 1]);
    play(rig, 20, [0, 1]);
    expect([new Set(takeLayers(rig)), rig.stream.currentLayer]).toEqual([new Set([1]), 1]);
    expect(rig.source.requests).toEqual([1]);
    play(rig, 1);
    expect(rig.source.requests).toEqual([1, 2]);
    keyframes(rig);
    expect([takeLayers(rig), rig.stream.currentLayer]).toEqual([[1, 1, 1, 1, 2, 2], 2]);
  });

  it("[TX15] takes a higher layer when no lower one comes", () => {
    const rig = openVideo(3);
    rig.stream.setTarget(0, all);
    keyframes(rig);
    play(rig, 20, [2]);
    keyframes(rig, [2]);
    expect(rig.stream.currentLayer).toBe(2);
  });

  it("[TX15] keeps a layer of which a frame comes each second, as the others do", () => {
    const rig = openVideo(2);
    keyframes(rig);
    rig.source.requests = [];
    for (let second = 0; second < 5; second += 1) {
      for (let tick = 0; tick < 9; tick += 1) {
        rig.nowMs += 100;
        rig.stream.tick(rig.nowMs);
      }
      rig.layers[0]?.frame();
      rig.nowMs += 50;
      rig.stream.tick(rig.nowMs);
      rig.layers[1]?.frame();
      rig.nowMs += 50;
    }
    expect([rig.source.requests, rig.stream.currentLayer]).toEqual([[], 1]);
  });

  it("[TX15] begins with what comes while nothing better does", () => {
    const rig = openVideo(3);
    expect(rig.source.requests).toEqual([2]);
    keyframes(rig, [0]);
    expect(rig.stream.currentLayer).toBe(0);
    play(rig, 2, [0]);
    keyframes(rig, [2]);
    expect(rig.stream.currentLayer).toBe(2);
  });

  it("[TX15] begins with a layer that is known to come, and waits for it when lower ones come first", () => {
    const source = new FakeSource("video", 3);
    const rig = openRig(source);
    rig.stream.configure(undefined);
    source.requests = [];
    for (const layer of source.layers.slice(0, 2)) layer.bitrate = 100_000;
    rig.stream.configure(videoParameters);
    expect(source.requests).toEqual([1]);
    const layers = source.layers.map((_, layer) => new Vp8Layer(rig, layer));
    keyframes(Object.assign(rig, { layers }));
    expect(takeLayers(rig)).toEqual([1, 1, 2, 2]);
  });

  it("[TX16] leaves temporal layers out from the next frame on, and closes ranks", () => {
    const rig = openVideo();
    const [layer] = rig.layers;
    layer?.frame({ isKeyframe: true });
    const pattern = [2, 1, 2, 0];
    const playPattern = (isLayerSync = false): void => {
      for (const temporalLayer of pattern) {
        rig.nowMs += 33;
        layer?.frame({ temporalLayer, isLayerSync });
      }
    };
    playPattern();
    expect(rig.outlet.take().length).toBe(10);
    rig.stream.setTarget(0, 1);
    playPattern();
    playPattern();
    const halved = rig.outlet.take();
    expect(halved.map(({ index }) => index - firstIndex)).toEqual([10, 11, 12, 13, 14, 15, 16, 17]);
    expect(halved.map((sent) => readVp8(sent).pictureId)).toEqual([106, 106, 107, 107, 108, 108, 109, 109]);
    expect(halved.map((sent) => readVp8(sent).tl0)).toEqual([12, 12, 13, 13, 13, 13, 14, 14]);
    expect([rig.stream.currentTemporalLayer, rig.stream.statistics.leftOutPackets]).toEqual([1, 8]);
    rig.stream.setTarget(0, 0);
    playPattern();
    expect(rig.outlet.take().length).toBe(2);
  });

  it("[TX16] takes a temporal layer in again, one at a time, where it begins anew", () => {
    const rig = openVideo();
    const [layer] = rig.layers;
    rig.stream.setTarget(0, 0);
    layer?.frame({ isKeyframe: true });
    rig.outlet.take();
    rig.stream.setTarget(0, 2);
    const sends = (temporalLayer: number, isLayerSync = false): number => {
      rig.nowMs += 33;
      layer?.frame({ temporalLayer, isLayerSync });
      return rig.outlet.take().length;
    };
    expect([sends(2), sends(1), sends(2, true), sends(0)]).toEqual([0, 0, 0, 2]);
    expect([sends(2, true), sends(1, true), sends(2), sends(0)]).toEqual([0, 2, 0, 2]);
    expect([sends(2, true), sends(1), sends(2), sends(0)]).toEqual([2, 2, 2, 2]);
    rig.stream.setTarget(0, 0);
    sends(0);
    rig.stream.setTarget(0, 2);
    rig.nowMs += 33;
    layer?.frame({ isKeyframe: true });
    expect([rig.outlet.take().length, sends(2)]).toEqual([2, 2]);
  });

  it("[TX16] keeps frames whole when the wish changes within one", () => {
    const rig = openVideo();
    const [layer] = rig.layers;
    layer?.frame({ isKeyframe: true });
    rig.nowMs += 33;
    const made = layer?.frame({ packets: 4, temporalLayer: 1, lost: [2, 3] });
    rig.stream.setTarget(0, 0);
    for (const packet of made?.slice(2) ?? []) rig.source.deliver(0, packet);
    expect(takeNumbers(rig)).toEqual([0, 1, 2, 3, 4, 5]);
    rig.nowMs += 33;
    const other = layer?.frame({ packets: 4, temporalLayer: 1, isLayerSync: true, lost: [2, 3] });
    rig.stream.setTarget(0, 1);
    for (const packet of other?.slice(2) ?? []) rig.source.deliver(0, packet);
    expect(takeNumbers(rig)).toEqual([]);
  });

  it("[TX16] takes in all of them with a keyframe of another layer that shows the same instant", () => {
    const rig = openRig(new FakeSource("video", 2));
    const layers = rig.source.layers.map((_, layer) => new Vp8Layer(rig, layer, { timestamp: 5 }));
    rig.stream.setTarget(0, 0);
    for (const layer of layers) layer.frame({ isKeyframe: true });
    rig.stream.setTarget(1, 2);
    rig.nowMs += 33;
    for (const [index, layer] of layers.entries()) layer.frame({ isKeyframe: index === 1 });
    rig.outlet.take();
    rig.nowMs += 33;
    layers[1]?.frame({ temporalLayer: 2 });
    expect(rig.outlet.take().length).toBe(2);
  });

  it("[TX8] leaves the gaps in the picture ids of VP9, whose pictures refer to each other by them", () => {
    const rig = openRig(new FakeSource("video", 1, [vp9]));
    rig.stream.setTarget(0, 0);
    for (const [position, temporalLayer] of [0, 1, 0, 1, 0].entries()) {
      const pictureId = 5 + position;
      rig.source.deliver(0, {
        sequenceNumber: 10 + position,
        timestamp: 3_000 * position,
        isKeyframeStart: position === 0,
        temporalLayer,
        pictureId,
        pictureIdOffset: 21,
        pictureIdBits: 7,
        payload: Buffer.of(0x80, pictureId, 1),
      });
    }
    const sent = rig.outlet.take();
    expect(sent.map(({ index }) => index - firstIndex)).toEqual([0, 1, 2]);
    expect(sent.map(({ payload }) => [...payload])).toEqual([5, 7, 9].map((pictureId) => [0x80, pictureId, 1]));
  });

  it("[TX4] fills the number that it kept for a packet that is left out", () => {
    const rig = openVideo();
    const [layer] = rig.layers;
    rig.stream.setTarget(0, 0);
    layer?.frame({ isKeyframe: true });
    rig.nowMs += 33;
    const made = layer?.frame({ temporalLayer: 1, lost: [0, 1] });
    rig.nowMs += 33;
    layer?.frame();
    rig.source.deliver(0, made?.[1] ?? {});
    const sent = rig.outlet.take();
    expect(sent.map(({ index }) => index - firstIndex)).toEqual([0, 1, 4, 5, 3]);
    expect(sent[4]).toMatchObject({
      ssrc,
      payloadType: 100,
      timestamp: firstTimestamp + 2_970,
      payload: Buffer.alloc(0),
    });
    expect(sent[4]?.paddingLength).toBeGreaterThan(0);
  });

  it("[TX4] fills the number of a late packet whose picture was left out before", () => {
    const rig = openVideo();
    const [layer] = rig.layers;
    rig.stream.setTarget(0, 0);
    layer?.frame({ isKeyframe: true });
    rig.nowMs += 33;
    const made = layer?.frame({ packets: 3, temporalLayer: 1, lost: [1] });
    rig.stream.setTarget(0, 1);
    rig.nowMs += 33;
    layer?.frame();
    rig.nowMs += 33;
    layer?.frame({ temporalLayer: 1, isLayerSync: true });
    expect(rig.outlet.take().length).toBe(6);
    rig.source.deliver(0, made?.[1] ?? {});
    expect(rig.outlet.take().map(({ payload }) => payload.length)).toEqual([0]);
  });

  it("[TX1] closes ranks over packets that are padding alone", () => {
    const rig = openRig(new FakeSource("audio"));
    deliverAudio(rig, 1);
    deliverAudio(rig, 2, { payload: Buffer.alloc(0) });
    deliverAudio(rig, 3);
    expect(takeNumbers(rig)).toEqual([0, 1]);
  });

  it("[TX17] sends nothing for a target of -1, and begins anew with a keyframe afterwards", () => {
    const rig = openVideo();
    keyframes(rig);
    rig.outlet.take();
    rig.source.requests = [];
    rig.stream.setTarget(-1, 0);
    expect([rig.stream.currentLayer, rig.stream.targetLayer]).toEqual([-1, -1]);
    play(rig, 30);
    keyframes(rig);
    expect([rig.outlet.take(), rig.source.requests]).toEqual([[], []]);
    rig.stream.setTarget(0, all);
    expect(rig.source.requests).toEqual([0]);
    play(rig, 3);
    expect(rig.outlet.take()).toEqual([]);
    keyframes(rig);
    const sent = rig.outlet.take();
    expect(sent.map(({ index }) => index - firstIndex)).toEqual([2, 3]);
    expect(sent[0]?.timestamp).toBe(firstTimestamp + 35 * 2_970);
  });

  it("[TX17] pauses audio as well, and takes a layer over the highest for that", () => {
    const rig = openRig(new FakeSource("audio"));
    deliverAudio(rig, 1);
    rig.stream.setTarget(-1, 0);
    deliverAudio(rig, 2);
    rig.stream.setTarget(99, 0);
    deliverAudio(rig, 3);
    expect([takeNumbers(rig), rig.stream.targetLayer]).toEqual([[0, 1], 0]);
  });

  it("[TX18] begins anew after the source paused: the next number, the time that passed, a keyframe", () => {
    const rig = openVideo();
    keyframes(rig);
    rig.source.requests = [];
    rig.source.pause();
    expect(rig.stream.currentLayer).toBe(-1);
    for (let second = 1; second < 10; second += 1) rig.stream.tick(rig.nowMs + second * 1_000);
    expect(rig.source.requests).toEqual([]);
    rig.nowMs += 33 * 300;
    // Another stream of the same layer by now: other numbers, another clock.
    const again = new Vp8Layer(rig, 0, { sequenceNumber: 12, timestamp: 3_000_000_000, pictureId: 7 });
    again.frame();
    expect([rig.source.requests, takeNumbers(rig)]).toEqual([[0], [0, 1]]);
    rig.nowMs += 33;
    again.frame({ isKeyframe: true });
    const sent = rig.outlet.take();
    expect(sent.map(({ index }) => index - firstIndex)).toEqual([2, 3]);
    expect(sent.map(({ timestamp }) => timestamp - firstTimestamp)).toEqual([301 * 2_970, 301 * 2_970]);
    expect(sent.map((packet) => readVp8(packet).pictureId)).toEqual([102, 102]);
  });

  it("[TX18] goes on at once with audio that paused", () => {
    const rig = openRig(new FakeSource("audio"));
    deliverAudio(rig, 1);
    rig.source.pause();
    deliverAudio(rig, 500, { timestamp: 3_000_000_000, receivedAtMs: 10_020 });
    deliverAudio(rig, 499, { timestamp: 3_000_000_000 - 960, receivedAtMs: 10_021 });
    const sent = rig.outlet.take();
    expect(sent.map(({ index }) => index - firstIndex)).toEqual([0, 1]);
    expect(sent.map(({ timestamp }) => timestamp - firstTimestamp)).toEqual([0, 480_000]);
  });

  it("[TX19] sends a keyframe whose first packet came last", () => {
    const rig = openVideo();
    play(rig, 2);
    rig.nowMs += 33;
    const made = rig.layers[0]?.frame({ packets: 5, isKeyframe: true, lost: [0, 3] });
    play(rig, 1);
    rig.source.deliver(0, made?.[0] ?? {});
    expect(takeNumbers(rig)).toEqual([0, 1, 2, 4, 5, 6]);
    rig.source.deliver(0, made?.[3] ?? {});
    expect(takeNumbers(rig)).toEqual([3]);
  });

  it("[TX19] sends it also when part of it came before another layer did", () => {
    const rig = openVideo(2);
    rig.stream.setTarget(0, all);
    keyframes(rig);
    rig.nowMs += 33;
    const made = rig.layers[0]?.frame({ packets: 3, isKeyframe: true, lost: [0] });
    rig.stream.setTarget(1, all);
    keyframes(rig, [1]);
    rig.stream.setTarget(0, all);
    rig.outlet.take();
    rig.source.deliver(0, made?.[0] ?? {});
    expect(takeLayers(rig)).toEqual([0, 0, 0]);
  });

  it("[TX19] does not go far back for one", () => {
    for (const [packets, isTaken] of [
      [maxCatchUpPackets + 1, true],
      [maxCatchUpPackets + 2, false],
    ] as const) {
      const rig = openVideo();
      const made = rig.layers[0]?.frame({ packets, isKeyframe: true, lost: [0] });
      rig.source.deliver(0, made?.[0] ?? {});
      expect(rig.outlet.take().length).toBe(isTaken ? packets : 0);
    }
  });

  it("[TX20] begins anew where more packets are missing than a receiver waits for", () => {
    const rig = openVideo();
    keyframes(rig);
    const [layer] = rig.layers;
    if (layer === undefined) throw new Error("There is no layer");
    layer.sequenceNumber += maxGapPackets - 1;
    play(rig, 1);
    layer.sequenceNumber += maxGapPackets;
    rig.source.requests = [];
    play(rig, 2);
    expect(rig.source.requests).toEqual([0]);
    keyframes(rig);
    const last = maxGapPackets + 2;
    expect(takeNumbers(rig)).toEqual([0, 1, last - 1, last, last + 1, last + 2]);
  });

  it("[TX20] counts what is missing between packets that are left out together", () => {
    const rig = openRig(new FakeSource("audio"));
    const payload = Buffer.alloc(0);
    deliverAudio(rig, 1);
    for (let number = 500; number < 90_000; number += 500) deliverAudio(rig, number, { payload });
    deliverAudio(rig, 90_000);
    const [, last] = takeNumbers(rig);
    expect(last).toBeLessThanOrEqual(maxGapPackets);
  });

  it("[TX10] tells that the client takes no codec of the source, and when that changes", () => {
    const source = new FakeSource("video", 1, [
      { ...vp8, mimeType: "video/AV1" },
      { ...vp8, payloadType: 97 },
    ]);
    const rig = openRig(source);
    const told: boolean[] = [];
    rig.stream.onchange = () => told.push(rig.stream.isSupported);
    const deliver = (sequenceNumber: number, payloadType: number): void =>
      source.deliver(0, { sequenceNumber, payloadType, isKeyframeStart: true, payload: Buffer.of(1) });
    deliver(1, 96);
    deliver(2, 96);
    expect([rig.stream.isSupported, told, rig.outlet.take()]).toEqual([false, [false], []]);
    deliver(3, 97);
    expect([rig.stream.isSupported, told, takeNumbers(rig)]).toEqual([true, [false, true], [0]]);
    // A packet between others is no change of codecs.
    deliver(4, 96);
    rig.stream.tick(0);
    deliver(5, 97);
    expect([rig.stream.isSupported, takeNumbers(rig)]).toEqual([true, [1]]);
    for (let number = 1; number < maxRefusedPackets; number += 1) deliver(5 + number, 96);
    deliver(60, 97);
    deliver(61, 96);
    rig.stream.tick(50);
    expect(rig.stream.currentLayer).toBe(0);
    rig.outlet.take();
    for (let number = 1; number < maxRefusedPackets; number += 1) deliver(61 + number, 96);
    rig.stream.tick(100);
    deliver(200, 96);
    expect([rig.stream.isSupported, rig.stream.currentLayer, takeNumbers(rig)]).toEqual([false, -1, []]);
  });

  it("[TX9] sends each codec of the source under the client's payload type for it", () => {
    const rig = openRig(new FakeSource("video", 1, [vp8, vp9]));
    const fields = { isKeyframeStart: true, payload: Buffer.of(1) };
    rig.source.deliver(0, { sequenceNumber: 1, payloadType: 98, ...fields });
    rig.source.deliver(0, { sequenceNumber: 2, payloadType: 96, ...fields });
    rig.stream.configure({ ...videoParameters, codecs: [{ ...vp8, payloadType: 120 }] });
    rig.source.deliver(0, { sequenceNumber: 3, payloadType: 96, ...fields });
    expect(rig.outlet.take().map(({ payloadType }) => payloadType)).toEqual([102, 100, 120]);
  });

  it("[TX28] keeps to its rules whatever comes", () => {
    const event = fc.oneof(
      {
        weight: 20,
        arbitrary: fc.record({
          type: fc.constant("packet" as const),
          layer: fc.integer({ min: 0, max: 2 }),
          jump: fc.oneof(fc.constant(1), fc.integer({ min: -30, max: 30 }), fc.integer({ min: -3_000, max: 3_000 })),
          isKeyframeStart: fc.boolean(),
          temporalLayer: fc.integer({ min: 0, max: 3 }),
          isLayerSync: fc.boolean(),
          timestamp: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
          pictureId: fc.integer({ min: -1, max: 32_767 }),
          payloadType: fc.constantFrom(96, 96, 96, 98, 50),
          payloadLength: fc.constantFrom(0, 1, 5, 1_400),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          type: fc.constant("target" as const),
          layer: fc.integer({ min: -2, max: 4 }),
          temporal: fc.integer({ min: 0, max: 4 }),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ type: fc.constantFrom("pause" as const, "configure" as const, "close" as const) }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ type: fc.constant("nack" as const), first: fc.integer({ min: 0, max: 65_535 }) }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ type: fc.constant("tick" as const), ms: fc.integer({ min: 0, max: 3_000 }) }),
      },
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), fc.boolean(), (events, hasRtx) => {
        const parameters = hasRtx ? videoParameters : { ...videoParameters, rtxPayloadTypes: new Map() };
        const rig = openRig(new FakeSource("video", 3, [vp8, vp9]), parameters);
        const next = [500, 65_530, 70_000];
        const bytes = new Map<number, string>();
        let highest = firstIndex - 1;
        for (const happening of events) {
          switch (happening.type) {
            case "packet": {
              const { layer, jump, payloadLength, pictureId, timestamp, type: _, ...fields } = happening;
              const sequenceNumber = Math.max((next[layer] ?? 0) + jump, 0);
              next[layer] = sequenceNumber;
              const pictures =
                pictureId < 0 ? {} : { pictureId, pictureIdBits: pictureId < 128 ? 7 : 15, pictureIdOffset: 20 };
              const payload = Buffer.alloc(payloadLength, sequenceNumber);
              const stamp = timestamp < 0 ? Math.round(rig.nowMs * 90) : timestamp;
              const offered = { sequenceNumber, timestamp: stamp, receivedAtMs: rig.nowMs, payload, ...fields };
              rig.source.deliver(layer, payloadLength < 5 ? offered : { ...offered, ...pictures });
              break;
            }
            case "target":
              rig.stream.setTarget(happening.layer, happening.temporal);
              break;
            case "pause":
              rig.source.pause();
              break;
            case "configure":
              rig.stream.configure(undefined);
              rig.stream.configure(parameters);
              break;
            case "close":
              rig.outlet.isOpen = !rig.outlet.isOpen;
              break;
            case "nack":
              rig.stream.retransmit([happening.first, firstIndex, highest & 0xffff], rig.nowMs);
              rig.stream.sendPadding(happening.first % 3_000, rig.nowMs);
              break;
            case "tick":
              rig.nowMs += happening.ms;
              rig.stream.tick(rig.nowMs);
              rig.stream.writeSenderReport(rig.nowMs);
              break;
            default:
          }
          for (const sent of rig.outlet.take()) {
            if (sent.ssrc !== ssrc) continue;
            const before = bytes.get(sent.index);
            expect(before === undefined || before === sent.bytes.toString("hex")).toBe(true);
            bytes.set(sent.index, sent.bytes.toString("hex"));
            expect(sent.index - highest).toBeLessThanOrEqual(maxGapPackets + maxCatchUpPackets);
            highest = Math.max(highest, sent.index);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("[TX12] takes the codec of the publisher for its clock", () => {
    const rig = openRig(new FakeSource("audio", 1, [{ ...opus, payloadType: 63 }]));
    rig.source.deliver(0, { sequenceNumber: 1, timestamp: 5, receivedAtMs: 0 });
    rig.source.pause();
    rig.source.deliver(0, { sequenceNumber: 2, timestamp: 900_000, receivedAtMs: 1_000 });
    expect(rig.outlet.take().map(({ timestamp }) => timestamp - firstTimestamp)).toEqual([0, 48_000]);
  });
});
