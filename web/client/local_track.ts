import type { TrackLabel } from "../../protocol/room.ts";
import { type Capture, captureOf, reopen, reopenAny } from "./capture.ts";
import { ClientError } from "./client_error.ts";
import { encodingsOf } from "./encodings.ts";
import type { Platform } from "./platform.ts";
import type { PublishOptions } from "./publish_options.ts";
import { TrackSection } from "./track_section.ts";

/** Whom a local track tells. */
export interface LocalTrackPorts {
  readonly platform: Platform;
  /** Tells the server whether it is muted. */
  tellMuted(track: LocalTrack): void;
  changed(track: LocalTrack): void;
  unpublish(track: LocalTrack): void;
  /** Its media ended by itself: the device is gone, or the person stopped sharing. */
  mediaEnded(track: LocalTrack): void;
}

/** A track that this client publishes. It outlives reconnects: the room publishes it again. Made by the `publish` methods of a room. */
export class LocalTrack {
  readonly kind: "audio" | "video";
  readonly source: string;
  readonly name: string;
  readonly #options: PublishOptions;
  readonly #ports: LocalTrackPorts;
  readonly #onEnded = () => this.#ports.mediaEnded(this);
  readonly #published = Promise.withResolvers<void>();
  #track: MediaStreamTrack;
  readonly #section = new TrackSection();
  #id: string | null = null;
  #isSettled = false;
  #isMuted = false;
  /** What was asked for last. */
  #wantsMuted = false;
  #isOver = false;
  #tail: Promise<unknown> = Promise.resolve();
  /** Released by `mute()`, to be opened again by `unmute()`. */
  #released: Capture | undefined;
  #isLost = false;
  /** What is stopped in the end: what was opened here, and what the program gave away. */
  readonly #owned = new Set<MediaStreamTrack>();
  /** Counts what was asked for of the device. */
  #deviceWish = 0;

  /** @internal */
  constructor(track: MediaStreamTrack, options: PublishOptions, ports: LocalTrackPorts) {
    this.kind = track.kind as "audio" | "video";
    this.source = options.source ?? (this.kind === "audio" ? "microphone" : "camera");
    this.name = options.name ?? "";
    this.#options = options;
    this.#ports = ports;
    this.#track = track;
    if (options.isOwned === true) this.#owned.add(track);
    // Whoever waits hears of a failure; whoever does not is no reason for an uncaught error.
    this.#published.promise.catch(() => undefined);
    // Letters that are sharp are worth more than smooth ones (W3C MediaStreamTrack Content Hints).
    if (this.source === "screen" && track.contentHint === "") track.contentHint = "detail";
    track.addEventListener("ended", this.#onEnded);
  }

  /** The id in the room; null while the server does not have it. Another one after a new join. */
  get id(): string | null {
    return this.#id;
  }

  /** What is sent. Ended while the camera is off. */
  get mediaStreamTrack(): MediaStreamTrack {
    return this.#track;
  }

  /** Whether the others are told that it is muted: by `mute()`, or because its device is gone. */
  get isMuted(): boolean {
    return this.#isMuted || this.#isLost;
  }

  /** Whether its device was unplugged and no other was found. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Sends nothing any more, and tells so at once; a camera is switched off then. */
  async mute(): Promise<void> {
    this.#wantsMuted = true;
    if (!this.#isMuted) {
      this.#isMuted = true;
      this.#track.enabled = false;
      this.#tell();
    }
    await this.#inTurn(() => this.#release());
  }

  /**
   * Goes on sending; the last of several calls of `mute` and `unmute` counts.
   *
   * @throws {ClientError} when the camera cannot be opened again; it stays muted then.
   */
  async unmute(): Promise<void> {
    this.#wantsMuted = false;
    await this.#inTurn(() => this.#reacquire());
  }

  /** Sends another track of the same kind in its place, without a negotiation. The one before goes on; stop it, if it is yours. */
  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    if (track.kind !== this.kind) {
      throw new ClientError(
        "bad-state",
        `Cannot replace ${this.source}: it is ${this.kind}, and the new track is ${track.kind}`,
      );
    }
    this.#deviceWish += 1;
    await this.#inTurn(async () => {
      if (this.#isOver) return;
      this.#released = undefined;
      await this.#take(track);
      this.#tell();
    });
  }

  /**
   * Takes it from another device; the one before is closed. The last of several wishes counts.
   *
   * @throws {ClientError} when that cannot be opened, or the track is from no device.
   */
  async setDevice(deviceId: string): Promise<void> {
    if (this.#capture === undefined)
      throw new ClientError("bad-state", `Cannot choose a device for ${this.source}: it is from none`);
    this.#deviceWish += 1;
    const wish = this.#deviceWish;
    await this.#inTurn(async () => {
      const capture = this.#capture;
      if (capture !== undefined) await this.#open({ ...capture, deviceId }, () => wish === this.#deviceWish);
    });
  }

  /** Takes it out of the room. What the room opened is closed. */
  unpublish(): void {
    this.#isOver = true;
    this.#track.removeEventListener("ended", this.#onEnded);
    for (const track of this.#owned) track.stop();
    this.#published.reject(new ClientError("aborted", `Cannot publish ${this.source}`));
    this.#ports.unpublish(this);
  }

  /** @internal Resolves when the server has it. */
  get published(): Promise<void> {
    return this.#published.promise;
  }

  /** @internal */
  get label(): TrackLabel {
    return { source: this.source, ...(this.name === "" ? {} : { name: this.name }) };
  }

  /** @internal The section that it is sent in. */
  get mid(): string | null {
    return this.#section.mid;
  }

  /** @internal The server has it, under this id. */
  becamePublished(id: string): void {
    this.#id = id;
    this.#isSettled = true;
    this.#published.resolve();
    if (this.isMuted) this.#ports.tellMuted(this);
    this.#ports.changed(this);
  }

  /** @internal The server will not have it: it is taken out. */
  refuse(error: ClientError): void {
    this.#published.reject(error);
    this.unpublish();
  }

  /** @internal The same for one that the server never had. */
  giveUp(error: ClientError): void {
    if (!this.#isSettled) this.refuse(error);
  }

  /** @internal Sends it over a peer connection, from now on. */
  bind(pc: RTCPeerConnection): void {
    this.#id = null;
    // A camera that is off has no track, but a section, so that it can be switched on without a negotiation.
    const isOff = this.#released !== undefined || this.#isLost;
    this.#section.begin(pc, isOff ? this.kind : this.#track, encodingsOf(this.kind, this.source, this.#options));
  }

  /** @internal Called before a peer connection closes: what was sent over it is sent over none, until it is bound again. */
  dropped(pc: RTCPeerConnection): void {
    if (this.#section.drop(pc)) this.#id = null;
  }

  /** @internal Its section stops; the peer connection negotiates that. */
  unbind(): void {
    this.#id = null;
    this.#section.stop();
  }

  /** @internal The statistics of what is sent. */
  async getStats(): Promise<RTCStatsReport | undefined> {
    return await this.#section.getStats();
  }

  /** @internal Its device is gone, and there is no other yet. */
  async lose(): Promise<void> {
    this.#isLost = true;
    this.#tell();
    await this.#section.send(null);
  }

  /** @internal Takes another device in the place of the one that is lost; false when none is wanted any more. */
  async recover(capture: Capture): Promise<boolean> {
    let isTaken = false;
    await this.#inTurn(async () => {
      const isWanted = () => this.#isLost && !this.#isOver;
      if (isWanted()) isTaken = await this.#open(capture, isWanted);
    });
    return isTaken;
  }

  /** How it was opened, or is to be. */
  get #capture(): Capture | undefined {
    return this.#released ?? captureOf(this.#track);
  }

  /** Opens a device in the place of the one before, now or when it is unmuted; says whether it was still wanted. */
  async #open(capture: Capture, isWanted: () => boolean): Promise<boolean> {
    if (this.#isOver || !isWanted()) return false;
    if (this.#released !== undefined) {
      this.#released = capture;
      if (this.#isLost) {
        this.#isLost = false;
        this.#tell();
      }
      return true;
    }
    const track = await reopen(capture, this.#ports.platform);
    if (this.#isOver || !isWanted()) {
      track.stop();
      return false;
    }
    const old = this.#track;
    this.#owned.delete(old);
    await this.#takeOwn(track);
    old.stop();
    this.#tell();
    return true;
  }

  /** One change of the device at a time. */
  async #inTurn(step: () => Promise<void>): Promise<void> {
    const done = this.#tail.then(step);
    this.#tail = done.catch(() => undefined);
    await done;
  }

  /** Switches a camera off. */
  async #release(): Promise<void> {
    const capture = captureOf(this.#track);
    const isReleased = this.source === "camera" && this.#options.isReleasedWhenMuted !== false;
    if (!this.#wantsMuted || !isReleased || capture === undefined || this.#released !== undefined) return;
    this.#released = capture;
    this.#track.removeEventListener("ended", this.#onEnded);
    this.#owned.delete(this.#track);
    this.#track.stop();
    await this.#section.send(null);
  }

  /** Goes on with what there is, or with the camera opened again: another one when it is gone. */
  async #reacquire(): Promise<void> {
    const capture = this.#released;
    if (!this.#isMuted || this.#wantsMuted) return;
    if (capture !== undefined) {
      const track = await reopenAny(capture, this.#ports.platform);
      // Somebody changed their mind while the camera started.
      if (this.#wantsMuted || this.#isOver) return track.stop();
      this.#released = undefined;
      await this.#takeOwn(track);
    }
    this.#isMuted = false;
    this.#track.enabled = true;
    this.#tell();
  }

  async #takeOwn(track: MediaStreamTrack): Promise<void> {
    this.#owned.add(track);
    await this.#take(track);
  }

  async #take(track: MediaStreamTrack): Promise<void> {
    this.#track.removeEventListener("ended", this.#onEnded);
    this.#isLost = false;
    this.#track = track;
    track.enabled = !this.#isMuted;
    track.addEventListener("ended", this.#onEnded);
    await this.#section.send(track);
  }

  #tell(): void {
    this.#ports.tellMuted(this);
    this.#ports.changed(this);
  }
}
