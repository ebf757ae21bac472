import { CounterKeystream } from "./counter_keystream.ts";
import { CounterModeRtcp } from "./counter_mode_rtcp.ts";
import { CounterModeRtp } from "./counter_mode_rtp.ts";
import { GcmRtcp } from "./gcm_rtcp.ts";
import { GcmRtp } from "./gcm_rtp.ts";
import { HmacKey } from "./hmac_key.ts";
import type { RtcpCipher, RtpCipher } from "./packet_cipher.ts";
import { deriveRtcpKeys, deriveRtpKeys } from "./session_keys.ts";
import type { SrtpKeys } from "./srtp_keys.ts";

/** All that is needed for one direction of a DTLS transport. */
export interface CipherSuite {
  openRtp(ssrc: number): RtpCipher;
  readonly rtcp: RtcpCipher;
}

/** @throws RangeError when key or salt have the wrong length */
export function createCipherSuite(keys: SrtpKeys): CipherSuite {
  const rtp = deriveRtpKeys(keys);
  const rtcp = deriveRtcpKeys(keys);
  if (keys.profile === "SRTP_AEAD_AES_128_GCM") {
    return { openRtp: (ssrc) => new GcmRtp(rtp, ssrc), rtcp: new GcmRtcp(rtcp) };
  }
  const keystream = new CounterKeystream(rtp.cipherKey, rtp.salt);
  const hmac = new HmacKey(rtp.authKey);
  return { openRtp: (ssrc) => new CounterModeRtp(keystream, hmac, ssrc), rtcp: new CounterModeRtcp(rtcp) };
}
