import { MediaStreamTrack, RtpHeader, RtpPacket } from "werift";
import type { SentStream } from "./load_message.ts";
import { opusPacket, opusPayload } from "./opus_source.ts";
import { writeMark } from "./packet_mark.ts";
import type { Vp8Source } from "./vp8_source.ts";

/** Numbers what is sent under a name, which changes when the member joins anew. */
export class SentCounter {
  readonly #streams = new Map<string, { first: number; last: number }>();
  readonly #kind: SentStream["kind"];
  #next = 0;

  constructor(kind: SentStream["kind"]) {
    this.#kind = kind;
  }

  /** Packets so far. */
  get count(): number {
    return this.#next;
  }

  /** The number of one more packet of `track`. */
  take(track: string): number {
    const number = this.#next;
    this.#next += 1;
    const stream = this.#streams.get(track);
    if (stream === undefined) this.#streams.set(track, { first: number, last: number });
    else stream.last = number;
    return number;
  }

  toJSON(): SentStream[] {
    return [...this.#streams].map(([track, numbers]) => ({ track, kind: this.#kind, ...numbers }));
  }
}

/** A track of werift's that a member publishes, fed by a source. */
export class SentTrack {
  readonly track: MediaStreamTrack;
  readonly counter: SentCounter;
  readonly intervalMs: number;
  readonly #video: { readonly source: Vp8Source; readonly ticks: number } | undefined;
  #timestamp = 0;
  #sequenceNumber = 0;

  /** Audio without a source, else its video. */
  constructor(video?: { readonly source: Vp8Source; readonly framesPerSecond: number }) {
    const kind = video === undefined ? "audio" : "video";
    this.track = new MediaStreamTrack({ kind });
    this.counter = new SentCounter(kind);
    this.intervalMs = video === undefined ? opusPacket.ms : 1_000 / video.framesPerSecond;
    // VP8's clock (RFC 7741, 4.1).
    this.#video = video && { source: video.source, ticks: 90_000 / video.framesPerSecond };
  }

  /** Writes what is due at `dueMs`, as `id`; it is marked as sent at `nowMs`. */
  send(id: string, dueMs: number, nowMs: number): void {
    const payloads = this.#video === undefined ? [opusPayload()] : this.#video.source.nextFrame(dueMs);
    for (const [index, payload] of payloads.entries()) {
      writeMark(payload, { number: this.counter.take(id), sentAtMs: nowMs });
      this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
      const header = new RtpHeader({
        // werift puts the negotiated one in its place.
        payloadType: 96,
        sequenceNumber: this.#sequenceNumber,
        timestamp: Math.round(this.#timestamp) >>> 0,
        marker: this.#video !== undefined && index === payloads.length - 1,
      });
      this.track.writeRtp(new RtpPacket(header, payload));
    }
    this.#timestamp += this.#video?.ticks ?? opusPacket.ticks;
  }
}
