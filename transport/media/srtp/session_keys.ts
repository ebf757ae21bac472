import { createCipheriv } from "node:crypto";
import type { SrtpKeys } from "./srtp_keys.ts";

/** What protects the packets of one direction, either RTP or RTCP. */
export interface SessionKeys {
  /** 16 bytes. */
  readonly cipherKey: Buffer;
  /** 20 bytes; not used with GCM. */
  readonly authKey: Buffer;
  /** 14 bytes, 12 with GCM. */
  readonly salt: Buffer;
}

/** The first label of each set of three: cipher key, authentication key, salt (RFC 3711, 4.3.1 and 4.3.2). */
const rtpLabel = 0;
const rtcpLabel = 3;

/** The keys for SRTP (RFC 3711, 4.3.1; RFC 7714, 11). */
export function deriveRtpKeys(keys: SrtpKeys): SessionKeys {
  return deriveKeys(keys, rtpLabel);
}

/** The keys for SRTCP (RFC 3711, 4.3.2; RFC 7714, 11). */
export function deriveRtcpKeys(keys: SrtpKeys): SessionKeys {
  return deriveKeys(keys, rtcpLabel);
}

function deriveKeys(keys: SrtpKeys, firstLabel: number): SessionKeys {
  const saltLength = keys.profile === "SRTP_AEAD_AES_128_GCM" ? 12 : 14;
  if (keys.masterKey.length !== 16 || keys.masterSalt.length !== saltLength) {
    throw new RangeError(
      `Cannot derive keys for ${keys.profile}: it takes a key of 16 bytes and a salt of ${saltLength}, not ${keys.masterKey.length} and ${keys.masterSalt.length}`,
    );
  }
  return {
    cipherKey: derive(keys, firstLabel, 16),
    authKey: derive(keys, firstLabel + 1, 20),
    salt: derive(keys, firstLabel + 2, saltLength),
  };
}

/** The pseudo-random function with a key derivation rate of 0 (RFC 3711, 4.3.3): keystream from salt XOR label. */
function derive(keys: SrtpKeys, label: number, length: number): Buffer {
  const iv = Buffer.alloc(16);
  // A salt of 12 bytes counts as one of 14 that ends in two zeros (RFC 7714, 11).
  keys.masterSalt.copy(iv);
  iv[7] = (iv[7] as number) ^ label;
  return createCipheriv("aes-128-ctr", keys.masterKey, iv).update(Buffer.alloc(length));
}
