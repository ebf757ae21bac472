import type { TrackLabel } from "../../protocol/room.ts";
import { type Capture, captureOf, reopen, reopenAny } from "./capture.ts";
import { ClientError } from "./client_error.ts";
import { type EncodingOptions, encodingsOf } from "./encodings.ts";
import type { Platform } from "./platform.ts";

/** What is said of a track that is published. */
export interface PublishOptions extends EncodingOptions {
  /** `camera`, `microphone`, `screen`, `screen-audio` or any other word; by default `microphone` or `camera`. */
  readonly source?: string;
  /** For people to read. */
  readonly name?: string;
  /** Whether `mute()` switches the camera off, with its light; true by default. Only for what the SDK opened. */
  readonly isReleasedWhenMuted?: boolean;
  /** Whether the room stops the track in the end; true for what its own methods opened. */
  readonly isOwned?: boolean;
}

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
  #pc: RTCPeerConnection | undefined;
  #transceiver: RTCRtpTransceiver | undefined;
  #id: string | null = null;
  #isMuted = false;
  /** What was asked for last. */
  #wantsMuted = false;
  #isOver = false;
  #tail: Promise<unknown> = Promise.resolve();
  /** Released by `mute()`, to be opened again by `unmute()`. */
  #released: Capture | undefined;
  #isLost = false;
  #isOwned: boolean;

  /** @internal */
  constructor(track: MediaStreamTrack, options: PublishOptions, ports: LocalTrackPorts) {
    this.kind = track.kind as "audio" | "video";
    this.source = options.source ?? (this.kind === "audio" ? "microphone" : "camera");
    this.name = options.name ?? "";
    this.#options = options;
    this.#ports = ports;
    this.#track = track;
    this.#isOwned = options.isOwned === true;
    // Whoever waits hears of a failure; whoever does not is no reason for an uncaught error.
    this.#published.promise.catch(() => undefined);
    // Letters that are sharp are worth more than smooth ones (W3C MediaStreamTrack Content Hints).
    if (this.source === "screen" && track.contentHint === "") track.contentHint = "detail";
    this.#listen(track);
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
    await this.#inTurn(async () => {
      this.#released = undefined;
      await this.#take(track);
      track.enabled = !this.#isMuted;
      this.#tell();
    });
  }

  /**
   * Takes it from another device; the one before is closed.
   *
   * @throws {ClientError} when that cannot be opened, or the track is from no device.
   */
  async setDevice(deviceId: string): Promise<void> {
    const capture = this.#released ?? captureOf(this.#track);
    if (capture === undefined)
      throw new ClientError("bad-state", `Cannot choose a device for ${this.source}: it is from none`);
    const next = { ...capture, deviceId };
    if (this.#released !== undefined) {
      this.#released = next;
      return;
    }
    const track = await reopen(next, this.#ports.platform);
    const old = this.#track;
    await this.replaceTrack(track);
    old.stop();
  }

  /** Takes it out of the room. What the room opened is closed. */
  unpublish(): void {
    this.#isOver = true;
    this.#forget(this.#track);
    if (this.#isOwned) this.#track.stop();
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
    return this.#transceiver?.mid ?? null;
  }

  /** @internal The server has it, under this id. */
  becamePublished(id: string): void {
    this.#id = id;
    this.#published.resolve();
    if (this.isMuted) this.#ports.tellMuted(this);
    this.#ports.changed(this);
  }

  /** @internal The server will not have it: it is taken out. */
  refuse(error: ClientError): void {
    this.#published.reject(error);
    this.unpublish();
  }

  /** @internal Sends it over a peer connection, from now on. */
  bind(pc: RTCPeerConnection): void {
    this.#id = null;
    const sendEncodings = encodingsOf(this.kind, this.source, this.#options);
    const init: RTCRtpTransceiverInit = {
      direction: "sendonly",
      ...(sendEncodings.length > 0 ? { sendEncodings } : {}),
    };
    // A camera that is off has no track, but a section, so that it can be switched on without a negotiation.
    const isOff = this.#released !== undefined || this.#isLost;
    this.#transceiver = pc.addTransceiver(isOff ? this.kind : this.#track, init);
    this.#pc = pc;
  }

  /** @internal Called before a peer connection closes: what was sent over it is sent over none, until it is bound again. */
  dropped(pc: RTCPeerConnection): void {
    if (pc !== this.#pc) return;
    this.#id = null;
    this.#pc = this.#transceiver = undefined;
  }

  /** @internal Its section stops; the peer connection negotiates that. */
  unbind(): void {
    this.#id = null;
    const transceiver = this.#transceiver;
    this.#pc = this.#transceiver = undefined;
    transceiver?.stop();
  }

  /** @internal The statistics of what is sent. */
  async getStats(): Promise<RTCStatsReport | undefined> {
    return await this.#transceiver?.sender.getStats();
  }

  /** @internal Its device is gone, and there is no other yet. */
  async lose(): Promise<void> {
    this.#isLost = true;
    this.#tell();
    await this.#send(null);
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
    this.#forget(this.#track);
    this.#track.stop();
    await this.#send(null);
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
      this.#isOwned = true;
      await this.#take(track);
    }
    this.#isMuted = false;
    this.#track.enabled = true;
    this.#tell();
  }

  async #take(track: MediaStreamTrack): Promise<void> {
    if (this.#isOver) return track.stop();
    this.#forget(this.#track);
    this.#isLost = false;
    this.#track = track;
    this.#listen(track);
    await this.#send(track);
  }

  async #send(track: MediaStreamTrack | null): Promise<void> {
    const transceiver = this.#transceiver;
    try {
      await transceiver?.sender.replaceTrack(track);
    } catch (error) {
      // A connection that closed meanwhile: the next one is bound to what there is then.
      if (this.#transceiver === transceiver) throw error;
    }
  }

  #listen(track: MediaStreamTrack): void {
    track.addEventListener("ended", this.#onEnded);
  }

  #forget(track: MediaStreamTrack): void {
    track.removeEventListener("ended", this.#onEnded);
  }

  #tell(): void {
    this.#ports.tellMuted(this);
    this.#ports.changed(this);
  }
}
