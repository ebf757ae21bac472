import { createHash, createHmac } from "node:crypto";
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { Mailbox } from "../../kit/mailbox.ts";

// The little of RFC 8489 and RFC 8656 that a client needs to gather: a Binding response with an address of the test's choice, and
// an Allocate that asks for credentials first.

const magicCookie = 0x2112a442;
const types = {
  bindingRequest: 0x0001,
  bindingSuccess: 0x0101,
  allocateRequest: 0x0003,
  allocateSuccess: 0x0103,
  allocateError: 0x0113,
};
const attributes = {
  username: 0x0006,
  integrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  relayed: 0x0016,
  realm: 0x0014,
  nonce: 0x0015,
  mapped: 0x0020,
};

/** A request as the responder saw it. */
export interface StunRequest {
  readonly type: "binding" | "allocate" | "other";
  readonly username?: string;
}

export interface StunResponder {
  readonly port: number;
  readonly requests: Mailbox<StunRequest>;
}

/** Starts a STUN and TURN server on 127.0.0.1 that says everybody is at 203.0.113.9; it ends with the test. */
export async function startStunResponder(credentials?: {
  readonly username: string;
  readonly password: string;
}): Promise<StunResponder> {
  const requests = new Mailbox<StunRequest>("a STUN request");
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => new Promise((resolve) => socket.close(() => resolve())));
  socket.on("message", (request: Buffer, from: RemoteInfo) => {
    const given = readAttributes(request);
    const username = given.get(attributes.username)?.toString();
    const type = request.readUInt16BE(0);
    const kind = type === types.bindingRequest ? "binding" : type === types.allocateRequest ? "allocate" : "other";
    requests.push({ type: kind, ...(username === undefined ? {} : { username }) });
    const answer = (answerType: number, list: readonly (readonly [number, Buffer])[], key?: Buffer): void => {
      socket.send(write(answerType, request.subarray(8, 20), list, key), from.port, from.address);
    };
    if (kind === "binding") answer(types.bindingSuccess, [[attributes.mapped, xorAddress("203.0.113.9", 4242)]]);
    if (kind !== "allocate" || credentials === undefined) return;
    const realm = Buffer.from("signalbox.test");
    if (username !== credentials.username) {
      const unauthorized = Buffer.from([0, 0, 4, 1]);
      answer(types.allocateError, [
        [attributes.errorCode, unauthorized],
        [attributes.realm, realm],
        [attributes.nonce, Buffer.from("nonce")],
      ]);
      return;
    }
    const key = createHash("md5").update(`${username}:${realm}:${credentials.password}`).digest();
    const list = [
      [attributes.relayed, xorAddress("203.0.113.10", 4243)],
      [attributes.mapped, xorAddress("203.0.113.9", 4242)],
      [attributes.lifetime, Buffer.from([0, 0, 2, 0x58])],
    ] as const;
    answer(types.allocateSuccess, list, key);
  });
  return { port: (socket.address() as AddressInfo).port, requests };
}

function readAttributes(message: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let offset = 20; offset + 4 <= message.length; ) {
    const length = message.readUInt16BE(offset + 2);
    found.set(message.readUInt16BE(offset), message.subarray(offset + 4, offset + 4 + length));
    offset += 4 + Math.ceil(length / 4) * 4;
  }
  return found;
}

function xorAddress(host: string, port: number): Buffer {
  const value = Buffer.alloc(8);
  value[1] = 1;
  value.writeUInt16BE(port ^ (magicCookie >>> 16), 2);
  const address = host.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  value.writeUInt32BE((address ^ magicCookie) >>> 0, 4);
  return value;
}

function write(
  type: number,
  transactionId: Buffer,
  list: readonly (readonly [number, Buffer])[],
  key?: Buffer,
): Buffer {
  const body = list.flatMap(([name, value]) => {
    const header = Buffer.alloc(4);
    header.writeUInt16BE(name, 0);
    header.writeUInt16BE(value.length, 2);
    return [header, value, Buffer.alloc((4 - (value.length % 4)) % 4)];
  });
  const header = Buffer.alloc(8);
  header.writeUInt16BE(type, 0);
  header.writeUInt32BE(magicCookie, 4);
  const length = body.reduce((sum, part) => sum + part.length, 0) + (key === undefined ? 0 : 24);
  header.writeUInt16BE(length, 2);
  const message = Buffer.concat([header, transactionId, ...body]);
  if (key === undefined) return message;
  const mac = createHmac("sha1", key).update(message).digest();
  return Buffer.concat([message, Buffer.from([0, attributes.integrity, 0, 20]), mac]);
}
