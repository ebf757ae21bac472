import { describe, expect, it } from "vitest";
import { RTCRtpCodecParameters, useNACK, usePLI } from "werift";
import { eventually } from "../../kit/eventually.ts";
import { connectClient } from "./connect_client.ts";
import { connectHostile, vp8Delta, vp8Keyframe } from "./hostile_client.ts";
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

async function connectPair() {
  const engines = await openEngines();
  const [from, to] = [engines.create(), engines.create()];
  const publisher = await connectHostile(from, ["video"], config);
  const subscriber = connectClient(to, config);
  subscriber.pc.createDataChannel("chat");
  await subscriber.offer();
  const got: { sequenceNumber: number; number: number }[] = [];
  subscriber.pc.onTrack.subscribe((track) =>
    track.onReceiveRtp.subscribe(({ header, payload }) => {
      if (payload.length < 8) return;
      got.push({ sequenceNumber: header.sequenceNumber, number: payload.readUInt32BE(payload.length - 4) });
    }),
  );
  /** The numbers of what came, as it came, by SSRC. */
  const raw = new Map<number, number[]>();
  subscriber.pc.dtlsTransports[0]?.iceTransport.connection.onData.subscribe((data) => {
    const second = data[1] ?? 0;
    if ((data[0] ?? 0) < 128 || (second >= 192 && second <= 223)) return;
    const ssrc = data.readUInt32BE(8);
    raw.set(ssrc, [...(raw.get(ssrc) ?? []), data.readUInt16BE(2)]);
  });
  to.engine.addTrack(publisher.track, { section: "own" });
  await subscriber.answer();
  const nacked: number[] = [];
  publisher.transceiver.sender.onGenericNack.subscribe(({ lost }) => nacked.push(...lost));
  const { forge, ssrc } = publisher;
  const payloadOf = (number: number, prefix = vp8Delta) => {
    const payload = Buffer.alloc(prefix.length + 4);
    prefix.copy(payload);
    payload.writeUInt32BE(number, prefix.length);
    return payload;
  };
  /** Sends a packet by its number, which says what it holds. */
  const send = (number: number, prefix = vp8Delta) =>
    forge.rtp(
      { ssrc, sequenceNumber: (number + 65_000) & 0xffff, timestamp: number * 3_000, payloadType: 96, marker: true },
      payloadOf(number, prefix),
    );
  let repairs = 0;
  const rtxSsrc = publisher.transceiver.sender.rtxSsrc;
  /** Sends it as RTX (RFC 4588). */
  const repair = (number: number) => {
    const osn = Buffer.alloc(2);
    osn.writeUInt16BE((number + 65_000) & 0xffff);
    const header = { ssrc: rtxSsrc, sequenceNumber: repairs, timestamp: number * 3_000, payloadType: 97, marker: true };
    repairs += 1;
    return forge.rtp(header, Buffer.concat([osn, payloadOf(number)]));
  };
  let number = 0;
  await eventually(() => send(number++, vp8Keyframe).then(() => got.length > 0), { what: "the stream", intervalMs: 5 });
  return { got, raw, nacked, send, repair, first: number };
}

/** Whether each packet came with the number that stands for it, and under no number anything twice. */
function expectInPlace({ got, raw }: Pick<Awaited<ReturnType<typeof connectPair>>, "got" | "raw">): void {
  const offsets = new Set(got.map(({ sequenceNumber, number }) => (sequenceNumber - number) & 0xffff));
  expect(offsets.size).toBe(1);
  for (const numbers of raw.values()) expect(new Set(numbers).size).toBe(numbers.length);
}

describe("a lossy publisher", () => {
  it("[HM20] what gets lost on the way here is asked for and goes on in its place", async () => {
    const pair = await connectPair();
    const { got, nacked, send, repair, first } = pair;
    const next = random(7);
    const count = 700;
    for (let number = first; number < first + count; number += 1) {
      if (next() >= 0.1 || number === first) await send(number);
      for (const lost of nacked.splice(0)) await repair((lost - 65_000) & 0xffff);
      if (number % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await send(first + count);
    await eventually(
      async () => {
        for (const lost of nacked.splice(0)) await repair((lost - 65_000) & 0xffff);
        return new Set(got.map(({ number }) => number)).size > count;
      },
      { what: "all packets", describe: () => got.length, timeoutMs: 5_000 },
    );
    expectInPlace(pair);
  });

  it("[HM21] what comes twice or out of order comes once, and in its place", async () => {
    const pair = await connectPair();
    const { got, send, first } = pair;
    const next = random(9);
    const count = 600;
    const numbers = Array.from({ length: count }, (_, index) => first + index);
    const shuffled = numbers.map((number) => [number + 12 * next(), number] as const).sort(([a], [b]) => a - b);
    for (const [, number] of shuffled) {
      await send(number);
      if (next() < 0.2) await send(number);
      if (number % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await eventually(() => got.length >= count, { what: "all packets", describe: () => got.length, timeoutMs: 5_000 });
    await send(first + count);
    await eventually(() => got.some(({ number }) => number === first + count), { what: "the last packet" });
    expectInPlace(pair);
  });
});
