import { type Capture, captureOf, reopen, reopenAny } from "./capture.ts";
import { ClientError } from "./client_error.ts";
import type { Platform } from "./platform.ts";
import type { TrackSection } from "./track_section.ts";

/** What the media of a local track are, and whom they tell. */
export interface LocalMediaOptions {
  readonly platform: Platform;
  readonly source: string;
  /** Where they are sent. */
  readonly section: TrackSection;
  /** Whether the room stops the first track in the end. */
  readonly isOwned: boolean;
  /** Whether muting closes the device. */
  readonly isReleasedWhenMuted: boolean;
  /** The others are to be told whether it is muted. */
  changed(): void;
  /** They ended by themselves: the device is gone, or the person stopped sharing. */
  ended(): void;
}

/** What a local track sends: from which device, whether that is on, muted or lost. One change is under way at a time. */
export class LocalMedia {
  readonly #options: LocalMediaOptions;
  #track: MediaStreamTrack;
  #isMuted = false;
  /** What was asked for last. */
  #wantsMuted = false;
  #isOver = false;
  #tail: Promise<unknown> = Promise.resolve();
  /** Closed by `mute()`, to be opened again by `unmute()`. */
  #released: Capture | undefined;
  #isLost = false;
  /** What is stopped in the end: what was opened here, and what the program gave away. */
  readonly #owned = new Set<MediaStreamTrack>();
  /** Counts what was asked for of the device. */
  #deviceWish = 0;

  constructor(track: MediaStreamTrack, options: LocalMediaOptions) {
    this.#options = options;
    this.#track = track;
    if (options.isOwned) this.#owned.add(track);
    track.addEventListener("ended", options.ended);
  }

  get track(): MediaStreamTrack {
    return this.#track;
  }

  /** By `mute()`, or since the device is gone. */
  get isMuted(): boolean {
    return this.#isMuted || this.#isLost;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Whether there is nothing to be sent: the device is closed, or gone. */
  get isOff(): boolean {
    return this.#released !== undefined || this.#isLost;
  }

  /** This and the next three are what `LocalTrack` says of them. */
  async mute(): Promise<void> {
    this.#wantsMuted = true;
    if (!this.#isMuted) {
      this.#isMuted = true;
      this.#track.enabled = false;
      this.#options.changed();
    }
    await this.#inTurn(() => this.#release());
  }

  async unmute(): Promise<void> {
    this.#wantsMuted = false;
    await this.#inTurn(() => this.#reacquire());
  }

  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    const { source } = this.#options;
    const { kind } = this.#track;
    if (track?.kind !== kind)
      throw new ClientError(
        "bad-state",
        `Cannot replace ${source}: it is ${kind}, and the new track is ${track?.kind}`,
      );
    this.#deviceWish += 1;
    await this.#inTurn(async () => {
      if (this.#isOver) return;
      this.#released = undefined;
      await this.#take(track);
      this.#options.changed();
    });
  }

  async setDevice(deviceId: string): Promise<void> {
    if (this.#capture === undefined)
      throw new ClientError("bad-state", `Cannot choose a device for ${this.#options.source}: it is from none`);
    this.#deviceWish += 1;
    const wish = this.#deviceWish;
    await this.#inTurn(async () => {
      const capture = this.#capture;
      if (capture !== undefined) await this.#open({ ...capture, deviceId }, () => wish === this.#deviceWish);
    });
  }

  /** For good: what is the room's is stopped. */
  end(): void {
    this.#isOver = true;
    this.#track.removeEventListener("ended", this.#options.ended);
    for (const track of this.#owned) track.stop();
  }

  /** Its device is gone, and there is no other yet. */
  async lose(): Promise<void> {
    this.#isLost = true;
    this.#options.changed();
    await this.#options.section.send(null);
  }

  /** Takes another device in the place of the one that is lost; false when none is wanted any more. */
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
        this.#options.changed();
      }
      return true;
    }
    const track = await reopen(capture, this.#options.platform);
    if (this.#isOver || !isWanted()) {
      track.stop();
      return false;
    }
    const old = this.#track;
    this.#owned.delete(old);
    await this.#takeOwn(track);
    old.stop();
    this.#options.changed();
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
    const isReleased = this.#options.isReleasedWhenMuted;
    if (!this.#wantsMuted || !isReleased || capture === undefined || this.#released !== undefined) return;
    this.#released = capture;
    this.#track.removeEventListener("ended", this.#options.ended);
    this.#owned.delete(this.#track);
    this.#track.stop();
    await this.#options.section.send(null);
  }

  /** Goes on with what there is, or with the camera opened again: another one when it is gone. */
  async #reacquire(): Promise<void> {
    const capture = this.#released;
    if (!this.#isMuted || this.#wantsMuted) return;
    if (capture !== undefined) {
      const track = await reopenAny(capture, this.#options.platform);
      // Somebody changed their mind while the camera started.
      if (this.#wantsMuted || this.#isOver) return track.stop();
      this.#released = undefined;
      await this.#takeOwn(track);
    }
    this.#isMuted = false;
    this.#track.enabled = true;
    this.#options.changed();
  }

  async #takeOwn(track: MediaStreamTrack): Promise<void> {
    this.#owned.add(track);
    await this.#take(track);
  }

  async #take(track: MediaStreamTrack): Promise<void> {
    this.#track.removeEventListener("ended", this.#options.ended);
    this.#isLost = false;
    this.#track = track;
    track.enabled = !this.#isMuted;
    track.addEventListener("ended", this.#options.ended);
    await this.#options.section.send(track);
  }
}
