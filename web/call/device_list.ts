import { signal } from "@preact/signals";
import { listDevices } from "../client/mod.ts";

/** The cameras, microphones and speakers that there are: without ids and names before one of them was allowed. */
export class DeviceList {
  readonly cameras = signal<readonly MediaDeviceInfo[]>([]);
  readonly microphones = signal<readonly MediaDeviceInfo[]>([]);
  readonly speakers = signal<readonly MediaDeviceInfo[]>([]);

  /** Reads them anew, and again whenever something is plugged in or out. */
  watch(): void {
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.read());
    void this.read();
  }

  async read(): Promise<void> {
    try {
      const [cameras, microphones, speakers] = await Promise.all([
        listDevices("videoinput"),
        listDevices("audioinput"),
        listDevices("audiooutput"),
      ]);
      this.cameras.value = cameras;
      this.microphones.value = microphones;
      this.speakers.value = speakers;
    } catch {
      // No access to devices here: the preview says so, with what to do.
    }
  }
}
