import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { maxRelayMessageBytes } from "../../../../transport/media/relay/relay_buffers.ts";
import { TrackRelaySender } from "../../../../transport/media/relay/track_relay_sender.ts";
import { opus, videoParameters, vp8 } from "../forwarding/sent_stream_rig.ts";
import { extensionIds, writeRtp } from "./published_stream.ts";
import { type RelayNode, RelayRig, type Subscriber } from "./relay_rig.ts";
import { Vp8Encoder } from "./vp8_encoder.ts";

beforeEach(() => {
  vi.useFakeTimers({ toNotFake: ["queueMicrotask", "nextTick", "setImmediate"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const all = Number.MAX_SAFE_INTEGER;
const rids = ["q", "h", "f"];

function openVideo(layers: readonly string[] = []) {
  const rig = new RelayRig({ rids: layers, codecs: [vp8] });
  const encoders = rig.streams.map(
    (_, layer) =>
      new Vp8Encoder(`${layer}:`, { sequenceNumber: 1_000 * (layer + 1), timestamp: 90_000 * layer, pictureId: 100 }),
  );
  return { rig, encoders };
}

type Video = ReturnType<typeof openVideo>;

/** Frames of every layer, 30 a second; keyframes where they were asked for. */
async function play({ rig, encoders }: Video, frames: number, only: readonly number[] = [0, 1, 2]): Promise<void> {
  for (let frame = 0; frame < frames; frame += 1) {
    await vi.advanceTimersByTimeAsync(33);
    await rig.settle();
    const asked = new Set(rig.keyframeRequests.splice(0));
    for (const [layer, encoder] of encoders.entries()) {
      if (only.includes(layer)) rig.streams[layer]?.receive(...encoder.frame({ isKeyframe: asked.has(layer) }));
    }
    await rig.settle();
  }
}

function layersOf(rig: RelayRig): number[] {
  return [...new Set(rig.published.splice(0).map(({ layer }) => layer))].sort();
}

function bytesOf({ outlet }: Subscriber): string[] {
  return outlet.take().map(({ bytes }) => bytes.toString("hex"));
}

/** Which layers the packets that were sent are of. */
function sentLayers({ outlet }: Subscriber): string[] {
  return [...new Set(outlet.take().map(({ payload }) => payload.toString("latin1", 20, 21)))];
}

async function ticks(subscriber: Subscriber, rig: RelayRig): Promise<void> {
  subscriber.stream.tick(performance.now());
  await rig.settle();
}

describe("media relay", () => {
  it("[RL1] sends nothing while no node wants anything, and nothing any more afterwards", async () => {
    const video = openVideo();
    const node = video.rig.openNode();
    await play(video, 3);
    expect(video.rig.published).toEqual([]);
    const subscriber = node.subscribe();
    await play(video, 3);
    expect(video.rig.published.length).toBeGreaterThan(0);
    subscriber.stream.stop();
    await video.rig.settle();
    video.rig.published.length = 0;
    await play(video, 3);
    expect([video.rig.published, node.wanted]).toEqual([[], [1, 0]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("[RL1] sends the packets of a turn once, in one message, however many nodes and subscribers there are", async () => {
    const video = openVideo();
    const nodes = [video.rig.openNode(), video.rig.openNode(), video.rig.openNode()];
    const subscribers = nodes.flatMap((node) => [node.subscribe(), node.subscribe()]);
    await play(video, 2);
    for (const subscriber of subscribers) subscriber.outlet.take();
    video.rig.published.length = 0;
    const packets = [...(video.encoders[0]?.frame({ packets: 5 }) ?? []), ...(video.encoders[0]?.frame() ?? [])];
    video.rig.streams[0]?.receive(...packets);
    await video.rig.settle();
    expect(video.rig.published).toHaveLength(1);
    expect(subscribers.map(({ outlet }) => outlet.take().length)).toEqual([7, 7, 7, 7, 7, 7]);
  });

  it("[RL2] sends the simulcast layers that some node wants, and tells each node which ones it wants", async () => {
    const video = openVideo(rids);
    const [one, other] = [video.rig.openNode(), video.rig.openNode()];
    const low = one.subscribe();
    low.stream.setTarget(0, all);
    await play(video, 20);
    expect(one.wanted.at(-1)).toBe(0b001);
    video.rig.published.length = 0;
    await play(video, 3);
    expect(layersOf(video.rig)).toEqual([0]);
    const high = other.subscribe();
    await play(video, 60);
    expect([one.wanted.at(-1), other.wanted.at(-1)]).toEqual([0b001, 0b100]);
    video.rig.published.length = 0;
    low.outlet.take();
    high.outlet.take();
    await play(video, 3);
    expect(layersOf(video.rig)).toEqual([0, 2]);
    expect([sentLayers(low), sentLayers(high)]).toEqual([["0"], ["2"]]);
  });

  it("[RL2] both layers cross while a subscriber changes from one to the other", async () => {
    const video = openVideo(rids);
    const node = video.rig.openNode();
    const subscriber = node.subscribe();
    await play(video, 40);
    expect([subscriber.stream.currentLayer, node.wanted.at(-1)]).toEqual([2, 0b100]);
    subscriber.outlet.take();
    // The publisher takes its time with a keyframe.
    subscriber.stream.setTarget(1, all);
    await video.rig.settle();
    expect([node.wanted.at(-1), video.rig.keyframeRequests]).toEqual([0b110, [1]]);
    video.rig.keyframeRequests.length = 0;
    await play(video, 5);
    expect(sentLayers(subscriber)).toEqual(["2"]);
    video.rig.keyframeRequests.push(1);
    await play(video, 10);
    expect([subscriber.stream.currentLayer, node.wanted.at(-1)]).toEqual([1, 0b010]);
    const numbers = subscriber.outlet.take().map(({ index }) => index);
    expect(numbers).toEqual(numbers.map((_, position) => (numbers[0] ?? 0) + position));
  });

  it("[RL4] answers the NACKs of its subscribers from what came, without a word to the publisher's node", async () => {
    const video = openVideo();
    const node = video.rig.openNode();
    const subscriber = node.subscribe();
    await play(video, 10);
    const sent = subscriber.outlet.take();
    const requests = node.requests.length;
    subscriber.stream.retransmit(
      sent.slice(4, 7).map(({ sequenceNumber }) => sequenceNumber),
      performance.now(),
    );
    const again = subscriber.outlet.take();
    expect(again.map(({ payload }) => payload.subarray(2))).toEqual(sent.slice(4, 7).map(({ payload }) => payload));
    expect(node.requests).toHaveLength(requests);
  });

  it("[RL5] gathers what its subscribers want into one request, and keyframes every 500 ms at most", async () => {
    const video = openVideo(rids);
    const node = video.rig.openNode();
    await play(video, 1);
    const subscribers = Array.from({ length: 10 }, () => node.subscribe());
    await video.rig.settle();
    expect([node.requests.length, video.rig.keyframeRequests]).toEqual([1, [2]]);
    await play(video, 40);
    const before = node.requests.length;
    const startedAtMs = performance.now();
    for (let frame = 0; frame < 30; frame += 1) {
      for (const _ of subscribers) node.track.source.requestKeyframe(2);
      await play(video, 1);
    }
    const seconds = (performance.now() - startedAtMs) / 1_000;
    expect(node.requests.length - before).toBeLessThanOrEqual(2 * seconds + 2);
    expect(node.requests.length - before).toBeGreaterThan(1);
  });

  it("[RL5] a subscriber that comes later begins with a keyframe", async () => {
    const video = openVideo();
    const node = video.rig.openNode();
    node.subscribe();
    await play(video, 30);
    const later = node.subscribe();
    await play(video, 30);
    const [first] = later.outlet.take();
    expect(first?.payload.subarray(6, 10)).toEqual(Buffer.from([0x10, 0, 0, 0x9d]));
  });

  it("[RL6] passes on the publisher's clock, whatever the nodes' own are", async () => {
    const video = openVideo(rids);
    const local = video.rig.subscribe();
    const relayed = video.rig.openNode().subscribe();
    const ntpMs = 3_900_000_000_000;
    const from = performance.now();
    for (let second = 0; second < 4; second += 1) {
      for (const [layer, stream] of video.rig.streams.entries()) {
        stream.report(ntpMs + performance.now() - from, video.encoders[layer]?.timestamp ?? 0);
      }
      await play(video, 30);
    }
    const nowMs = performance.now();
    const [here, there] = [local.stream.writeSenderReport(nowMs), relayed.stream.writeSenderReport(nowMs)];
    expect(here).toBeDefined();
    // What is told may be some milliseconds old, and then both numbers are.
    const aheadMs = (there?.ntpMs ?? 0) - (here?.ntpMs ?? 0);
    expect(Math.abs(aheadMs)).toBeLessThan(5);
    expect((there?.rtpTimestamp ?? 0) - (here?.rtpTimestamp ?? 0)).toBeCloseTo(aheadMs * 90, -1);
  });

  it("[RL8] a pause of the track is one for its subscribers, who begin anew", async () => {
    const video = openVideo();
    const relayed = video.rig.openNode().subscribe();
    await play(video, 10);
    relayed.outlet.take();
    video.rig.track.muted = true;
    await play(video, 10);
    expect(relayed.outlet.take()).toEqual([]);
    video.rig.track.muted = false;
    await play(video, 10);
    const sent = relayed.outlet.take();
    expect(sent.length).toBeGreaterThan(10);
    expect(sent[0]?.payload[6]).toBe(0x10);
    const numbers = sent.map(({ index }) => index);
    expect(numbers).toEqual(numbers.map((_, position) => (numbers[0] ?? 0) + position));
  });

  it("[RL8] another stream of the publisher's begins anew; a message from before it is nothing", async () => {
    const video = openVideo();
    const node = video.rig.openNode();
    const relayed = node.subscribe();
    await play(video, 10);
    const old = video.rig.published.at(-1)?.message as Uint8Array;
    relayed.outlet.take();
    video.rig.streams[0]?.replace();
    video.encoders[0] = new Vp8Encoder("0:", { sequenceNumber: 17, timestamp: 5, pictureId: 1 });
    await play(video, 20);
    const sent = relayed.outlet.take();
    expect(sent.length).toBeGreaterThan(10);
    node.receiver.receive(old);
    expect(relayed.outlet.take()).toEqual([]);
    await play(video, 3);
    expect(relayed.outlet.take()).toHaveLength(6);
  });

  it("[RL8] so does one that came while no node wanted anything", async () => {
    const video = openVideo();
    const node = video.rig.openNode();
    const first = node.subscribe();
    await play(video, 10);
    first.stream.stop();
    await video.rig.settle();
    video.rig.streams[0]?.replace();
    video.encoders[0] = new Vp8Encoder("0:", { sequenceNumber: 17, timestamp: 5, pictureId: 1 });
    await play(video, 30);
    const second = node.subscribe();
    await play(video, 30);
    expect(second.outlet.take().length).toBeGreaterThan(20);
  });

  it("[RL10] asks again each second, and every 250 ms as long as nothing comes", async () => {
    const video = openVideo();
    const node = video.rig.openNode();
    node.losesRequests = true;
    node.subscribe();
    await vi.advanceTimersByTimeAsync(2_000);
    await video.rig.settle();
    expect(node.requests.length).toBeGreaterThan(5);
    expect(video.rig.sender.wantedLayers).toBe(0);
    node.losesRequests = false;
    await play(video, 20);
    expect(video.rig.sender.wantedLayers).toBe(1);
    const before = node.requests.length;
    await play(video, 120);
    expect(node.requests.length - before).toBeGreaterThan(2);
    expect(node.requests.length - before).toBeLessThan(6);
  });

  it("[RL10] a node that falls silent is forgotten after 5 s, and one that is known to be gone at once", async () => {
    const video = openVideo();
    const [silent, gone] = [video.rig.openNode("silent"), video.rig.openNode("gone")];
    silent.subscribe();
    gone.subscribe();
    await play(video, 3);
    silent.losesRequests = true;
    gone.losesRequests = true;
    video.rig.sender.forgetNode("gone");
    expect(video.rig.sender.wantedLayers).toBe(1);
    await play(video, 60);
    expect(video.rig.sender.wantedLayers).toBe(1);
    await play(video, 120);
    expect(video.rig.sender.wantedLayers).toBe(0);
    silent.losesRequests = false;
    await play(video, 60);
    expect(video.rig.sender.wantedLayers).toBe(1);
  });

  it("[RL11] codecs that are agreed on later are told before the first packet of theirs", async () => {
    const video = openVideo();
    const node = video.rig.openNode();
    const relayed = node.subscribe();
    await play(video, 5);
    video.rig.track.setCodecs([{ ...vp8, payloadType: 120 }]);
    const frame = video.encoders[0]?.frame({ isKeyframe: true }) ?? [];
    for (const packet of frame) packet[1] = (packet[1] as number & 0x80) | 120;
    relayed.outlet.take();
    video.rig.streams[0]?.receive(...frame);
    await video.rig.settle();
    expect(node.track.codecs).toEqual([{ ...vp8, payloadType: 120 }]);
    expect(relayed.outlet.take()).toHaveLength(2);
  });

  it("[RL11] are told again to a node that lost them", async () => {
    const video = openVideo();
    const node = video.rig.openNode();
    node.subscribe();
    await play(video, 5);
    node.change = () => [];
    video.rig.track.setCodecs([vp8, opus]);
    await play(video, 20);
    node.change = (message) => [message];
    expect(node.track.codecs).toHaveLength(1);
    await play(video, 60);
    expect(node.track.codecs).toEqual([vp8, opus]);
  });

  it("[RL12] the end of a track is its end on every node", async () => {
    const video = openVideo(rids);
    const nodes = [video.rig.openNode(), video.rig.openNode()];
    const ended: number[] = [];
    for (const [index, node] of nodes.entries()) {
      node.subscribe();
      node.track.onended = () => ended.push(index);
    }
    await play(video, 3);
    video.rig.track.end();
    await video.rig.settle();
    expect([ended, nodes.map(({ track }) => track.readyState)]).toEqual([
      [0, 1],
      ["ended", "ended"],
    ]);
    expect([video.rig.sender.wantedLayers, vi.getTimerCount()]).toEqual([0, 0]);
    // A subscriber that comes too late gets nothing, and does no harm.
    nodes[0]?.subscribe();
    await video.rig.settle();
    expect(video.rig.sender.wantedLayers).toBe(0);
  });

  it("[RL12] a sender that is closed sends nothing any more, whoever asks", async () => {
    const video = openVideo();
    const node = video.rig.openNode();
    const relayed = node.subscribe();
    await play(video, 3);
    video.rig.sender.close();
    await video.rig.settle();
    relayed.outlet.take();
    await play(video, 60);
    expect([video.rig.sender.wantedLayers, relayed.outlet.take().length]).toEqual([0, 0]);
  });

  it("[RL12] a node that closes its end wants nothing any more", async () => {
    const video = openVideo();
    const node = video.rig.openNode();
    const relayed = node.subscribe();
    await play(video, 3);
    node.receiver.close();
    node.receiver.close();
    await video.rig.settle();
    expect([video.rig.sender.wantedLayers, node.track.readyState, node.wanted.at(-1)]).toEqual([0, "ended", 0]);
    relayed.outlet.take();
    node.receiver.receive(video.rig.published.at(-1)?.message as Uint8Array);
    expect(relayed.outlet.take()).toEqual([]);
  });

  it("[RL13] tells the bit rates of layers that do not cross, as they are at the publisher's node", async () => {
    const video = openVideo(rids);
    const node = video.rig.openNode();
    node.subscribe().stream.setTarget(0, all);
    await play(video, 60);
    expect(node.wanted.at(-1)).toBe(0b001);
    const [here, there] = [video.rig.track, node.track].map(({ source }) =>
      source.layers.map(({ bitrate }) => bitrate),
    );
    for (const layer of [0, 1, 2]) {
      expect(here?.[layer]).toBeGreaterThan(10_000);
      expect(Math.abs((there?.[layer] ?? 0) / (here?.[layer] ?? 1) - 1)).toBeLessThan(0.2);
    }
    // One that knows nothing but the description knows them, too.
    expect(video.rig.openNode().track.source.layers.map(({ bitrate }) => bitrate > 10_000)).toEqual([true, true, true]);
  });

  it("[RL13] when a wanted layer stops, the nearest that still comes is sent, and the wanted one when it is there again", async () => {
    const video = openVideo(rids);
    const node = video.rig.openNode();
    const relayed = node.subscribe();
    for (let i = 0; i < 40; i += 1) {
      await play(video, 1);
      await ticks(relayed, video.rig);
    }
    expect([sentLayers(relayed).at(-1), node.wanted.at(-1)]).toEqual(["2", 0b100]);
    for (let i = 0; i < 60; i += 1) {
      await play(video, 1, [0, 1]);
      if (i % 3 === 0) await ticks(relayed, video.rig);
    }
    expect(sentLayers(relayed).at(-1)).toBe("1");
    for (let i = 0; i < 60; i += 1) {
      await play(video, 1);
      if (i % 3 === 0) await ticks(relayed, video.rig);
    }
    expect([sentLayers(relayed).at(-1), node.wanted.at(-1)]).toEqual(["2", 0b100]);
  });

  it("[RL14] a message is no longer than its limit, and one that is too long for it is more than one", async () => {
    const video = openVideo();
    const relayed = video.rig.openNode().subscribe();
    await play(video, 3);
    relayed.outlet.take();
    video.rig.published.length = 0;
    video.rig.streams[0]?.receive(...(video.encoders[0]?.frame({ packets: 64, payloadBytes: 1_200 }) ?? []));
    await video.rig.settle();
    const lengths = video.rig.published.map(({ message }) => message.length);
    expect(lengths.length).toBeGreaterThan(2);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(maxRelayMessageBytes);
    expect(relayed.outlet.take()).toHaveLength(64);
  });

  it("[RL15] the audio level of a relayed track is that of its packets", async () => {
    const rig = new RelayRig({ kind: "audio", codecs: [opus] });
    const node = rig.openNode();
    const local = rig.subscribe();
    const relayed = node.subscribe();
    await rig.settle();
    for (let number = 0; number < 20; number += 1) {
      const extensions = new Map([[extensionIds.audioLevel, Buffer.from([0x80 | (20 + number)])]]);
      const payload = Buffer.from(`voice ${number}`);
      const fields = {
        payloadType: 111,
        sequenceNumber: 65_530 + number,
        timestamp: 960 * number,
        payload,
        extensions,
      };
      rig.streams[0]?.receive(writeRtp(fields));
      await rig.settle();
    }
    expect(node.track.takeAudioLevel()).toBeCloseTo(0.1, 5);
    expect(node.track.takeAudioLevel()).toBe(0);
    expect(bytesOf(relayed)).toEqual(bytesOf(local));
  });

  it("[RL16] can be sent on to clients as any track of its node, and only tracks of the node can be relayed", () => {
    const rig = new RelayRig({ rids, codecs: [vp8] });
    const node: RelayNode = rig.openNode();
    const { id, kind, mid, layers, streamIds, codecs, muted, readyState } = node.track;
    expect({ id, kind, mid, layers, streamIds, codecs, muted, readyState }).toEqual({
      id: "camera",
      kind: "video",
      mid: "",
      layers: rids,
      streamIds: ["ada"],
      codecs: [vp8],
      muted: false,
      readyState: "live",
    });
    const foreign = { ...rig, track: { kind: "video" } as never, onFault: () => undefined, send: () => undefined };
    expect(() => new TrackRelaySender(foreign)).toThrow(TypeError);
    expect(videoParameters.codecs).toContainEqual({ ...vp8, payloadType: 100 });
  });

  it("[RL16] what a callback throws is reported, and the rest goes on", async () => {
    const video = openVideo();
    const faults: unknown[] = [];
    const fault = new Error("The bus is gone");
    const sender = new TrackRelaySender({
      track: video.rig.track,
      clock: video.rig.clock,
      onFault: (error) => faults.push(error),
      send: () => {
        throw fault;
      },
    });
    const node = video.rig.openNode();
    const relayed = node.subscribe();
    await video.rig.settle();
    const request = Uint8Array.from(node.requests[0] as Uint8Array);
    Buffer.from(request.buffer).writeUInt32BE(JSON.parse(sender.describe().toString()).relayId, 4);
    sender.receiveRequest("other", request);
    await play(video, 5);
    expect(faults.length).toBeGreaterThan(3);
    expect(faults.every((error) => error === fault)).toBe(true);
    expect(relayed.outlet.take().length).toBeGreaterThan(5);
  });
});
