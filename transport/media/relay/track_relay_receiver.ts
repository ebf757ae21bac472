import { SignalboxError } from "../../../protocol/signalbox_error.ts";
import { findInspector } from "../codec/payload_inspector.ts";
import { DeliveryBatch } from "../delivery_batch.ts";
import type { ReceivedStream } from "../forwarding/received_stream.ts";
import { ReceivedTrack } from "../forwarding/received_track.ts";
import type { MediaClock, Ticking } from "../media_clock.ts";
import { toCompactNtp } from "../rtp/ntp_time.ts";
import { RtpHeader } from "../rtp/rtp_header.ts";
import { decodeDescription, type RelayDescription } from "./relay_description.ts";
import { RelayMessageReader, type RelayStatus } from "./relay_message_reader.ts";
import { encodeRequest } from "./relay_request.ts";

/** What is wanted is asked for again so often, in milliseconds: a request may be lost, and a sender forgets. Ours. */
export const requestIntervalMs = 1_000;
/** The same as long as nothing of what was asked for has come. Ours. */
export const firstRequestIntervalMs = 250;

export interface TrackRelayReceiverOptions {
  /** As its publisher's node calls the track. */
  readonly trackId: string;
  /** What `TrackRelaySender.describe` made. */
  readonly description: Uint8Array;
  readonly clock: MediaClock;
  /** Takes a request for the publisher's node (`TrackRelaySender.receiveRequest`). */
  readonly sendRequest: (message: Uint8Array) => void;
  /**
   * The layers that somebody here wants are others than before, as bits, the lowest layer the lowest bit: messages about these should
   * come, and about no others. Called before they are requested.
   */
  readonly onWantedLayers: (layers: number) => void;
  /** Told what a handler of the program threw, or a subscriber, or one of the callbacks above. */
  readonly onHandlerError: (error: unknown) => void;
  /** Milliseconds of `performance.now`. */
  readonly now?: () => number;
}

/** Of all relayed tracks: as for packets of clients, subscribers get those of one message one after another. */
const deliveries = new DeliveryBatch();
const header = new RtpHeader();

/**
 * The subscribers' end of the media relay: makes a track of this node of what another one sends, for as long as it lives. `track` can be
 * sent to clients as any other, is muted by whoever is told that the publisher's is, and asks for what its subscribers want.
 */
export class TrackRelayReceiver implements Ticking {
  readonly track: ReceivedTrack;
  readonly #options: TrackRelayReceiverOptions;
  readonly #now: () => number;
  readonly #relayId: number;
  readonly #reader = new RelayMessageReader();
  readonly #sendDue = (): void => this.#sendRequest(this.#now());
  #streams: readonly ReceivedStream[];
  /** What the publisher's node said of each layer. */
  #bitrates: (readonly number[])[];
  #descriptionNumber: number;
  #epoch = -1;
  #generation = -1;
  #wantedLayers = 0;
  #keyframeLayers = 0;
  #isDue = false;
  #requestedAtMs = Number.NEGATIVE_INFINITY;
  /** More was wanted than before, and nothing came since. */
  #isAwaiting = false;
  #isClosed = false;

  /** @throws {SignalboxError} `bad-message` for a description that is none */
  constructor(options: TrackRelayReceiverOptions) {
    const description = decodeDescription(options.description);
    const { kind, streamIds, layers } = description;
    const rids = layers.map(({ rid }) => rid);
    this.#options = options;
    this.#now = options.now ?? performance.now.bind(performance);
    this.#relayId = description.relayId;
    this.#descriptionNumber = description.number;
    this.#bitrates = layers.map(({ temporalBitrates }) => temporalBitrates);
    this.track = new ReceivedTrack({
      id: options.trackId,
      kind,
      // It came in no section of this node's.
      mid: "",
      streamIds,
      rids: rids.length === 1 && rids[0] === "" ? [] : rids,
      requestKeyframe: (layer) => this.#requestKeyframe(layer),
      onDemand: () => this.#lookAtDemand(),
      onHandlerError: options.onHandlerError,
    });
    this.track.setCodecs(description.codecs);
    this.#streams = this.#openStreams();
  }

  /** The layers that somebody here wants, as bits. */
  get wantedLayers(): number {
    return this.#wantedLayers;
  }

  /**
   * Takes a message about any layer; one of another relay, or of before the track's last pause, is nothing.
   *
   * @throws {SignalboxError} `bad-message`; what came before the fault counts
   */
  receive(message: Uint8Array): void {
    if (this.#isClosed) return;
    const reader = this.#reader;
    reader.start(message);
    if (reader.relayId !== this.#relayId || !this.#follow(reader)) return;
    const stream = this.#streams[reader.layer];
    if (stream === undefined) throw refuse(`it is of layer ${reader.layer} of ${this.#streams.length}`);
    const nowMs = this.#now();
    this.#isAwaiting = false;
    if (reader.status !== undefined) this.#takeStatus(reader.status, nowMs);
    if (reader.description !== undefined) this.#takeDescription(decodeDescription(reader.description));
    try {
      while (reader.next()) this.#takePacket(stream, reader.layer, nowMs);
    } finally {
      deliveries.flush();
    }
    if (reader.isEnd) this.close();
  }

  /** Ends the track; the publisher's node is told that nothing is wanted any more. */
  close(): void {
    if (this.#isClosed) return;
    this.track.end();
    this.#setWantedLayers(0);
    this.#sendRequest(this.#now());
    this.#isClosed = true;
    this.#options.clock.remove(this);
  }

  tick(nowMs: number): boolean {
    this.#lookAtDemand();
    const intervalMs = this.#isAwaiting ? firstRequestIntervalMs : requestIntervalMs;
    if (this.#wantedLayers !== 0 && nowMs - this.#requestedAtMs >= intervalMs) this.#sendRequest(nowMs);
    return false;
  }

  #takePacket(stream: ReceivedStream, layer: number, nowMs: number): void {
    const reader = this.#reader;
    const { history } = stream;
    const packet = history.slotFor(reader.index, nowMs);
    // It is there, or too late.
    if (packet === undefined) return;
    if (packet.isWaiting) deliveries.flush();
    packet.sequenceNumber = -1;
    reader.read(packet);
    const isRead = header.read(packet.bytes) && header.headerLength <= packet.byteLength;
    const descriptorEnd = packet.dependencyDescriptorOffset + packet.dependencyDescriptorLength;
    if (!isRead || descriptorEnd > header.headerLength) throw refuse("the header of a packet in it is longer than it");
    packet.sequenceNumber = reader.index;
    packet.receivedAtMs = nowMs;
    if (stream.receive(packet, header)) deliveries.add(this.track, packet, layer);
  }

  /** Tells the subscribers of a pause. @returns whether the message counts */
  #follow({ epoch, generation }: RelayMessageReader): boolean {
    if (epoch === this.#epoch) return true;
    const isFirst = this.#epoch === -1;
    if (!isFirst && ((epoch - this.#epoch) & 0xffff) >= 0x8000) return false;
    const isReplaced = generation !== this.#generation;
    this.#epoch = epoch;
    this.#generation = generation;
    if (isFirst) return true;
    if (isReplaced) this.#streams = this.#openStreams();
    else this.track.source.pause();
    return true;
  }

  #openStreams(): readonly ReceivedStream[] {
    const { source } = this.track;
    const isOnly = source.layers.length === 1;
    return source.layers.map((_, layer) =>
      source.openStream(layer, {
        // Nobody here speaks to its sender.
        ssrc: 0,
        hasNack: false,
        createInspector: findInspector,
        // Layers that nobody here wants are worth to be known of, too.
        ...(isOnly ? {} : { findBitrates: () => this.#bitrates[layer] ?? none }),
        now: this.#now,
      }),
    );
  }

  #takeStatus(status: readonly RelayStatus[], nowMs: number): void {
    if (status.length !== this.#streams.length) throw refuse(`it tells of ${status.length} layers`);
    this.#bitrates = status.map(({ temporalBitrates }) => temporalBitrates);
    for (const [layer, { ageMs, report }] of status.entries()) {
      if (report !== undefined) {
        const { ntpMs, rtpTimestamp } = report;
        const info = { ntpMs, rtpTimestamp, compactNtp: toCompactNtp(ntpMs), packetCount: 0, octetCount: 0 };
        this.#streams[layer]?.receiveSenderReport(info, nowMs - report.ageMs);
      }
      const isCrossing = (this.#wantedLayers & (1 << layer)) !== 0;
      if (!isCrossing && ageMs !== Number.POSITIVE_INFINITY) this.track.source.noteArrival(layer, nowMs - ageMs);
    }
  }

  #takeDescription({ relayId, number, codecs }: RelayDescription): void {
    if (relayId !== this.#relayId) throw refuse("its description is of another relay");
    if (number === this.#descriptionNumber) return;
    this.#descriptionNumber = number;
    this.track.setCodecs(codecs);
  }

  #requestKeyframe(layer: number): void {
    this.#keyframeLayers |= 1 << layer;
    this.#schedule();
  }

  #lookAtDemand(): void {
    if (this.#isClosed) return;
    const { wantedLayers } = this.track.source;
    if (wantedLayers === this.#wantedLayers) return;
    if ((wantedLayers & ~this.#wantedLayers) !== 0) this.#isAwaiting = true;
    this.#setWantedLayers(wantedLayers);
    this.#schedule();
  }

  #setWantedLayers(layers: number): void {
    if (layers === this.#wantedLayers) return;
    const { clock, onWantedLayers } = this.#options;
    if (layers === 0) clock.remove(this);
    else if (this.#wantedLayers === 0) clock.add(this);
    this.#wantedLayers = layers;
    this.#guard(() => onWantedLayers(layers));
  }

  /** What one piece of work wants is one request. */
  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(this.#sendDue);
  }

  #sendRequest(nowMs: number): void {
    this.#isDue = false;
    if (this.#isClosed) return;
    this.#requestedAtMs = nowMs;
    const message = encodeRequest({
      relayId: this.#relayId,
      descriptionNumber: this.#descriptionNumber,
      wantedLayers: this.#wantedLayers,
      keyframeLayers: this.#keyframeLayers,
    });
    this.#keyframeLayers = 0;
    this.#guard(() => this.#options.sendRequest(message));
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.onHandlerError(error);
    }
  }
}

const none: readonly number[] = [];

function refuse(why: string): SignalboxError {
  return new SignalboxError("bad-message", `Cannot take a relay message: ${why}`);
}
