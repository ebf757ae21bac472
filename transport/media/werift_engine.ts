import type { RTCDtlsTransport, RTCPeerConnection, RTCRtpTransceiver } from "werift";
import type { DataChannel, DataChannelOptions, RemoteTrack, SendOptions, SentTrack } from "../../actors/application.ts";
import type { PeerEngine, PeerEngineEvent, PeerEngineOptions } from "../../actors/ports.ts";
import type { Description } from "../../machines/negotiation_events.ts";
import type { CandidateInit } from "../../protocol/client_message.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { dropRepeatedCandidates } from "./bundled_candidates.ts";
import { DescribedSections, readDirections } from "./described_direction.ts";
import { DescriptionOrigin } from "./description_origin.ts";
import { announceDescription } from "./host_addresses.ts";
import type { Liveness } from "./liveness.ts";
import { LocalCandidates, type LocalCandidatesSettings } from "./local_candidates.ts";
import type { MediaClock } from "./media_clock.ts";
import { MediaSections } from "./media_sections.ts";
import { observePairs } from "./observed_pairs.ts";
import { matchOfferParameters } from "./offer_parameters.ts";
import { adaptDescription, hasLocalName } from "./remote_description.ts";
import { rememberSections } from "./section_memory.ts";
import { dtlsChangeOf, type GatheringSettings, reportGathering, reportIce } from "./transport_reports.ts";
import { WatchedConnection } from "./watched_connection.ts";
import { type Association, countQueuedBytes, WeriftChannel } from "./werift_channel.ts";

/** What all engines of a node share. */
export interface WeriftEngineSettings extends GatheringSettings, LocalCandidatesSettings {
  readonly liveness: Liveness;
  readonly clock: MediaClock;
  readonly maxDataChannels: number;
  readonly maxMediaSections: number;
  readonly maxChannelBufferBytes: number;
  /** Why it cannot open sockets, if it cannot. */
  readonly refusal?: SignalboxError | undefined;
  /** Called when its sockets are closed. */
  readonly onClosed: () => void;
}

/** One peer connection of werift. It does what it is told, and reports. */
export class WeriftEngine implements PeerEngine {
  readonly #connection: RTCPeerConnection;
  readonly #options: PeerEngineOptions;
  readonly #settings: WeriftEngineSettings;
  readonly #channels = new Set<WeriftChannel>();
  readonly #media: MediaSections;
  readonly #localCandidates: LocalCandidates;
  readonly #watched: WatchedConnection;
  readonly #watchedTransports = new WeakSet<RTCDtlsTransport>();
  readonly #described = new DescribedSections();
  /** Gives the sections that the last offer of this side brought in their old numbers back. */
  #beforeOffer: (() => readonly RTCRtpTransceiver[]) | undefined;
  #isClosed = false;
  #isCheckDue = false;
  readonly #origin = new DescriptionOrigin();
  /** A description is awaited or being worked on: what it does not say yet, it may still say. The client offers first. */
  #isDescribing = true;

  constructor(connection: RTCPeerConnection, options: PeerEngineOptions, settings: WeriftEngineSettings) {
    this.#connection = connection;
    this.#options = options;
    this.#settings = settings;
    this.#media = new MediaSections({
      connection,
      clock: settings.clock,
      listener: options.media,
      onChange: () => this.#checkNegotiation(),
      maxMediaSections: settings.maxMediaSections,
    });
    this.#localCandidates = new LocalCandidates({
      ...settings,
      trickle: (candidate) => this.#report({ type: "candidate.gathered", candidate }),
    });
    this.#watched = new WatchedConnection(connection, (event) => this.#report(event));
    reportGathering(connection, settings, (event) => this.#report(event));
    connection.iceConnectionStateChange.subscribe((state) => this.#iceChanged(state));
    connection.onIceCandidate.subscribe((candidate) => this.#localCandidates.add(candidate));
    connection.onDataChannel.subscribe((channel) => {
      if (this.#channels.size >= settings.maxDataChannels) {
        channel.close();
        return;
      }
      const adopted = this.#adopt(channel);
      // werift tells of it a moment before it is open.
      channel.stateChanged.subscribe((state) => {
        if (state === "open") this.#options.media.channelOpened(adopted);
      });
    });
  }

  async applyRemoteDescription({ type, sdp }: Description): Promise<void> {
    this.#isDescribing = true;
    try {
      await this.#connection.setRemoteDescription({ type: type as "offer", sdp: adaptDescription(sdp) });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new SignalboxError("bad-sdp", `Cannot use the session description: ${why}`, {
        cause: error,
        details: { isTainted: true },
      });
    }
    if (type === "offer" && !this.#hasAcceptedSection()) {
      // werift would close the connection with the answer that rejects everything.
      throw new SignalboxError(
        "bad-sdp",
        "Cannot use the session description: each of its sections is rejected or has no codec in common",
        {
          details: { isTainted: true },
        },
      );
    }
    this.#watchTransports();
    this.#startChannels();
    this.#media.remoteDescribed(sdp);
    if (this.#connection.signalingState === "stable") this.#media.negotiated();
    this.#isDescribing = false;
    this.#checkNegotiation();
  }

  async createLocalDescription(
    type: Description["type"],
    { isIceRestart }: { readonly isIceRestart: boolean },
  ): Promise<Description> {
    const connection = this.#connection;
    if (this.#settings.refusal !== undefined) throw this.#settings.refusal;
    this.#isDescribing = true;
    this.#media.describing(type === "offer" ? "offer" : "answer");
    if (type === "offer") {
      this.#beforeOffer = rememberSections(connection);
      matchOfferParameters(connection.getTransceivers());
    } else this.#takeServerRole();
    const description =
      type === "offer" ? await connection.createOffer({ iceRestart: isIceRestart }) : await connection.createAnswer();
    this.#watchTransports();
    await this.#localCandidates.gatherHosts(connection.iceTransports);
    const isStranded = connection.iceTransports.every(
      ({ gatheringState, localCandidates }) => gatheringState === "complete" && localCandidates.length === 0,
    );
    if (isStranded) {
      throw new SignalboxError("overloaded", `Cannot make the ${type}: no UDP port could be opened`);
    }
    await connection.setLocalDescription({ ...description, type: type as "offer" });
    const directions = readDirections(description.sdp);
    this.#described.note(connection.getTransceivers(), type, directions);
    this.#media.localDescribed(directions);
    if (connection.signalingState === "stable") this.#media.negotiated();
    const local = connection.localDescription?.sdp;
    if (local === undefined) throw new SignalboxError("bad-state", `Cannot make the ${type}: the connection is closed`);
    this.#localCandidates.release(local);
    this.#startChannels();
    this.#isDescribing = false;
    this.#checkNegotiation();
    // An offer leaves the choice of the DTLS role, also where it was made before (RFC 9429, 5.2.2).
    const told = type === "offer" ? local.replaceAll(/^a=setup:(active|passive)/gm, "a=setup:actpass") : local;
    return {
      type,
      sdp: this.#origin.write(announceDescription(dropRepeatedCandidates(told), this.#settings.announceIps)),
    };
  }

  async rollback(side: "local" | "remote"): Promise<void> {
    const rollback = { type: "rollback", sdp: "" } as const;
    this.#isDescribing = true;
    if (side === "remote") {
      await this.#connection.setRemoteDescription(rollback);
      this.#media.rolledBack([]);
    } else {
      await this.#connection.setLocalDescription(rollback);
      const displaced = this.#beforeOffer?.() ?? [];
      this.#described.takeBack();
      this.#media.rolledBack(displaced);
    }
    this.#isDescribing = false;
  }

  async addRemoteCandidate(candidate: CandidateInit): Promise<void> {
    if (hasLocalName(candidate.candidate)) return;
    const sdpMid = candidate.sdpMid ?? null;
    // The bare string form says no section: all are bundled into the first.
    const sdpMLineIndex = candidate.sdpMLineIndex ?? (sdpMid === null ? 0 : null);
    try {
      await this.#connection.addIceCandidate({ candidate: candidate.candidate, sdpMid, sdpMLineIndex });
    } catch (error) {
      throw SignalboxError.from(error, "bad-candidate", "Cannot use the candidate");
    }
  }

  createDataChannel(label: string, options: DataChannelOptions): DataChannel {
    const channel = this.#adopt(this.#connection.createDataChannel(label, options));
    this.#checkNegotiation();
    return channel;
  }

  addTrack(track: RemoteTrack, options?: SendOptions): SentTrack {
    return this.#media.add(track, options);
  }

  observe(): ReturnType<PeerEngine["observe"]> {
    if (this.#isClosed) return { pairs: [], tracks: [] };
    return { pairs: observePairs(this.#connection.iceTransports), tracks: this.#media.observe() };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#settings.liveness.forget(this.#watched);
    this.#media.close();
    await this.#connection.close();
    this.#settings.onClosed();
    for (const channel of this.#channels) channel.tellClosed();
  }

  #adopt(channel: Parameters<RTCPeerConnection["onDataChannel"]["execute"]>[0]): WeriftChannel {
    const { maxChannelBufferBytes } = this.#settings;
    const queuedBytes = (): number => countQueuedBytes(this.#channels, this.#connection.sctpTransport as Association);
    const onHandlerError = (error: unknown): void => this.#options.media.handlerFailed(error);
    const adopted = new WeriftChannel(channel, { maxChannelBufferBytes, queuedBytes, onHandlerError });
    this.#channels.add(adopted);
    channel.stateChanged.subscribe((state) => {
      if (state === "closed") this.#channels.delete(adopted);
    });
    return adopted;
  }

  #hasAcceptedSection(): boolean {
    if (this.#connection.sctpTransport !== undefined) return true;
    return this.#connection.getTransceivers().some(({ stopped, pendingRejection }) => !stopped && !pendingRejection);
  }

  /** The browser begins the DTLS handshake, as it does so without a pause (RFC 8842, 5.3 lets the answer choose). */
  #takeServerRole(): void {
    for (const transport of this.#connection.dtlsTransports) {
      if (transport.state === "new" && transport.role === "auto") transport.role = "server";
    }
  }

  /** werift starts SCTP only when DTLS connects: channels whose section comes later would never open. */
  #startChannels(): void {
    const { sctpTransport, sctpRemotePort, signalingState } = this.#connection;
    if (signalingState !== "stable" || sctpRemotePort === undefined) return;
    if (sctpTransport?.dtlsTransport.state === "connected") void sctpTransport.start(sctpRemotePort);
  }

  #watchTransports(): void {
    this.#media.watchTransports();
    reportIce(this.#connection.iceTransports, (event) => this.#report(event));
    for (const transport of this.#connection.dtlsTransports) {
      if (this.#watchedTransports.has(transport)) continue;
      this.#watchedTransports.add(transport);
      transport.onStateChange.subscribe((state) => {
        if (state !== "closed") this.#report(dtlsChangeOf(transport, state));
        // One that is left over, as descriptions change, is closed by this side.
        else if (!this.#isDescribing && this.#connection.dtlsTransports.includes(transport)) {
          this.#report({ type: "transport.ended" });
        }
      });
    }
  }

  #iceChanged(state: string): void {
    // werift may say so while it closes.
    if (this.#isClosed) return;
    // Its "completed" says that gathering has ended, which it mostly has before the first check.
    if (state === "connected") {
      this.#settings.liveness.watch(this.#watched);
      this.#report({ type: "ice.changed", state });
    } else if (state === "new" || state === "checking" || state === "failed") {
      this.#report({ type: "ice.changed", state });
    }
  }

  /** W3C WebRTC 4.7.3, in a later turn: what several calls changed is one negotiation. */
  #checkNegotiation(): void {
    if (this.#isCheckDue) return;
    this.#isCheckDue = true;
    queueMicrotask(() => {
      this.#isCheckDue = false;
      if (this.#isDescribing || this.#connection.signalingState !== "stable") return;
      if (this.#isNegotiationNeeded()) this.#report({ type: "negotiation.needed" });
    });
  }

  #isNegotiationNeeded(): boolean {
    const connection = this.#connection;
    if (this.#media.isWaiting) return true;
    if (connection.sctpTransport !== undefined && connection.sctpTransport.mid === undefined) return true;
    return connection
      .getTransceivers()
      .some((transceiver) => !transceiver.stopped && !this.#described.isSaid(transceiver));
  }

  #report(event: PeerEngineEvent): void {
    if (!this.#isClosed) queueMicrotask(() => !this.#isClosed && this.#options.report(event));
  }
}
