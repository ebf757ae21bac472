import { describe, expect, it } from "vitest";
import { RTCRtpCodecParameters, useNACK, usePLI } from "werift";
import { eventually } from "../../kit/eventually.ts";
import { connectClient } from "./connect_client.ts";
import { connectHostile, vp8Keyframe, watchUncaught } from "./hostile_client.ts";
import { openEngines } from "./open_engine.ts";

const config = {
  codecs: {
    audio: [],
    video: [
      new RTCRtpCodecParameters({
        mimeType: "video/VP8",
        clockRate: 90_000,
        payloadType: 96,
        rtcpFeedback: [useNACK(), usePLI()],
      }),
      new RTCRtpCodecParameters({ mimeType: "video/rtx", clockRate: 90_000, payloadType: 97, parameters: "apt=96" }),
    ],
  },
};

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function payloadOf(number: number): Buffer {
  const payload = Buffer.alloc(vp8Keyframe.length + 4 + (number % 1_000), number & 0xff);
  vp8Keyframe.copy(payload);
  payload.writeUInt32BE(number, vp8Keyframe.length);
  return payload;
}

describe("a lossy subscriber", () => {
  it("[HM24] gets again what it asks for, as it was", async () => {
    const engines = await openEngines();
    const [from, to] = [engines.create(), engines.create()];
    const publisher = await connectHostile(from, ["video"], config);
    const subscriber = connectClient(to, config);
    subscriber.pc.createDataChannel("chat");
    await subscriber.offer();
    const next = random(3);
    let lost = 0;
    const onData = subscriber.pc.dtlsTransports[0]?.iceTransport.connection.onData;
    if (onData === undefined) throw new Error("The client has no transport");
    const { execute } = onData;
    let lossRatio = 0;
    onData.execute = (data) => {
      // What is sent again arrives: werift's receiver asks ten times within 55 ms, and then no more.
      const isMedia = (data[0] ?? 0) >= 128 && ((data[1] ?? 0) & 0x7f) === 96;
      if (isMedia && next() < lossRatio) lost += 1;
      else execute(data);
    };
    const got = new Map<number, Buffer>();
    subscriber.pc.onTrack.subscribe((track) =>
      track.onReceiveRtp.subscribe(({ payload }) => {
        if (payload.length >= vp8Keyframe.length + 4) got.set(payload.readUInt32BE(vp8Keyframe.length), payload);
      }),
    );
    to.engine.addTrack(publisher.track, { section: "own" });
    await subscriber.answer();
    const { forge, ssrc } = publisher;
    let number = 0;
    const send = () => {
      const header = {
        ssrc,
        sequenceNumber: number & 0xffff,
        timestamp: number * 3_000,
        payloadType: 96,
        marker: true,
      };
      return forge.rtp(header, payloadOf(number++));
    };
    await eventually(() => send().then(() => got.size > 3), { what: "the stream", intervalMs: 5 });
    const first = number;
    lossRatio = 0.1;
    for (let count = 0; count < 600; count += 1) {
      await send();
      if (count % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    lossRatio = 0;
    const last = number;
    await eventually(
      async () => {
        await send();
        return Array.from({ length: last - first }, (_, index) => first + index).every((each) => got.has(each));
      },
      { what: "all packets", describe: () => ({ got: got.size, last, lost }), timeoutMs: 5_000 },
    );
    expect(lost).toBeGreaterThan(30);
    for (const [each, payload] of got) expect(payload.equals(payloadOf(each))).toBe(true);
  });

  it("[HM25] that comes and goes while packets are under way disturbs nobody", { timeout: 30_000 }, async () => {
    const uncaught = watchUncaught();
    const engines = await openEngines();
    const from = engines.create();
    const publisher = await connectHostile(from, ["video"], config);
    const { forge, ssrc } = publisher;
    let number = 0;
    const timer = setInterval(() => {
      for (let count = 0; count < 20; count += 1) {
        const header = {
          ssrc,
          sequenceNumber: number & 0xffff,
          timestamp: number * 3_000,
          payloadType: 96,
          marker: true,
        };
        void forge.rtp(header, payloadOf(number++));
      }
    }, 3);
    try {
      const stay = await follow();
      for (let round = 0; round < 8; round += 1) {
        const others = await Promise.all([follow(), follow()]);
        for (const [index, other] of others.entries()) {
          if (index === round % 2) void other.opened.engine.close();
          else other.sent.stop();
          if (round % 3 === 0) void other.client.pc.close();
          if (round % 3 === 1) await other.opened.engine.close();
        }
      }
      const before = stay.count();
      await eventually(() => stay.count() > before + 50, { what: "who stayed to be served" });
    } finally {
      clearInterval(timer);
    }
    expect(uncaught).toEqual([]);

    async function follow() {
      const opened = engines.create();
      const client = connectClient(opened, config);
      client.pc.createDataChannel("chat");
      await client.offer();
      let count = 0;
      client.pc.onTrack.subscribe((track) =>
        track.onReceiveRtp.subscribe(() => {
          count += 1;
        }),
      );
      const sent = opened.engine.addTrack(publisher.track, { section: "own" });
      await client.answer();
      await eventually(() => count > 0, { what: "the stream" });
      return { opened, client, sent, count: () => count };
    }
  });
});
