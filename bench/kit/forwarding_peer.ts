import { networkInterfaces } from "node:os";
import { PeerConnection, type RtcConfig, type Track, Video } from "node-datachannel";
import { withDeadline } from "../../test/kit/with_deadline.ts";

/** How long an offer, an answer or a connection may take. */
const timeoutMs = 10_000;

/** One stream of a publisher. */
export interface PublishedStream {
  readonly ssrc: number;
  /** Only with simulcast. */
  readonly rid?: string;
}

/** One address for all, since what a send costs is not the same with IPv6: that of the machine, as Janus takes no loopback ones. */
const hostAddress =
  Object.values(networkInterfaces())
    .flatMap((addresses = []) => addresses)
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";

/** Something on the way between a peer and the server, that descriptions have to lead to. */
export interface ForwardingPath {
  changeLocal(sdp: string): Promise<string>;
  changeRemote(sdp: string): Promise<string>;
}

/** What a peer is there for. */
export interface ForwardingPeerOptions {
  /** What it sends; a subscriber sends nothing. */
  readonly streams?: readonly PublishedStream[];
  /** Header extensions and feedback as browsers have them. */
  readonly isReal: boolean;
  /** Gets each RTP and RTCP packet, decrypted. */
  readonly receive: (packet: Buffer) => void;
  readonly path?: ForwardingPath | undefined;
}

/** The payload type of VP8 in everything that a publisher sends. */
export const payloadType = 96;
/** Header extensions of a publisher by their identifiers (RFC 8285). */
export const extensionIds = { mid: 1, rid: 2, transportSequence: 3, sendTime: 4 } as const;

const extensionUris = {
  mid: "urn:ietf:params:rtp-hdrext:sdes:mid",
  rid: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  transportSequence: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  sendTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
} as const;

/** A peer connection of libdatachannel with one video section, that sends and receives plain RTP. Whoever opened it closes it. */
export class ForwardingPeer {
  readonly #pc: PeerConnection;
  readonly #options: ForwardingPeerOptions;
  readonly #tracks: Track[] = [];
  readonly #connected = Promise.withResolvers<void>();
  readonly #opened = Promise.withResolvers<void>();
  readonly #gathered = Promise.withResolvers<void>();
  /** Of a subscriber, as the server chose them: its video's payload type, and the extension that numbers all packets, or -1. */
  mediaPayloadType = payloadType;
  transportSequenceId = -1;

  constructor(options: ForwardingPeerOptions) {
    this.#options = options;
    const config: RtcConfig = {
      iceServers: [],
      disableAutoNegotiation: true,
      forceMediaTransport: true,
      bindAddress: hostAddress,
    };
    this.#pc = new PeerConnection("peer", config);
    this.#pc.onGatheringStateChange((state) => state === "complete" && this.#gathered.resolve());
    this.#pc.onStateChange((state) => {
      if (state === "connected") this.#connected.resolve();
      if (state === "failed") this.#connected.reject(new Error("the connection failed"));
    });
    this.#pc.onTrack((track) => this.#adopt(track));
  }

  /** The offer of a publisher, or of a subscriber that just receives, with its candidates. */
  async offer(): Promise<string> {
    const { streams = [], isReal } = this.#options;
    const video = new Video("0", streams.length > 0 ? "SendOnly" : "RecvOnly");
    video.addVP8Codec(payloadType);
    if (isReal) {
      video.addRTXCodec(payloadType + 1, payloadType, 90_000);
      video.parseSdpLine(`a=rtcp-fb:${payloadType} transport-cc`);
    }
    const extensions = isReal ? extensionUris : {};
    for (const [name, uri] of Object.entries(extensions)) {
      video.parseSdpLine(`a=extmap:${extensionIds[name as keyof typeof extensionIds]} ${uri}`);
    }
    const rids = streams.flatMap(({ rid }) => rid ?? []);
    for (const rid of rids) video.parseSdpLine(`a=rid:${rid} send`);
    if (rids.length > 0) video.parseSdpLine(`a=simulcast:send ${rids.join(";")}`);
    else for (const { ssrc } of streams) video.addSSRC(ssrc, "bench", "stream", "track");
    this.#adopt(this.#pc.addTrack(video));
    return this.#describe("offer");
  }

  get isOpen(): boolean {
    return this.#tracks[0]?.isOpen() ?? false;
  }

  async accept(answer: string): Promise<void> {
    await this.#setRemote(answer, "answer");
  }

  async answer(offer: string): Promise<string> {
    await this.#setRemote(offer, "offer");
    return this.#describe("answer");
  }

  /** Waits until media may flow. */
  async open(): Promise<void> {
    await withDeadline(this.#connected.promise, { what: "the connection", timeoutMs });
    await withDeadline(this.#opened.promise, { what: "the track to open", timeoutMs });
  }

  /** Sends an RTP or RTCP packet, which is encrypted on the way. */
  send(packet: Buffer): boolean {
    const [track] = this.#tracks;
    return track?.isOpen() === true && track.sendMessageBinary(packet);
  }

  close(): void {
    this.#pc.close();
  }

  #adopt(track: Track): void {
    this.#tracks.push(track);
    track.onMessage(this.#options.receive);
    if (track.isOpen()) this.#opened.resolve();
    else track.onOpen(() => this.#opened.resolve());
  }

  async #setRemote(sdp: string, type: "offer" | "answer"): Promise<void> {
    const { path } = this.#options;
    const uri = extensionUris.transportSequence.replaceAll(".", "\\.");
    this.transportSequenceId = Number(new RegExp(`^a=extmap:(\\d+)\\S* ${uri}`, "m").exec(sdp)?.[1] ?? -1);
    this.mediaPayloadType = Number(/^a=rtpmap:(\d+) VP8\/90000/m.exec(sdp)?.[1] ?? payloadType);
    this.#pc.setRemoteDescription(path === undefined ? sdp : await path.changeRemote(sdp), type);
  }

  async #describe(type: "offer" | "answer"): Promise<string> {
    this.#pc.setLocalDescription(type);
    await withDeadline(this.#gathered.promise, { what: "candidates", timeoutMs });
    const description = this.#pc.localDescription();
    if (description === null) throw new Error(`libdatachannel made no ${type}`);
    return await (this.#options.path?.changeLocal(description.sdp) ?? description.sdp);
  }
}
