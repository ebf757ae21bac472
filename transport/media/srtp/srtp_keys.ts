/** The two that are negotiated (RFC 5764, 4.1.2; RFC 7714, 14.2). The first costs a third of the second here. */
export type SrtpProfile = "SRTP_AES128_CM_HMAC_SHA1_80" | "SRTP_AEAD_AES_128_GCM";

/** One direction's master key and salt, as the DTLS handshake gives them (RFC 5764, 4.2). */
export interface SrtpKeys {
  readonly profile: SrtpProfile;
  /** 16 bytes. */
  readonly masterKey: Buffer;
  /** 14 bytes, 12 with GCM. */
  readonly masterSalt: Buffer;
}

/** Bytes that have to be free behind it, for the tag. */
export const srtpTailroom = 16;
