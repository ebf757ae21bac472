import type { RTCDtlsTransport, RTCPeerConnection, RTCRtpTransceiver } from "werift";
import type { RemoteTrack, SendOptions, SentTrack } from "../../actors/application.ts";
import type { PeerMediaListener } from "../../actors/ports.ts";
import type { ObservedTrack } from "../../protocol/connection_observation.ts";
import { ReceivedTrack } from "./forwarding/received_track.ts";
import type { MediaClock } from "./media_clock.ts";
import { type RemoteSection, readRemoteSections } from "./remote_sections.ts";
import type { ReceivingSection } from "./rtp_router.ts";
import { RtpTransport } from "./rtp_transport.ts";
import { sectionParametersOf } from "./section_parameters.ts";
import { SentTracks } from "./sent_tracks.ts";

export interface MediaSectionsOptions {
  readonly connection: RTCPeerConnection;
  readonly clock: MediaClock;
  readonly listener: PeerMediaListener;
  /** Called when a section sends that did not, or no longer does. */
  readonly onChange: () => void;
  readonly maxMediaSections: number;
}

interface Received {
  readonly track: ReceivedTrack;
  readonly transceiver: RTCRtpTransceiver;
  remote: RemoteSection;
}

/** The audio and video sections of a peer connection: which tracks they carry, as each description leaves them. */
export class MediaSections {
  readonly #options: MediaSectionsOptions;
  readonly #transports = new Map<RTCDtlsTransport, RtpTransport>();
  readonly #received = new Map<string, Received>();
  readonly #sent: SentTracks;
  #isClosed = false;

  constructor(options: MediaSectionsOptions) {
    this.#options = options;
    const { connection, onChange, listener, maxMediaSections } = options;
    this.#sent = new SentTracks({
      connection,
      rtpOf: (transceiver) => this.#rtpOf(transceiver.dtlsTransport),
      onChange,
      onHandlerError: (error) => listener.handlerFailed(error),
      maxMediaSections,
    });
    connection.onTransceiverAdded.subscribe(silence);
  }

  /** Takes over the RTP of transports that are new; before their handshakes end. */
  watchTransports(): void {
    for (const transport of this.#options.connection.dtlsTransports) this.#rtpOf(transport);
  }

  add(track: RemoteTrack, options?: SendOptions): SentTrack {
    if (!(track instanceof ReceivedTrack)) throw new TypeError("Cannot send the track: it is not one of this node's");
    return this.#sent.add(track, options);
  }

  /** A description of the client was applied: tells of the tracks that it brings and ends those that it leaves out. */
  remoteDescribed(sdp: string): void {
    if (this.#isClosed) return;
    const sections = new Map(readRemoteSections(sdp).map((section) => [section.mid, section]));
    this.#endTracks();
    const added: ReceivedTrack[] = [];
    for (const transceiver of this.#options.connection.getTransceivers()) {
      const remote = sections.get(transceiver.mid ?? "");
      if (remote === undefined || transceiver.stopped || transceiver.pendingRejection || !transceiver.firedReceiving) {
        continue;
      }
      // A section of this side's that the client begins to send in.
      if (transceiver.direction === "sendonly") transceiver.setDirection("sendrecv");
      if (transceiver.direction === "inactive") transceiver.setDirection("recvonly");
      // What this side offers later says so, too: a client would pause the layers that it leaves out.
      transceiver.options.simulcast = remote.rids.map((rid) => ({ rid, direction: "recv" }));
      const known = this.#received.get(remote.mid);
      if (known === undefined) {
        const track = this.#createTrack(transceiver, remote);
        this.#received.set(remote.mid, { track, transceiver, remote });
        added.push(track);
      } else known.remote = remote;
    }
    this.#route();
    for (const track of added) this.#options.listener.trackAdded(track);
  }

  /** Some track to be sent has no section yet. */
  get isWaiting(): boolean {
    return this.#sent.isWaiting;
  }

  /** A description of this side is about to be made. */
  describing(type: "offer" | "answer"): void {
    this.#sent.place(type);
  }

  /** A description of this side was made, with these directions of its sections. */
  localDescribed(directions: ReadonlyMap<string, string>): void {
    this.#sent.described(directions);
  }

  /** Both sides agree. */
  negotiated(): void {
    if (this.#isClosed) return;
    this.#endTracks();
    this.#route();
    this.#sent.negotiated();
  }

  /** An offer was taken back; `displaced` are the sections that have no place any more. */
  rolledBack(displaced: readonly RTCRtpTransceiver[]): void {
    if (this.#isClosed) return;
    this.#sent.rolledBack(displaced);
    this.#endTracks();
    this.#route();
  }

  /** What came and went so far. */
  observe(): ObservedTrack[] {
    const received = [...this.#received].map(([mid, { track }]): ObservedTrack => {
      return { mid, kind: track.kind, direction: "received", ...track.source.statistics };
    });
    return [...received, ...this.#sent.observe()];
  }

  /** Nothing more is sent or received; the tracks end. */
  close(): void {
    this.#isClosed = true;
    this.#sent.close();
    for (const transport of this.#transports.values()) transport.close();
    for (const { track } of this.#received.values()) track.end();
    this.#received.clear();
  }

  #rtpOf(transport: RTCDtlsTransport): RtpTransport {
    const { connection, clock, listener } = this.#options;
    let rtp = this.#transports.get(transport);
    if (rtp === undefined) {
      rtp = new RtpTransport({
        transport,
        clock,
        cname: connection.cname,
        onFault: (error) => listener.handlerFailed(error),
      });
      this.#transports.set(transport, rtp);
    }
    return rtp;
  }

  #createTrack(transceiver: RTCRtpTransceiver, { mid, kind, rids }: RemoteSection): ReceivedTrack {
    const { receiver } = transceiver;
    return new ReceivedTrack({
      id: receiver.remoteTrackId ?? crypto.randomUUID(),
      kind,
      mid,
      rids,
      streamIds: receiver.remoteStreamIds ?? [],
      requestKeyframe: (layer) => this.#rtpOf(transceiver.dtlsTransport).requestKeyframe(mid, layer),
      onHandlerError: (error) => this.#options.listener.handlerFailed(error),
    });
  }

  /** A track whose section stopped, or no longer sends, is over; it comes as a new one if it comes again. */
  #endTracks(): void {
    const transceivers = this.#options.connection.getTransceivers();
    for (const [mid, { track, transceiver }] of this.#received) {
      if (!transceiver.stopped && transceiver.firedReceiving && transceivers.includes(transceiver)) continue;
      this.#received.delete(mid);
      track.end();
    }
  }

  /** Tells each transport what comes over it. */
  #route(): void {
    const extensions = this.#options.connection.getTransceivers().flatMap(({ headerExtensions }) => headerExtensions);
    for (const [transport, rtp] of this.#transports) {
      const sections: ReceivingSection[] = [];
      for (const { track, transceiver, remote } of this.#received.values()) {
        if (transceiver.dtlsTransport !== transport) continue;
        const parameters = sectionParametersOf(transceiver);
        track.setCodecs(parameters.codecs);
        sections.push({ remote, parameters, track });
      }
      rtp.setReceiving(sections, extensions);
    }
  }
}

/** werift's own senders and receivers stay idle: their reports would be about nothing. */
function silence({ sender, receiver }: RTCRtpTransceiver): void {
  sender.runRtcp = () => Promise.resolve();
  receiver.runRtcp = () => Promise.resolve();
  receiver.setupTWCC = () => undefined;
}
