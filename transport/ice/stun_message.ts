import { createHash, createHmac, randomBytes } from "node:crypto";
import { isIPv4, SocketAddress } from "node:net";

// STUN messages (RFC 8489) with the attributes of TURN (RFC 8656), as far as a check of servers needs them.

export const stunMethods = { binding: 1, allocate: 3, refresh: 4, send: 6, data: 7, createPermission: 8 } as const;
export const stunClasses = { request: 0, indication: 0x010, success: 0x100, error: 0x110 } as const;
export const stunAttributes = {
  mappedAddress: 0x0001,
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  peerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  relayedAddress: 0x0016,
  requestedFamily: 0x0017,
  requestedTransport: 0x0019,
  xorMappedAddress: 0x0020,
  software: 0x8022,
  alternateServer: 0x8023,
} as const;

const magicCookie = 0x2112a442;
const headerBytes = 20;

/** An address and a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A message; of several attributes of a type only the first counts (RFC 8489, 14). */
export interface StunMessage {
  readonly method: number;
  readonly class: number;
  readonly transactionId: Buffer;
  readonly attributes: ReadonlyMap<number, Buffer>;
}

/** A message with a transaction of its own. */
export function createStunMessage(
  method: number,
  messageClass: number,
  attributes: readonly (readonly [type: number, value: Buffer])[] = [],
): StunMessage {
  return { method, class: messageClass, transactionId: randomBytes(12), attributes: new Map(attributes) };
}

/** As it is sent; with `key`, its last attribute is the MESSAGE-INTEGRITY under it. */
export function encodeStunMessage(message: StunMessage, key?: Buffer): Buffer {
  const parts = [...message.attributes].map(([type, value]) => encodeAttribute(type, value));
  const bodyBytes = parts.reduce((sum, part) => sum + part.length, 0);
  if (key === undefined) return Buffer.concat([encodeHeader(message, bodyBytes), ...parts]);
  const signed = Buffer.concat([encodeHeader(message, bodyBytes + 24), ...parts]);
  const digest = createHmac("sha1", key).update(signed).digest();
  return Buffer.concat([signed, encodeAttribute(stunAttributes.messageIntegrity, digest)]);
}

/** Undefined for what is no STUN message. */
export function parseStunMessage(bytes: Buffer): StunMessage | undefined {
  if (bytes.length < headerBytes || (bytes[0] ?? 0) > 0x3f || bytes.readUInt32BE(4) !== magicCookie) return undefined;
  const type = bytes.readUInt16BE(0);
  const end = headerBytes + bytes.readUInt16BE(2);
  if (end > bytes.length) return undefined;
  const attributes = new Map<number, Buffer>();
  for (let at = headerBytes; at + 4 <= end; ) {
    const length = bytes.readUInt16BE(at + 2);
    if (at + 4 + length > end) return undefined;
    const key = bytes.readUInt16BE(at);
    if (!attributes.has(key)) attributes.set(key, bytes.subarray(at + 4, at + 4 + length));
    at += 4 + padded(length);
  }
  return { method: type & 0x3eef, class: type & 0x0110, transactionId: bytes.subarray(8, headerBytes), attributes };
}

/** How long the message is that a stream goes on with; undefined while too little of it is there. */
export function stunFrameBytes(stream: Buffer): number | undefined {
  return stream.length < 4 ? undefined : headerBytes + padded(stream.readUInt16BE(2));
}

/** The key of long-term credentials (RFC 8489, 9.2.2). */
export function longTermKey(username: string, realm: string, credential: string): Buffer {
  return createHash("md5").update(`${username}:${realm}:${credential}`).digest();
}

/** The value of an XOR-...-ADDRESS (RFC 8489, 14.2). */
export function encodeXorAddress({ address, port }: Endpoint, transactionId: Buffer): Buffer {
  const bytes = addressBytes(address);
  const mask = maskOf(transactionId);
  const value = Buffer.alloc(4 + bytes.length);
  value[1] = bytes.length === 4 ? 1 : 2;
  value.writeUInt16BE(port ^ (magicCookie >>> 16), 2);
  for (const [index, byte] of bytes.entries()) value[4 + index] = byte ^ (mask[index] ?? 0);
  return value;
}

/** The address of an attribute of a message; undefined where it has none, or one that is not well formed. */
export function addressOf(message: StunMessage, type: number): Endpoint | undefined {
  const value = message.attributes.get(type);
  if (value === undefined || value.length !== (value[1] === 2 ? 20 : 8)) return undefined;
  const isXor = type !== stunAttributes.mappedAddress && type !== stunAttributes.alternateServer;
  const mask = isXor ? maskOf(message.transactionId) : Buffer.alloc(16);
  const port = value.readUInt16BE(2) ^ (isXor ? magicCookie >>> 16 : 0);
  const bytes = value.subarray(4).map((byte, index) => byte ^ (mask[index] ?? 0));
  if (bytes.length === 4) return { address: bytes.join("."), port };
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return { address: new SocketAddress({ address: groups.join(":"), family: "ipv6" }).address, port };
}

/** The code and the words of an error (RFC 8489, 14.8); 0 where it has none. */
export function errorOf(message: StunMessage): { readonly code: number; readonly reason: string } {
  const value = message.attributes.get(stunAttributes.errorCode);
  if (value === undefined || value.length < 4) return { code: 0, reason: "" };
  const reason = value
    .subarray(4)
    .toString()
    .replaceAll(/[^\x20-\x7e]/g, "");
  return { code: ((value[2] ?? 0) & 7) * 100 + (value[3] ?? 0), reason: reason.slice(0, 100) };
}

/** A text that a server says of itself, cut and without control characters. */
export function textOf(message: StunMessage, type: number): string | undefined {
  return message.attributes
    .get(type)
    ?.toString()
    .replaceAll(/[^\x20-\x7e]/g, "")
    .slice(0, 100);
}

function encodeHeader({ method, class: messageClass, transactionId }: StunMessage, bodyBytes: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(method | messageClass, 0);
  header.writeUInt16BE(bodyBytes, 2);
  header.writeUInt32BE(magicCookie, 4);
  transactionId.copy(header, 8);
  return header;
}

function encodeAttribute(type: number, value: Buffer): Buffer {
  const attribute = Buffer.alloc(4 + padded(value.length));
  attribute.writeUInt16BE(type, 0);
  attribute.writeUInt16BE(value.length, 2);
  value.copy(attribute, 4);
  return attribute;
}

function maskOf(transactionId: Buffer): Buffer {
  const cookie = Buffer.alloc(4);
  cookie.writeUInt32BE(magicCookie);
  return Buffer.concat([cookie, transactionId]);
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail] = new SocketAddress({ address, family: "ipv6" }).address.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":").flatMap(groupBytes));
  const [front, back] = [groups(head), groups(tail ?? "")];
  return Buffer.from([...front, ...new Array<number>(16 - front.length - back.length).fill(0), ...back]);
}

/** Of an IPv6 address; its last one may be an IPv4 address. */
function groupBytes(group: string): number[] {
  if (group.includes(".")) return group.split(".").map(Number);
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 0xff];
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
