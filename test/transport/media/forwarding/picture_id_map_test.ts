import { describe, expect, it } from "vitest";
import { PictureIdMap } from "../../../../transport/media/forwarding/picture_id_map.ts";
import type { RtpPacket } from "../../../../transport/media/rtp/rtp_packet.ts";
import { makePacket } from "./sent_stream_rig.ts";

function picture(pictureId: number, fields: Partial<RtpPacket> = {}): RtpPacket {
  return makePacket({ pictureId, pictureIdBits: 15, pictureIdOffset: 22, ...fields });
}

function map(pictures: PictureIdMap, packet: RtpPacket, isNew = true): number | undefined {
  return pictures.map(packet, isNew) ? pictures.pictureId & ((1 << packet.pictureIdBits) - 1) : undefined;
}

describe("PictureIdMap", () => {
  it("[TX8] passes picture ids on as they are while nothing is left out", () => {
    const pictures = new PictureIdMap();
    const ids = [32_766, 32_766, 32_767, 0, 1, 4, 5];
    expect(ids.map((id) => map(pictures, picture(id)))).toEqual(ids);
    expect(map(pictures, picture(3), false)).toBe(3);
  });

  it("[TX8] passes on the ids of a sender that takes 7 bits for what they can hold, and 15 for the rest", () => {
    const pictures = new PictureIdMap();
    for (const id of [126, 127, 128, 129, 32_767, 0, 1]) {
      const bits = id < 128 ? 7 : 15;
      expect(map(pictures, picture(id, { pictureIdBits: bits }))).toBe(id);
    }
  });

  it("[TX8] goes on by one with the ids of another layer, in 7 and in 15 bits", () => {
    const pictures = new PictureIdMap();
    map(pictures, picture(32_767, { tl0PictureIndex: 255, tl0PictureIndexOffset: 24 }));
    pictures.begin();
    expect(map(pictures, picture(500, { isKeyframeStart: true, tl0PictureIndex: 7, tl0PictureIndexOffset: 24 }))).toBe(
      0,
    );
    expect(pictures.tl0PictureIndex).toBe(0);
    expect(map(pictures, picture(500, { tl0PictureIndex: 7, tl0PictureIndexOffset: 24 }))).toBe(0);
    expect(map(pictures, picture(501, { tl0PictureIndex: 8, tl0PictureIndexOffset: 24 }))).toBe(1);
    expect(pictures.tl0PictureIndex).toBe(1);
    pictures.begin();
    expect(map(pictures, picture(126, { pictureIdBits: 7, isKeyframeStart: true }))).toBe(2);
    expect(map(pictures, picture(127, { pictureIdBits: 7 }))).toBe(3);
    expect(map(pictures, picture(0, { pictureIdBits: 7 }))).toBe(4);
  });

  it("[TX8] closes ranks over pictures that are left out, and keeps the ids of those that are missing", () => {
    const pictures = new PictureIdMap();
    expect(map(pictures, picture(10))).toBe(10);
    pictures.skip(picture(11));
    pictures.skip(picture(11));
    expect(map(pictures, picture(12))).toBe(11);
    // 13 is missing.
    pictures.skip(picture(14));
    expect(map(pictures, picture(15))).toBe(13);
    expect(map(pictures, picture(13), false)).toBe(12);
    expect(map(pictures, picture(12), false)).toBe(11);
    expect(map(pictures, picture(14), false)).toBeUndefined();
  });

  it("[TX8] goes on by one with a keyframe whose ids were begun anew", () => {
    const pictures = new PictureIdMap();
    map(pictures, picture(9_000));
    expect(map(pictures, picture(17, { isKeyframeStart: true }))).toBe(9_001);
    expect(map(pictures, picture(18))).toBe(9_002);
  });

  it("[TX8] passes on what is far away", () => {
    const pictures = new PictureIdMap();
    map(pictures, picture(9_000));
    expect(map(pictures, picture(9_500))).toBe(9_500);
    expect(map(pictures, picture(9_499), false)).toBe(9_499);
    expect(map(pictures, picture(9_001), false)).toBe(9_001);
  });
});
