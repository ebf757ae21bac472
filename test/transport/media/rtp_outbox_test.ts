import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { PacketBatch, type PacketDestination } from "../../../transport/media/packet_batch.ts";
import { RtpOutbox } from "../../../transport/media/rtp_outbox.ts";
import { SrtpReceiver } from "../../../transport/media/srtp/srtp_receiver.ts";
import { SrtpSender, type SrtpSendStream } from "../../../transport/media/srtp/srtp_sender.ts";

/** Leaves packets as they are. */
const plain: SrtpSendStream = { protect: (_buffer, _start, _headerLength, end) => end };

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

describe("packet batch", () => {
  function collect() {
    const batch = new PacketBatch();
    const sent: number[] = [];
    const add = (value: number) => {
      const packet = batch.take();
      packet.buffer.fill(value, packet.start, packet.start + 100);
      packet.end = packet.start + 100;
      batch.add(plain, {
        sendProtected: (packets, first, count) => {
          for (const { buffer, start, end } of packets.slice(first, first + count)) {
            const bytes = buffer.subarray(start, end);
            if (bytes.length !== 100 || bytes.some((byte) => byte !== value))
              throw new Error(`packet ${value} is spoilt`);
            sent.push(value);
          }
        },
      });
    };
    return { batch, sent, add };
  }

  it("[MS16] the packets of one turn are sent in their order at its end", async () => {
    const { sent, add } = collect();
    for (let value = 0; value < 5; value += 1) add(value);
    expect(sent).toEqual([]);
    await endOfTurn();
    expect(sent).toEqual([0, 1, 2, 3, 4]);
    add(5);
    await endOfTurn();
    expect(sent).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("[MS16] many packets do not wait for the end of the turn", async () => {
    const { sent, add } = collect();
    const values = Array.from({ length: 150 }, (_, value) => value);
    for (const value of values) add(value);
    expect(sent).toEqual(values.slice(0, 128));
    await endOfTurn();
    expect(sent).toEqual(values);
  });

  it("[MS16] a packet that is taken and not added is not sent", async () => {
    const { batch, sent, add } = collect();
    batch.take();
    batch.take();
    add(7);
    await endOfTurn();
    expect(sent).toEqual([7]);
  });
});

describe("packet batch and its destinations", () => {
  /** Writes what goes to whom at once: the numbers of packets, by destination. */
  function record() {
    const batch = new PacketBatch();
    const calls: string[] = [];
    const destination = (name: string): PacketDestination => ({
      sendProtected: (packets, first, count) => {
        const values = packets.slice(first, first + count).map(({ buffer, start }) => buffer[start]);
        calls.push(`${name} ${values}`);
      },
    });
    const add = (value: number, to: PacketDestination) => {
      const packet = batch.take();
      packet.buffer[packet.start] = value;
      packet.end = packet.start + 1;
      batch.add(plain, to);
    };
    return { batch, calls, destination, add };
  }

  it("[MS22] packets in a row to one destination are handed to it together", async () => {
    const { calls, destination, add } = record();
    const [ada, bob] = [destination("ada"), destination("bob")];
    for (const value of [1, 2]) add(value, ada);
    for (const value of [3, 4, 5]) add(value, bob);
    add(6, ada);
    await endOfTurn();
    expect(calls).toEqual(["ada 1,2", "bob 3,4,5", "ada 6"]);
  });

  it("[MS22] what a piece of work makes is sent when it ends, also when it throws", async () => {
    const { batch, calls, destination, add } = record();
    const ada = destination("ada");
    batch.gather(() => {
      add(1, ada);
      add(2, ada);
      expect(calls).toEqual([]);
    });
    expect(calls).toEqual(["ada 1,2"]);
    const fail = () =>
      batch.gather(() => {
        add(3, ada);
        throw new Error("it failed");
      });
    expect(fail).toThrow("it failed");
    expect(calls).toEqual(["ada 1,2", "ada 3"]);
    add(4, ada);
    await endOfTurn();
    expect(calls.at(-1)).toBe("ada 4");
  });
});

describe("outbox", () => {
  const keys = {
    profile: "SRTP_AES128_CM_HMAC_SHA1_80" as const,
    masterKey: randomBytes(16),
    masterSalt: randomBytes(14),
  };

  function open() {
    const datagrams: Buffer[] = [];
    const noted: { sequenceNumber: number; bytes: number }[] = [];
    const outbox = new RtpOutbox({
      path: {
        send: (buffer, start, end) => datagrams.push(Buffer.from(buffer.subarray(start, end))) < 0,
        sendAll: (packets, first, count) => {
          for (const { buffer, start, end } of packets.slice(first, first + count))
            datagrams.push(Buffer.from(buffer.subarray(start, end)));
        },
      },
      noteSent: (sequenceNumber, bytes) => noted.push({ sequenceNumber, bytes }),
    });
    outbox.open(new SrtpSender(keys));
    const stream = outbox.openStream(1);
    let index = 0;
    const send = (hasNumber = true) => {
      const packet = outbox.takePacket();
      const { buffer, start } = packet;
      buffer.fill(0, start, start + 40);
      buffer[start] = 0x80;
      buffer.writeUInt16BE(index & 0xffff, start + 2);
      buffer.writeUInt32BE(1, start + 8);
      if (hasNumber) {
        packet.transportSequenceOffset = start + 16;
        packet.sendTimeOffset = start + 20;
      }
      packet.headerLength = 28;
      packet.end = start + 40;
      packet.index = index++;
      outbox.send(packet, stream);
    };
    return { outbox, datagrams, noted, send };
  }

  it("[MS17] packets are numbered through the transport, on past 65,535, and protected", async () => {
    const { datagrams, noted, send } = open();
    for (let count = 0; count < 65_538; count += 1) send();
    await endOfTurn();
    expect(noted.slice(0, 2)).toEqual([
      { sequenceNumber: 0, bytes: 40 },
      { sequenceNumber: 1, bytes: 40 },
    ]);
    expect(noted.slice(-2).map(({ sequenceNumber }) => sequenceNumber)).toEqual([0, 1]);
    const receiver = new SrtpReceiver(keys).openStream(1);
    const out = Buffer.alloc(1_504);
    const first = datagrams[1] as Buffer;
    expect(receiver.unprotect(first, 28, receiver.estimateIndex(1), out)).toBe(40);
    expect(out.readUInt16BE(16)).toBe(1);
    expect(out.subarray(28, 40).every((byte) => byte === 0)).toBe(true);
  });

  it("[MS17] the time of sending is written as 24 bits of seconds", async () => {
    const { datagrams, send } = open();
    const before = performance.now();
    send();
    const after = performance.now();
    await endOfTurn();
    const time = ((datagrams[0] as Buffer).readUIntBE(20, 3) / 2 ** 18) * 1_000;
    const since = (time - (before % 64_000) + 64_000) % 64_000;
    expect(since < after - before + 1 || since > 63_999).toBe(true);
  });

  it("[MS17] a packet without the extensions is left as it is, and noted without a number", async () => {
    const { datagrams, noted, send } = open();
    send(false);
    await endOfTurn();
    expect(noted).toEqual([{ sequenceNumber: -1, bytes: 40 }]);
    expect([datagrams.length, datagrams[0]?.readUInt32BE(16)]).toEqual([1, 0]);
  });

  it("[MS18] nothing is sent before a transport opens and after it closes, also of what was under way", async () => {
    const { outbox, datagrams, send } = open();
    send();
    outbox.close();
    send();
    outbox.sendRtcp(Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 1]));
    await endOfTurn();
    expect([datagrams, outbox.isOpen]).toEqual([[], false]);
    expect(() => outbox.openStream(2)).toThrow("not open");
  });
});
