import { randomInt, randomUUID } from "node:crypto";
import type { RTCPeerConnection, RTCRtpTransceiver } from "werift";
import type { SendOptions, SentTrack } from "../../actors/application.ts";
import type { ObservedTrack } from "../../protocol/connection_observation.ts";
import { isSending } from "./described_direction.ts";
import type { ReceivedTrack } from "./forwarding/received_track.ts";
import type { RtpTransport } from "./rtp_transport.ts";
import { SectionTrack } from "./section_track.ts";

/** Odd, so that its multiples go through all numbers of 32 bits. */
const ssrcStep = 0x9e37_79b1;

export interface SentTracksOptions {
  readonly connection: RTCPeerConnection;
  /** The RTP of a transceiver's transport. */
  readonly rtpOf: (transceiver: RTCRtpTransceiver) => RtpTransport;
  /** Called when something is to be sent that was not, or no longer. */
  readonly onChange: () => void;
  readonly onHandlerError: (error: unknown) => void;
  /** Sections that a description may have, the client's own among them. */
  readonly maxMediaSections: number;
}

interface Waiting {
  readonly sent: SectionTrack;
  readonly track: ReceivedTrack;
  readonly options: SendOptions;
}

/**
 * The tracks that go to one client, and the sections that they go in. A track gets another section than the one that it came in
 * only when a description is made: one without a place in the descriptions would be taken for one that the client's next offer brings.
 */
export class SentTracks {
  readonly #options: SentTracksOptions;
  #waiting: Waiting[] = [];
  readonly #placed = new Map<RTCRtpTransceiver, Waiting>();
  /** Sections that this side brought in. */
  readonly #own = new WeakSet<RTCRtpTransceiver>();

  #isClosed = false;
  #ssrc = randomInt(1, 2 ** 32 - 1);

  constructor(options: SentTracksOptions) {
    this.#options = options;
  }

  /** Some track has no section yet, and an offer would have one for it. */
  get isWaiting(): boolean {
    return this.#waiting.some((waiting) => this.#canAdd || this.#findSection(waiting, "offer") !== undefined);
  }

  add(track: ReceivedTrack, options: SendOptions = {}): SentTrack {
    const { rtpOf, onChange, onHandlerError } = this.#options;
    const sent = new SectionTrack({ track, rtpOf, onHandlerError, onStop: () => this.#stopped(sent) });
    if (this.#isClosed) {
      sent.release();
      return sent;
    }
    const waiting: Waiting = { sent, track, options };
    const section = this.#findSection(waiting, "answer");
    // Its own section has its place already.
    if (section !== undefined && section.mid === track.mid) this.#place(waiting, section);
    else this.#waiting.push(waiting);
    onChange();
    return sent;
  }

  /** A description is about to be made: finds sections for what has none. An answer can only use those of its offer. */
  place(type: "offer" | "answer"): void {
    this.#waiting = this.#waiting.filter((waiting) => {
      const canAdd = type === "offer" && this.#canAdd;
      const transceiver = this.#findSection(waiting, type) ?? (canAdd ? this.#addSection(waiting.track) : undefined);
      if (transceiver === undefined) return true;
      this.#place(waiting, transceiver);
      return false;
    });
  }

  /** A description was made, with these directions of its sections. */
  described(directions: ReadonlyMap<string, string>): void {
    for (const [{ mid }, { sent }] of this.#placed) sent.proposed(isSending(directions.get(mid ?? "")));
  }

  /** An offer of this side was taken back: what it had brought in has no place any more. */
  rolledBack(displaced: readonly RTCRtpTransceiver[]): void {
    for (const { sent } of this.#placed.values()) sent.withdraw();
    for (const transceiver of displaced) {
      const waiting = this.#placed.get(transceiver);
      transceiver.stop();
      if (waiting === undefined) continue;
      this.#placed.delete(transceiver);
      waiting.sent.displace();
      this.#waiting.push(waiting);
    }
  }

  /** A negotiation has ended: the sections are what `currentDirection` says of them. */
  negotiated(): void {
    for (const { sent } of [...this.#placed.values()]) sent.negotiated();
  }

  /** Those that are sent, and what of them. */
  observe(): ObservedTrack[] {
    return [...this.#placed.values()].flatMap(({ sent }) => sent.observe() ?? []);
  }

  close(): void {
    this.#isClosed = true;
    for (const { sent } of [...this.#waiting, ...this.#placed.values()]) sent.release();
    this.#waiting = [];
    this.#placed.clear();
  }

  #place(waiting: Waiting, transceiver: RTCRtpTransceiver): void {
    const { sent, track, options } = waiting;
    transceiver.setDirection(transceiver.direction === "recvonly" ? "sendrecv" : "sendonly");
    const { sender } = transceiver;
    // A stream of its own each time: its numbers begin anew, and the client's decoder with them.
    Object.assign(sender, { ssrc: this.#nextSsrc(), rtxSsrc: this.#nextSsrc(), trackId: randomUUID() });
    sender.streamIds = options.streamId === undefined ? [...track.streamIds] : [options.streamId];
    this.#placed.set(transceiver, waiting);
    sent.place(transceiver);
  }

  /** None comes twice in four thousand million: under one key, packets of one SSRC must never be numbered anew (RFC 3711, 9.1). */
  #nextSsrc(): number {
    this.#ssrc = (this.#ssrc + ssrcStep) >>> 0 || ssrcStep;
    return this.#ssrc;
  }

  #stopped(sent: SectionTrack): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting.sent !== sent);
    for (const [transceiver, placed] of this.#placed) {
      if (placed.sent !== sent) continue;
      this.#placed.delete(transceiver);
      transceiver.setDirection(transceiver.direction === "sendrecv" ? "recvonly" : "inactive");
      // Without `a=msid` from now on: browsers refuse a description that names a track in two sections.
      transceiver.sender.streamIds = [];
      this.#options.onChange();
    }
  }

  /** Sections that stopped keep their place in the descriptions. */
  get #canAdd(): boolean {
    const { connection, maxMediaSections } = this.#options;
    const channels = connection.sctpTransport === undefined ? 0 : 1;
    const sections = connection.getTransceivers().filter(({ mid, stopped }) => mid !== null || !stopped);
    return sections.length + channels < maxMediaSections;
  }

  #addSection(track: ReceivedTrack): RTCRtpTransceiver {
    const transceiver = this.#options.connection.addTransceiver(track.kind, { direction: "inactive" });
    this.#own.add(transceiver);
    return transceiver;
  }

  /**
   * A section that is there already: the one that the track came in, one that the client offered to receive in, or one of this
   * side's whose last track ended and the client knows. One that still carried its last track in the latest description is left
   * alone: the client would see no beginning of the new one.
   */
  #findSection({ track, options }: Waiting, type: "offer" | "answer"): RTCRtpTransceiver | undefined {
    const free = this.#options.connection
      .getTransceivers()
      .filter(
        (transceiver) =>
          transceiver.kind === track.kind &&
          transceiver.mid !== null &&
          !transceiver.stopped &&
          !transceiver.pendingRejection &&
          !this.#placed.has(transceiver) &&
          !isSending(transceiver.currentDirection) &&
          (isSending(transceiver.offerDirection) || (type === "offer" && this.#own.has(transceiver))),
      );
    const notSentIn = free.filter(({ firedReceiving }) => !firedReceiving);
    if (options.section === "own") return notSentIn[0];
    return free.find(({ mid }) => mid === track.mid) ?? notSentIn[0] ?? free[0];
  }
}
