import { createCipheriv, createDecipheriv } from "node:crypto";
import type { SessionKeys } from "./session_keys.ts";

/** Of AEAD_AES_128_GCM (RFC 7714, 13.1). */
export const gcmTagLength = 16;

const options = { authTagLength: gcmTagLength };
// Used up in the same call: a cipher copies its nonce.
const nonce = Buffer.alloc(12);

/**
 * Encrypts and authenticates with AES-128-GCM (RFC 7714, 8.2). A cipher object for each packet is what Node offers; it costs
 * three times what counter mode costs here.
 *
 * @param associated what is authenticated only
 * @param out gets the encrypted bytes and the tag, from `offset` on
 */
export function sealGcm(
  keys: SessionKeys,
  ssrc: number,
  index: number,
  associated: Uint8Array,
  plain: Uint8Array,
  out: Buffer,
  offset: number,
): void {
  writeNonce(keys.salt, ssrc, index);
  const cipher = createCipheriv("aes-128-gcm", keys.cipherKey, nonce, options);
  cipher.setAAD(associated);
  out.set(cipher.update(plain), offset);
  cipher.final();
  out.set(cipher.getAuthTag(), offset + plain.length);
}

/** @returns what was encrypted, or undefined if the tag at its end is wrong */
export function openGcm(
  keys: SessionKeys,
  ssrc: number,
  index: number,
  associated: Uint8Array,
  encrypted: Buffer,
): Buffer | undefined {
  const end = encrypted.length - gcmTagLength;
  writeNonce(keys.salt, ssrc, index);
  const decipher = createDecipheriv("aes-128-gcm", keys.cipherKey, nonce, options);
  decipher.setAAD(associated);
  decipher.setAuthTag(encrypted.subarray(end));
  const plain = decipher.update(encrypted.subarray(0, end));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

/** RFC 7714, 8.1 and 9.1. */
function writeNonce(salt: Buffer, ssrc: number, index: number): void {
  nonce.writeUInt16BE(0, 0);
  nonce.writeUInt32BE(ssrc, 2);
  nonce.writeUIntBE(index, 6, 6);
  for (let i = 0; i < 12; i++) nonce[i] = (nonce[i] as number) ^ (salt[i] as number);
}
