import type { ConnectionState, PeerEvent } from "../machines/peer_machine.ts";
import type { TrackLabel, TrackLabels } from "../protocol/room.ts";
import type { CarriedTracks } from "../protocol/server_message.ts";
import type { RemoteTrack, Session } from "./application.ts";
import { PeerHandle } from "./peer_handle.ts";
import type { PeerOwner } from "./peer_owner.ts";
import type { EngineChannel, PeerEngine, PeerMediaListener } from "./ports.ts";

export interface PeerMediaOptions {
  readonly id: string;
  readonly session: Session;
  /** To the peer's actor. */
  readonly send: (event: PeerEvent) => void;
  /** Told of what fails after the peer's actor has ended, or on behalf of an owner that is none any more. */
  readonly onLateFailure: (error: unknown) => void;
}

/**
 * What a client sends on one peer connection, and whom that belongs to. The owner can be changed at any time: the old one sees its
 * peer closed, the new one gets a peer with every channel and track that is there.
 */
export class PeerMedia implements PeerMediaListener {
  readonly session: Session;
  readonly #options: PeerMediaOptions;
  readonly #accepted = Promise.withResolvers<void>();
  /** By `mid`. */
  #labels: ReadonlyMap<string, TrackLabel> = new Map();
  /** As they were before the description that is being applied. */
  #oldLabels: ReadonlyMap<string, TrackLabel> = new Map();
  /** By the `mid` of their sections. */
  readonly #tracks = new Map<string, RemoteTrack>();
  #channels: EngineChannel[] = [];
  /** The labels of the newest offer, until that is applied. */
  #offered: { readonly sdp: string; readonly labels: TrackLabels } | undefined;
  #engine: PeerEngine | undefined;
  #handle: PeerHandle | undefined;
  #owner: PeerOwner | undefined;
  #state: ConnectionState = "new";
  #failure: { readonly error: unknown } | undefined;
  #isEnded = false;

  constructor(options: PeerMediaOptions) {
    this.session = options.session;
    this.#options = options;
  }

  /** Called once, before there is an owner. */
  attach(engine: PeerEngine): void {
    this.#engine = engine;
  }

  /** Settles when an owner lets the first offer be answered. */
  get accepted(): Promise<void> {
    return this.#accepted.promise;
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /** Makes the peer connection another owner's, or the first one's; nothing on one that is closed. */
  handOver(owner: PeerOwner): void {
    const engine = this.#engine;
    if (engine === undefined || this.isClosed) return;
    this.#release();
    const { id, session, send } = this.#options;
    const handle: PeerHandle = new PeerHandle({
      id,
      session,
      engine,
      state: this.#state,
      send,
      call: (handler) => this.#call(handler, handle),
      labelOf: (mid) => this.#labels.get(mid),
    });
    this.#owner = owner;
    this.#handle = handle;
    this.#ask(owner, handle);
    const channels = this.#channels.filter(({ readyState }) => readyState === "open");
    const tracks = [...this.#liveTracks()];
    // An owner may close the peer at once, or give it away.
    for (const channel of channels) if (handle === this.#handle && !this.isClosed) handle.channelOpened(channel);
    for (const track of tracks) if (handle === this.#handle && !this.isClosed) handle.trackAdded(track);
  }

  /** What the owner says that is sent to the client; undefined if it says nothing of it. */
  describeTracks(): CarriedTracks | undefined {
    return this.#owner?.describeTracks?.();
  }

  // Labels come with an offer and count once it is applied.

  /** The client offered; of two offers that wait the newer one counts. */
  offerReceived(sdp: string, labels: TrackLabels = {}): void {
    this.#offered = { sdp, labels };
  }

  /** A description of the client is about to be applied. */
  descriptionApplying(sdp: string): void {
    const added = this.#offered?.sdp === sdp ? Object.entries(this.#offered.labels) : [];
    this.#oldLabels = this.#labels;
    this.#labels = new Map([...this.#labels, ...added]);
  }

  /** It was applied: what it says of tracks that are not there is forgotten. */
  descriptionApplied(): void {
    const live = new Set([...this.#liveTracks()].map(({ mid }) => mid));
    this.#labels = new Map([...this.#labels].filter(([mid]) => live.has(mid)));
    this.#handle?.labelsChanged();
  }

  /** It was refused, and never said anything. */
  descriptionRefused(): void {
    this.#labels = this.#oldLabels;
  }

  // What the engine tells. None of it throws: a failing handler ends this peer, by an event.

  channelOpened(channel: EngineChannel): void {
    this.#channels = [...this.#channels.filter(({ readyState }) => readyState !== "closed"), channel];
    this.#handle?.channelOpened(channel);
  }

  trackAdded(track: RemoteTrack): void {
    this.#tracks.set(track.mid, track);
    this.#handle?.trackAdded(track);
  }

  handlerFailed(error: unknown): void {
    this.fail(error);
  }

  // What the peer's actor tells.

  changeState(state: ConnectionState): void {
    this.#state = state;
    this.#handle?.changeState(state);
  }

  /** Ends the peer as a crash, for something that must not happen; the first failure counts. */
  fail(error: unknown): void {
    if (this.#isEnded) {
      this.#options.onLateFailure(error);
      return;
    }
    this.#failure ??= { error };
    this.#options.send({
      type: "application.failed",
      message: error instanceof Error ? error.message : String(error),
    });
  }

  /** What {@link fail} was called with, for the log. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** The peer's actor is gone. */
  end(): void {
    this.#isEnded = true;
  }

  /** What the old owner set is taken off before the new one sees anything. */
  #release(): void {
    const old = this.#handle;
    if (old === undefined) return;
    this.#handle = undefined;
    old.release();
    for (const channel of this.#channels) {
      channel.onopen = null;
      channel.onmessage = null;
      channel.onbufferedamountlow = null;
      channel.onclose = null;
      channel.bufferedAmountLowThreshold = 0;
    }
    for (const track of this.#tracks.values()) {
      track.onended = null;
      track.muted = false;
    }
  }

  #ask(owner: PeerOwner, handle: PeerHandle): void {
    const ask = async (): Promise<void> => owner.peerOpened(handle);
    ask().then(
      () => this.#accepted.resolve(),
      (error) => this.#failed(error, handle),
    );
  }

  #call(handler: () => void, handle: PeerHandle): void {
    try {
      handler();
    } catch (error) {
      this.#failed(error, handle);
    }
  }

  /** What an old owner still throws is not the fault of the new one. */
  #failed(error: unknown, handle: PeerHandle): void {
    if (handle === this.#handle) this.fail(error);
    else this.#options.onLateFailure(error);
  }

  *#liveTracks(): Generator<RemoteTrack> {
    for (const track of this.#tracks.values()) if (track.readyState !== "ended") yield track;
  }
}
