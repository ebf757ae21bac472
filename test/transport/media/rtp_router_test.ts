import { describe, expect, it } from "vitest";
import type { ReceivedStream } from "../../../transport/media/forwarding/received_stream.ts";
import type { ReceivedTrack } from "../../../transport/media/forwarding/received_track.ts";
import { type ReceivingSection, type Route, RtpRouter } from "../../../transport/media/rtp_router.ts";
import type { SrtpReceiveStream } from "../../../transport/media/srtp/srtp_receiver.ts";

function section(mid: string, given: { ssrcs?: [number, number | undefined][]; rids?: string[]; codec?: number }) {
  const { ssrcs = [], rids = [], codec = 96 } = given;
  const found: ReceivingSection = {
    remote: { mid, kind: "video", ssrcs: new Map(ssrcs), rids },
    parameters: {
      mid,
      codecs: [{ payloadType: codec, mimeType: "video/VP8", clockRate: 90_000, parameters: "" }],
      rtxPayloadTypes: new Map([[codec, codec + 1]]),
      extensionIds: {},
      hasNack: true,
    },
    track: { layers: rids } as unknown as ReceivedTrack,
  };
  return found;
}

function route(of: ReceivingSection, layer = 0, isRepair = false): Route {
  return { section: of, layer, isRepair, stream: {} as ReceivedStream, srtp: {} as SrtpReceiveStream };
}

const nothing = { mid: "", rid: "", repairedRid: "" };

describe("RTP router", () => {
  it("[MS5] knows a stream by the SSRC that was signaled, and the one that repairs it", () => {
    const router = new RtpRouter();
    const first = section("0", { ssrcs: [[1, 2]] });
    const second = section("1", { ssrcs: [[3, 4]] });
    router.setSections([first, second]);
    expect(router.locate(3, 96, nothing)).toEqual({ section: second, layer: 0, isRepair: false });
    expect(router.locate(2, 97, nothing)).toEqual({ section: first, layer: 0, isRepair: true });
    expect(router.locate(9, 96, nothing)).toBeUndefined();
  });

  it("[MS5] knows a layer by its MID and RID, and what repairs it by the repaired RID", () => {
    const router = new RtpRouter();
    const camera = section("0", { rids: ["q", "h", "f"] });
    const screen = section("1", { rids: ["q", "h", "f"] });
    router.setSections([camera, screen]);
    expect(router.locate(9, 96, { mid: "1", rid: "h", repairedRid: "" })).toEqual({
      section: screen,
      layer: 1,
      isRepair: false,
    });
    expect(router.locate(9, 97, { mid: "0", rid: "", repairedRid: "f" })).toEqual({
      section: camera,
      layer: 2,
      isRepair: true,
    });
    expect(router.locate(9, 96, { mid: "1", rid: "x", repairedRid: "" })).toBeUndefined();
    expect(router.locate(9, 96, { mid: "7", rid: "h", repairedRid: "" })).toBeUndefined();
    expect(router.locate(9, 96, { mid: "0", rid: "", repairedRid: "" })).toBeUndefined();
  });

  it("[MS5] goes by the payload type where no other section has it", () => {
    const router = new RtpRouter();
    const only = section("0", {});
    router.setSections([only, section("1", { codec: 100 })]);
    expect(router.locate(9, 96, nothing)?.section).toBe(only);
    expect(router.locate(9, 97, nothing)?.isRepair).toBe(true);
    router.setSections([only, section("1", {})]);
    expect(router.locate(9, 96, nothing)).toBeUndefined();
  });

  it("[MS6] a layer has one stream: another one takes its place, and the first does not come back", () => {
    const router = new RtpRouter();
    const camera = section("0", {});
    router.setSections([camera]);
    router.add(1, route(camera));
    router.add(2, route(camera, 0, true));
    router.add(3, route(camera));
    expect([router.find(1), router.find(2)?.isRepair, router.find(3)?.isRepair]).toEqual([undefined, true, false]);
    expect(router.locate(1, 96, nothing)).toBeUndefined();
    expect(router.locate(4, 96, nothing)).toBeDefined();
  });

  it("[MS6] streams that take each other's place come to an end until the next negotiation", () => {
    const router = new RtpRouter();
    const camera = section("0", {});
    router.setSections([camera]);
    let taken = 0;
    for (let ssrc = 1; ssrc <= 1_000; ssrc += 1) {
      if (router.locate(ssrc, 96, nothing) === undefined) continue;
      router.add(ssrc, route(camera));
      taken += 1;
    }
    expect(taken).toBe(65);
    router.setSections([camera]);
    expect(router.locate(2_000, 96, nothing)).toBeDefined();
  });

  it("[MS6] routes end with their section", () => {
    const router = new RtpRouter();
    const camera = section("0", {});
    router.setSections([camera]);
    router.add(1, route(camera));
    router.setSections([{ ...camera }]);
    expect(router.find(1)).toBeDefined();
    router.setSections([]);
    expect(router.find(1)).toBeUndefined();
  });
});
