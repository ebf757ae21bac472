import type { TrackLabel } from "../../protocol/room.ts";
import type { Capture } from "./capture.ts";
import { ClientError } from "./client_error.ts";
import { encodingsOf } from "./encodings.ts";
import { LocalMedia } from "./local_media.ts";
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
  readonly #published = Promise.withResolvers<void>();
  readonly #section = new TrackSection();
  readonly #media: LocalMedia;
  #id: string | null = null;
  #isSettled = false;

  /** @internal */
  constructor(track: MediaStreamTrack, options: PublishOptions, ports: LocalTrackPorts) {
    this.kind = track.kind as "audio" | "video";
    this.source = options.source ?? (this.kind === "audio" ? "microphone" : "camera");
    this.name = options.name ?? "";
    this.#options = options;
    this.#ports = ports;
    this.#media = new LocalMedia(track, {
      platform: ports.platform,
      source: this.source,
      section: this.#section,
      isOwned: options.isOwned === true,
      isReleasedWhenMuted: this.source === "camera" && options.isReleasedWhenMuted !== false,
      changed: () => this.#tell(),
      ended: () => ports.mediaEnded(this),
    });
    // Whoever waits hears of a failure; whoever does not is no reason for an uncaught error.
    this.#published.promise.catch(() => undefined);
    // Letters that are sharp are worth more than smooth ones (W3C MediaStreamTrack Content Hints).
    if (this.source === "screen" && track.contentHint === "") track.contentHint = "detail";
  }

  /** The id in the room; null while the server does not have it. Another one after a new join. */
  get id(): string | null {
    return this.#id;
  }

  /** What is sent. Ended while the camera is off. */
  get mediaStreamTrack(): MediaStreamTrack {
    return this.#media.track;
  }

  /** Whether the others are told that it is muted: by `mute()`, or because its device is gone. */
  get isMuted(): boolean {
    return this.#media.isMuted;
  }

  /** Whether its device was unplugged and no other was found. */
  get isLost(): boolean {
    return this.#media.isLost;
  }

  /** Sends nothing any more, and tells so at once; a camera is switched off then. */
  async mute(): Promise<void> {
    await this.#media.mute();
  }

  /**
   * Goes on sending; the last of several calls of `mute` and `unmute` counts.
   *
   * @throws {ClientError} when the camera cannot be opened again; it stays muted then.
   */
  async unmute(): Promise<void> {
    await this.#media.unmute();
  }

  /** Sends another track of the same kind in its place, without a negotiation. The one before goes on; stop it, if it is yours. */
  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    await this.#media.replaceTrack(track);
  }

  /**
   * Takes it from another device; the one before is closed. The last of several wishes counts.
   *
   * @throws {ClientError} when that cannot be opened, or the track is from no device.
   */
  async setDevice(deviceId: string): Promise<void> {
    await this.#media.setDevice(deviceId);
  }

  /** Takes it out of the room. What the room opened is closed. */
  unpublish(): void {
    this.#media.end();
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

  /** @internal The server has it, under this id, and for it it is muted or not. */
  becamePublished(id: string, isMuted: boolean): void {
    this.#id = id;
    this.#isSettled = true;
    this.#published.resolve();
    if (this.isMuted !== isMuted) this.#ports.tellMuted(this);
    this.#ports.changed(this);
  }

  /** @internal The server has it no more, until it is negotiated again. */
  becameUnpublished(): void {
    this.#id = null;
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
    const { isOff, track } = this.#media;
    this.#section.begin(pc, isOff ? this.kind : track, encodingsOf(this.kind, this.source, this.#options));
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
    await this.#media.lose();
  }

  /** @internal Takes another device in the place of the one that is lost; false when none is wanted any more. */
  async recover(capture: Capture): Promise<boolean> {
    return await this.#media.recover(capture);
  }

  #tell(): void {
    this.#ports.tellMuted(this);
    this.#ports.changed(this);
  }
}
