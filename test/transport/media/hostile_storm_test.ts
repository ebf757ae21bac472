import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import {
  RTCRtpCodecParameters,
  useNACK,
  usePLI,
  useSdesMid,
  useSdesRTPStreamId,
  useTransportWideCC,
  useTWCC,
} from "werift";
import { eventually } from "../../kit/eventually.ts";
import { connectClient } from "./connect_client.ts";
import { connectHostile, forgeIndexesOver, vp8Delta, vp8Keyframe, watchUncaught } from "./hostile_client.ts";
import { openEngines } from "./open_engine.ts";

const rtcpFeedback = [useNACK(), usePLI(), useTWCC()];
const config = {
  codecs: {
    audio: [],
    video: [
      new RTCRtpCodecParameters({ mimeType: "video/VP8", clockRate: 90_000, payloadType: 96, rtcpFeedback }),
      new RTCRtpCodecParameters({ mimeType: "video/rtx", clockRate: 90_000, payloadType: 97, parameters: "apt=96" }),
      new RTCRtpCodecParameters({ mimeType: "video/VP9", clockRate: 90_000, payloadType: 98, rtcpFeedback }),
    ],
  },
  headerExtensions: { video: [useSdesMid(), useSdesRTPStreamId(), useTransportWideCC()] },
};

type Engines = Awaited<ReturnType<typeof openEngines>>;

/** Somebody who sends and somebody who takes it; resolves when it flows. */
async function connectPair(engines: Engines) {
  const [from, to] = [engines.create(), engines.create()];
  const publisher = await connectHostile(from, ["video"], config);
  const subscriber = connectClient(to, config);
  subscriber.pc.createDataChannel("chat");
  await subscriber.offer();
  let count = 0;
  subscriber.pc.dtlsTransports[0]?.iceTransport.connection.onData.subscribe((data) => {
    const second = data[1] ?? 0;
    if ((data[0] ?? 0) >= 128 && (second < 192 || second > 223)) count += 1;
  });
  to.engine.addTrack(publisher.track, { section: "own" });
  await subscriber.answer();
  const forge = forgeIndexesOver(publisher.pc);
  let index = 1_000;
  /** The next packet index. */
  const step = (by: number) => {
    index += by;
    return index;
  };
  const next = (payload = vp8Keyframe) => {
    step(1);
    return forge(index, { ssrc: publisher.ssrc, timestamp: (index * 3_000) >>> 0, marker: true }, payload);
  };
  const flow = async (more: number) => {
    const before = count;
    await eventually(() => next().then(() => count >= before + more), { what: "packets to come", intervalMs: 2 });
  };
  await flow(3);
  return { publisher, step, forge, next, flow, count: () => count };
}

type Pair = Awaited<ReturnType<typeof connectPair>>;

/** A number from 0 up to the one before `end`, the same in each run. */
function pick(seed: number, end: number): number {
  return (Math.imul(seed, 0x9e37_79b1) >>> 0) % end;
}

/** What a storm sends as its packet of a number. */
const storms: Readonly<Record<string, (pair: Pair, number: number) => Promise<void>>> = {
  "numbers that jump by 999": ({ step, forge, publisher: { ssrc } }) => forge(step(999), { ssrc }),
  "numbers that jump by 30,000": ({ step, forge, publisher: { ssrc } }) => forge(step(30_000), { ssrc }),
  "numbers that go up and down": ({ step, forge, publisher: { ssrc } }, number) =>
    forge(step(number % 2 === 0 ? 502 : -500), { ssrc }),
  "timestamps of no clock": ({ step, forge, publisher: { ssrc } }, number) =>
    forge(step(1), { ssrc, timestamp: pick(number, 2 ** 32) }),
  "payload types that change": ({ step, forge, publisher: { ssrc } }, number) =>
    forge(step(1), { ssrc, payloadType: [96, 98, 97, 127, 0][number % 5] ?? 96 }),
  "padding alone": ({ step, forge, publisher: { ssrc } }) => forge(step(1), { ssrc }, Buffer.alloc(0)),
  "descriptors that lie": ({ step, forge, publisher: { ssrc } }, number) =>
    forge(
      step(1),
      { ssrc, timestamp: number },
      Buffer.from([
        0x90,
        0xf0,
        0x80 | pick(number, 128),
        ...[1, 2, 3].map((salt) => pick(number + salt, 256)),
        number & 1,
      ]),
    ),
  "descriptors that end too soon": ({ step, forge, publisher: { ssrc } }, number) =>
    forge(
      step(1),
      { ssrc, timestamp: number },
      Buffer.from([0x90, 0xf0, 0x80, 0xff, 0xff]).subarray(0, 1 + (number % 5)),
    ),
  "extensions all over the packet": ({ step, forge, publisher: { ssrc } }, number) => {
    const extensions = Array.from({ length: 80 }, (_, index) => ({
      id: 1 + (index % 14),
      payload: Buffer.alloc(16, number),
    }));
    return forge(step(1), { ssrc, extensions }, Buffer.alloc(number % 3));
  },
  "packets of every length": ({ step, forge, publisher: { ssrc } }, number) =>
    forge(step(1), { ssrc }, Buffer.alloc(pick(number, 1_490), 0x10)),
  "retransmissions of anything": ({ step, forge, publisher: { transceiver } }, number) => {
    const payload = Buffer.alloc(2 + (number % 40), 0x10);
    payload.writeUInt16BE(pick(number, 65_536));
    return forge(step(1), { ssrc: transceiver.sender.rtxSsrc, payloadType: 97 }, payload);
  },
  "transport-wide numbers that jump": ({ step, forge, publisher: { ssrc, transceiver } }, number) => {
    const id = transceiver.headerExtensions.find(({ uri }) => uri.includes("transport-wide"))?.id ?? 0;
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE((number * 799) & 0xffff);
    return forge(step(1), { ssrc, extensions: [{ id, payload }] });
  },
};

describe("a storm of a publisher", () => {
  it.each(Object.keys(storms))(
    "[HM26] %s: nothing throws, others are served, and the stream goes on",
    { timeout: 20_000 },
    async (name) => {
      const uncaught = watchUncaught();
      const engines = await openEngines();
      const [storming, other] = await Promise.all([connectPair(engines), connectPair(engines)]);
      for (let number = 1; number <= 800; number += 1) {
        await storms[name]?.(storming, number);
        if (number % 40 === 0) await other.next(vp8Delta);
        if (number % 16 === 0) await sleep(1);
      }
      await other.flow(20);
      await storming.flow(20);
      expect(uncaught).toEqual([]);
    },
  );

  it("[HM27] new SSRCs without end keep only the last, and are taken up to a limit", async () => {
    const engines = await openEngines();
    const { publisher, forge, count } = await connectPair(engines);
    const before = count();
    const id = publisher.transceiver.headerExtensions.find(({ uri }) => uri.endsWith("sdes:mid"))?.id ?? 0;
    const extensions = [{ id, payload: Buffer.from(publisher.transceiver.mid ?? "") }];
    for (let number = 0; number < 500; number += 1) {
      await forge(number, { ssrc: 100_000 + number, extensions });
      if (number % 16 === 0) await sleep(1);
    }
    await sleep(50);
    expect(count() - before).toBeLessThanOrEqual(66);
  });
});
