import { describe, expect, it } from "vitest";
import { GcmRtcp } from "../../../../transport/media/srtp/gcm_rtcp.ts";
import { GcmRtp } from "../../../../transport/media/srtp/gcm_rtp.ts";

const keys = {
  cipherKey: Buffer.from("000102030405060708090a0b0c0d0e0f", "hex"),
  authKey: Buffer.alloc(20),
  salt: Buffer.from("517569642070726f2071756f", "hex"),
};

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ""), "hex");
}

describe("AEAD_AES_128_GCM", () => {
  it("[SR2] protects the RTP packet of RFC 7714, 16.1", () => {
    const packet = hex(
      `8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573`,
    );
    const expected =
      hex(`8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf
      8833899d 7f27beb1 6a9152cf 765ee439 0cce`);
    const stream = new GcmRtp(keys, 0x55_01_a0_b2);
    const buffer = Buffer.concat([packet, Buffer.alloc(16)]);
    expect(stream.protect(buffer, 0, 12, packet.length, 0xf1_7b)).toBe(expected.length);
    expect(buffer).toEqual(expected);
    const out = Buffer.alloc(packet.length);
    expect(stream.open(expected, 12, 0xf1_7b, out)).toBe(true);
    expect(out).toEqual(packet);
  });

  it("[SR2] protects the RTCP packet of RFC 7714, 17.1", () => {
    const packet = hex(
      `81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef`,
    );
    const expected =
      hex(`81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded
      0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4`);
    const cipher = new GcmRtcp(keys);
    expect(cipher.seal(packet, 0x4d_61_72_73, 0x5d4)).toEqual(expected);
    expect(cipher.open(expected, 0x4d_61_72_73, 0x5d4)).toEqual(packet);
  });
});
