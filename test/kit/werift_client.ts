import {
  type PeerConfig,
  type RTCDataChannel,
  type RTCIceCandidateInit,
  RTCPeerConnection,
  type RTCRtpTransceiver,
} from "werift";
import { eventually } from "./eventually.ts";
import { Mailbox } from "./mailbox.ts";
import { openSignallingSocket, type SignallingMessage, type SignallingSocket } from "./signalling_socket.ts";
import { WeriftChannel } from "./werift_channel.ts";
import { WeriftTrack } from "./werift_track.ts";

/** How a {@link WeriftClient} behaves. */
export interface WeriftClientOptions {
  /** Send candidates as they are found (default), or only inside the descriptions. */
  readonly isTrickling?: boolean;
  /** Passed on to werift's peer connection. */
  readonly config?: Partial<PeerConfig>;
}

/** The options of a data channel, as the W3C names them. */
export type ChannelInit = Parameters<RTCPeerConnection["createDataChannel"]>[1];

/**
 * A client on werift over a real WebSocket: the polite side of perfect negotiation, scripted by a test.
 *
 * Made by {@link openWeriftClient}; `close()` ends the peer connection and the socket.
 */
export class WeriftClient {
  readonly socket: SignallingSocket;
  readonly pc: RTCPeerConnection;
  /** What happened so far, a line each, for messages of failure. */
  readonly log: string[] = [];
  /** The transceivers whose remote track has started. */
  readonly remoteTracks = new Mailbox<RTCRtpTransceiver>("a remote track", (transceiver) => transceiver.kind);
  readonly #isTrickling: boolean;
  #isMakingOffer = false;
  readonly #pump: Promise<void>;

  constructor(socket: SignallingSocket, options: WeriftClientOptions = {}) {
    this.socket = socket;
    this.#isTrickling = options.isTrickling ?? true;
    this.pc = new RTCPeerConnection({ iceServers: [], ...options.config });
    this.pc.connectionStateChange.subscribe((state) => this.#note(`connection ${state}`));
    this.pc.iceConnectionStateChange.subscribe((state) => this.#note(`ICE ${state}`));
    this.pc.signalingStateChange.subscribe((state) => this.#note(`signaling ${state}`));
    this.pc.onRemoteTransceiverAdded.subscribe((transceiver) => this.#note(`remote ${transceiver.kind} section`));
    this.pc.onTrack.subscribe((track) => {
      const transceiver = this.pc.getTransceivers().find((each) => each.receiver.tracks.includes(track));
      this.#note(`track ${track.kind}`);
      if (transceiver !== undefined) this.remoteTracks.push(transceiver);
    });
    this.pc.onIceCandidate.subscribe((candidate) => {
      if (this.#isTrickling && socket.isOpen) {
        socket.send({ type: "candidate", candidate: candidate?.toJSON() ?? null });
      }
    });
    this.#pump = this.#receive();
  }

  /** Offers what the peer connection has now and waits until the exchange is over. */
  async negotiate(): Promise<void> {
    this.#isMakingOffer = true;
    try {
      const offer = await this.pc.createOffer();
      forbidStun(this.pc);
      const gathered = this.pc.setLocalDescription(offer);
      if (!this.#isTrickling) await gathered;
      // What `localDescription` says before that is done is the last exchange's.
      this.socket.send({ type: "offer", sdp: this.#isTrickling ? offer.sdp : this.pc.localDescription?.sdp });
      await gathered;
    } finally {
      this.#isMakingOffer = false;
    }
    await this.#eventually(() => this.pc.signalingState === "stable", "the answer");
  }

  /** Opens a data channel, negotiating if this is the first, and waits until it is open. */
  async openChannel(label: string, init: ChannelInit = {}): Promise<WeriftChannel> {
    const isFirst = this.pc.sctpTransport === undefined;
    const channel: RTCDataChannel = this.pc.createDataChannel(label, init);
    const wrapped = new WeriftChannel(channel);
    if (isFirst) await this.negotiate();
    await this.#eventually(() => channel.readyState === "open", `channel "${label}" to open`);
    return wrapped;
  }

  /** Adds a track (without negotiating) whose packets a test writes itself. */
  addTrack(kind: "audio" | "video"): WeriftTrack {
    return new WeriftTrack(this.pc, kind);
  }

  /** Waits until the peer connection is in `state`. */
  async connectionState(state: RTCPeerConnection["connectionState"]): Promise<void> {
    await this.#eventually(() => this.pc.connectionState === state, `the connection to be ${state}`);
  }

  /** Ends the peer connection and the socket. May be called twice. */
  async close(): Promise<void> {
    await this.pc.close();
    await this.socket.close();
    await this.#pump;
  }

  #eventually(probe: () => boolean, what: string): Promise<true> {
    const describe = () => `${this.log.join("\n")}\n${this.socket.messages.transcript()}`;
    return eventually(probe, { what, describe });
  }

  #note(line: string): void {
    this.log.push(`  ${Math.round(performance.now())} ms: ${line}`);
  }

  async #receive(): Promise<void> {
    while (this.socket.isOpen) {
      const isOurs = ({ type }: SignallingMessage) => type === "offer" || type === "answer" || type === "candidate";
      const message = await this.socket.next(isOurs, { timeoutMs: 3_600_000 }).catch(() => undefined);
      if (message === undefined) return;
      try {
        await this.#handle(message);
      } catch (error) {
        this.#note(`cannot handle "${message.type}": ${error}`);
      }
    }
  }

  async #handle(message: SignallingMessage): Promise<void> {
    switch (message.type) {
      case "offer":
        if (this.#isMakingOffer || this.pc.signalingState !== "stable") {
          this.#note("glare: rolls back");
          await this.pc.setLocalDescription({ type: "rollback" });
        }
        await this.pc.setRemoteDescription({ type: "offer", sdp: String(message.sdp) });
        forbidStun(this.pc);
        await this.pc.setLocalDescription(await this.pc.createAnswer());
        this.socket.send({ type: "answer", sdp: this.pc.localDescription?.sdp });
        break;
      case "answer":
        await this.pc.setRemoteDescription({ type: "answer", sdp: String(message.sdp) });
        break;
      case "candidate":
        await this.pc.addIceCandidate(message.candidate as RTCIceCandidateInit | null);
        break;
    }
  }
}

/**
 * Opens a socket to a node and makes a client on it; nothing is offered yet.
 *
 * @throws Error when the socket is refused.
 */
export async function openWeriftClient(wsUrl: string, options: WeriftClientOptions = {}): Promise<WeriftClient> {
  return new WeriftClient(await openSignallingSocket(wsUrl), options);
}

/** werift asks a public STUN server even with `iceServers: []`; tests reach for nothing outside. */
function forbidStun(pc: RTCPeerConnection): void {
  for (const transport of pc.iceTransports) delete transport.connection.stunServer;
}
