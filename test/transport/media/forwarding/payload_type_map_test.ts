import { describe, expect, it } from "vitest";
import type { RtpCodec } from "../../../../transport/media/forwarding/media_source.ts";
import { PayloadTypeMap } from "../../../../transport/media/forwarding/payload_type_map.ts";
import { FakeSource } from "./sent_stream_rig.ts";

function codec(mimeType: string, parameters = "", payloadType = 96): RtpCodec {
  return { payloadType, mimeType, clockRate: mimeType.startsWith("audio/") ? 48_000 : 90_000, parameters };
}

/** The payload type that packets of `from` get for a client that takes `to` as 120, after one it does not. */
function find(from: RtpCodec, to: RtpCodec): number {
  const map = new PayloadTypeMap(new FakeSource("video", 1, [from]));
  map.configure([codec("video/other", "", 119), { ...to, payloadType: 120 }], new Map([[120, 121]]));
  expect(map.findRtx(120)).toBe(121);
  expect(map.findRtx(119)).toBe(-1);
  const found = map.find(from.payloadType);
  expect(map.find(from.payloadType)).toBe(found);
  return found;
}

describe("PayloadTypeMap", () => {
  it("[TX9] finds the client's payload type for the same codec", () => {
    const same: [string, string, string, string][] = [
      ["video/VP8", "", "video/vp8", "max-fr=30"],
      ["audio/opus", "minptime=10;useinbandfec=1", "audio/OPUS", ""],
      ["video/VP9", "profile-id=0", "video/VP9", ""],
      ["video/VP9", "profile-id=2", "video/VP9", "x=1; profile-id=2"],
      ["video/AV1", "level-idx=5;profile=0;tier=0", "video/AV1", ""],
      [
        "video/H264",
        "packetization-mode=1;profile-level-id=42e01f",
        "video/H264",
        "profile-level-id=42E034;packetization-mode=1",
      ],
      // Constrained baseline, spelled otherwise (RFC 6184, table 5).
      [
        "video/H264",
        "packetization-mode=1;profile-level-id=42c01f",
        "video/H264",
        "profile-level-id=4d8014;packetization-mode=1",
      ],
      ["video/H264", "", "video/H264", "profile-level-id=420010;packetization-mode=0"],
    ];
    for (const [one, itsParameters, other, otherParameters] of same) {
      expect(find(codec(one, itsParameters), codec(other, otherParameters)), `${one} ${itsParameters}`).toBe(120);
    }
  });

  it("[TX9] finds none for another codec, profile or packetization, nor for what carries other packets", () => {
    const different: [string, string, string, string][] = [
      ["video/VP8", "", "video/VP9", ""],
      ["video/VP9", "profile-id=0", "video/VP9", "profile-id=2"],
      ["video/AV1", "profile=1", "video/AV1", "profile=0"],
      ["video/H264", "packetization-mode=1;profile-level-id=42e01f", "video/H264", "profile-level-id=42e01f"],
      [
        "video/H264",
        "packetization-mode=1;profile-level-id=42001f",
        "video/H264",
        "profile-level-id=42e01f;packetization-mode=1",
      ],
      [
        "video/H264",
        "packetization-mode=1;profile-level-id=640c1f",
        "video/H264",
        "profile-level-id=64001f;packetization-mode=1",
      ],
      ["video/rtx", "apt=96", "video/rtx", "apt=96"],
      ["audio/red", "111/111", "audio/red", "111/111"],
      ["video/ulpfec", "", "video/ulpfec", ""],
    ];
    for (const [one, itsParameters, other, otherParameters] of different) {
      expect(find(codec(one, itsParameters), codec(other, otherParameters)), `${one} ${itsParameters}`).toBe(-1);
    }
    expect(find(codec("audio/L16"), { ...codec("audio/L16"), clockRate: 44_100 })).toBe(-1);
  });

  it("[TX9] looks again after a negotiation, and where the source did not know the codec", () => {
    const source = new FakeSource("video", 1, []);
    const map = new PayloadTypeMap(source);
    map.configure([codec("video/VP8", "", 100)], new Map());
    expect(map.find(96)).toBe(-1);
    source.codecs.push(codec("video/VP8"));
    expect(map.find(96)).toBe(100);
    map.configure([codec("video/VP8", "", 105)], new Map());
    expect(map.find(96)).toBe(105);
    map.configure([], new Map());
    expect(map.find(96)).toBe(-1);
  });
});
