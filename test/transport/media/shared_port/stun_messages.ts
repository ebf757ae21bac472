import { randomBytes } from "node:crypto";
import type { PortMember } from "../../../../transport/media/shared_port/port_demux.ts";

/** STUN messages as they are on the wire, made without the code that reads them. */
export function makeStun(type: number, { id = randomBytes(12), username = "" } = {}): Buffer {
  const name = Buffer.from(username);
  const attribute = Buffer.alloc(username === "" ? 0 : 4 + Math.ceil(name.length / 4) * 4);
  if (username !== "") {
    attribute.writeUInt16BE(0x0006, 0);
    attribute.writeUInt16BE(name.length, 2);
    name.copy(attribute, 4);
  }
  const header = Buffer.alloc(8);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(attribute.length, 2);
  header.writeUInt32BE(0x2112a442, 4);
  return Buffer.concat([header, id, attribute]);
}

export const request = (username: string, id = randomBytes(12)) => makeStun(0x0001, { id, username });
export const success = (id = randomBytes(12)) => makeStun(0x0101, { id });

/** A member of a port that notes what it is given. */
export class NotingMember implements PortMember {
  readonly received: Buffer[] = [];
  /** Whether answers count as those of its client. */
  isGenuine = true;

  receive(datagram: Buffer): void {
    this.received.push(datagram);
  }

  isSigned(): boolean {
    return this.isGenuine;
  }
}
