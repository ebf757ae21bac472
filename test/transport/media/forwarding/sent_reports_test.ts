import { describe, expect, it } from "vitest";
import { toCompactNtp } from "../../../../transport/media/rtp/ntp_time.ts";
import type { ReceptionReport } from "../../../../transport/media/rtp/rtcp_listener.ts";
import { FakeSource, openRig, type Rig, ssrc, Vp8Layer } from "./sent_stream_rig.ts";

const ntpMs = 3_900_000_000_123.25;

function openVideo(layers = 1): Rig & { readonly layers: Vp8Layer[] } {
  const rig = openRig(new FakeSource("video", layers));
  return Object.assign(rig, { layers: rig.source.layers.map((_, layer) => new Vp8Layer(rig, layer)) });
}

function reception(fields: Partial<ReceptionReport>): ReceptionReport {
  const none = {
    fractionLost: 0,
    cumulativeLost: 0,
    highestSequenceNumber: 0,
    jitter: 0,
    lastSr: 0,
    delaySinceLastSr: 0,
  };
  return { ssrc, ...none, ...fields };
}

describe("SentReports", () => {
  it("[TX26] tells the source's clock, as it is now, and the timestamp that the stream has then", () => {
    const rig = openVideo();
    const [layer] = rig.layers;
    const [source] = rig.source.layers;
    if (source === undefined || layer === undefined) throw new Error("There is no layer");
    layer.frame({ packets: 3, isKeyframe: true });
    const [sent] = rig.outlet.take();
    source.senderReport = layer.report(ntpMs);
    rig.nowMs = 1_700;
    expect(rig.stream.writeSenderReport(rig.nowMs)).toEqual({
      ssrc,
      ntpMs: ntpMs + 1_700,
      rtpTimestamp: (sent?.timestamp ?? 0) + 1_700 * 90,
      packetCount: 3,
      octetCount: rig.stream.statistics.bytes,
    });
  });

  it("[TX26] tells of audio and video what puts them in step, whatever their ways took", () => {
    const video = openVideo();
    const audio = openRig(new FakeSource("audio"));
    // Captured at one instant of the client's clock; the video comes 400 ms later.
    const capturedMs = 5_000;
    audio.source.deliver(0, { sequenceNumber: 1, timestamp: 77_000, receivedAtMs: 5_020 });
    video.nowMs = capturedMs;
    const timestamp = video.layers[0]?.timestamp ?? 0;
    video.source.deliver(0, { sequenceNumber: 1, timestamp, isKeyframeStart: true, receivedAtMs: 5_420 });
    const [audioLayer] = audio.source.layers;
    const [videoLayer] = video.source.layers;
    if (audioLayer === undefined || videoLayer === undefined) throw new Error("There is no layer");
    audioLayer.senderReport = { ntpMs: ntpMs + 1_000, rtpTimestamp: 77_000 + 48_000, receivedAtMs: 6_030 };
    videoLayer.senderReport = { ntpMs: ntpMs + 300, rtpTimestamp: timestamp + 300 * 90, receivedAtMs: 5_350 };
    const instants = [
      { rig: audio, rate: 48 },
      { rig: video, rate: 90 },
    ].map(({ rig, rate }) => {
      const told = rig.stream.writeSenderReport(7_777);
      const sent = rig.outlet.take()[0];
      // What a receiver makes of it (RFC 3550, 6.4.1): when the packet was captured.
      return (told?.ntpMs ?? 0) - ((told?.rtpTimestamp ?? 0) - (sent?.timestamp ?? 0)) / rate;
    });
    expect(instants[0]).toBeCloseTo(ntpMs, 1);
    expect(instants[1]).toBeCloseTo(ntpMs, 1);
  });

  it("[TX26] tells nothing before the source did, nor before anything was sent, nor when nothing is sent any more", () => {
    const rig = openVideo();
    const [source] = rig.source.layers;
    if (source === undefined) throw new Error("There is no layer");
    rig.layers[0]?.frame({ isKeyframe: true });
    expect(rig.stream.writeSenderReport(0)).toBeUndefined();
    source.senderReport = rig.layers[0]?.report(ntpMs);
    const isTold = (): boolean => rig.stream.writeSenderReport(rig.nowMs) !== undefined;
    expect([isTold(), isTold(), isTold()]).toEqual([true, true, false]);
    rig.layers[0]?.frame();
    expect([isTold(), isTold(), isTold()]).toEqual([true, true, false]);
    const other = openVideo();
    const [unsent] = other.source.layers;
    if (unsent !== undefined) unsent.senderReport = source.senderReport;
    expect(other.stream.writeSenderReport(0)).toBeUndefined();
  });

  it("[TX26] goes on with the clock of before while a layer has not told its own", () => {
    const rig = openVideo(2);
    const [low] = rig.source.layers;
    if (low === undefined) throw new Error("There is no layer");
    rig.stream.setTarget(0, 0);
    for (const layer of rig.layers) layer.frame({ isKeyframe: true });
    low.senderReport = rig.layers[0]?.report(ntpMs);
    const before = rig.stream.writeSenderReport(500);
    rig.stream.setTarget(1, 0);
    rig.nowMs = 1_000;
    for (const layer of rig.layers) layer.frame({ isKeyframe: true });
    const after = rig.stream.writeSenderReport(1_500);
    expect([after?.ntpMs, after?.rtpTimestamp]).toEqual([ntpMs + 1_500, (before?.rtpTimestamp ?? 0) + 90_000]);
  });

  it("[TX26] tells the timestamps that are sent, also where a change of layers went a step further", () => {
    const rig = openVideo(2);
    rig.stream.setTarget(0, 0);
    for (const [index, layer] of rig.source.layers.entries()) layer.senderReport = rig.layers[index]?.report(ntpMs);
    for (const layer of rig.layers) layer.frame({ isKeyframe: true });
    rig.stream.setTarget(1, 0);
    rig.nowMs = 33;
    for (const layer of rig.layers) layer.frame({ isKeyframe: true });
    const sent = rig.outlet.take().at(-1);
    const told = rig.stream.writeSenderReport(33);
    expect([told?.ntpMs, told?.rtpTimestamp]).toEqual([ntpMs + 33, sent?.timestamp]);
  });

  it("[TX27] finds the round trip and the loss in the client's reports", () => {
    const rig = openVideo();
    const [source] = rig.source.layers;
    if (source === undefined) throw new Error("There is no layer");
    expect([rig.stream.rttMs, rig.stream.packetsLost]).toEqual([-1, 0]);
    source.senderReport = rig.layers[0]?.report(ntpMs);
    const tell = (nowMs: number): number => {
      rig.nowMs = nowMs;
      rig.layers[0]?.frame({ isKeyframe: true });
      return toCompactNtp(rig.stream.writeSenderReport(nowMs)?.ntpMs ?? 0);
    };
    const first = tell(1_000);
    tell(2_000);
    rig.stream.receiveReport(reception({ cumulativeLost: 25, lastSr: first, delaySinceLastSr: 65_536 }), 2_080);
    expect([rig.stream.rttMs, rig.stream.packetsLost]).toEqual([80, 25]);
    rig.stream.receiveReport(reception({ lastSr: tell(3_000) }), 3_160);
    expect(rig.stream.rttMs).toBe(90);
  });

  it("[TX27] takes no round trip from reports that tell none, or what cannot be", () => {
    const rig = openVideo();
    const [source] = rig.source.layers;
    if (source === undefined) throw new Error("There is no layer");
    source.senderReport = rig.layers[0]?.report(ntpMs);
    rig.layers[0]?.frame({ isKeyframe: true });
    const lastSr = toCompactNtp(rig.stream.writeSenderReport(0)?.ntpMs ?? 0);
    rig.stream.receiveReport(reception({}), 50);
    rig.stream.receiveReport(reception({ lastSr: lastSr ^ 0x1000 }), 50);
    rig.stream.receiveReport(reception({ lastSr }), 20_000);
    expect(rig.stream.rttMs).toBe(-1);
    // Rounded on its way, and held longer than the clock says.
    rig.stream.receiveReport(reception({ lastSr: lastSr + 1, delaySinceLastSr: 65_536 }), 50);
    expect(rig.stream.rttMs).toBe(0);
  });
});
