import { createCipheriv } from "node:crypto";
import { describe, expect, it } from "vitest";
import { deriveRtcpKeys, deriveRtpKeys } from "../../../../transport/media/srtp/session_keys.ts";
import { SrtpReceiver } from "../../../../transport/media/srtp/srtp_receiver.ts";
import { SrtpSender } from "../../../../transport/media/srtp/srtp_sender.ts";
import { profiles } from "./make_packet.ts";

const masterKey = Buffer.from("E1F97A0D3E018BE0D64FA32C06DE4139", "hex");
const masterSalt = Buffer.from("0EC675AD498AFEEBB6960B3AABE6", "hex");

describe("session keys", () => {
  it("[SR1] are those of RFC 3711, B.3", () => {
    const keys = deriveRtpKeys({ profile: "SRTP_AES128_CM_HMAC_SHA1_80", masterKey, masterSalt });
    expect(keys.cipherKey.toString("hex")).toBe("c61e7a93744f39ee10734afe3ff7a087");
    expect(keys.salt.toString("hex")).toBe("30cbbc08863d8c85d49db34a9ae1");
    expect(keys.authKey.toString("hex")).toBe("cebe321f6ff7716b6fd4ab49af256a156d38baa4");
  });

  it("[SR1] of RTCP have the labels 3 to 5, and those of GCM a salt of 12 bytes that ends in two zeros (RFC 7714, 11)", () => {
    for (const profile of profiles) {
      const saltLength = profile === "SRTP_AEAD_AES_128_GCM" ? 12 : 14;
      const salt = masterSalt.subarray(0, saltLength);
      const keys = deriveRtcpKeys({ profile, masterKey, masterSalt: salt });
      const derive = (label: number, length: number): Buffer => {
        const iv = Buffer.concat([salt, Buffer.alloc(16 - saltLength)]);
        iv.writeUInt8(iv.readUInt8(7) ^ label, 7);
        return createCipheriv("aes-128-ctr", masterKey, iv).update(Buffer.alloc(length));
      };
      expect(keys).toEqual({ cipherKey: derive(3, 16), authKey: derive(4, 20), salt: derive(5, saltLength) });
    }
  });

  it.each(profiles)("[SR1] of %s are refused with a key or a salt of another length", (profile) => {
    const saltLength = profile === "SRTP_AEAD_AES_128_GCM" ? 12 : 14;
    for (const [keyBytes, saltBytes] of [
      [15, saltLength],
      [32, saltLength],
      [16, saltLength - 1],
      [16, 26 - saltLength],
    ] as const) {
      const keys = { profile, masterKey: Buffer.alloc(keyBytes), masterSalt: Buffer.alloc(saltBytes) };
      expect(() => new SrtpSender(keys)).toThrow(RangeError);
      expect(() => new SrtpReceiver(keys)).toThrow(RangeError);
    }
  });
});
