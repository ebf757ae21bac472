import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ReplaceableSource } from "../../../../transport/media/forwarding/replaceable_source.ts";
import { SentStream } from "../../../../transport/media/forwarding/sent_stream.ts";
import { RelayRig } from "../relay/relay_rig.ts";
import { Vp8Encoder } from "../relay/vp8_encoder.ts";
import { FakeOutlet, readVp8, type Sent, ssrc, videoParameters, vp8 } from "./sent_stream_rig.ts";

beforeEach(() => {
  vi.useFakeTimers({ toNotFake: ["queueMicrotask", "nextTick", "setImmediate"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A publisher, with its own numbers. */
function openPublisher(name: string, first: ConstructorParameters<typeof Vp8Encoder>[1], payloadType = 96) {
  const rig = new RelayRig({ codecs: [{ ...vp8, payloadType }] });
  const encoder = new Vp8Encoder(name, first);
  return {
    rig,
    track: rig.track,
    /** A frame; a keyframe if one was asked for. */
    frame(isKeyframe = rig.keyframeRequests.splice(0).length > 0): void {
      const packets = encoder.frame({ isKeyframe });
      for (const packet of packets) packet[1] = ((packet[1] as number) & 0x80) | payloadType;
      rig.streams[0]?.receive(...packets);
    },
  };
}

function open() {
  const old = openPublisher("old ", { sequenceNumber: 65_500, timestamp: 0xffff_0000, pictureId: 9_000 });
  const next = openPublisher("new ", { sequenceNumber: 12, timestamp: 1_234, pictureId: 3 }, 120);
  const outlet = new FakeOutlet();
  const source = new ReplaceableSource(old.track.source);
  const stream = new SentStream({ ssrc, rtxSsrc: 7, outlet, source });
  stream.configure(videoParameters);
  const play = async (frames: number, publishers: readonly ReturnType<typeof openPublisher>[]): Promise<void> => {
    for (let frame = 0; frame < frames; frame += 1) {
      await vi.advanceTimersByTimeAsync(33);
      for (const publisher of publishers) {
        publisher.frame();
        await publisher.rig.settle();
      }
      stream.tick(performance.now());
    }
  };
  return { old, next, outlet, source, stream, play };
}

function names(sent: readonly Sent[]): string {
  return sent.map((packet) => packet.payload.toString("latin1", 20, 23)).join(" ");
}

/** Numbers go up by one, timestamps by the time between frames, picture ids by one at each frame. */
function expectOneStream(sent: readonly Sent[]): void {
  const steps = sent.slice(1).map((packet, position) => {
    const before = sent[position] as Sent;
    return {
      index: packet.index - before.index,
      ticks: (packet.timestamp - before.timestamp) | 0,
      pictures: (readVp8(packet).pictureId - readVp8(before).pictureId) & 0x7fff,
    };
  });
  for (const { index, ticks } of steps) {
    expect(index).toBe(1);
    expect(ticks).toBeGreaterThanOrEqual(0);
    expect(ticks).toBeLessThan(12_000);
  }
  // No picture id comes again for another picture.
  const frames = new Map(sent.map((packet) => [packet.timestamp, readVp8(packet).pictureId]));
  expect(new Set(frames.values()).size).toBe(frames.size);
}

describe("ReplaceableSource", () => {
  it("[TX29] sends the source of before until a keyframe of the other has come, and then that, as one stream", async () => {
    const { old, next, outlet, source, play } = open();
    await play(20, [old]);
    const before = outlet.take();
    // It has been there for a while, as a track that others subscribed to.
    next.frame(true);
    for (let frame = 0; frame < 5; frame += 1) next.frame(false);
    source.replace(next.track.source);
    expect(next.rig.keyframeRequests).toEqual([0]);
    next.rig.keyframeRequests.length = 0;
    await play(5, [old, next]);
    const between = outlet.take();
    expect(new Set(names(between).split(" "))).toEqual(new Set(["old"]));
    next.rig.keyframeRequests.push(0);
    await play(10, [old, next]);
    const after = outlet.take();
    expect(names(after)).toMatch(/^(old ?){0,2}(new ?)+$/);
    expect(after.length).toBeGreaterThan(15);
    expectOneStream([...before, ...between, ...after]);
    expect(new Set(after.map(({ payloadType }) => payloadType))).toEqual(new Set([100]));
    expect(old.track.source.wantedLayers).toBe(0);
    expect(next.track.source.wantedLayers).toBe(1);
  });

  it("[TX29] tells of the pauses of a source that was gone back to before the other one had come", () => {
    const { old, next } = open();
    const source = new ReplaceableSource(old.track.source);
    let pauses = 0;
    const sink = {
      wantedLayers: 1,
      receivePacket: () => undefined,
      layerArrived: () => undefined,
      sourcePaused: () => {
        pauses += 1;
      },
    };
    source.addSink(sink);
    source.replace(next.track.source);
    source.replace(old.track.source);
    expect(pauses).toBe(0);
    old.track.source.pause();
    expect(pauses).toBe(1);
    next.track.source.pause();
    expect(pauses).toBe(1);
  });

  it("[TX29] asks for that keyframe again each 500 ms", async () => {
    const { old, next, source, play } = open();
    await play(20, [old]);
    source.replace(next.track.source);
    let asked = 0;
    for (let frame = 0; frame < 60; frame += 1) {
      await play(1, [old]);
      asked += next.rig.keyframeRequests.splice(0).length;
      next.frame(false);
    }
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(asked).toBeLessThanOrEqual(5);
  });

  it("[TX29] goes on with the other at once when the one of before ends or pauses", async () => {
    for (const stop of ["end", "mute"] as const) {
      const { old, next, outlet, source, play } = open();
      await play(20, [old]);
      const before = outlet.take();
      source.replace(next.track.source);
      if (stop === "end") old.track.end();
      else old.track.muted = true;
      await play(20, [next]);
      const after = outlet.take();
      expect(after.length).toBeGreaterThan(20);
      expectOneStream([...before, ...after]);
    }
  });

  it("[TX29] of what was sent before nothing is sent again, nor anything of the other in its place", async () => {
    const { old, next, outlet, source, stream, play } = open();
    await play(10, [old]);
    const before = outlet.take();
    source.replace(next.track.source);
    await play(20, [old, next]);
    const after = outlet.take().filter((packet) => names([packet]) === "new");
    stream.retransmit(
      [...before, ...after].map(({ sequenceNumber }) => sequenceNumber),
      performance.now(),
    );
    const again = outlet.take().filter(({ ssrc: its }) => its === 7);
    expect(again.map(({ payload }) => payload.subarray(2))).toEqual(after.map(({ payload }) => payload));
  });

  it("[TX29] can be replaced again, before the other came too, and back", async () => {
    const { old, next, outlet, source, play } = open();
    await play(10, [old]);
    const before = outlet.take();
    const third = openPublisher("3rd ", { sequenceNumber: 40_000, timestamp: 9, pictureId: 30 });
    source.replace(next.track.source);
    source.replace(third.track.source);
    await play(20, [old, next, third]);
    const sent = [...before, ...outlet.take()];
    expect(new Set(names(sent).split(" "))).toEqual(new Set(["old", "3rd"]));
    expect(next.track.source.wantedLayers).toBe(0);
    source.replace(old.track.source);
    await play(30, [old, third]);
    sent.push(...outlet.take());
    expect(names(sent.slice(-10))).toBe(Array.from({ length: 10 }, () => "old").join(" "));
    expectOneStream(sent);
    // Its own source is no other one.
    source.replace(old.track.source);
    await play(3, [old]);
    expect(outlet.take()).toHaveLength(6);
  });

  it("[TX29] a stream that is not configured, or stops meanwhile, changes its source at once", async () => {
    const { old, next, outlet, source, stream, play } = open();
    await play(10, [old]);
    stream.configure(undefined);
    outlet.take();
    source.replace(next.track.source);
    stream.configure(videoParameters);
    await play(20, [old, next]);
    expect(new Set(names(outlet.take()).split(" "))).toEqual(new Set(["new"]));
    source.replace(old.track.source);
    stream.stop();
    await play(3, [old, next]);
    expect(outlet.take()).toEqual([]);
    expect([old, next].map(({ track }) => track.source.wantedLayers)).toEqual([0, 0]);
  });

  it("[TX29] a track of another node takes the place of one of this node, and the other way round", async () => {
    const { old, next, outlet, source, play } = open();
    await play(10, [old]);
    const sent = outlet.take();
    const node = next.rig.openNode();
    source.replace(node.track.source);
    await next.rig.settle();
    await play(20, [old, next]);
    sent.push(...outlet.take());
    expect(names(sent.slice(-2))).toBe("new new");
    source.replace(old.track.source);
    await play(30, [old, next]);
    sent.push(...outlet.take());
    expect(names(sent.slice(-2))).toBe("old old");
    expectOneStream(sent);
    await next.rig.settle();
    expect(node.wanted).toEqual([1, 0]);
  });
});
