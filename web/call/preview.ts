import { type Signal, signal } from "@preact/signals";
import { openCamera, openMicrophone } from "../client/mod.ts";
import { type PlainWords, sayDevice } from "./plain_words.ts";

/** A camera or a microphone before the call. */
export interface PreviewDevice {
  readonly track: Signal<MediaStreamTrack | null>;
  readonly fault: Signal<PlainWords | null>;
  readonly isOpening: Signal<boolean>;
}

/** What a call gets of a preview. */
export interface TakenDevice {
  readonly track: MediaStreamTrack | null;
  /** Why there is none, when nobody was told yet. */
  readonly fault: PlainWords | null;
}

/** The camera and the microphone as they are tried out before a call; the call takes them over. */
export class Preview {
  readonly camera = device();
  readonly microphone = device();
  /** Of several openings of a device the last counts. */
  readonly #turns = { camera: 0, microphone: 0 };

  readonly #opening: { camera: Promise<void>; microphone: Promise<void> } = {
    camera: Promise.resolve(),
    microphone: Promise.resolve(),
  };

  /** Opens a device, or another one in its place; "" is the browser's choice. */
  async open(kind: "camera" | "microphone", deviceId: string): Promise<void> {
    this.#opening[kind] = this.#open(kind, deviceId);
    await this.#opening[kind];
  }

  async #open(kind: "camera" | "microphone", deviceId: string): Promise<void> {
    this.close(kind);
    const { track, fault, isOpening } = this[kind];
    const turn = this.#turns[kind];
    isOpening.value = true;
    try {
      const opened = await (kind === "camera" ? openCamera : openMicrophone)(deviceId === "" ? {} : { deviceId });
      if (turn !== this.#turns[kind]) return opened.stop();
      opened.addEventListener("ended", () => this.#ended(kind, opened));
      track.value = opened;
    } catch (error) {
      if (turn !== this.#turns[kind]) return;
      const { code } = error as { readonly code?: string };
      // The device that was remembered is not there today.
      if (deviceId !== "" && (code === "overconstrained" || code === "device-not-found"))
        return await this.#open(kind, "");
      fault.value = sayDevice(error as Error, kind);
    } finally {
      if (turn === this.#turns[kind]) isOpening.value = false;
    }
  }

  /** Closes a device, or forgets that it could not be opened. */
  close(kind: "camera" | "microphone"): void {
    this.#turns[kind] += 1;
    this[kind].track.value?.stop();
    this[kind].track.value = null;
    this[kind].fault.value = null;
    this[kind].isOpening.value = false;
  }

  /** Hands a device over, once it is open when it is being opened: whoever takes it closes it. With the fault, if there was one just now. */
  async take(kind: "camera" | "microphone"): Promise<TakenDevice> {
    const wasOpening = this[kind].isOpening.value;
    if (wasOpening) await this.#opening[kind];
    const track = this[kind].track.value;
    const fault = wasOpening ? this[kind].fault.value : null;
    this[kind].track.value = null;
    this.close(kind);
    return { track: track?.readyState === "live" ? track : null, fault };
  }

  #ended(kind: "camera" | "microphone", track: MediaStreamTrack): void {
    if (this[kind].track.value !== track) return;
    this[kind].track.value = null;
    this[kind].fault.value = sayDevice({ code: "device-lost", message: "" }, kind);
  }
}

function device(): PreviewDevice {
  return { track: signal(null), fault: signal(null), isOpening: signal(false) };
}
