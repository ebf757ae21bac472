import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { HmacKey, signLanes, swapBytes } from "../../../../transport/media/srtp/hmac_key.ts";
import { laneAddress, packetMemory } from "../../../../transport/media/srtp/packet_memory.ts";

const suffix = 0x12_34_56_78;
const suffixBytes = Buffer.from("12345678", "hex");

function readTag(lane: number, length: number): string {
  const end = laneAddress(lane) + length;
  return packetMemory.toString("hex", end, end + 10);
}

function expectedTag(key: Buffer, message: Buffer): string {
  return createHmac("sha1", key).update(message).update(suffixBytes).digest("hex").slice(0, 20);
}

describe("HMAC-SHA1", () => {
  it("[SR2] of one message of any length is that of OpenSSL", () => {
    const key = randomBytes(20);
    const hmac = new HmacKey(key);
    for (let length = 0; length <= 1_500; length++) {
      const message = randomBytes(length);
      packetMemory.fill(0xff, laneAddress(0), laneAddress(0) + 2_000);
      packetMemory.set(message, laneAddress(0));
      hmac.sign(laneAddress(0), length, swapBytes(suffix));
      expect(readTag(0, length), `${length} bytes`).toBe(expectedTag(key, message));
    }
  });

  it("[SR9] of one to four messages at once, of different keys and lengths, is that of OpenSSL", () => {
    for (let round = 0; round < 400; round++) {
      const count = 1 + (round % 4);
      const lanes = Array.from({ length: count }, (_, lane) => {
        const key = randomBytes(20);
        const message = randomBytes(Math.floor(Math.random() * (round < 200 ? 1_500 : 140)));
        packetMemory.set(message, laneAddress(lane));
        const blocks = new HmacKey(key).prepare(lane, laneAddress(lane), message.length, swapBytes(suffix));
        return { key, message, blocks };
      });
      signLanes(count, Math.max(...lanes.map(({ blocks }) => blocks)));
      for (const [lane, { key, message }] of lanes.entries()) {
        expect(readTag(lane, message.length)).toBe(expectedTag(key, message));
      }
    }
  });
});
