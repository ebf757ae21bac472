import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { SignallingMessage } from "../../test/kit/signalling_socket.ts";

/** Bits of the first byte of a frame (RFC 6455, 5.2). */
const finalBit = 0x80;
const opcodes = { continuation: 0, text: 1, close: 8, ping: 9, pong: 10 } as const;
const noBytes = Buffer.alloc(0);

/**
 * A WebSocket client for `ws://` that does no more than is needed: hundreds of them fit into a process, and what they add to a latency is
 * little beside what is measured. Whoever opened it closes it.
 */
export class LeanSocket {
  /** Called for each message, in order. */
  onMessage: (message: SignallingMessage) => void = () => undefined;
  /** Called once, when the other side ended it. */
  onEnd: () => void = () => undefined;
  readonly #socket: Socket;
  #unread: Buffer = noBytes;
  #parts: Buffer[] = [];
  #isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#read(bytes));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      if (!this.#isClosed) this.onEnd();
    });
  }

  /** @throws Error when it is refused */
  static async open(wsUrl: string): Promise<LeanSocket> {
    const { hostname, port, pathname, host } = new URL(wsUrl);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, "connect");
    const head = [
      `GET ${pathname} HTTP/1.1`,
      `Host: ${host}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    let answer: Buffer = noBytes;
    while (!answer.includes("\r\n\r\n")) {
      const [bytes] = (await once(socket, "data")) as [Buffer];
      answer = Buffer.concat([answer, bytes]);
    }
    const end = answer.indexOf("\r\n\r\n") + 4;
    if (!answer.toString("latin1", 0, end).startsWith("HTTP/1.1 101 "))
      throw new Error(`Cannot open ${wsUrl}: ${answer}`);
    const opened = new LeanSocket(socket);
    if (answer.length > end) setImmediate(() => opened.#read(answer.subarray(end)));
    return opened;
  }

  send(message: object): void {
    this.#sendFrame(opcodes.text, Buffer.from(JSON.stringify(message)));
  }

  close(): void {
    this.#isClosed = true;
    this.#sendFrame(opcodes.close, Buffer.from([0x03, 0xe8]));
    this.#socket.end();
  }

  /** A client masks what it sends; a mask of zeros changes nothing. */
  #sendFrame(opcode: number, payload: Buffer): void {
    const { length } = payload;
    const head = Buffer.alloc(length < 126 ? 6 : 8);
    head[0] = finalBit | opcode;
    head[1] = 0x80 | Math.min(length, 126);
    if (length >= 126) head.writeUInt16BE(length, 2);
    this.#socket.write(Buffer.concat([head, payload]));
  }

  #read(bytes: Buffer): void {
    const all = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    let at = 0;
    for (;;) {
      const frame = findFrame(all, at);
      if (frame === undefined) break;
      at = frame.end;
      this.#take(all[frame.at] as number, all.subarray(frame.start, frame.end));
    }
    this.#unread = all.subarray(at);
  }

  #take(first: number, payload: Buffer): void {
    const opcode = first & 0x0f;
    if (opcode === opcodes.ping) this.#sendFrame(opcodes.pong, payload);
    if (opcode !== opcodes.text && opcode !== opcodes.continuation) return;
    if ((first & finalBit) === 0) {
      // Of what is read now, the memory is used again.
      this.#parts.push(Buffer.from(payload));
      return;
    }
    const text = this.#parts.length === 0 ? payload : Buffer.concat([...this.#parts, payload]);
    this.#parts = [];
    this.onMessage(JSON.parse(text.toString()) as SignallingMessage);
  }
}

/** Where a whole frame and its payload are, or undefined when it is not all there. A server masks nothing. */
function findFrame(bytes: Buffer, at: number): { at: number; start: number; end: number } | undefined {
  if (bytes.length < at + 2) return undefined;
  const short = (bytes[at + 1] as number) & 0x7f;
  const start = at + 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
  if (bytes.length < start) return undefined;
  const length =
    short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short;
  return bytes.length < start + length ? undefined : { at, start, end: start + length };
}
