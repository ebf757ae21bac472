import type { RTCRtpTransceiver } from "werift";
import type { RemoteTrack, SentTrack } from "../../actors/application.ts";
import type { ObservedTrack } from "../../protocol/connection_observation.ts";
import { isSending } from "./described_direction.ts";
import { PayloadTypeMap } from "./forwarding/payload_type_map.ts";
import { ReceivedTrack } from "./forwarding/received_track.ts";
import { ReplaceableSource } from "./forwarding/replaceable_source.ts";
import type { SentStream } from "./forwarding/sent_stream.ts";
import type { RtpTransport } from "./rtp_transport.ts";
import { type SectionParameters, sectionParametersOf } from "./section_parameters.ts";

export interface SectionTrackOptions {
  readonly track: ReceivedTrack;
  readonly rtpOf: (transceiver: RTCRtpTransceiver) => RtpTransport;
  readonly onHandlerError: (error: unknown) => void;
  readonly onStop: () => void;
}

/** A track in a section that goes to one client: what is wanted, what was negotiated, and the stream that carries it. */
export class SectionTrack implements SentTrack {
  onchange: (() => void) | null = null;
  readonly #options: SectionTrackOptions;
  readonly #source: ReplaceableSource;
  #track: ReceivedTrack;
  #state: SentTrack["state"] = "negotiating";
  #transceiver: RTCRtpTransceiver | undefined;
  #stream: SentStream | undefined;
  #rtp: RtpTransport | undefined;
  #layer: string | null = null;
  #preferred: string | null = null;
  /** A description of this side said that it is sent. */
  #isProposed = false;

  constructor(options: SectionTrackOptions) {
    this.#options = options;
    this.#track = options.track;
    this.#source = new ReplaceableSource(options.track.source);
  }

  get mid(): string | null {
    return this.#transceiver?.mid ?? null;
  }

  get state(): SentTrack["state"] {
    return this.#state;
  }

  get layer(): string | null {
    return this.#layer;
  }

  preferLayer(layer: string | null): void {
    this.#preferred = layer;
    if (this.#stream !== undefined) this.#rtp?.preferLayer(this.#stream, this.#layerIndex());
  }

  replaceTrack(track: RemoteTrack): void {
    if (!(track instanceof ReceivedTrack)) throw new TypeError("Cannot send the track: it is not one of this node's");
    const { kind } = this.#track;
    if (track.kind !== kind) throw new TypeError(`Cannot send the track: it is ${track.kind} in place of ${kind}`);
    this.#track = track;
    this.#source.replace(track.source);
  }

  stop(): void {
    if (this.#state === "stopped") return;
    this.release();
    this.#options.onStop();
  }

  /** Stops without a word to the other side, as its connection is over. */
  release(): void {
    this.#endStream();
    this.#become("stopped");
  }

  /** It has a section from now on. */
  place(transceiver: RTCRtpTransceiver): void {
    this.#transceiver = transceiver;
    this.#isProposed = false;
  }

  /** Its section is no more. */
  displace(): void {
    this.#endStream();
    this.#transceiver = undefined;
    this.#isProposed = false;
  }

  /** The latest description of this side was taken back: what was agreed on before still holds. */
  withdraw(): void {
    this.#isProposed = this.#stream !== undefined;
  }

  /** Whether the latest description of this side says that it is sent. */
  proposed(isProposed: boolean): void {
    this.#isProposed = isProposed;
  }

  /** A description was agreed on: sends if the section does now. */
  negotiated(): void {
    const transceiver = this.#transceiver;
    if (transceiver === undefined || (!this.#isProposed && this.#stream === undefined)) return;
    const parameters = sectionParametersOf(transceiver);
    const isAgreed = !transceiver.stopped && isSending(transceiver.currentDirection) && this.#takesCodec(parameters);
    if (isAgreed) {
      this.#send(transceiver, parameters);
      this.#become("sending");
      return;
    }
    // The stream stays: with its SSRC, numbers must never begin anew under the same keys.
    this.#stream?.configure(undefined);
    this.#become("rejected");
  }

  /** Undefined before anything may be sent. */
  observe(): ObservedTrack | undefined {
    const [stream, mid] = [this.#stream, this.mid];
    if (stream === undefined || mid === null) return undefined;
    const { kind, rttMs, packetsLost } = stream;
    const { bytes, packets } = stream.statistics;
    const roundTripTimeMs = rttMs < 0 ? undefined : rttMs;
    return { mid, kind, direction: "sent", bytes, packets, packetsLost, roundTripTimeMs };
  }

  #send(transceiver: RTCRtpTransceiver, parameters: SectionParameters): void {
    const rtp = this.#options.rtpOf(transceiver);
    if (this.#stream !== undefined && this.#rtp === rtp) {
      this.#stream.configure(parameters);
      return;
    }
    this.#endStream();
    const { ssrc, rtxSsrc } = transceiver.sender;
    const stream = rtp.openSentStream({
      ssrc,
      rtxSsrc,
      source: this.#source,
      parameters,
      preferredLayer: this.#layerIndex(),
    });
    this.#rtp = rtp;
    this.#stream = stream;
    stream.onchange = () => this.#moveTo(stream.currentLayer);
  }

  #takesCodec({ codecs, rtxPayloadTypes }: SectionParameters): boolean {
    const { source } = this.#track;
    const payloadTypes = new PayloadTypeMap(source);
    payloadTypes.configure(codecs, rtxPayloadTypes);
    return source.codecs.some(({ payloadType }) => payloadTypes.find(payloadType) !== -1);
  }

  #endStream(): void {
    if (this.#stream !== undefined) this.#rtp?.closeSentStream(this.#stream);
    this.#stream = undefined;
  }

  #layerIndex(): number {
    const { layers } = this.#source;
    const index = this.#preferred === null ? -1 : layers.findIndex(({ rid }) => rid === this.#preferred);
    return index === -1 ? layers.length - 1 : index;
  }

  #moveTo(layer: number): void {
    const rid = this.#source.layers[layer]?.rid ?? "";
    this.#layer = rid === "" ? null : rid;
    this.#tell();
  }

  #become(state: SentTrack["state"]): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    try {
      this.onchange?.();
    } catch (error) {
      this.#options.onHandlerError(error);
    }
  }
}
