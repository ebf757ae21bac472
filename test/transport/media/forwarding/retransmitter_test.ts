import { describe, expect, it } from "vitest";
import {
  defaultRttMs,
  maxPaddingPackets,
  maxRetransmissions,
  maxSavedRetransmissions,
  minRttMs,
} from "../../../../transport/media/forwarding/retransmitter.ts";
import { keptVideoPackets } from "../../../../transport/media/forwarding/sent_packets.ts";
import {
  audioParameters,
  FakeSource,
  firstIndex,
  firstRtxIndex,
  firstTimestamp,
  openRig,
  type Rig,
  rtxSsrc,
  type Sent,
  ssrc,
  Vp8Layer,
  videoParameters,
} from "./sent_stream_rig.ts";

interface VideoRig extends Rig {
  readonly layers: Vp8Layer[];
}

function openVideo(layers = 1, parameters = videoParameters, first = firstIndex): VideoRig {
  const rig = openRig(new FakeSource("video", layers), parameters, first);
  return Object.assign(rig, { layers: rig.source.layers.map((_, layer) => new Vp8Layer(rig, layer)) });
}

/** Sends a keyframe and frames after it, of two packets each; returns what was sent. */
function play(rig: VideoRig, frames: number): Sent[] {
  for (let frame = 0; frame < frames; frame += 1) {
    for (const layer of rig.layers) layer.frame({ isKeyframe: frame === 0 });
    rig.nowMs += 33;
  }
  return rig.outlet.take();
}

/** The packet that was sent again, as RFC 4588, 4 has the receiver make it. */
function restore({ payload, ...sent }: Sent): {
  originalSequenceNumber: number;
  payload: Buffer;
  timestamp: number;
  marker: boolean;
} {
  const { timestamp, marker } = sent;
  return { originalSequenceNumber: payload.readUInt16BE(0), payload: payload.subarray(2), timestamp, marker };
}

/** Retransmissions that are saved up by nothing but the beginning. */
function nackAll(rig: Rig, nowMs: number, sequenceNumbers: readonly number[]): number {
  rig.stream.retransmit(sequenceNumbers, nowMs);
  return rig.outlet.take().length;
}

describe("Retransmitter", () => {
  it("[TX21] sends what a NACK names as RTX: an SSRC, numbers and payload types of its own, the packet as it was within", () => {
    const rig = openVideo();
    const sent = play(rig, 5);
    const wanted = sent.filter((_, position) => [2, 3, 7].includes(position));
    rig.stream.retransmit(
      wanted.map(({ sequenceNumber }) => sequenceNumber),
      rig.nowMs,
    );
    const again = rig.outlet.take();
    expect(again.map(restore)).toEqual(
      wanted.map(({ sequenceNumber, payload, timestamp, marker }) => ({
        originalSequenceNumber: sequenceNumber,
        payload,
        timestamp,
        marker,
      })),
    );
    for (const [position, packet] of again.entries()) {
      expect(packet).toMatchObject({ ssrc: rtxSsrc, payloadType: 101, index: firstRtxIndex + position });
      expect(packet.extensions.get(4)?.toString()).toBe("7");
    }
    expect(rig.stream.statistics).toMatchObject({ packets: 10, retransmittedPackets: 3 });
  });

  it("[TX21] sends again what was rewritten since, of layers that were left, and over the wrap of 16 bits", () => {
    const rig = openVideo(2, videoParameters, 65_000);
    const sent: Sent[] = [];
    for (let change = 0; change < 100; change += 1) {
      rig.stream.setTarget(change % 2, 0);
      sent.push(...play(rig, 6));
    }
    expect(sent.at(-1)?.index).toBeGreaterThan(66_000);
    const kept = sent.slice(-keptVideoPackets);
    rig.stream.retransmit(
      kept.slice(0, 500).map(({ sequenceNumber }) => sequenceNumber),
      rig.nowMs,
    );
    const again = rig.outlet.take();
    expect(again.length).toBe(500);
    expect(again.map((packet) => restore(packet).payload.toString("hex"))).toEqual(
      kept.slice(0, 500).map(({ payload }) => payload.toString("hex")),
    );
  });

  it("[TX22] sends the same bytes again where there is no RTX, to the last that the outlet had filled in", () => {
    for (const parameters of [
      audioParameters,
      { ...audioParameters, extensionIds: { absSendTime: 2, audioLevel: 1 } },
    ]) {
      const rig = openRig(new FakeSource("audio"), parameters);
      const fields = { timestamp: 1, audioLevel: 7 };
      for (const sequenceNumber of [65_534, 65_535, 65_536]) rig.source.deliver(0, { sequenceNumber, ...fields });
      const sent = rig.outlet.take();
      // The header is another one from now on.
      rig.stream.receiveReport(
        {
          ssrc,
          fractionLost: 0,
          cumulativeLost: 0,
          highestSequenceNumber: 0,
          jitter: 0,
          lastSr: 0,
          delaySinceLastSr: 0,
        },
        0,
      );
      rig.source.deliver(0, { sequenceNumber: 65_537, ...fields });
      sent.push(...rig.outlet.take());
      rig.stream.retransmit([firstIndex, firstIndex + 2, firstIndex + 3], 50);
      const again = rig.outlet.take();
      expect(again.map(({ index, bytes }) => [index, bytes])).toEqual(
        [sent[0], sent[2], sent[3]].map((packet) => [packet?.index, packet?.bytes]),
      );
    }
  });

  it("[TX22] sends video the same again, with its picture ids, when the client takes no RTX", () => {
    const rig = openVideo(2, { ...videoParameters, rtxPayloadTypes: new Map() });
    rig.stream.setTarget(0, 0);
    const sent = play(rig, 2);
    rig.stream.setTarget(1, 0);
    sent.push(...play(rig, 3));
    rig.stream.retransmit(
      sent.map(({ sequenceNumber }) => sequenceNumber),
      rig.nowMs,
    );
    expect(rig.outlet.take()).toEqual(sent);
  });

  it("[TX22] sends nothing of before again after a negotiation that changed anything, but goes on after one that did not", () => {
    const rig = openRig(new FakeSource("audio"));
    rig.source.deliver(0, { sequenceNumber: 1 });
    rig.outlet.take();
    rig.stream.configure({ ...audioParameters });
    expect(nackAll(rig, 100, [firstIndex])).toBe(1);
    rig.stream.configure({ ...audioParameters, mid: "b" });
    expect(nackAll(rig, 1_000, [firstIndex])).toBe(0);
  });

  it("[TX23] sends a packet again at once, then not before a round trip passed, and no more than so often", () => {
    const rig = openVideo();
    play(rig, 1);
    let nowMs = 1_000;
    expect([
      nackAll(rig, nowMs, [firstIndex, firstIndex]),
      nackAll(rig, nowMs + defaultRttMs - 1, [firstIndex]),
    ]).toEqual([1, 0]);
    for (let tries = 1; tries < maxRetransmissions; tries += 1) {
      nowMs += defaultRttMs;
      expect([tries, nackAll(rig, nowMs, [firstIndex])]).toEqual([tries, 1]);
    }
    expect(nackAll(rig, nowMs + 60_000, [firstIndex])).toBe(0);
  });

  it("[TX23] goes by the round trip that reports show", () => {
    const rig = openVideo();
    const [layer] = rig.source.layers;
    if (layer !== undefined) layer.senderReport = { ntpMs: 1_000_000, rtpTimestamp: 0, receivedAtMs: 0 };
    play(rig, 1);
    for (const rttMs of [0, 250]) {
      rig.nowMs += 10_000;
      play(rig, 1);
      // Until the smoothed one is there.
      for (let round = 0; round < 60; round += 1) {
        play(rig, 1);
        const told = rig.stream.writeSenderReport(rig.nowMs);
        const lastSr = Math.floor(((told?.ntpMs ?? 0) / 1_000) * 65_536) % 2 ** 32;
        rig.stream.receiveReport(
          {
            ssrc,
            fractionLost: 0,
            cumulativeLost: 0,
            highestSequenceNumber: 0,
            jitter: 0,
            lastSr,
            delaySinceLastSr: 0,
          },
          rig.nowMs + rttMs,
        );
      }
      const minAgeMs = Math.max(rttMs, minRttMs);
      const [last] = play(rig, 1).slice(-1);
      const asked = [last?.sequenceNumber ?? 0];
      const counts = [0, minAgeMs - 2, minAgeMs + 2].map((afterMs) => nackAll(rig, rig.nowMs + afterMs, asked));
      expect([rttMs, counts]).toEqual([rttMs, [1, 0, 1]]);
    }
  });

  it("[TX23] sends no more again than what is saved up and what it sends", () => {
    const rig = openVideo();
    const sent = play(rig, 400);
    const all = sent.map(({ sequenceNumber }) => sequenceNumber);
    expect(nackAll(rig, rig.nowMs, all)).toBe(maxSavedRetransmissions);
    expect(nackAll(rig, rig.nowMs + 5_000, all)).toBe(0);
    play(rig, 3);
    expect(nackAll(rig, rig.nowMs + 10_000, all)).toBe(6);
  });

  it("[TX24] sends nothing for numbers that it did not send, or that are gone", () => {
    const rig = openVideo();
    const [first] = play(rig, 1);
    const asked = [firstIndex - 1, firstIndex + 2, 0, 65_535];
    expect(nackAll(rig, 0, asked)).toBe(0);
    for (let frame = 0; frame < keptVideoPackets / 2; frame += 1) play(rig, 1);
    expect(nackAll(rig, rig.nowMs, [first?.sequenceNumber ?? 0])).toBe(0);
    expect(nackAll(rig, rig.nowMs, [firstIndex + 2])).toBe(1);
  });

  it("[TX24] sends nothing that stands in the place of what was sent", () => {
    const rig = openVideo();
    play(rig, 1);
    rig.source.pause();
    // The numbers may be another stream's now.
    expect(nackAll(rig, 100, [firstIndex])).toBe(0);
    play(rig, 1);
    const history = rig.source.layers[0]?.history.get(10_002);
    if (history === undefined) throw new Error("It is not there");
    history.sequenceNumber = 99_999;
    expect(nackAll(rig, 200, [firstIndex + 2, firstIndex + 3])).toBe(1);
  });

  it("[TX25] sends packets of before as padding, the newest first, until it is as much as was asked for", () => {
    const rig = openVideo();
    const sent = play(rig, 10);
    const bytes = rig.stream.sendPadding(200, 0);
    const padding = rig.outlet.take();
    expect(padding.reduce((sum, packet) => sum + packet.bytes.length, 0)).toBe(bytes);
    expect(bytes).toBeGreaterThanOrEqual(200);
    expect(bytes - (padding.at(-1)?.bytes.length ?? 0)).toBeLessThan(200);
    expect(padding.map(restore).map(({ originalSequenceNumber }) => originalSequenceNumber)).toEqual(
      sent
        .slice(-padding.length)
        .reverse()
        .map(({ sequenceNumber }) => sequenceNumber),
    );
    // It is no retransmission that was asked for.
    expect(rig.stream.statistics.retransmittedPackets).toBe(0);
    rig.stream.retransmit([firstIndex], 0);
    expect(rig.outlet.take()[0]?.index).toBe(firstRtxIndex + padding.length);
  });

  it("[TX25] sends RTX of padding alone where nothing is there, up to a limit", () => {
    const rig = openVideo();
    expect(rig.stream.sendPadding(500, 0)).toBe(0);
    play(rig, 1);
    rig.source.pause();
    const bytes = rig.stream.sendPadding(500, 0);
    const padding = rig.outlet.take();
    expect(padding.length).toBe(2);
    expect(bytes).toBeGreaterThanOrEqual(500);
    for (const packet of padding) {
      expect(packet).toMatchObject({ ssrc: rtxSsrc, payloadType: 101, paddingLength: 255, payload: Buffer.alloc(0) });
    }
    rig.stream.sendPadding(1e9, 0);
    expect(rig.outlet.take().length).toBe(maxPaddingPackets);
  });

  it("[TX25] sends no padding without RTX", () => {
    const audio = openRig(new FakeSource("audio"));
    audio.source.deliver(0, { sequenceNumber: 1 });
    const video = openVideo(1, { ...videoParameters, rtxPayloadTypes: new Map() });
    play(video, 1);
    audio.outlet.take();
    expect([audio.stream.sendPadding(500, 0), video.stream.sendPadding(500, 0)]).toEqual([0, 0]);
    expect([audio.outlet.take(), video.outlet.take()]).toEqual([[], []]);
  });

  it("[TX11] tells the mid in RTX until the client reports on the stream", () => {
    const rig = openVideo();
    play(rig, 1);
    rig.stream.retransmit([firstIndex], 0);
    rig.stream.receiveReport(
      { ssrc, fractionLost: 0, cumulativeLost: 0, highestSequenceNumber: 0, jitter: 0, lastSr: 0, delaySinceLastSr: 0 },
      0,
    );
    rig.stream.retransmit([firstIndex + 1], 0);
    expect(rig.outlet.take().map(({ extensions }) => extensions.get(4)?.toString())).toEqual(["7", undefined]);
  });

  it("[TX21] keeps the timestamp of what it sends again", () => {
    const rig = openVideo();
    play(rig, 2);
    rig.stream.retransmit([firstIndex + 2], 0);
    expect(rig.outlet.take()[0]?.timestamp).toBe(firstTimestamp + 2_970);
  });
});
