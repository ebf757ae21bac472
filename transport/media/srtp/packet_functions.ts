import { WasmFunction } from "./wasm_function.ts";

/** Bytes behind a message that `pad` may write to: what follows the message, at most a block and a length (FIPS 180-4, 5.1.1). */
export const padBytes = 80;

/**
 * Writes the function that encrypts or decrypts in place. Takes the address of the payload, that of its keystream, and the
 * length, at least 1; up to 15 bytes behind it change as well.
 */
export function writeCrypt(): WasmFunction {
  const code = new WasmFunction("i32", "i32", "i32");
  const [payload, keystream, length] = [0, 1, 2] as const;
  // The length counts down to 0 or below; rounded up, it comes to 0.
  code.get(length).i32(15).do("i32.add").i32(-16).do("i32.and").set(length);
  return code.repeat(() => {
    code.get(payload).get(payload).load().get(keystream).load().do("v128.xor").store();
    code.get(payload).i32(16).do("i32.add").set(payload);
    code.get(keystream).i32(16).do("i32.add").set(keystream);
    code.get(length).i32(16).do("i32.sub").tee(length);
  });
}

/**
 * Writes the function that ends a message for SHA-1 (FIPS 180-4, 5.1.1). Takes the address of its last word, that word, the
 * address behind the last block, and the length in bits; both words in the byte order of the message.
 */
export function writePad(): WasmFunction {
  const code = new WasmFunction("i32", "i32", "i32", "i32");
  const [last, word, end, bits] = [0, 1, 2, 3] as const;
  for (let i = 0; i < padBytes; i += 16) code.get(last).bytes(new Array<number>(16).fill(0)).store(i);
  code.get(last).get(word).storeI32();
  code.get(last).i32(0x80).storeI32(4);
  return code.get(end).i32(4).do("i32.sub").get(bits).storeI32();
}
