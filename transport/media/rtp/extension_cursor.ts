/** RFC 8285, 4.2. */
const oneByteProfile = 0xbede;
/** RFC 8285, 4.3: the upper twelve bits; the others are for the application. */
const twoByteProfile = 0x100;
/** RFC 8285, 4.2: what follows an element with this identifier means nothing. */
const reservedId = 15;

/** Walks the header extensions of a packet, in either form of RFC 8285. One object serves all packets. */
export class ExtensionCursor {
  /** Of the element that `next` found. Its data stand from `offset` on; there may be none of them in the two-byte form. */
  id = 0;
  offset = 0;
  length = 0;
  #bytes: Uint8Array | undefined;
  #end = 0;
  #isOneByte = true;

  /** Begins with a packet whose header `RtpHeader` could read, so that all of its extensions are there. */
  start(bytes: Uint8Array): void {
    const first = bytes[0] as number;
    this.offset = 0;
    this.length = 0;
    this.#end = 0;
    if ((first & 0x10) === 0) return;
    const block = 12 + 4 * (first & 0x0f);
    const profile = readUint16(bytes, block);
    this.#isOneByte = profile === oneByteProfile;
    if (!this.#isOneByte && profile >> 4 !== twoByteProfile) return;
    this.#bytes = bytes;
    this.offset = block + 4;
    this.#end = this.offset + 4 * readUint16(bytes, block + 2);
  }

  /** Finds the next element; false at the end, or where the rest makes no sense: then it is not called again. */
  next(): boolean {
    const bytes = this.#bytes;
    if (bytes === undefined) return false;
    let offset = this.offset + this.length;
    const end = this.#end;
    // Zeros are padding.
    while (offset < end && bytes[offset] === 0) offset += 1;
    if (this.#isOneByte) {
      if (offset >= end) return false;
      const byte = bytes[offset] as number;
      this.id = byte >> 4;
      this.length = (byte & 0x0f) + 1;
      offset += 1;
      if (this.id === reservedId || this.id === 0) return false;
    } else {
      if (offset + 1 >= end) return false;
      this.id = bytes[offset] as number;
      this.length = bytes[offset + 1] as number;
      offset += 2;
    }
    this.offset = offset;
    return offset + this.length <= end;
  }
}

function readUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
}
