import { RTCPeerConnection, type RTCDtlsTransport, type RTCRtpTransceiver } from "werift";
import type { DataChannel, DataChannelOptions, RemoteTrack, SentTrack } from "../../actors/application.ts";
import type { PeerEngine, PeerEngineEvent, PeerEngineOptions } from "../../actors/ports.ts";
import type { Description } from "../../machines/negotiation_machine.ts";
import type { CandidateInit } from "../../protocol/client_message.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { announceCandidate, announceDescription } from "./host_addresses.ts";
import type { Liveness, Watched } from "./liveness.ts";
import { hasLocalName, withoutLocalNames } from "./local_names.ts";
import { matchOfferParameters } from "./offer_parameters.ts";
import { WeriftChannel } from "./werift_channel.ts";
import { ForwardedTrack, WeriftTrack } from "./werift_track.ts";

/** What all engines of a node share. */
export interface WeriftEngineSettings {
  readonly announceIps: readonly string[];
  readonly liveness: Liveness;
  readonly maxDataChannels: number;
  readonly maxChannelBufferBytes: number;
  /** How many host candidates a description waits for, and how long at most. */
  readonly hostCount: number;
  readonly hostTimeoutMs: number;
}

/** One peer connection of werift. It does what it is told, and reports. */
export class WeriftEngine implements PeerEngine, Watched {
  readonly #connection: RTCPeerConnection;
  readonly #options: PeerEngineOptions;
  readonly #settings: WeriftEngineSettings;
  readonly #channels = new Set<WeriftChannel>();
  readonly #tracks = new Map<string, WeriftTrack>();
  readonly #sent = new Set<ForwardedTrack>();
  readonly #usedSenders = new WeakSet<RTCRtpTransceiver>();
  readonly #watchedTransports = new WeakSet<RTCDtlsTransport>();
  /** The directions that the last description of this side said, to tell what it did not say yet. */
  readonly #describedDirections = new WeakMap<RTCRtpTransceiver, string>();
  #isClosed = false;
  /** Candidates that come while a description is made wait for it, since they belong to it. */
  #heldCandidates: CandidateInit[] | undefined = [];

  constructor(connection: RTCPeerConnection, options: PeerEngineOptions, settings: WeriftEngineSettings) {
    this.#connection = connection;
    this.#options = options;
    this.#settings = settings;
    connection.iceGatheringStateChange.subscribe((state) => this.#report({ type: "gathering.changed", state }));
    connection.iceConnectionStateChange.subscribe((state) => this.#iceChanged(state));
    connection.onIceCandidate.subscribe((candidate) => this.#candidateGathered(candidate));
    connection.onDataChannel.subscribe((channel) => {
      if (this.#channels.size >= settings.maxDataChannels) channel.close();
      else this.#options.media.channelOpened(this.#adopt(channel));
    });
    connection.ontrack = ({ track, transceiver }) => {
      const mid = transceiver.mid ?? "";
      if (this.#tracks.has(mid)) return;
      const remote = new WeriftTrack(track, transceiver, (error) => options.media.handlerFailed(error));
      this.#tracks.set(mid, remote);
      options.media.trackAdded(remote);
    };
  }

  async applyRemoteDescription({ type, sdp }: Description): Promise<void> {
    try {
      await this.#connection.setRemoteDescription({ type: type as "offer", sdp: withoutLocalNames(sdp) });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new SignalboxError("bad-sdp", `Cannot use the session description: ${why}`, {
        cause: error,
        details: { isTainted: true },
      });
    }
    this.#watchTransports();
    if (type === "answer") this.#resumeTransports();
    this.#endTracks();
    this.#checkNegotiation();
  }

  async createLocalDescription(
    type: Description["type"],
    { isIceRestart }: { readonly isIceRestart: boolean },
  ): Promise<Description> {
    const connection = this.#connection;
    if (type === "offer") matchOfferParameters(connection.getTransceivers());
    else this.#takeServerRole();
    const description =
      type === "offer" ? await connection.createOffer({ iceRestart: isIceRestart }) : await connection.createAnswer();
    this.#watchTransports();
    this.#heldCandidates ??= [];
    await this.#gatherHosts();
    await connection.setLocalDescription({ ...description, type: type as "offer" });
    this.#resumeTransports();
    for (const transceiver of connection.getTransceivers()) {
      if (transceiver.mid !== null) this.#describedDirections.set(transceiver, transceiver.direction);
    }
    const local = connection.localDescription?.sdp;
    if (local === undefined) throw new SignalboxError("bad-state", `Cannot make the ${type}: the connection is closed`);
    this.#releaseCandidates(local);
    this.#checkNegotiation();
    return { type, sdp: announceDescription(local, this.#settings.announceIps) };
  }

  async rollback(side: "local" | "remote"): Promise<void> {
    const rollback = { type: "rollback", sdp: "" } as const;
    if (side === "local") await this.#connection.setLocalDescription(rollback);
    else await this.#connection.setRemoteDescription(rollback);
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

  addTrack(track: RemoteTrack): SentTrack {
    if (!(track instanceof WeriftTrack)) throw new TypeError("Cannot send the track: it is not one of this node's");
    const transceiver =
      this.#findSender(track) ?? this.#connection.addTransceiver(track.kind, { direction: "inactive" });
    this.#usedSenders.add(transceiver);
    transceiver.setDirection(transceiver.direction === "recvonly" ? "sendrecv" : "sendonly");
    const sent = new ForwardedTrack(track, transceiver, () => {
      this.#sent.delete(sent);
      transceiver.setDirection(transceiver.direction === "sendrecv" ? "recvonly" : "inactive");
      this.#checkNegotiation();
    });
    this.#sent.add(sent);
    this.#checkNegotiation();
    return sent;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#settings.liveness.forget(this);
    for (const sent of this.#sent) sent.release();
    await this.#connection.close();
    for (const track of this.#tracks.values()) track.end();
    for (const channel of this.#channels) channel.tellClosed();
  }

  /** Everything that comes passes one of these: checks, answers to checks, and packets. */
  get receivedCount(): number {
    let count = 0;
    for (const { connection } of this.#connection.iceTransports) {
      for (const pair of connection.candidatePairs) {
        count += pair.packetsReceived + pair.requestsReceived + pair.responsesReceived;
      }
    }
    return count;
  }

  onSilence(isSilent: boolean): void {
    this.#report({ type: isSilent ? "transport.silent" : "transport.heard" });
  }

  #adopt(channel: Parameters<RTCPeerConnection["onDataChannel"]["execute"]>[0]): WeriftChannel {
    const { maxChannelBufferBytes } = this.#settings;
    const onHandlerError = (error: unknown): void => this.#options.media.handlerFailed(error);
    const adopted = new WeriftChannel(channel, { maxChannelBufferBytes, onHandlerError });
    this.#channels.add(adopted);
    channel.stateChanged.subscribe((state) => {
      if (state === "closed") this.#channels.delete(adopted);
    });
    return adopted;
  }

  /** The section that the track came in, or one that never sent (W3C WebRTC 5.1, addTrack), if the client would receive there. */
  #findSender(track: WeriftTrack): RTCRtpTransceiver | undefined {
    const free = this.#connection
      .getTransceivers()
      .filter(
        (transceiver) =>
          transceiver.kind === track.kind &&
          !transceiver.stopped &&
          !isSending(transceiver.direction) &&
          isSending(transceiver.offerDirection),
      );
    return (
      free.find((transceiver) => transceiver === track.transceiver) ??
      free.find((transceiver) => !this.#usedSenders.has(transceiver))
    );
  }

  /** The browser begins the DTLS handshake, as it does so without a pause (RFC 8842, 5.3 lets the answer choose). */
  #takeServerRole(): void {
    for (const transport of this.#connection.dtlsTransports) {
      if (transport.state === "new" && transport.role === "auto") transport.role = "server";
    }
  }

  /** Begins to gather, and waits for the host candidates only: those of servers are trickled. */
  async #gatherHosts(): Promise<void> {
    await Promise.all(
      this.#connection.iceTransports
        .filter((transport) => transport.gatheringState === "new")
        .map((transport) => {
          const gathered = transport.gather();
          return new Promise<void>((resolve) => {
            const timer = setTimeout(done, this.#settings.hostTimeoutMs);
            const { unSubscribe } = transport.onIceCandidate.subscribe(() => {
              const hosts = transport.localCandidates.filter(({ type }) => type === "host");
              if (hosts.length >= this.#settings.hostCount) done();
            });
            function done(): void {
              clearTimeout(timer);
              unSubscribe();
              resolve();
            }
            gathered.then(done, done);
          });
        }),
    );
  }

  /** After an ICE restart werift checks no pair by itself: what was secured before is taken to be connected. */
  #resumeTransports(): void {
    for (const { state, iceTransport } of this.#connection.dtlsTransports) {
      if (state === "connected" && iceTransport.state === "new") iceTransport.start().catch(() => {}); // Its state tells.
    }
  }

  #watchTransports(): void {
    for (const transport of this.#connection.dtlsTransports) {
      if (this.#watchedTransports.has(transport)) continue;
      this.#watchedTransports.add(transport);
      transport.onStateChange.subscribe((state) => {
        if (state === "closed") this.#report({ type: "transport.ended" });
        else this.#report({ type: "dtls.changed", state });
      });
    }
  }

  #iceChanged(state: string): void {
    if (state === "connected" || state === "completed") {
      this.#settings.liveness.watch(this);
      this.#report({ type: "ice.changed", state: "connected" });
    } else if (state === "new" || state === "checking" || state === "failed") {
      this.#report({ type: "ice.changed", state });
    }
  }

  #candidateGathered(candidate: CandidateInit | undefined): void {
    const gathered = candidate ?? { candidate: "" };
    if (this.#heldCandidates !== undefined) {
      this.#heldCandidates.push(gathered);
      return;
    }
    if (gathered.candidate === "") {
      this.#report({ type: "candidate.gathered", candidate: null });
      return;
    }
    for (const line of announceCandidate(gathered.candidate, this.#settings.announceIps)) {
      this.#report({ type: "candidate.gathered", candidate: { ...gathered, candidate: line } });
    }
  }

  /** Those that the description holds are told by it, the end of them too if nothing is left to say. */
  #releaseCandidates(local: string): void {
    const described = new Set([...local.matchAll(/^a=(candidate:.*?)\r?$/gm)].map(([, candidate]) => candidate));
    const held = this.#heldCandidates ?? [];
    this.#heldCandidates = undefined;
    const left = held.filter(({ candidate }) => !described.has(candidate));
    if (left.every(({ candidate }) => candidate === "") && /^a=end-of-candidates/m.test(local)) return;
    for (const candidate of left) this.#candidateGathered(candidate);
  }

  /** A track whose section stopped, or no longer sends, is over; it comes as a new one if it comes again. */
  #endTracks(): void {
    for (const [mid, track] of this.#tracks) {
      if (track.transceiver.stopped || !track.transceiver.firedReceiving) {
        this.#tracks.delete(mid);
        track.end();
      }
    }
  }

  /** W3C WebRTC 4.7.3, in a later turn: what several calls changed is one negotiation. */
  #checkNegotiation(): void {
    queueMicrotask(() => {
      if (this.#connection.signalingState === "stable" && this.#isNegotiationNeeded()) {
        this.#report({ type: "negotiation.needed" });
      }
    });
  }

  #isNegotiationNeeded(): boolean {
    const connection = this.#connection;
    if (connection.sctpTransport !== undefined && connection.sctpTransport.mid === undefined) return true;
    return connection
      .getTransceivers()
      .some((transceiver) => !transceiver.stopped && this.#describedDirections.get(transceiver) !== transceiver.direction);
  }

  #report(event: PeerEngineEvent): void {
    if (!this.#isClosed) queueMicrotask(() => !this.#isClosed && this.#options.report(event));
  }
}

function isSending(direction: string): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}
