import type { ConnectionState, PeerEvent } from "../machines/peer_machine.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";
import type { DataChannel, DataChannelOptions, Peer, RemoteTrack, SentTrack, Session } from "./application.ts";
import type { PeerEngine, PeerMediaListener } from "./ports.ts";

export interface PeerHandleOptions {
  readonly id: string;
  readonly session: Session;
  /** To the peer's actor. */
  readonly send: (event: PeerEvent) => void;
  /** Told of what fails after the peer's actor has ended. */
  readonly onLateFailure: (error: unknown) => void;
}

/** A peer connection as the application sees it: its orders become events, its handlers are called one step removed. */
export class PeerHandle implements Peer, PeerMediaListener {
  readonly id: string;
  readonly session: Session;
  onconnectionstatechange: ((state: ConnectionState) => void) | null = null;
  ondatachannel: ((channel: DataChannel) => void) | null = null;
  ontrack: ((track: RemoteTrack) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly #send: (event: PeerEvent) => void;
  readonly #onLateFailure: (error: unknown) => void;
  #failure: { readonly error: unknown } | undefined;
  #isEnded = false;
  #state: ConnectionState = "new";
  #engine: PeerEngine | undefined;

  constructor(options: PeerHandleOptions) {
    this.id = options.id;
    this.session = options.session;
    this.#send = options.send;
    this.#onLateFailure = options.onLateFailure;
  }

  /** Called once, before the application sees the handle. */
  attach(engine: PeerEngine): void {
    this.#engine = engine;
  }

  get connectionState(): ConnectionState {
    return this.#state;
  }

  createDataChannel(label: string, options: DataChannelOptions = {}): DataChannel {
    return this.#live().createDataChannel(label, options);
  }

  addTrack(track: RemoteTrack): SentTrack {
    return this.#live().addTrack(track);
  }

  restartIce(): void {
    this.#live();
    this.#send({ type: "iceRestart.needed" });
  }

  close(reason?: string): void {
    this.#send({ type: "peer.closed", reason, isTold: false });
  }

  // What the engine and the peer's actor tell. None of it throws: a failing handler ends this peer, by an event.

  channelOpened(channel: DataChannel): void {
    this.#call(() => this.ondatachannel?.(channel));
  }

  trackAdded(track: RemoteTrack): void {
    this.#call(() => this.ontrack?.(track));
  }

  handlerFailed(error: unknown): void {
    this.fail(error);
  }

  /** Ends the peer as a crash, for something that must not happen; the first failure counts. */
  fail(error: unknown): void {
    if (this.#isEnded) {
      this.#onLateFailure(error);
      return;
    }
    this.#failure ??= { error };
    this.#send({ type: "application.failed", message: error instanceof Error ? error.message : String(error) });
  }

  /** What {@link fail} was called with, for the log. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** The peer's actor is gone. */
  end(): void {
    this.#isEnded = true;
  }

  changeState(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#call(() => this.onconnectionstatechange?.(state));
    if (state === "closed") this.#call(() => this.onclose?.());
  }

  #call(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.fail(error);
    }
  }

  #live(): PeerEngine {
    if (this.#engine === undefined || this.#state === "closed") {
      throw new SignalboxError("bad-state", `Cannot use peer ${this.id}: it is closed`);
    }
    return this.#engine;
  }
}
