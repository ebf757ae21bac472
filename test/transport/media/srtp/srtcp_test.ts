import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { SrtpReceiver } from "../../../../transport/media/srtp/srtp_receiver.ts";
import { SrtpSender } from "../../../../transport/media/srtp/srtp_sender.ts";
import { makeKeys, profiles } from "./make_packet.ts";

function makeRtcp(bodyLength: number, ssrc = 0x01_02_03_04): Buffer {
  const packet = Buffer.concat([Buffer.from([0x80, 201, 0, 1]), Buffer.alloc(4), randomBytes(bodyLength)]);
  packet.writeUInt32BE(ssrc, 4);
  return packet;
}

function readIndex(sealed: Buffer, profile: (typeof profiles)[number]): number {
  return sealed.readUInt32BE(sealed.length - (profile === "SRTP_AEAD_AES_128_GCM" ? 4 : 14));
}

describe.each(profiles)("SRTCP with %s", (profile) => {
  it("[SR3] gives back packets of every length, of any sender", () => {
    const keys = makeKeys(profile);
    const sender = new SrtpSender(keys);
    const receiver = new SrtpReceiver(keys);
    for (let length = 0; length <= 1_400; length += length < 100 ? 1 : 13) {
      const packet = makeRtcp(length, 0xff_ff_ff_ff - (length % 5));
      const before = Buffer.from(packet);
      const sealed = sender.protectRtcp(packet);
      expect(packet).toEqual(before);
      expect(sealed.subarray(0, 8)).toEqual(packet.subarray(0, 8));
      if (length >= 16) expect(sealed.includes(packet.subarray(8, 24))).toBe(false);
      expect(receiver.unprotectRtcp(sealed)).toEqual(packet);
    }
  });

  it("[SR10] is numbered from 1 on, across all SSRCs, and says that it is encrypted", () => {
    const sender = new SrtpSender(makeKeys(profile));
    const indexes = [1, 2, 1].map((ssrc) => readIndex(sender.protectRtcp(makeRtcp(20, ssrc)), profile));
    expect(indexes).toEqual([0x80_00_00_01, 0x80_00_00_02, 0x80_00_00_03]);
  });

  it("[SR10] ends with the last index of 31 bits, and never repeats one", () => {
    const keys = makeKeys(profile);
    const sender = new SrtpSender(keys, 2 ** 31 - 1);
    const sealed = sender.protectRtcp(makeRtcp(20));
    expect(readIndex(sealed, profile)).toBe(0xff_ff_ff_ff);
    expect(new SrtpReceiver(keys).unprotectRtcp(sealed)).toBeDefined();
    expect(sender.protectRtcp(makeRtcp(20))).toHaveLength(0);
  });

  it("[SR10] is not made of what is no RTCP packet", () => {
    const sender = new SrtpSender(makeKeys(profile));
    expect(sender.protectRtcp(Buffer.alloc(7))).toHaveLength(0);
    expect(sender.protectRtcp(Buffer.alloc(65_530))).toHaveLength(0);
    expect(readIndex(sender.protectRtcp(makeRtcp(0)), profile)).toBe(0x80_00_00_01);
  });

  it("[SR5] refuses what came before, and what is older than the last 128 packets of its sender", () => {
    const keys = makeKeys(profile);
    const receiver = new SrtpReceiver(keys);
    const make = (index: number, ssrc?: number) => new SrtpSender(keys, index).protectRtcp(makeRtcp(20, ssrc));
    const packet = make(100);
    expect(receiver.unprotectRtcp(packet)).toBeDefined();
    expect(receiver.unprotectRtcp(packet)).toBeUndefined();
    expect(receiver.unprotectRtcp(make(101 + 127))).toBeDefined();
    expect(receiver.unprotectRtcp(make(100))).toBeUndefined();
    expect(receiver.unprotectRtcp(make(101))).toBeDefined();
    // Others count for themselves.
    expect(receiver.unprotectRtcp(make(1, 77))).toBeDefined();
    expect(receiver.unprotectRtcp(make(1, 77))).toBeUndefined();
  });

  it("[SR6] refuses a packet with any byte changed, cut off or not encrypted, and nothing else changes", () => {
    const keys = makeKeys(profile);
    const receiver = new SrtpReceiver(keys);
    const packet = makeRtcp(30);
    const sealed = new SrtpSender(keys, 1_000).protectRtcp(packet);
    for (let i = 0; i < sealed.length; i++) {
      for (const bit of [0x01, 0x80]) {
        const forged = Buffer.from(sealed);
        forged[i] = (forged[i] as number) ^ bit;
        expect(receiver.unprotectRtcp(forged), `byte ${i}`).toBeUndefined();
      }
      expect(receiver.unprotectRtcp(sealed.subarray(0, i))).toBeUndefined();
    }
    expect(receiver.unprotectRtcp(Buffer.concat([sealed, Buffer.alloc(70_000)]))).toBeUndefined();
    expect(receiver.unprotectRtcp(new SrtpSender(makeKeys(profile)).protectRtcp(packet))).toBeUndefined();
    // None of this moved the window past it.
    expect(receiver.unprotectRtcp(new SrtpSender(keys, 1).protectRtcp(packet))).toEqual(packet);
    expect(receiver.unprotectRtcp(sealed)).toEqual(packet);
  });

  it("[SR11] remembers the indexes of 256 senders, those heard last", () => {
    const keys = makeKeys(profile);
    const receiver = new SrtpReceiver(keys);
    const packets = Array.from({ length: 257 }, (_, ssrc) => new SrtpSender(keys).protectRtcp(makeRtcp(8, ssrc)));
    for (const packet of packets.slice(0, 256)) expect(receiver.unprotectRtcp(packet)).toBeDefined();
    for (const packet of packets.slice(0, 256)) expect(receiver.unprotectRtcp(packet)).toBeUndefined();
    expect(receiver.unprotectRtcp(new SrtpSender(keys, 2).protectRtcp(makeRtcp(8, 0)))).toBeDefined();
    expect(receiver.unprotectRtcp(packets[256] as Buffer)).toBeDefined();
    // Sender 1 was the one to be forgotten.
    for (const ssrc of [0, 2, 255, 256])
      expect(receiver.unprotectRtcp(packets[ssrc] as Buffer), `${ssrc}`).toBeUndefined();
    expect(receiver.unprotectRtcp(packets[1] as Buffer)).toBeDefined();
  });
});
