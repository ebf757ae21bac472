import {
  type MediaStream,
  type MediaStreamTrack,
  type RTCRtpTransceiver,
  type RTCTrackEvent,
  RTP_EXTENSION_URI,
  type RtpPacket,
} from "werift";
import type { RemoteTrack, SentTrack } from "../../actors/application.ts";
import { KeyframeRequests } from "./keyframe_requests.ts";

/** The header extensions that say something about the media; the others are about one hop, which each sender writes anew. */
const endToEndExtensions: ReadonlySet<string> = new Set([RTP_EXTENSION_URI.audioLevelIndication]);

type Extension = RtpPacket["header"]["extensions"][number];

/** A track that a client sends, as the application sees it. */
export class WeriftTrack implements RemoteTrack {
  readonly id: string;
  readonly kind: "audio" | "video";
  readonly mid: string;
  onended: (() => void) | null = null;
  readonly source: MediaStreamTrack;
  /** The streams that the client says it belongs to (RFC 8830). */
  readonly streams: readonly MediaStream[];
  readonly transceiver: RTCRtpTransceiver;
  readonly #keyframeRequests: KeyframeRequests;
  readonly #onHandlerError: (error: unknown) => void;
  #isEnded = false;

  constructor({ track: source, transceiver, streams }: RTCTrackEvent, onHandlerError: (error: unknown) => void) {
    this.id = source.id ?? source.uuid;
    this.streams = streams;
    this.kind = transceiver.kind as "audio" | "video";
    this.mid = transceiver.mid ?? "";
    this.source = source;
    this.transceiver = transceiver;
    this.#onHandlerError = onHandlerError;
    this.#keyframeRequests = new KeyframeRequests(() => {
      const ssrc = source.header?.ssrc ?? source.ssrc;
      if (ssrc !== undefined) void transceiver.receiver.sendRtcpPLI(ssrc);
    });
  }

  requestKeyframe(): void {
    if (this.kind === "video" && !this.#isEnded) this.#keyframeRequests.add();
  }

  /** The client stopped sending it, or its connection ended; the first call counts. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#keyframeRequests.close();
    try {
      this.onended?.();
    } catch (error) {
      this.#onHandlerError(error);
    }
  }
}

/** Passes the packets of a track on through a transceiver, and the keyframe requests back. */
export class ForwardedTrack implements SentTrack {
  readonly #transceiver: RTCRtpTransceiver;
  readonly #onStop: () => void;
  readonly #unsubscribe: readonly (() => void)[];
  /** The payload type of the source that is known to fit what the transceiver sends. */
  #payloadType: number | undefined;
  /** From the identifier of a header extension in the source to the one that is agreed on here. */
  #extensionIds = new Map<number, number>();
  #isStopped = false;

  constructor(track: WeriftTrack, transceiver: RTCRtpTransceiver, onStop: () => void) {
    this.#transceiver = transceiver;
    this.#onStop = onStop;
    const { sender } = transceiver;
    // Tracks of one stream stay together (RFC 8830).
    sender.setStreams([...track.streams]);
    // The sender may have sent another track before: its sequence numbers and timestamps go on from there.
    sender.replaceRTP({ sequenceNumber: 0, timestamp: 0 });
    const forward = (packet: RtpPacket): void => {
      const { payloadType } = packet.header;
      if (payloadType !== this.#payloadType) {
        if (!this.#adapt(payloadType, track.transceiver)) return;
        // What was sent before could not go anywhere, so the client would start in the midst of a group of pictures.
        track.requestKeyframe();
      }
      const copy = packet.clone();
      copy.header.extensions = this.#translate(copy.header.extensions);
      void sender.sendRtp(copy);
    };
    this.#unsubscribe = [
      track.source.onReceiveRtp.subscribe(forward).unSubscribe,
      sender.onPictureLossIndication.subscribe(() => track.requestKeyframe()).unSubscribe,
    ];
  }

  get mid(): string | null {
    return this.#transceiver.mid;
  }

  stop(): void {
    if (this.#isStopped) return;
    this.release();
    this.#onStop();
  }

  /** Stops without a word to the other side, as its connection is over. */
  release(): void {
    this.#isStopped = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  /** Whether a payload type of the source fits what is sent here: werift sends one codec, the first that was agreed on. */
  #adapt(payloadType: number, source: RTCRtpTransceiver): boolean {
    const given = source.codecs.find((codec) => codec.payloadType === payloadType)?.mimeType.toLowerCase();
    if (given === undefined || given !== this.#transceiver.sender.codec?.mimeType.toLowerCase()) return false;
    this.#payloadType = payloadType;
    const ids = new Map(this.#transceiver.headerExtensions.map(({ uri, id }) => [uri, id]));
    this.#extensionIds = new Map(
      source.headerExtensions
        .filter(({ uri }) => endToEndExtensions.has(uri))
        .flatMap(({ uri, id }) => (ids.has(uri) ? [[id, ids.get(uri) ?? 0] as const] : [])),
    );
    return true;
  }

  #translate(extensions: Extension[]): Extension[] {
    return extensions.flatMap((extension) => {
      const id = this.#extensionIds.get(extension.id);
      return id === undefined ? [] : [{ ...extension, id }];
    });
  }
}
