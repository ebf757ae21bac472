/** Value types of WebAssembly (core specification, 5.3.1 and 5.3.2). */
export type WasmType = "i32" | "v128";

const typeCodes = { i32: 0x7f, v128: 0x7b } as const;

/** Instructions without operands of their own that are used here (core specification, 5.4). */
const opcodes = {
  "i32.le_u": [0x4d],
  "i32.add": [0x6a],
  "i32.sub": [0x6b],
  "i32.and": [0x71],
  "i32x4.splat": [0xfd, 0x11],
  "i32x4.gt_u": [0xfd, 0x3c],
  "v128.and": [0xfd, 0x4e],
  "v128.or": [0xfd, 0x50],
  "v128.xor": [0xfd, 0x51],
  "v128.bitselect": [0xfd, 0x52],
  "i32x4.shl": [0xfd, 0xab, 0x01],
  "i32x4.shr_u": [0xfd, 0xad, 0x01],
  "i32x4.add": [0xfd, 0xae, 0x01],
} as const;

/**
 * Writes the code of one WebAssembly function, as a stack machine takes it: operands first. It exists because what is
 * computed for each packet here is four times as fast with 128-bit vectors, which JavaScript does not have.
 */
export class WasmFunction {
  readonly #parameters: readonly WasmType[];
  readonly #locals: WasmType[] = [];
  readonly #code: number[] = [];

  constructor(...parameters: readonly WasmType[]) {
    this.#parameters = parameters;
  }

  /** @returns the number of a new variable, for `get` and `set`; parameters are numbered from 0 */
  local(type: WasmType): number {
    this.#locals.push(type);
    return this.#parameters.length + this.#locals.length - 1;
  }

  get(local: number): this {
    return this.#emit(0x20, ...encodeUnsigned(local));
  }

  set(local: number): this {
    return this.#emit(0x21, ...encodeUnsigned(local));
  }

  /** Sets and leaves the value on the stack. */
  tee(local: number): this {
    return this.#emit(0x22, ...encodeUnsigned(local));
  }

  do(...names: readonly (keyof typeof opcodes)[]): this {
    for (const name of names) this.#emit(...opcodes[name]);
    return this;
  }

  i32(value: number): this {
    return this.#emit(0x41, ...encodeSigned(value | 0));
  }

  /** A vector of 16 given bytes. */
  bytes(values: readonly number[]): this {
    return this.#emit(0xfd, 0x0c, ...values);
  }

  /** Takes an address. */
  loadI32(offset = 0): this {
    return this.#emit(0x28, 2, ...encodeUnsigned(offset));
  }

  /** Takes an address and a value. */
  storeI32(offset = 0): this {
    return this.#emit(0x36, 2, ...encodeUnsigned(offset));
  }

  /** Takes an address. */
  load(offset = 0): this {
    return this.#emit(0xfd, 0x00, 0, ...encodeUnsigned(offset));
  }

  /** Takes an address and a vector. */
  store(offset = 0): this {
    return this.#emit(0xfd, 0x0b, 0, ...encodeUnsigned(offset));
  }

  /** Picks 16 bytes of two vectors, numbered 0 to 31. */
  shuffle(bytes: readonly number[]): this {
    return this.#emit(0xfd, 0x0d, ...bytes);
  }

  /** Repeats `body` as long as the `i32` that it leaves on the stack is not 0. */
  repeat(body: () => void): this {
    this.#emit(0x03, 0x40);
    body();
    return this.#emit(0x0d, 0x00, 0x0b);
  }

  /** Takes an `i32`: anything but 0 is yes. */
  if(yes: () => void, no: () => void): this {
    this.#emit(0x04, 0x40);
    yes();
    this.#emit(0x05);
    no();
    return this.#emit(0x0b);
  }

  /** The entry of the type section; no function here returns anything. */
  encodeType(): number[] {
    return [0x60, ...encodeVector(this.#parameters.map((type) => [typeCodes[type]])), 0];
  }

  /** The entry of the code section. */
  encodeBody(): number[] {
    const locals = encodeVector(this.#locals.map((type) => [1, typeCodes[type]]));
    const length = locals.length + this.#code.length + 1;
    return [...encodeUnsigned(length), ...locals, ...this.#code, 0x0b];
  }

  #emit(...bytes: readonly number[]): this {
    for (const byte of bytes) this.#code.push(byte);
    return this;
  }
}

/** A count and what it counts (core specification, 5.1.3). */
export function encodeVector(items: readonly (readonly number[])[]): number[] {
  return [...encodeUnsigned(items.length), ...items.flat()];
}

/** LEB128 (core specification, 5.2.2). */
export function encodeUnsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...encodeUnsigned(value >>> 7)];
}

function encodeSigned(value: number): number[] {
  if (value >= -0x40 && value < 0x40) return [value & 0x7f];
  return [(value & 0x7f) | 0x80, ...encodeSigned(value >> 7)];
}
