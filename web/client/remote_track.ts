import type { Track } from "../../protocol/room.ts";
import { ClientError } from "./client_error.ts";
import type { Peer } from "./peer.ts";
import type { Playback } from "./playback.ts";
import type { OutgoingMessage } from "./signaling_socket.ts";

/** Whom a remote track tells. */
export interface RemoteTrackPorts {
  /** Whether tracks are subscribed without being asked for. */
  readonly isSubscribedByDefault: boolean;
  readonly playback: Playback;
  /** Says whether it could be sent. */
  send(message: OutgoingMessage): boolean;
  started(track: RemoteTrack): void;
  stopped(track: RemoteTrack): void;
}

/** A track that somebody else publishes. Found in `peer.tracks`; it lives as long as the publisher's publication. */
export class RemoteTrack {
  readonly id: string;
  readonly peer: Peer;
  readonly kind: "audio" | "video";
  readonly #ports: RemoteTrackPorts;
  #info: Track;
  #isSubscribed: boolean;
  #layer: string | null = null;
  /** @internal Whether the server was told the last wish. */
  isTold = true;
  #track: MediaStreamTrack | null = null;
  #cancelSwap: (() => void) | undefined;

  /** @internal */
  constructor(info: Track, peer: Peer, ports: RemoteTrackPorts) {
    this.id = info.id;
    this.kind = info.kind;
    this.peer = peer;
    this.#info = info;
    this.#ports = ports;
    this.#isSubscribed = ports.isSubscribedByDefault;
  }

  /** `camera`, `microphone`, `screen`, `screen-audio` or any other word. */
  get source(): string {
    return this.#info.source;
  }

  get name(): string {
    return this.#info.name;
  }

  /** Whether the publisher sends nothing now; a video stays on its last picture: cover it. */
  get isMuted(): boolean {
    return this.#info.muted;
  }

  /** The RIDs of its simulcast layers, the lowest first; empty without simulcast. */
  get layers(): readonly string[] {
    return this.#info.layers ?? [];
  }

  /** What is received; null while nothing is. Another one after a reconnect: `track-started` tells. */
  get mediaStreamTrack(): MediaStreamTrack | null {
    return this.#track;
  }

  /** Whether it is wanted. */
  get isSubscribed(): boolean {
    return this.#isSubscribed;
  }

  /** The highest layer that is wanted; null for the best that the bandwidth allows. */
  get layer(): string | null {
    return this.#layer;
  }

  /** Has it sent. */
  subscribe(): void {
    this.#isSubscribed = true;
    this.tellWish();
  }

  /** Has it sent no more. */
  unsubscribe(): void {
    this.#isSubscribed = false;
    this.tellWish();
  }

  /** Chooses the highest simulcast layer to get, by its RID; null leaves it to the bandwidth. */
  setLayer(rid: string | null): void {
    this.#layer = rid;
    if (this.#isSubscribed) this.tellWish();
  }

  /** Plays it in an element, now and after each reconnect, until it is detached. `playback-blocked` tells when the browser refuses. Throws `bad-state` for what is no element to play in. */
  attach<E extends HTMLMediaElement>(element: E): E {
    if (typeof element?.play !== "function")
      throw new ClientError("bad-state", `Cannot play ${this.source}: attach() takes an audio or video element`);
    this.#ports.playback.attach(this, element);
    return element;
  }

  /** No longer plays it in an element, or in any. */
  detach(element?: HTMLMediaElement): void {
    this.#ports.playback.detach(this, element);
  }

  /** @internal Says to the server what is wanted. */
  tellWish(): void {
    const { id: track } = this;
    const wish = { type: "subscribe", track, layer: this.#layer } as const;
    this.isTold = this.#ports.send(this.#isSubscribed ? wish : { type: "unsubscribe", track });
  }

  /** @internal Whether the server must be told what is wanted after a new join. */
  get hasWish(): boolean {
    return this.#isSubscribed !== this.#ports.isSubscribedByDefault || (this.#isSubscribed && this.#layer !== null);
  }

  /** @internal Takes what the publisher says of it now. */
  update(info: Track): void {
    this.#info = info;
  }

  /**
   * @internal Takes the receiver's track that carries it now. While two connections overlap, the new track waits for its first
   * packets: moving to another node shows no gap.
   */
  carry(track: MediaStreamTrack | null, options: { readonly isOverlap?: boolean } = {}): void {
    this.#cancelSwap?.();
    this.#cancelSwap = undefined;
    if (track === this.#track) return;
    if (options.isOverlap === true && track?.muted === true && this.#track?.readyState === "live") {
      const swap = () => this.#become(track);
      track.addEventListener("unmute", swap, { once: true });
      this.#cancelSwap = () => track.removeEventListener("unmute", swap);
    } else {
      this.#become(track);
    }
  }

  #become(track: MediaStreamTrack | null): void {
    this.#track = track;
    this.#ports.playback.refresh(this);
    if (track === null) this.#ports.stopped(this);
    else this.#ports.started(this);
  }
}
