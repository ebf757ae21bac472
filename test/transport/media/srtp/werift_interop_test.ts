import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { RtpHeader, SrtcpSession, SrtpSession } from "werift";
import type { SrtpKeys } from "../../../../transport/media/srtp/srtp_keys.ts";
import { SrtpReceiver } from "../../../../transport/media/srtp/srtp_receiver.ts";
import { SrtpSender } from "../../../../transport/media/srtp/srtp_sender.ts";
import { makeKeys, makePacket, profiles, protect, testSsrc, unprotect } from "./make_packet.ts";

/** How werift is told of keys; both directions have the same here. */
function configure({ profile, masterKey, masterSalt }: SrtpKeys) {
  const keys = {
    localMasterKey: masterKey,
    localMasterSalt: masterSalt,
    remoteMasterKey: masterKey,
    remoteMasterSalt: masterSalt,
  };
  return { keys, profile: profile === "SRTP_AEAD_AES_128_GCM" ? (0x0007 as const) : (0x0001 as const) };
}

describe.each(profiles)("another implementation, with %s", (profile) => {
  it("[SR3] reads RTP packets of ours, across the rollover of the sequence number", () => {
    const keys = makeKeys(profile);
    const werift = new SrtpSession(configure(keys));
    const stream = new SrtpSender(keys).openStream(testSsrc);
    for (let index = 65_000; index < 66_300; index++) {
      const { packet, headerLength } = makePacket(index, index % 1_301, {
        sources: index % 3,
        ...(index % 2 === 0 && { extensionWords: index % 4 }),
      });
      expect(werift.decrypt(protect(stream, packet, headerLength, index)).equals(packet), `${index}`).toBe(true);
    }
  });

  it("[SR3] makes RTP packets that are read by us, across the rollover of the sequence number", () => {
    const keys = makeKeys(profile);
    const werift = new SrtpSession(configure(keys));
    const stream = new SrtpReceiver(keys).openStream(testSsrc);
    for (let index = 65_000; index < 66_300; index++) {
      const { packet, headerLength } = makePacket(index, index % 1_301, { sources: index % 3 });
      const datagram = werift.encrypt(packet.subarray(headerLength), RtpHeader.deSerialize(packet));
      expect(unprotect(stream, datagram, headerLength)?.equals(packet), `${index}`).toBe(true);
    }
  });

  it("[SR3] reads RTCP packets of ours and makes such that are read by us", () => {
    const keys = makeKeys(profile);
    const werift = new SrtcpSession(configure(keys));
    const sender = new SrtpSender(keys);
    const receiver = new SrtpReceiver(keys);
    for (let words = 0; words < 60; words++) {
      const packet = Buffer.concat([
        Buffer.from([0x80, 200, 0, 1 + words, 1, 2, 3, words % 4]),
        randomBytes(4 * words),
      ]);
      expect(werift.decrypt(sender.protectRtcp(packet))).toEqual(packet);
      expect(receiver.unprotectRtcp(werift.encrypt(packet))).toEqual(packet);
    }
  });
});
