import { type Signal, signal } from "@preact/signals";
import { type CaptureOptions, openCamera, openCameraAndMicrophone, openMicrophone } from "../client/mod.ts";
import { type Failure, type PlainWords, sayDevice } from "./plain_words.ts";

/** What is tried out before a call. */
export type DeviceKind = "camera" | "microphone";

const kinds = ["camera", "microphone"] as const;

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
  async open(kind: DeviceKind, deviceId: string): Promise<void> {
    this.#opening[kind] = this.#open(kind, deviceId);
    await this.#opening[kind];
  }

  /** Opens both with one question of the browser; each alone where one of them is missing or refused. */
  async openBoth(ids: Readonly<Record<DeviceKind, string>>): Promise<void> {
    const both = this.#openBoth(ids);
    this.#opening.camera = both;
    this.#opening.microphone = both;
    await both;
  }

  async #openBoth(ids: Readonly<Record<DeviceKind, string>>): Promise<void> {
    const turns = { camera: this.#begin("camera"), microphone: this.#begin("microphone") };
    try {
      const opened = await openCameraAndMicrophone({ camera: idOf(ids.camera), microphone: idOf(ids.microphone) });
      for (const kind of kinds) this.#opened(kind, opened[kind], turns[kind]);
    } catch (error) {
      const isDismissed = await wasDismissed(error as Failure);
      await Promise.all(
        kinds.map(async (kind) => {
          if (turns[kind] !== this.#turns[kind]) return;
          if (isDismissed) this.#failed(kind, error as Failure);
          else await this.#open(kind, ids[kind]);
        }),
      );
    }
  }

  async #open(kind: DeviceKind, deviceId: string): Promise<void> {
    const turn = this.#begin(kind);
    try {
      this.#opened(kind, await (kind === "camera" ? openCamera : openMicrophone)(idOf(deviceId)), turn);
    } catch (error) {
      if (turn !== this.#turns[kind]) return;
      const { code } = error as Failure;
      // The device that was remembered is not there today.
      if (deviceId !== "" && (code === "overconstrained" || code === "device-not-found")) await this.#open(kind, "");
      else this.#failed(kind, error as Failure);
    }
  }

  #begin(kind: DeviceKind): number {
    this.close(kind);
    this[kind].isOpening.value = true;
    return this.#turns[kind];
  }

  #opened(kind: DeviceKind, track: MediaStreamTrack, turn: number): void {
    if (turn !== this.#turns[kind]) {
      track.stop();
      return;
    }
    track.addEventListener("ended", () => this.#ended(kind, track));
    this[kind].track.value = track;
    this[kind].isOpening.value = false;
  }

  #failed(kind: DeviceKind, failure: Failure): void {
    this[kind].fault.value = sayDevice(failure, kind);
    this[kind].isOpening.value = false;
  }

  /** Closes a device, or forgets that it could not be opened. */
  close(kind: DeviceKind): void {
    this.#turns[kind] += 1;
    this[kind].track.value?.stop();
    this[kind].track.value = null;
    this[kind].fault.value = null;
    this[kind].isOpening.value = false;
  }

  /** Hands a device over, once it is open when it is being opened: whoever takes it closes it. With the fault, if there was one just now. */
  async take(kind: DeviceKind): Promise<TakenDevice> {
    const wasOpening = this[kind].isOpening.value;
    if (wasOpening) await this.#opening[kind];
    const track = this[kind].track.value;
    const fault = wasOpening ? this[kind].fault.value : null;
    this[kind].track.value = null;
    this.close(kind);
    return { track: track?.readyState === "live" ? track : null, fault };
  }

  #ended(kind: DeviceKind, track: MediaStreamTrack): void {
    if (this[kind].track.value !== track) return;
    this[kind].track.value = null;
    this[kind].fault.value = sayDevice({ code: "device-lost", message: "" }, kind);
  }
}

function device(): PreviewDevice {
  return { track: signal(null), fault: signal(null), isOpening: signal(false) };
}

function idOf(deviceId: string): CaptureOptions {
  return deviceId === "" ? {} : { deviceId };
}

/** Whether the person closed the browser's question: it would only be asked again, for each device. */
async function wasDismissed({ code }: Failure): Promise<boolean> {
  if (code !== "permission-denied") return false;
  try {
    const states = await Promise.all(
      kinds.map((name) => navigator.permissions.query({ name: name as PermissionName })),
    );
    return states.every(({ state }) => state === "prompt");
  } catch {
    // A browser that does not tell: each is tried.
    return false;
  }
}
