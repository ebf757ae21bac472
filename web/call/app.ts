import { effect, signal } from "@preact/signals";
import { Call } from "./call.ts";
import { DeviceList } from "./device_list.ts";
import { loadPreferences, type Preferences, savePreferences } from "./preferences.ts";
import { Preview } from "./preview.ts";
import { linkOf, roomOfHash, toRoomName } from "./room_link.ts";
import { suggestRoomName } from "./room_words.ts";

/** The page as a whole: which of its three screens is shown, and what outlives them. */
export class App {
  readonly screen = signal<"lobby" | "call" | "left">("lobby");
  readonly room = signal("");
  /** Whether somebody was sent here by a link. */
  readonly isInvited = signal(false);
  readonly preferences = signal<Preferences>(loadPreferences());
  readonly devices = new DeviceList();
  readonly preview = new Preview();
  readonly call = signal<Call | null>(null);

  /** Reads the link and opens what is wanted for the preview. */
  start(): void {
    this.#readLink();
    addEventListener("hashchange", () => {
      if (roomOfHash(location.hash) === this.room.value) return;
      this.call.value?.leave();
      this.#readLink();
      this.toLobby();
    });
    addEventListener("pagehide", () => this.call.value?.leave());
    effect(() => {
      const { theme } = this.preferences.value;
      if (theme === "system") delete document.documentElement.dataset["theme"];
      else document.documentElement.dataset["theme"] = theme;
    });
    effect(() => {
      const place = this.room.value;
      document.title = this.screen.value === "call" ? `${place} – Signalbox` : "Signalbox";
    });
    this.devices.watch();
    this.#openPreview();
  }

  /** Remembers a choice. */
  prefer(change: Partial<Preferences>): void {
    this.preferences.value = { ...this.preferences.value, ...change };
    savePreferences(this.preferences.value);
  }

  /** Takes another room; the address follows. */
  nameRoom(text: string): void {
    this.room.value = toRoomName(text);
    history.replaceState(null, "", `#${this.room.value}`);
  }

  suggestRoom(): void {
    this.nameRoom(suggestRoomName(Math.random));
  }

  /** What to send to somebody. */
  get link(): string {
    return linkOf(this.room.value, location);
  }

  /** Opens or closes a device of the preview. */
  async want(kind: "camera" | "microphone", isWanted: boolean): Promise<void> {
    this.prefer(kind === "camera" ? { isCameraWanted: isWanted } : { isMicrophoneWanted: isWanted });
    const { cameraId, microphoneId } = this.preferences.value;
    if (!isWanted) return this.preview.close(kind);
    await this.preview.open(kind, kind === "camera" ? cameraId : microphoneId);
    await this.devices.read();
  }

  /** Takes another device, in the preview or in the call. */
  async chooseDevice(kind: "camera" | "microphone" | "speaker", deviceId: string): Promise<void> {
    this.prefer({ [`${kind}Id`]: deviceId });
    const call = this.call.value;
    if (kind === "speaker") await call?.audio.choose(deviceId);
    else if (call !== null) await call.chooseDevice(kind, deviceId);
    else if (this.preview[kind].track.value !== null || this.preview[kind].fault.value !== null)
      await this.want(kind, true);
  }

  /** Goes into the room, with what the preview has open. */
  join(): void {
    if (this.room.value === "") this.suggestRoom();
    const { name, cameraId, microphoneId, speakerId } = this.preferences.value;
    const call = new Call({
      room: this.room.value,
      name: name.trim() === "" ? "Guest" : name.trim(),
      camera: this.preview.take("camera"),
      microphone: this.preview.take("microphone"),
      cameraId,
      microphoneId,
      speakerId,
    });
    history.replaceState(null, "", `#${this.room.value}`);
    this.call.value = call;
    this.screen.value = "call";
    const stop = effect(() => {
      if (call.state.value !== "left" && call.state.value !== "failed") return;
      queueMicrotask(() => stop());
      if (this.call.peek() === call) this.screen.value = "left";
    });
    void call.join();
  }

  /** Back to the first screen, with the preview. */
  toLobby(): void {
    this.call.value = null;
    this.screen.value = "lobby";
    this.#openPreview();
  }

  /** Back into the room that was left, as one was. */
  async comeBack(): Promise<void> {
    this.call.value = null;
    const { isCameraWanted, isMicrophoneWanted, cameraId, microphoneId } = this.preferences.value;
    await Promise.all([
      isCameraWanted ? this.preview.open("camera", cameraId) : undefined,
      isMicrophoneWanted ? this.preview.open("microphone", microphoneId) : undefined,
    ]);
    this.join();
  }

  #readLink(): void {
    const room = roomOfHash(location.hash);
    this.isInvited.value = room !== "";
    if (room === "") this.suggestRoom();
    else this.nameRoom(room);
  }

  #openPreview(): void {
    const { isCameraWanted, isMicrophoneWanted } = this.preferences.value;
    if (isCameraWanted) void this.want("camera", true);
    if (isMicrophoneWanted) void this.want("microphone", true);
  }
}
