import type { RemoteTrack } from "../../../actors/application.ts";
import type { RtpPacket } from "../rtp/rtp_packet.ts";
import type { RtpCodec } from "./media_source.ts";
import { ReceivedSource, type ReceivedSourceOptions } from "./received_source.ts";

export interface ReceivedTrackOptions extends ReceivedSourceOptions {
  readonly id: string;
  readonly mid: string;
  /** The streams that the client says it belongs to (RFC 8830). */
  readonly streamIds: readonly string[];
  /** Told what a handler of the program threw, or a subscriber. */
  readonly onHandlerError: (error: unknown) => void;
}

/** A track that a client sends, as the application sees it; `source` is how the media plane does. */
export class ReceivedTrack implements RemoteTrack {
  readonly id: string;
  readonly kind: "audio" | "video";
  readonly mid: string;
  readonly streamIds: readonly string[];
  readonly layers: readonly string[];
  readonly source: ReceivedSource;
  onended: (() => void) | null = null;
  readonly #onHandlerError: (error: unknown) => void;
  #isEnded = false;

  constructor(options: ReceivedTrackOptions) {
    this.id = options.id;
    this.kind = options.kind;
    this.mid = options.mid;
    this.streamIds = options.streamIds;
    this.layers = [...options.rids];
    this.source = new ReceivedSource(options);
    this.#onHandlerError = options.onHandlerError;
  }

  get codecs(): readonly RtpCodec[] {
    return this.source.codecs;
  }

  get readyState(): "live" | "ended" {
    return this.#isEnded ? "ended" : "live";
  }

  get muted(): boolean {
    return this.source.isMuted;
  }

  set muted(isMuted: boolean) {
    this.source.setMuted(isMuted);
  }

  setCodecs(codecs: readonly RtpCodec[]): void {
    this.source.setCodecs(codecs);
  }

  requestKeyframe(): void {
    this.source.requestKeyframes();
  }

  takeAudioLevel(): number {
    return this.source.takeAudioLevel();
  }

  /** See {@link ReceivedSource.deliver}. A fault is reported, and ends nothing but the client that sends this track. */
  deliver(packets: readonly RtpPacket[], layers: readonly number[]): void {
    try {
      this.source.deliver(packets, layers);
    } catch (error) {
      this.#onHandlerError(error);
    }
  }

  /** The client stopped sending it, or its connection ended; the first call counts. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.source.end();
    try {
      this.onended?.();
    } catch (error) {
      this.#onHandlerError(error);
    }
  }
}
