import type { Socket } from "node:dgram";
import { describe, expect, it } from "vitest";
import { MediaPath } from "../../../transport/media/media_path.ts";
import { PacketBatch, type PacketDestination } from "../../../transport/media/packet_batch.ts";
import type { SrtpSendStream } from "../../../transport/media/srtp/srtp_sender.ts";

/** A socket as libuv has it: what the kernel does not take is kept where it is, and sent later. */
class FullSocket {
  isFull = false;
  readonly sent: string[] = [];
  readonly #kept: Buffer[] = [];

  getSendQueueCount(): number {
    return this.#kept.length;
  }

  getSendQueueSize(): number {
    return this.#kept.reduce((bytes, { length }) => bytes + length, 0);
  }

  send(buffer: Buffer, ...rest: readonly unknown[]): void {
    const [start, length] = rest.length > 2 ? (rest as [number, number]) : [0, buffer.length];
    const bytes = buffer.subarray(start, start + length);
    if (this.isFull || this.#kept.length > 0) this.#kept.push(bytes);
    else this.sent.push(bytes.toString());
  }

  /** The kernel takes more. */
  drain(): void {
    this.isFull = false;
    for (const bytes of this.#kept.splice(0)) this.sent.push(bytes.toString());
  }
}

/** A batch that goes out over such a socket, in the clear. */
function openBatch() {
  const socket = new FullSocket();
  const nominated = {
    protocol: { type: "stun", transport: { socket: socket as unknown as Socket, closed: false } },
    remoteAddr: ["127.0.0.1", 9],
  };
  const path = new MediaPath({ nominated } as never, () => undefined);
  const batch = new PacketBatch();
  const stream: SrtpSendStream = { protect: (_buffer, _start, _headerLength, end) => end };
  const destination: PacketDestination = {
    sendProtected: (packets, first, count) => path.sendAll(packets, first, count),
  };
  const write = (text: string) => {
    const packet = batch.take();
    packet.end = packet.start + packet.buffer.write(text, packet.start);
    batch.add(stream, destination);
  };
  return { socket, batch, write };
}

describe("a batch of packets", () => {
  it("[HM5] what the kernel could not take at once is sent as it was", () => {
    const { socket, batch, write } = openBatch();
    socket.isFull = true;
    write("first");
    write("second");
    batch.flush();
    // The next turn writes the next packets, plain, before the socket is writable again.
    write("plain");
    socket.drain();
    batch.flush();
    expect(socket.sent).toEqual(["first", "second", "plain"]);
  });

  it("[HM29] what waits for a socket that takes no more is bounded", () => {
    const { socket, batch, write } = openBatch();
    socket.isFull = true;
    for (let count = 0; count < 5_000; count += 1) write("x".repeat(1_000));
    batch.flush();
    expect(socket.getSendQueueSize()).toBeLessThanOrEqual(1_048_576);
    socket.drain();
    const before = socket.sent.length;
    write("after");
    batch.flush();
    expect(socket.sent.slice(before)).toEqual(["after"]);
  });
});
