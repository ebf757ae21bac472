/** The types of messages that are told from others (RFC 8489, 5). */
export const stunTypes = { bindingRequest: 0x00_01, bindingSuccess: 0x01_01 } as const;

const headerBytes = 20;
const magicCookie = 0x21_12_a4_42;
const usernameType = 0x00_06;
/** A check of a browser has some eight attributes, with USERNAME first or second. Ours. */
const maxAttributes = 32;

/** True for what is STUN, and not DTLS, SRTP or a channel of TURN (RFC 7983, 7). */
export function isStun(datagram: Buffer): boolean {
  return datagram.length >= headerBytes && (datagram[0] as number) < 4 && datagram.readUInt32BE(4) === magicCookie;
}

/** Class and method of what {@link isStun}. */
export function stunTypeOf(datagram: Buffer): number {
  return datagram.readUInt16BE(0);
}

/** The two bits of a type that are its class: success and error responses have the first (RFC 8489, 5). */
const classBits = { response: 0x01_00, indication: 0x00_10 } as const;

export function isRequest(type: number): boolean {
  return (type & (classBits.response | classBits.indication)) === 0;
}

export function isResponse(type: number): boolean {
  return (type & classBits.response) !== 0;
}

/** What says which request a response answers, as a key. */
export function transactionIdOf(datagram: Buffer): string {
  return datagram.toString("latin1", 8, headerBytes);
}

/**
 * Whom a check is for: the user fragment before the colon of its USERNAME (RFC 8445, 7.2.2). Nobody has checked yet whether the sender
 * knows more than that.
 */
export function readFragment(datagram: Buffer): string | undefined {
  let at = headerBytes;
  for (let count = 0; count < maxAttributes && at + 4 <= datagram.length; count += 1) {
    const length = datagram.readUInt16BE(at + 2);
    const end = at + 4 + length;
    if (end > datagram.length) return undefined;
    if (datagram.readUInt16BE(at) === usernameType) {
      const colon = datagram.indexOf(0x3a, at + 4);
      return colon === -1 || colon >= end ? undefined : datagram.toString("latin1", at + 4, colon);
    }
    at = end + ((4 - (length & 3)) & 3);
  }
  return undefined;
}
