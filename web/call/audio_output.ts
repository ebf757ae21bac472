import type { RemoteTrack } from "../client/mod.ts";

/** Plays everybody's sound, on the speaker that was chosen. */
export class AudioOutput {
  readonly #elements = new Map<string, HTMLAudioElement>();
  #speakerId = "";
  #isSilent = false;

  /** Whether nothing is heard. */
  set isSilent(isSilent: boolean) {
    this.#isSilent = isSilent;
    for (const element of this.#elements.values()) element.muted = isSilent;
  }

  play(track: RemoteTrack): void {
    if (track.kind !== "audio" || this.#elements.has(track.id)) return;
    const element = track.attach(document.createElement("audio"));
    element.muted = this.#isSilent;
    this.#elements.set(track.id, element);
    void setSink(element, this.#speakerId);
  }

  stop(track: RemoteTrack): void {
    const element = this.#elements.get(track.id);
    if (element === undefined) return;
    track.detach(element);
    this.#elements.delete(track.id);
  }

  /** Goes over to another speaker; "" is the system's. */
  async choose(speakerId: string): Promise<void> {
    this.#speakerId = speakerId;
    await Promise.all([...this.#elements.values()].map((element) => setSink(element, speakerId)));
  }
}

/** Whether this browser lets a page choose the speaker. */
export const canChooseSpeaker = typeof HTMLMediaElement !== "undefined" && "setSinkId" in HTMLMediaElement.prototype;

async function setSink(element: HTMLAudioElement, speakerId: string): Promise<void> {
  if (!canChooseSpeaker || element.sinkId === speakerId) return;
  try {
    await element.setSinkId(speakerId);
  } catch {
    // The speaker is gone: the system's goes on playing.
  }
}
