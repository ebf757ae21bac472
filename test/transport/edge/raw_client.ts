import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { eventually } from "../../kit/eventually.ts";

/** A WebSocket client of bare TCP: it reads when told to, answers no ping, and breaks rules that a real one cannot. */
export class RawClient {
  readonly socket: Socket;
  #chunks: Buffer[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => this.#chunks.push(chunk));
    socket.on("error", () => {});
  }

  /** What was read since the handshake. */
  get received(): Buffer {
    this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  /** Sends one masked text frame (RFC 6455, 5.2). */
  send(text: string): void {
    const payload = Buffer.from(text);
    const mask = randomBytes(4);
    const { length } = payload;
    const header =
      length < 126 ? Buffer.from([0x81, 0x80 | length]) : Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
    if (length >= 126) header.writeBigUInt64BE(BigInt(length), 2);
    for (const [i, byte] of payload.entries()) payload[i] = byte ^ (mask[i % 4] ?? 0);
    this.socket.write(Buffer.concat([header, mask, payload]));
  }

  /** The whole frames that were received so far (RFC 6455, 5.2). */
  frames(received = this.received): { opcode: number; payload: Buffer }[] {
    const frames: { opcode: number; payload: Buffer }[] = [];
    let at = 0;
    while (at + 2 <= received.length) {
      const opcode = (received[at] ?? 0) & 0x0f;
      let length = (received[at + 1] ?? 0) & 0x7f;
      let start = at + 2;
      if (length === 126) {
        if (at + 4 > received.length) break;
        length = received.readUInt16BE(at + 2);
        start = at + 4;
      } else if (length === 127) {
        if (at + 10 > received.length) break;
        length = Number(received.readBigUInt64BE(at + 2));
        start = at + 10;
      }
      if (start + length > received.length) break;
      frames.push({ opcode, payload: received.subarray(start, start + length) });
      at = start + length;
    }
    return frames;
  }

  /** Waits for the close frame and returns its code. */
  closeCode(): Promise<number> {
    return eventually(
      () =>
        this.frames()
          .find(({ opcode }) => opcode === 8)
          ?.payload.readUInt16BE(0),
      {
        what: "a close frame",
      },
    );
  }
}

/** Connects and shakes hands; the client reads until its `socket.pause()`. Destroyed at the end of the test. */
export async function openRawClient(url: string): Promise<RawClient> {
  const socket = await openTcp(url);
  socket.write(handshake());
  const [response] = (await once(socket, "data")) as [Buffer];
  if (!response.toString("latin1").startsWith("HTTP/1.1 101 ")) throw new Error(`Cannot shake hands: ${response}`);
  return new RawClient(socket);
}

/** A plain connection, destroyed at the end of the test. */
export async function openTcp(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, "connect");
  return socket;
}

/** A WebSocket handshake (RFC 6455, 4.1), with some of its headers changed. */
export function handshake(changed: Readonly<Record<string, string>> = {}): string {
  const headers = {
    host: "localhost",
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": randomBytes(16).toString("base64"),
    ...changed,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET /ws HTTP/1.1\r\n${lines.join("")}\r\n`;
}
