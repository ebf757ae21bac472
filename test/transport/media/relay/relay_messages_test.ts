import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SignalboxError } from "../../../../protocol/signalbox_error.ts";
import { maxRelayMessageBytes, RelayBuffers } from "../../../../transport/media/relay/relay_buffers.ts";
import { TrackRelayReceiver } from "../../../../transport/media/relay/track_relay_receiver.ts";
import { codeOf } from "../../../kit/code_of.ts";
import { vp8 } from "../forwarding/sent_stream_rig.ts";
import { type RelayNode, RelayRig } from "./relay_rig.ts";
import { Vp8Encoder } from "./vp8_encoder.ts";

beforeEach(() => {
  vi.useFakeTimers({ toNotFake: ["queueMicrotask", "nextTick", "setImmediate"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A track with a subscriber on another node, and messages of every kind that crossed. */
async function open(rids: readonly string[] = ["q", "f"]) {
  const rig = new RelayRig({ rids, codecs: [vp8] });
  const encoders = rig.streams.map((_, layer) => new Vp8Encoder(`${layer}:`));
  const node = rig.openNode();
  const subscriber = node.subscribe();
  const play = async (frames: number): Promise<void> => {
    for (let frame = 0; frame < frames; frame += 1) {
      await vi.advanceTimersByTimeAsync(33);
      await rig.settle();
      const asked = new Set(rig.keyframeRequests.splice(0));
      for (const [layer, encoder] of encoders.entries()) {
        rig.streams[layer]?.report(3_900_000_000_000, encoder.timestamp);
        rig.streams[layer]?.receive(...encoder.frame({ isKeyframe: asked.has(layer) }));
      }
      await rig.settle();
    }
  };
  await play(20);
  return { rig, node, subscriber, play };
}

function receive(node: RelayNode, message: Uint8Array): string {
  try {
    node.receiver.receive(message);
    return "";
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    expect(error.message.length).toBeLessThan(200);
    return error.code;
  }
}

describe("relay messages", () => {
  it("[RL7] lost messages are loss for the subscribers, who go on with the next keyframe", async () => {
    const { rig, node, subscriber, play } = await open([]);
    const before = subscriber.outlet.take().at(-1)?.index ?? 0;
    node.change = () => [];
    await play(2);
    node.change = (message) => [message];
    await play(3);
    const sent = subscriber.outlet.take();
    // Two frames of two packets are missing, and keep their numbers.
    expect(sent.map(({ index }) => index - before)).toEqual([5, 6, 7, 8, 9, 10]);
    subscriber.stream.retransmit([before + 1, before + 2], performance.now());
    expect(subscriber.outlet.take()).toEqual([]);
    node.track.source.requestKeyframe(0);
    await play(20);
    expect(subscriber.outlet.take().some(({ payload }) => payload[0] === 0x90 && payload[6] === 0x10)).toBe(true);
    expect(rig.faults).toEqual([]);
  });

  it("[RL7] messages that are lost, repeated or come in another order break nothing, and no number carries two contents", async () => {
    const fates = fc.array(fc.constantFrom("fine", "fine", "lost", "twice", "held"), { minLength: 20, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fates, fc.nat(), async (list, seed) => {
        const { rig, node, subscriber, play } = await open();
        const held: Uint8Array[] = [];
        let position = seed;
        node.change = (message) => {
          position += 1;
          const fate = list[position % list.length];
          if (fate === "held") held.push(message);
          if (fate === "lost" || fate === "held") return [];
          const late = position % 3 === 0 ? held.splice(0).reverse() : [];
          return fate === "twice" ? [message, message, ...late] : [message, ...late];
        };
        await play(60);
        const contents = new Map<number, string>();
        for (const { index, payload, timestamp, paddingLength } of subscriber.outlet.take()) {
          const content = `${timestamp} ${payload.toString("hex")} ${paddingLength}`;
          expect(contents.get(index) ?? content).toBe(content);
          contents.set(index, content);
        }
        expect(contents.size).toBeGreaterThan(0);
        node.change = (message) => [message];
        await play(40);
        expect(subscriber.outlet.take().length).toBeGreaterThan(20);
        expect([...rig.faults, ...node.faults]).toEqual([]);
      }),
      { numRuns: 30 },
    );
  }, 120_000);

  it("[RL9] a message of another version is refused, and says so", async () => {
    const { rig, node } = await open();
    const message = Uint8Array.from(rig.published[0]?.message as Uint8Array);
    message[0] = 2;
    expect(() => node.receiver.receive(message)).toThrow("it is of version 2, not 1");
    expect(codeOf(() => node.receiver.receive(new Uint8Array(0)))).toBe("bad-message");
    expect(codeOf(() => rig.sender.receiveRequest("node", Uint8Array.of(2, 0, 1, 0, 0, 0, 0, 0)))).toBe("bad-message");
    expect(codeOf(() => rig.sender.receiveRequest("node", new Uint8Array(7)))).toBe("bad-message");
  });

  it("[RL9] however messages are cut or changed, they are taken or refused, and those that come afterwards count", async () => {
    const { rig, node, subscriber, play } = await open();
    // The last has a description.
    rig.track.setCodecs([vp8, { ...vp8, payloadType: 99 }]);
    await play(2);
    const samples = [...rig.published.slice(0, 6), ...rig.published.slice(-4)].map(({ message }) => message);
    const change = fc.record({ at: fc.nat({ max: 400 }), byte: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(change, { maxLength: 5 }),
        fc.option(fc.nat({ max: 600 })),
        (sample, changes, length) => {
          const message = Uint8Array.from(sample.subarray(0, length ?? sample.length));
          // Of this relay and of now: more of it is read.
          for (const { at, byte } of changes)
            if (at !== 1 && (at < 4 || at > 9) && at < message.length) message[at] = byte;
          expect(["", "bad-message"]).toContain(receive(node, message));
        },
      ),
      { numRuns: 3_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 300 }), (tail) => {
        const head = samples[0] as Uint8Array;
        const message = Uint8Array.from(tail);
        message.set(head.subarray(0, 10).map((byte, at) => (at === 1 ? (tail[1] as number) & 6 : byte)));
        expect(["", "bad-message"]).toContain(receive(node, message));
      }),
      { numRuns: 3_000 },
    );
    expect(node.track.readyState).toBe("live");
    expect([...rig.faults, ...node.faults]).toEqual([]);
    // Another epoch begins, which what was made up may not be ahead of.
    rig.track.muted = true;
    rig.track.muted = false;
    subscriber.outlet.take();
    await play(40);
    expect(subscriber.outlet.take().length).toBeGreaterThan(20);
  }, 60_000);

  it.each([
    ["a packet shorter than a header", (bytes: Buffer, at: number) => bytes.writeUInt16BE(11, at)],
    ["a packet longer than a slot", (bytes: Buffer, at: number) => bytes.writeUInt16BE(1_505, at)],
    ["a packet that ends behind the message", (bytes: Buffer, at: number) => bytes.writeUInt16BE(1_400, at)],
    ["no RTP", (bytes: Buffer, at: number) => bytes.writeUInt8(0x40, at + 8)],
    ["a header longer than its packet", (bytes: Buffer, at: number) => bytes.writeUInt8(0x9f, at + 8)],
    ["a descriptor outside of the header", (bytes: Buffer, at: number) => bytes.writeUInt16BE(900, at + 2)],
    ["a layer that there is not", (bytes: Buffer) => bytes.writeUInt8(2, 2)],
  ])("[RL9] refuses %s", async (_, spoil) => {
    const { rig, node } = await open();
    // Without a status: the packets begin at once.
    const sample = rig.published.findLast(({ message }) => message[1] === 0)?.message as Uint8Array;
    const message = Buffer.from(sample);
    message.writeUIntBE(70_000, 12, 6);
    message[24] = 4;
    message.writeUInt16BE(12, 22);
    spoil(message, 20);
    expect(codeOf(() => node.receiver.receive(message))).toBe("bad-message");
    expect(node.faults).toEqual([]);
  });

  it("[RL9] a description that is none, or of another relay, is refused", async () => {
    const { rig, node } = await open();
    const other = await open();
    expect(receive(node, other.rig.published[0]?.message as Uint8Array)).toBe("");
    const description = JSON.parse(rig.sender.describe().toString());
    const spoiled = [
      "",
      "{}",
      JSON.stringify({ ...description, layers: [] }),
      JSON.stringify({ ...description, kind: "data" }),
      JSON.stringify({ ...description, codecs: [{ payloadType: 200 }] }),
      JSON.stringify({ ...description, streamIds: ["x".repeat(20_000)] }),
    ];
    const nothing = () => undefined;
    for (const text of spoiled) {
      const options = { trackId: "camera", description: Buffer.from(text), clock: rig.clock, onHandlerError: nothing };
      const open = () => new TrackRelayReceiver({ ...options, sendRequest: nothing, onWantedLayers: nothing });
      expect(codeOf(open)).toBe("bad-message");
    }
  });

  it("[RL14] what a message is written in is not used again before the turn is over", async () => {
    const relayBuffers = new RelayBuffers();
    const buffers = Array.from({ length: 100 }, () => relayBuffers.take());
    expect(new Set(buffers.map(({ buffer }) => buffer)).size).toBe(100);
    expect(buffers.every(({ length }) => length === maxRelayMessageBytes)).toBe(true);
    for (const buffer of buffers) relayBuffers.release(buffer);
    expect(buffers).not.toContain(relayBuffers.take());
    await new Promise((resolve) => setImmediate(resolve));
    const again = Array.from({ length: 100 }, () => relayBuffers.take());
    // No more are kept than a turn needs.
    expect(again.filter((buffer) => buffers.includes(buffer))).toHaveLength(64);
  });
});
