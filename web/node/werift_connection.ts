import type * as werift from "werift";
import { engine } from "./engine.ts";

/** How long gathering may wait for a STUN server, in seconds; the host candidates are there at once. Ours. */
const stunWaitS = 1;

/**
 * werift's peer connection as the SDK expects the W3C's: `setLocalDescription()` without an argument has a description when it
 * resolves, an offer of the other side rolls back this side's own, nobody is asked who was not configured, and what is negotiated
 * while it connects works like all else.
 */
export class WeriftConnection extends engine.RTCPeerConnection {
  readonly #hasStun: boolean;
  readonly #watched = new WeakSet<werift.RTCRtpTransceiver>();
  readonly #startedOnce = new WeakSet<werift.RTCDtlsTransport>();

  constructor(config: werift.RTCPeerConnectionConfig) {
    // The server bundles everything. Otherwise a section that is added before the first answer has a transport of its own, which
    // nobody answers: werift calls the whole connection failed then.
    super({ iceStunGatherTimeout: stunWaitS, bundlePolicy: "max-bundle", ...config });
    this.#hasStun = (config.iceServers ?? []).some(({ urls }) => [urls].flat().some((url) => url.startsWith("stun")));
    this.onTransceiverAdded.subscribe((transceiver) => this.#watch(transceiver));
    this.onRemoteTransceiverAdded.subscribe((transceiver) => this.#watch(transceiver));
  }

  /** Every description has its candidates, since it is made when gathering is done: they are not told before it. */
  override get onicecandidate(): werift.RTCPeerConnection["onicecandidate"] {
    return null;
  }

  override set onicecandidate(_: werift.RTCPeerConnection["onicecandidate"]) {
    // Nobody is told.
  }

  override setLocalDescription(description: { type: "rollback" }): Promise<void>;
  override setLocalDescription(
    description?: werift.RTCLocalSessionDescriptionInit,
  ): ReturnType<werift.RTCPeerConnection["setLocalDescription"]>;
  // biome-ignore lint/suspicious/noExplicitAny: werift's two signatures have no result in common.
  override async setLocalDescription(description?: werift.RTCLocalSessionDescriptionInit): Promise<any> {
    if (description?.type === "rollback") return await super.setLocalDescription({ type: "rollback" });
    const isAnswer = this.signalingState === "have-remote-offer";
    const created = isAnswer ? await this.createAnswer() : await this.createOffer();
    // werift asks a public STUN server even when none is configured.
    if (!this.#hasStun) for (const transport of this.iceTransports) delete transport.connection.stunServer;
    for (const transport of this.dtlsTransports) this.#startOnce(transport);
    const described = await super.setLocalDescription(created);
    this.#startChannels();
    return described;
  }

  override async setRemoteDescription(description: werift.RTCSessionDescriptionInit): Promise<void> {
    if (description.type === "offer" && this.signalingState === "have-local-offer") {
      await super.setLocalDescription({ type: "rollback" });
    }
    await super.setRemoteDescription(description);
    this.#startChannels();
  }

  /** werift begins to connect at each answer, also while it does so already, and calls the connection failed as that is refused. */
  #startOnce(transport: werift.RTCDtlsTransport): void {
    if (this.#startedOnce.has(transport)) return;
    this.#startedOnce.add(transport);
    const { iceTransport } = transport;
    // What was begun before an ICE restart does not end.
    iceTransport.start = once(iceTransport.start.bind(iceTransport), () => iceTransport.connection.generation);
    transport.start = once(transport.start.bind(transport), () => 0);
  }

  /** werift starts SCTP only when DTLS connects: channels whose section comes later would never open. */
  #startChannels(): void {
    const { sctpTransport, sctpRemotePort, signalingState } = this;
    if (signalingState !== "stable" || sctpRemotePort === undefined) return;
    if (sctpTransport?.dtlsTransport.state === "connected") void sctpTransport.start(sctpRemotePort);
  }

  /** A receiver gets one more track for each new SSRC: werift goes on naming the first, and its `ontrack` says nothing of it. */
  #watch(transceiver: werift.RTCRtpTransceiver): void {
    if (this.#watched.has(transceiver)) return;
    this.#watched.add(transceiver);
    transceiver.onTrack.subscribe((track) => {
      const { receiver } = transceiver;
      Object.defineProperty(receiver, "track", { get: () => receiver.tracks.at(-1) ?? track, configurable: true });
      this.ontrack?.(new engine.RTCTrackEvent({ track, streams: [], transceiver, receiver }));
    });
  }

  /** werift receives simulcast and does not send it: the layers are left out. */
  override addTransceiver(
    trackOrKind: "audio" | "video" | werift.MediaStreamTrack,
    options: Partial<werift.TransceiverOptions> = {},
  ): werift.RTCRtpTransceiver {
    const { sendEncodings: _, ...rest } = options;
    return super.addTransceiver(trackOrKind, rest);
  }
}

/** Has whoever calls while `step` is under way wait for the same end of it; another `generation` is another step. */
function once(step: () => Promise<void>, generation: () => number): () => Promise<void> {
  let running: { readonly generation: number; readonly end: Promise<void> } | undefined;
  return async () => {
    if (running?.generation !== generation()) running = { generation: generation(), end: step() };
    const mine = running;
    try {
      await mine.end;
    } finally {
      if (running === mine) running = undefined;
    }
  };
}
