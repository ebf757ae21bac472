/** How far back a packet may come late or again, in packets. */
const window = 2_048;

/** What kind of stream it is; `data` are the messages of a room channel. */
export type StreamKind = "audio" | "video" | "data";

/** What a member received of a track, on its way to the report. */
export interface ReceivedStreamData {
  readonly track: string;
  readonly kind: StreamKind;
  /** From when the member knew of the track to its first packet; null when none came. */
  readonly firstPacketMs: number | null;
  /** The numbers of the first packet and of the newest one; -1 when none came. */
  readonly first: number;
  readonly last: number;
  /** Packets, each once. */
  readonly packets: number;
  readonly repeated: number;
  readonly longestGapMs: number;
  /** The same from when everybody was in; 0 when that never was. */
  readonly longestLaterGapMs: number;
}

/** Counts the numbered packets of one stream, each once, and finds its longest silence. Time is given. */
export class ReceivedStream {
  readonly track: string;
  readonly kind: StreamKind;
  readonly #knownAtMs: number;
  readonly #seen = new Uint8Array(window);
  #firstAtMs: number | null = null;
  #lastAtMs = 0;
  #first = -1;
  #last = -1;
  #packets = 0;
  #repeated = 0;
  #longestGapMs = 0;
  #longestLaterGapMs = 0;
  #isLater = false;
  #isEnded = false;

  constructor(track: string, kind: StreamKind, knownAtMs: number) {
    this.track = track;
    this.kind = kind;
    this.#knownAtMs = knownAtMs;
  }

  /** Counts a packet; says whether it is a new one. One that is older than the first belongs to nobody's sum and is not. */
  receive(number: number, atMs: number): boolean {
    this.#endSilence(atMs);
    if (this.#first < 0) {
      this.#firstAtMs = atMs;
      this.#first = number;
      this.#last = number;
    } else if (number < this.#first || number <= this.#last - window) {
      this.#repeated += 1;
      return false;
    }
    if (number > this.#last) {
      // The places of those between are those of packets long past.
      for (let next = Math.max(this.#last + 1, number - window + 1); next <= number; next += 1) {
        this.#seen[next % window] = 0;
      }
      this.#last = number;
    }
    if (this.#seen[number % window] === 1) {
      this.#repeated += 1;
      return false;
    }
    this.#seen[number % window] = 1;
    this.#packets += 1;
    return true;
  }

  /** Everybody is in: what is silent from now on is for another reason. */
  settle(): void {
    this.#isLater = true;
  }

  /** Nothing is to come any more: the silence since the last packet counts, and none after this. */
  end(atMs: number): void {
    this.#endSilence(atMs);
    this.#isEnded = true;
  }

  #endSilence(atMs: number): void {
    if (this.#isEnded) return;
    const gapMs = this.#first < 0 ? 0 : atMs - this.#lastAtMs;
    this.#longestGapMs = Math.max(this.#longestGapMs, gapMs);
    if (this.#isLater) this.#longestLaterGapMs = Math.max(this.#longestLaterGapMs, gapMs);
    this.#lastAtMs = atMs;
  }

  toJSON(): ReceivedStreamData {
    return {
      track: this.track,
      kind: this.kind,
      firstPacketMs: this.#firstAtMs === null ? null : this.#firstAtMs - this.#knownAtMs,
      first: this.#first,
      last: this.#last,
      packets: this.#packets,
      repeated: this.#repeated,
      longestGapMs: this.#longestGapMs,
      longestLaterGapMs: this.#longestLaterGapMs,
    };
  }
}
