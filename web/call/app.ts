import { effect, signal, untracked } from "@preact/signals";
import { Call } from "./call.ts";
import { DeviceList } from "./device_list.ts";
import { OwnTabs } from "./own_tabs.ts";
import { loadPreferences, type Preferences, savePreferences } from "./preferences.ts";
import { type DeviceKind, Preview } from "./preview.ts";
import { linkOf, parseHash, toRoomName } from "./room_link.ts";
import { suggestRoomName } from "./room_words.ts";
import { TokenStore } from "./token_store.ts";

/** The page as a whole: which of its three screens is shown, and what outlives them. */
export class App {
  readonly screen = signal<"lobby" | "call" | "left">("lobby");
  readonly room = signal("");
  /** What somebody wrote, or a link said, where the room's name comes from. */
  readonly written = signal("");
  /** Whether somebody was sent here by a link. */
  readonly isInvited = signal(false);
  readonly preferences = signal<Preferences>(loadPreferences());
  readonly devices = new DeviceList();
  readonly preview = new Preview();
  readonly call = signal<Call | null>(null);

  /** What the browser says of the network. */
  readonly isOnline = signal(navigator.onLine);
  readonly tabs = new OwnTabs(() => this.call.value?.endElsewhere());
  /** Beside another tab of the same call the microphone is off until somebody wants it: each would hear the other's loudspeaker. */
  readonly isMicrophoneHeldBack = signal(false);
  readonly #tokens = new TokenStore();

  /** Reads the link and opens what is wanted for the preview. */
  start(): void {
    this.#readLink();
    addEventListener("hashchange", () => {
      if (parseHash(location.hash).room !== this.room.value) {
        this.call.value?.leave();
        this.#readLink();
        this.toLobby();
      } else this.#readLink();
    });
    addEventListener("pagehide", () => this.call.value?.leave());
    for (const event of ["online", "offline"])
      addEventListener(event, () => {
        this.isOnline.value = navigator.onLine;
      });
    effect(() => {
      const { theme } = this.preferences.value;
      if (theme === "system") delete document.documentElement.dataset["theme"];
      else document.documentElement.dataset["theme"] = theme;
    });
    effect(() => {
      const place = this.room.value;
      document.title = this.screen.value === "call" ? `${place} – Signalbox` : "Signalbox";
    });
    effect(() => {
      if (this.screen.value === "lobby") this.tabs.look(this.room.value);
    });
    effect(() => {
      const [isElsewhere, screen] = [this.tabs.isElsewhere.value, this.screen.value];
      if (screen !== "call") untracked(() => this.#holdBack(isElsewhere));
    });
    this.devices.watch();
    void this.#openWanted();
  }

  /** Remembers a choice. */
  prefer(change: Partial<Preferences>): void {
    this.preferences.value = { ...this.preferences.value, ...change };
    savePreferences(this.preferences.value);
  }

  /** Takes what is being written for the room's name. */
  writeRoom(text: string): void {
    this.written.value = text;
    this.room.value = toRoomName(text);
  }

  /** It is written: the address follows; where nothing of it can be kept, another room is chosen. */
  settleRoom(): void {
    if (this.room.value === "") this.room.value = suggestRoomName(Math.random);
    history.replaceState(null, "", `#${this.room.value}`);
  }

  suggestRoom(): void {
    this.writeRoom("");
    this.settleRoom();
  }

  /** What to send to somebody. */
  get link(): string {
    return linkOf(this.room.value, location);
  }

  /** Whether a token lets one into the room, which the link does not have. */
  get hasToken(): boolean {
    return this.#tokens.get(this.room.value) !== "";
  }

  /** Whether a device is to be open. */
  isWanted(kind: DeviceKind): boolean {
    const { isCameraWanted, isMicrophoneWanted } = this.preferences.value;
    return kind === "camera" ? isCameraWanted : isMicrophoneWanted && !this.isMicrophoneHeldBack.value;
  }

  /** The id of the device that is open; "" when none is, or nobody knows, as of a speaker. */
  usedDevice(kind: DeviceKind | "speaker"): string {
    if (kind === "speaker") return "";
    const track = this.preview[kind].track.value ?? this.call.value?.mediaTrackOf(kind);
    return track?.getSettings().deviceId ?? "";
  }

  /** Opens or closes devices of the preview. */
  async want(kinds: readonly DeviceKind[], isWanted: boolean): Promise<void> {
    if (kinds.includes("camera")) this.prefer({ isCameraWanted: isWanted });
    if (kinds.includes("microphone")) {
      this.prefer({ isMicrophoneWanted: isWanted });
      this.isMicrophoneHeldBack.value = false;
    }
    if (isWanted) await this.#open(kinds);
    else for (const kind of kinds) this.preview.close(kind);
  }

  /** Takes another device, in the preview or in the call. */
  async chooseDevice(kind: "camera" | "microphone" | "speaker", deviceId: string): Promise<void> {
    this.prefer({ [`${kind}Id`]: deviceId });
    const call = this.call.value;
    if (kind === "speaker") await call?.audio.choose(deviceId);
    else if (call !== null) await call.chooseDevice(kind, deviceId);
    else if (this.preview[kind].track.value !== null || this.preview[kind].fault.value !== null)
      await this.want([kind], true);
  }

  /** Goes into the room, with what the preview has open. */
  join(): void {
    this.settleRoom();
    const { name, cameraId, microphoneId, speakerId } = this.preferences.value;
    const call = new Call({
      room: this.room.value,
      name: name.trim() === "" ? "Guest" : name.trim(),
      token: this.#tokens.get(this.room.value),
      isSilent: this.tabs.isElsewhere.value,
      camera: this.preview.take("camera"),
      microphone: this.preview.take("microphone"),
      cameraId,
      microphoneId,
      speakerId,
    });
    this.call.value = call;
    this.screen.value = "call";
    this.tabs.enter();
    const stop = effect(() => {
      if (call.state.value !== "left" && call.state.value !== "failed") return;
      queueMicrotask(() => stop());
      this.tabs.leave();
      if (this.call.peek() === call) this.screen.value = "left";
    });
    void call.join();
  }

  /** Back to the first screen, with the preview. */
  toLobby(): void {
    this.call.value = null;
    this.screen.value = "lobby";
    void this.#openWanted();
  }

  /** Back into the room that was left, as one was. */
  async comeBack(): Promise<void> {
    await this.#openWanted();
    if (this.screen.value !== "call") this.join();
  }

  /** Has the call go on here, and no longer in another tab. */
  async takeOver(): Promise<void> {
    this.tabs.take();
    await this.#openWanted();
    if (this.screen.value !== "call") this.join();
  }

  /** The microphone, as long as another tab is in the same call. */
  #holdBack(isElsewhere: boolean): void {
    if (isElsewhere === this.isMicrophoneHeldBack.value) return;
    this.isMicrophoneHeldBack.value = isElsewhere;
    if (isElsewhere) this.preview.close("microphone");
    else if (this.screen.value === "lobby") void this.#openWanted();
  }

  /** Takes room and token from the address, where the token does not stay. */
  #readLink(): void {
    const { room, written, token } = parseHash(location.hash);
    this.isInvited.value = room !== "";
    if (room !== "" && token !== "") this.#tokens.set(room, token);
    this.writeRoom(written);
    this.settleRoom();
  }

  /** Opens what is wanted and neither open nor being opened. */
  async #openWanted(): Promise<void> {
    const kinds = (["camera", "microphone"] as const).filter(
      (kind) => this.isWanted(kind) && this.preview[kind].track.value === null && !this.preview[kind].isOpening.value,
    );
    await this.#open(kinds);
  }

  async #open(kinds: readonly DeviceKind[]): Promise<void> {
    const { cameraId, microphoneId } = this.preferences.value;
    const ids = { camera: cameraId, microphone: microphoneId };
    if (kinds.length === 2) await this.preview.openBoth(ids);
    else for (const kind of kinds) await this.preview.open(kind, ids[kind]);
    if (kinds.length > 0) await this.devices.read();
  }
}
