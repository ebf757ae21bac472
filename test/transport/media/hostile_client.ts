import { onTestFinished } from "vitest";
import {
  type Extension,
  type PeerConfig,
  type RTCPeerConnection,
  RtpHeader,
  useSdesMid,
  useSdesRTPStreamId,
} from "werift";
import type { RemoteTrack } from "../../../actors/application.ts";
import { type SrtpProfile, srtpTailroom } from "../../../transport/media/srtp/srtp_keys.ts";
import { SrtpSender, type SrtpSendStream } from "../../../transport/media/srtp/srtp_sender.ts";
import { connectClient } from "./connect_client.ts";
import type { openEngines } from "./open_engine.ts";

type OpenedEngine = ReturnType<Awaited<ReturnType<typeof openEngines>>["create"]>;

/** RFC 7741: the descriptor of a frame's first packet, and the header of a keyframe. */
export const vp8Keyframe = Buffer.from([0x10, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x00, 0x40, 0x00]);
/** The same of a frame that needs another one. */
export const vp8Delta = Buffer.from([0x10, 0x11, 0x02, 0x00, 0x01, 0x02, 0x03]);

/** What a packet says; 0 for what is left out, payload type 96. */
export interface ForgedHeader {
  readonly ssrc?: number;
  readonly sequenceNumber?: number;
  readonly timestamp?: number;
  readonly payloadType?: number;
  readonly marker?: boolean;
  readonly extensions?: Extension[];
}

/** Sends whatever a test wants over the SRTP session of a connected client. */
export function forgeOver(pc: RTCPeerConnection) {
  const transport = () => {
    const [first] = pc.dtlsTransports;
    if (first === undefined) throw new Error("The client has no transport");
    return first;
  };
  return {
    rtp(header: ForgedHeader, payload: Buffer = vp8Keyframe): Promise<number> {
      const { extensions = [], payloadType = 96, ...others } = header;
      const full = new RtpHeader({
        ...others,
        payloadType,
        extensions,
        extension: extensions.length > 0,
        extensionProfile: 0xbede,
      });
      return transport().sendRtp(payload, full);
    },
    /** One RTCP datagram, plain. */
    async rtcp(compound: Buffer): Promise<void> {
      await transport().iceTransport.connection.send(transport().srtcp.encrypt(compound));
    },
  };
}

/**
 * As {@link forgeOver}, with packet indexes of the test's own choice in place of sequence numbers: werift counts the rollovers otherwise
 * where numbers jump.
 */
export function forgeIndexesOver(pc: RTCPeerConnection) {
  const [transport] = pc.dtlsTransports;
  const profile = srtpProfiles.get(transport?.dtls?.srtp.srtpProfile ?? 0);
  if (transport?.dtls === undefined || profile === undefined) throw new Error("The client has no SRTP");
  const { localKey, localSalt } = transport.dtls.extractSessionKeys(16, profile.saltBytes);
  const sender = new SrtpSender({ profile: profile.name, masterKey: localKey, masterSalt: localSalt });
  const streams = new Map<number, SrtpSendStream>();
  return async (index: number, header: Omit<ForgedHeader, "sequenceNumber">, payload: Buffer = vp8Keyframe) => {
    const { extensions = [], payloadType = 96, ssrc = 0, ...others } = header;
    const plain = new RtpHeader({
      ...others,
      ssrc,
      sequenceNumber: index & 0xffff,
      payloadType,
      extensions,
      extension: extensions.length > 0,
      extensionProfile: 0xbede,
    });
    const head = plain.serialize(plain.serializeSize);
    const bytes = Buffer.concat([head, payload, Buffer.alloc(srtpTailroom)]);
    const stream = streams.get(ssrc) ?? sender.openStream(ssrc);
    streams.set(ssrc, stream);
    const end = stream.protect(bytes, 0, head.length, head.length + payload.length, index);
    await transport.iceTransport.connection.send(bytes.subarray(0, end));
  };
}

const srtpProfiles: ReadonlyMap<number, { readonly name: SrtpProfile; readonly saltBytes: number }> = new Map([
  [1, { name: "SRTP_AES128_CM_HMAC_SHA1_80", saltBytes: 14 }],
  [7, { name: "SRTP_AEAD_AES_128_GCM", saltBytes: 12 }],
]);

/** A client that is connected and offers to send, with what it takes to forge its packets. */
export async function connectHostile(
  opened: OpenedEngine,
  kinds: readonly ("audio" | "video")[] = ["video"],
  config: Partial<PeerConfig> = { headerExtensions: { video: [useSdesMid(), useSdesRTPStreamId()] } },
) {
  const client = connectClient(opened, config);
  const transceivers = kinds.map((kind) => client.pc.addTransceiver(kind, { direction: "sendrecv" }));
  await client.offer();
  const tracks: RemoteTrack[] = [];
  for (const kind of kinds) tracks.push(await opened.tracks.next((track) => track.kind === kind));
  const [transceiver] = transceivers;
  const [track] = tracks;
  if (transceiver === undefined || track === undefined) throw new Error("There is nothing to send");
  return {
    ...client,
    transceiver,
    track,
    tracks,
    ssrc: transceiver.sender.ssrc,
    payloadType: transceiver.codecs[0]?.payloadType ?? 96,
    forge: forgeOver(client.pc),
  };
}

/** What the process would have died of, were it no test. */
export function watchUncaught(): unknown[] {
  const uncaught: unknown[] = [];
  const note = (error: unknown) => uncaught.push(error);
  const before = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", note);
  onTestFinished(() => {
    process.removeListener("uncaughtException", note);
    for (const listener of before) process.on("uncaughtException", listener);
  });
  return uncaught;
}
