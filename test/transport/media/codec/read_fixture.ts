import { readFileSync } from "node:fs";
import { RtpPacket } from "../../../../transport/media/rtp/rtp_packet.ts";

/** The packets of a recording of `record_fixtures.ts`, in order, with sequence numbers that are counted on. */
export function readFixture(name: string): RtpPacket[] {
  const text = readFileSync(new URL(`./fixtures/${name}.txt`, import.meta.url), "utf8");
  let last = -1;
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [sequenceNumber = "", timestamp = "", marker, descriptor = "-", payload = "-"] = line.split(" ");
      const packet = makePacket(payload === "-" ? "" : payload, descriptor === "-" ? undefined : descriptor);
      last = last < 0 ? Number(sequenceNumber) : last + ((Number(sequenceNumber) - last) & 0xffff);
      packet.sequenceNumber = last;
      packet.timestamp = Number(timestamp);
      packet.marker = marker === "1";
      return packet;
    });
}

/** A packet with a payload and, where given, a dependency descriptor before it, both in hex; spaces do not matter. */
export function makePacket(payload: string, descriptor = ""): RtpPacket {
  const head = Buffer.from(descriptor.replaceAll(" ", ""), "hex");
  const body = Buffer.from(payload.replaceAll(" ", ""), "hex");
  const descriptorOffset = 16;
  const payloadOffset = (descriptorOffset + head.length + 3) & ~3;
  // What stands behind a payload is of another packet: it must not be read.
  const packet = new RtpPacket(Buffer.alloc(payloadOffset + body.length + 8, 0xff));
  head.copy(packet.bytes, descriptorOffset);
  body.copy(packet.bytes, payloadOffset);
  packet.byteLength = payloadOffset + body.length;
  packet.payloadOffset = payloadOffset;
  packet.payloadLength = body.length;
  packet.sequenceNumber = 0;
  if (head.length > 0) {
    packet.dependencyDescriptorOffset = descriptorOffset;
    packet.dependencyDescriptorLength = head.length;
  }
  return packet;
}
