/** Reads bits, the highest of a byte first, as the AV1 specification writes its fields. Past the end come zeros. */
export class BitReader {
  /** More was read than there is. */
  isPastEnd = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #bit = 0;
  #endBit = 0;

  /** Begins anew at the byte `start`; `end` is the first byte that does not belong to it. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#bit = start * 8;
    this.#endBit = end * 8;
    this.isPastEnd = false;
  }

  /** `f(n)`: the next `count` bits, 0 to 32, as an unsigned number. */
  read(count: number): number {
    if (this.#bit + count > this.#endBit) {
      this.isPastEnd = true;
      return 0;
    }
    let value = 0;
    for (let left = count; left > 0; left -= 1) {
      const byte = this.#bytes[this.#bit >> 3] as number;
      value = (value << 1) | ((byte >> (7 - (this.#bit & 7))) & 1);
      this.#bit += 1;
    }
    return value >>> 0;
  }

  /** `ns(n)`: a number below `count`, which is 1 or more (AV1 Bitstream & Decoding Process, 4.10.7). */
  readNonSymmetric(count: number): number {
    const width = 32 - Math.clz32(count);
    const shorter = 2 ** width - count;
    const value = this.read(width - 1);
    return value < shorter ? value : value * 2 - shorter + this.read(1);
  }
}
