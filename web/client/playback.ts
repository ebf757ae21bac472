import { ClientError } from "./client_error.ts";
import type { RemoteTrack } from "./remote_track.ts";
import type { Tell } from "./room_events.ts";

/** Plays tracks in elements, keeps them playing, and knows which of them the browser holds back until somebody clicks. */
export class Playback {
  readonly #tell: Tell;
  readonly #elements = new Map<RemoteTrack, Set<HTMLMediaElement>>();
  readonly #blocked = new Set<HTMLMediaElement>();

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** Whether something waits for `resume()`. */
  get isBlocked(): boolean {
    return this.#blocked.size > 0;
  }

  attach(track: RemoteTrack, element: HTMLMediaElement): void {
    const elements = this.#elements.get(track) ?? new Set();
    this.#elements.set(track, elements.add(element));
    element.autoplay = true;
    element.setAttribute("playsinline", "");
    this.#load(track, element);
  }

  detach(track: RemoteTrack, element?: HTMLMediaElement): void {
    for (const each of element === undefined ? [...(this.#elements.get(track) ?? [])] : [element]) {
      if (this.#elements.get(track)?.delete(each) !== true) continue;
      each.srcObject = null;
      this.#blocked.delete(each);
    }
    if (this.#elements.get(track)?.size === 0) this.#elements.delete(track);
  }

  /** The track has another source, or none. */
  refresh(track: RemoteTrack): void {
    for (const element of this.#elements.get(track) ?? []) this.#load(track, element);
  }

  /**
   * Plays what was held back; to be called from a click or a key press.
   *
   * @throws {ClientError} `autoplay-blocked` when the browser still refuses.
   */
  async resume(): Promise<void> {
    await Promise.all([...this.#blocked].map((element) => this.#play(element)));
    if (this.isBlocked) throw new ClientError("autoplay-blocked", "Cannot play: the browser waits for a click");
  }

  #load(track: RemoteTrack, element: HTMLMediaElement): void {
    const { mediaStreamTrack } = track;
    if (mediaStreamTrack === null) {
      element.srcObject = null;
      this.#blocked.delete(element);
      return;
    }
    element.srcObject = new MediaStream([mediaStreamTrack]);
    void this.#play(element);
  }

  async #play(element: HTMLMediaElement): Promise<void> {
    try {
      await element.play();
      this.#blocked.delete(element);
    } catch (error) {
      // Another source, or the end of it, interrupts a start: that is no refusal.
      if (!(error instanceof Error) || error.name !== "NotAllowedError") return;
      const isFirst = !this.isBlocked;
      this.#blocked.add(element);
      if (isFirst)
        this.#tell(
          "playback-blocked",
          new ClientError("autoplay-blocked", "Cannot play: the browser waits for a click"),
        );
    }
  }
}
