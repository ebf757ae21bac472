import { describe, expect, it } from "vitest";
import { CounterKeystream } from "../../../../transport/media/srtp/counter_keystream.ts";
import { packetMemory, scratchAddress } from "../../../../transport/media/srtp/packet_memory.ts";

describe("AES in counter mode", () => {
  it("[SR2] makes the keystream of RFC 3711, B.2", () => {
    const key = Buffer.from("2B7E151628AED2A6ABF7158809CF4F3C", "hex");
    const salt = Buffer.from("F0F1F2F3F4F5F6F7F8F9FAFBFCFD", "hex");
    new CounterKeystream(key, salt).write(0, 0, 1, 3, scratchAddress);
    expect(packetMemory.toString("hex", scratchAddress, scratchAddress + 48)).toBe(
      "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0",
    );
  });
});
