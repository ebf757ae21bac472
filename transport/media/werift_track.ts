import type { MediaStreamTrack, RTCRtpTransceiver, RtpPacket } from "werift";
import type { RemoteTrack, SentTrack } from "../../actors/application.ts";
import { KeyframeRequests } from "./keyframe_requests.ts";

/** A track that a client sends, as the application sees it. */
export class WeriftTrack implements RemoteTrack {
  readonly id: string;
  readonly kind: "audio" | "video";
  readonly mid: string;
  onended: (() => void) | null = null;
  readonly source: MediaStreamTrack;
  readonly transceiver: RTCRtpTransceiver;
  readonly #keyframeRequests: KeyframeRequests;
  readonly #onHandlerError: (error: unknown) => void;
  #isEnded = false;

  constructor(source: MediaStreamTrack, transceiver: RTCRtpTransceiver, onHandlerError: (error: unknown) => void) {
    this.id = source.id ?? source.uuid;
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
  #isStopped = false;

  constructor(track: WeriftTrack, transceiver: RTCRtpTransceiver, onStop: () => void) {
    this.#transceiver = transceiver;
    this.#onStop = onStop;
    const { sender } = transceiver;
    const forward = (packet: RtpPacket): void => {
      if (this.#fits(packet.header.payloadType, track.transceiver)) void sender.sendRtp(packet);
    };
    this.#unsubscribe = [
      track.source.onReceiveRtp.subscribe(forward).unSubscribe,
      sender.onPictureLossIndication.subscribe(() => track.requestKeyframe()).unSubscribe,
    ];
    // A track that flows already is in the midst of a group of pictures.
    if (track.source.header !== undefined) track.requestKeyframe();
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

  /** werift sends one codec, the first that was agreed on, whatever it is given. */
  #fits(payloadType: number, source: RTCRtpTransceiver): boolean {
    if (payloadType === this.#payloadType) return true;
    const given = source.codecs.find((codec) => codec.payloadType === payloadType)?.mimeType.toLowerCase();
    if (given === undefined || given !== this.#transceiver.sender.codec?.mimeType.toLowerCase()) return false;
    this.#payloadType = payloadType;
    return true;
  }
}
