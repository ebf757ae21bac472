import type { ConnectionState, PeerEvent } from "../machines/peer_machine.ts";
import type { TrackLabel } from "../protocol/room.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";
import type {
  DataChannel,
  DataChannelOptions,
  Peer,
  RemoteTrack,
  SendOptions,
  SentTrack,
  Session,
} from "./application.ts";
import type { EngineChannel, PeerEngine } from "./ports.ts";

export interface PeerHandleOptions {
  readonly id: string;
  readonly session: Session;
  readonly engine: PeerEngine;
  readonly state: ConnectionState;
  /** To the peer's actor. */
  readonly send: (event: PeerEvent) => void;
  /** Calls a handler of the owner, and takes what it throws. */
  readonly call: (handler: () => void) => void;
  /** What the client says of the track in a section. */
  readonly labelOf: (mid: string) => TrackLabel | undefined;
}

/**
 * A peer connection as one owner of it sees it: its orders become events, its handlers are called one step removed. It is closed when the
 * peer connection is, or when that belongs to another owner.
 */
export class PeerHandle implements Peer {
  readonly id: string;
  readonly session: Session;
  onconnectionstatechange: ((state: ConnectionState) => void) | null = null;
  ondatachannel: ((channel: DataChannel) => void) | null = null;
  /** The same for what is built into the node. */
  onchannel: ((channel: EngineChannel) => void) | null = null;
  ontrack: ((track: RemoteTrack) => void) | null = null;
  onclose: (() => void) | null = null;
  /** A description was taken, so that {@link labelOf} may say something else of a track that is there already. */
  onlabelschange: (() => void) | null = null;
  readonly #options: PeerHandleOptions;
  #state: ConnectionState;
  /** What this owner sends, to be ended with its time. */
  #sentTracks: SentTrack[] = [];
  #ownChannels: DataChannel[] = [];

  constructor(options: PeerHandleOptions) {
    this.id = options.id;
    this.session = options.session;
    this.#options = options;
    this.#state = options.state;
  }

  get connectionState(): ConnectionState {
    return this.#state;
  }

  createDataChannel(label: string, options: DataChannelOptions = {}): DataChannel {
    const channel = this.#live().createDataChannel(label, options);
    this.#ownChannels = [...this.#ownChannels.filter(({ readyState }) => readyState !== "closed"), channel];
    return channel;
  }

  addTrack(track: RemoteTrack, options: SendOptions = {}): SentTrack {
    const sent = this.#live().addTrack(track, options);
    this.#sentTracks = [...this.#sentTracks.filter(({ state }) => state !== "stopped"), sent];
    return sent;
  }

  restartIce(): void {
    this.#live();
    this.#options.send({ type: "iceRestart.needed" });
  }

  close(reason?: string): void {
    if (this.#state !== "closed") this.#options.send({ type: "peer.closed", reason, isTold: false });
  }

  /** What the client says of the track in a section; undefined when it says nothing. */
  labelOf(mid: string): TrackLabel | undefined {
    return this.#options.labelOf(mid);
  }

  // What is told of the peer connection. None of it throws.

  channelOpened(channel: EngineChannel): void {
    this.#options.call(() => (this.onchannel ?? this.ondatachannel)?.(channel));
  }

  trackAdded(track: RemoteTrack): void {
    this.#options.call(() => this.ontrack?.(track));
  }

  labelsChanged(): void {
    this.#options.call(() => this.onlabelschange?.());
  }

  changeState(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.call(() => this.onconnectionstatechange?.(state));
    if (state === "closed") this.#options.call(() => this.onclose?.());
  }

  /** Another owner has the peer connection now: what this one sends ends, and it is told that its peer is closed. */
  release(): void {
    this.changeState("closed");
    for (const sent of this.#sentTracks) this.#options.call(() => sent.stop());
    for (const channel of this.#ownChannels) this.#options.call(() => channel.close());
  }

  #live(): PeerEngine {
    if (this.#state === "closed") {
      throw new SignalboxError("bad-state", `Cannot use peer ${this.id}: it is closed`);
    }
    return this.#options.engine;
  }
}
