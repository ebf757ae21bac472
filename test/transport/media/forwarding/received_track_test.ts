import { describe, expect, it } from "vitest";
import { ReceivedTrack } from "../../../../transport/media/forwarding/received_track.ts";
import { RtpPacket } from "../../../../transport/media/rtp/rtp_packet.ts";

function start(rids: readonly string[] = []) {
  const requested: number[] = [];
  const errors: unknown[] = [];
  const track = new ReceivedTrack({
    id: "camera",
    kind: "video",
    mid: "1",
    rids,
    streamIds: ["s"],
    requestKeyframe: (layer) => requested.push(layer),
    onHandlerError: (error) => errors.push(error),
  });
  return { track, requested, errors };
}

const packet = new RtpPacket(Buffer.alloc(1_504));

describe("Received track", () => {
  it("[RX76] says what it is", () => {
    const { track } = start(["q", "f"]);
    expect(track).toMatchObject({
      id: "camera",
      kind: "video",
      mid: "1",
      layers: ["q", "f"],
      streamIds: ["s"],
      readyState: "live",
    });
    expect(start().track.layers).toEqual([]);
    const codec = { payloadType: 96, mimeType: "video/VP8", clockRate: 90_000, parameters: "" };
    track.setCodecs([codec]);
    expect(track.codecs).toEqual([codec]);
  });

  it("[RX76] is muted, asked for keyframes and for its level through the program", () => {
    const { track, requested } = start();
    track.source.openStream(0, { ssrc: 1, hasNack: false, createInspector: () => () => undefined });
    let count = 0;
    track.source.addSink({
      receivePacket: () => {
        count += 1;
      },
      layerArrived: () => undefined,
      wantedLayers: 1,
      sourcePaused: () => undefined,
    });
    packet.audioLevel = 20;
    track.deliver([packet], [0]);
    expect(track.takeAudioLevel()).toBeCloseTo(0.1, 6);
    track.muted = true;
    track.deliver([packet], [0]);
    expect([count, track.muted]).toEqual([1, true]);
    expect(requested).toEqual([]);
    track.muted = false;
    expect([track.muted, requested]).toEqual([false, [0]]);
    track.end();
    const other = start();
    other.track.source.openStream(0, { ssrc: 1, hasNack: false, createInspector: () => () => undefined });
    other.track.requestKeyframe();
    expect(other.requested).toEqual([0]);
    other.track.end();
  });

  it("[RX74] tells the program of its end once, and what that throws disturbs nobody", () => {
    const { track, errors } = start();
    const failure = new Error("no");
    let count = 0;
    track.onended = () => {
      count += 1;
      expect(track.readyState).toBe("ended");
      throw failure;
    };
    track.end();
    track.end();
    expect([count, errors]).toEqual([1, [failure]]);
    let heard = 0;
    track.source.addSink({
      receivePacket: () => {
        heard += 1;
      },
      layerArrived: () => undefined,
      wantedLayers: 1,
      sourcePaused: () => undefined,
    });
    track.deliver([packet], [0]);
    expect(heard).toBe(0);
    start().track.end();
  });
});
