import type { RTCDtlsTransport } from "werift";
import type { SrtpKeys, SrtpProfile } from "./srtp/srtp_keys.ts";

/** The numbers that DTLS knows the profiles by (RFC 5764, 4.1.2; RFC 7714, 14.2), the cheapest first. */
const profiles: ReadonlyMap<number, { readonly name: SrtpProfile; readonly saltBytes: number }> = new Map([
  [0x0001, { name: "SRTP_AES128_CM_HMAC_SHA1_80", saltBytes: 14 }],
  [0x0007, { name: "SRTP_AEAD_AES_128_GCM", saltBytes: 12 }],
]);
const keyBytes = 16;

/** The keys of both directions. */
export interface SrtpSession {
  readonly local: SrtpKeys;
  readonly remote: SrtpKeys;
}

/**
 * Takes SRTP over from werift: offers the profiles, and hands out the keys when the handshake has ended. Without a profile in common,
 * as with a client that has data channels only, there is no SRTP.
 */
export function takeSrtp(transport: RTCDtlsTransport, onKeys: (session: SrtpSession) => void): void {
  Object.assign(transport, { srtpProfiles: [...profiles.keys()] });
  transport.startSrtp = () => {
    if (transport.srtpStarted) return;
    transport.srtpStarted = true;
    const { dtls } = transport;
    const profile = profiles.get(dtls?.srtp.srtpProfile ?? 0);
    if (dtls === undefined || profile === undefined) return;
    const keys = dtls.extractSessionKeys(keyBytes, profile.saltBytes);
    onKeys({
      local: { profile: profile.name, masterKey: keys.localKey, masterSalt: keys.localSalt },
      remote: { profile: profile.name, masterKey: keys.remoteKey, masterSalt: keys.remoteSalt },
    });
  };
}
