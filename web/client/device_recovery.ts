import { type Capture, captureOf, listDevices } from "./capture.ts";
import { ClientError } from "./client_error.ts";
import type { LocalTrack } from "./local_track.ts";
import type { Platform } from "./platform.ts";
import type { Tell } from "./room_events.ts";

/** Finds another device for a track whose device is gone: at once, or when one is plugged in. */
export class DeviceRecovery {
  readonly #platform: Platform;
  readonly #tell: Tell;
  readonly #lost = new Map<LocalTrack, Capture>();
  readonly #onDeviceChange = () => {
    this.#tell("devices-changed", undefined);
    for (const [track, capture] of this.#lost) void this.#recover(track, capture);
  };

  constructor(platform: Platform, tell: Tell) {
    this.#platform = platform;
    this.#tell = tell;
  }

  /** Begins to listen to what is plugged in and out. */
  begin(): void {
    this.#platform.mediaDevices?.addEventListener("devicechange", this.#onDeviceChange);
  }

  /** Takes a track that ended by itself; one that is from no device of the SDK's is unpublished. */
  async mediaEnded(track: LocalTrack): Promise<void> {
    const capture = captureOf(track.mediaStreamTrack);
    if (capture === undefined) return track.unpublish();
    this.#lost.set(track, capture);
    const error = new ClientError("device-lost", `The ${capture.source} "${track.mediaStreamTrack.label}" ended`);
    this.#tell("device-lost", { track, error });
    await track.lose();
    await this.#recover(track, capture);
  }

  /** No longer looks for a device for a track. */
  forget(track: LocalTrack): void {
    this.#lost.delete(track);
  }

  /** Ends all of it. */
  end(): void {
    this.#lost.clear();
    this.#platform.mediaDevices?.removeEventListener("devicechange", this.#onDeviceChange);
  }

  async #recover(track: LocalTrack, capture: Capture): Promise<void> {
    const kind = capture.source === "camera" ? "videoinput" : "audioinput";
    const devices = await listDevices(kind, this.#platform).catch(() => []);
    for (const { deviceId } of devices) {
      try {
        // Somebody else was quicker: another `devicechange`, or the program.
        if (!this.#lost.has(track) || !(await track.recover({ ...capture, deviceId }))) return;
        this.#tell("device-switched", { track });
        return;
      } catch {
        // The next one may work; when none does, the next `devicechange` brings another try.
      }
    }
  }
}
