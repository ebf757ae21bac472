import { computed, type Signal, signal } from "@preact/signals";
import { type ClientError, type LocalTrack, Room, type RoomStats } from "../client/mod.ts";
import { AudioOutput } from "./audio_output.ts";
import { addMessage, emptyChat, readAll, textOfPayload } from "./chat_log.ts";
import { Notices } from "./notices.ts";
import { type Person, peopleOf } from "./person.ts";
import { type Failure, sayDevice, sayRefusal } from "./plain_words.ts";
import type { TakenDevice } from "./preview.ts";
import { isUnsettled } from "./trouble_words.ts";

type Source = "camera" | "microphone" | "screen";

/** How somebody enters a call. */
export interface CallOptions {
  readonly room: string;
  readonly name: string;
  /** "" where there is none. */
  readonly token: string;
  /** Whether nothing is played before the sound is turned on: another tab plays it already. */
  readonly isSilent: boolean;
  /** What the preview had open, or was opening. */
  readonly camera: Promise<TakenDevice>;
  readonly microphone: Promise<TakenDevice>;
  readonly cameraId: string;
  readonly microphoneId: string;
  readonly speakerId: string;
}

/** One call, from joining to leaving: a room, in the words of the view. It must be left. */
export class Call {
  readonly room: Room;
  readonly name: string;
  readonly notices = new Notices();
  readonly people = signal<readonly Person[]>([]);
  /** Ids of those who speak now. */
  readonly speakers = signal<ReadonlySet<string>>(new Set());
  /** Who speaks, as far as it is known: without the server nobody says so. */
  readonly heardSpeakers = computed(() => (this.state.value === "joined" ? this.speakers.value : new Set<string>()));
  readonly state = signal<Room["state"]>("idle");
  readonly mediaState = signal<RTCPeerConnectionState>("new");
  /** Whether media could not be connected and nothing has worked since: the network lets none through. */
  readonly isMediaBlocked = signal(false);
  readonly wasJoined = signal(false);
  /** Whether anybody else was ever here. */
  readonly hadOthers = signal(false);
  readonly chat = signal(emptyChat);
  readonly isChatOpen = signal(false);
  readonly stats = signal<RoomStats | null>(null);
  readonly isPlaybackBlocked: Signal<boolean>;
  readonly isSharing = signal(false);
  readonly isMicrophoneOn = signal(false);
  readonly isCameraOn = signal(false);
  /** What is being opened or shared for the first time: until that is done, its button does nothing more. */
  readonly opening = signal<ReadonlySet<Source>>(new Set());
  /** The tile that is kept large. */
  readonly pinned = signal<string | null>(null);
  /** Why it ended by itself. */
  readonly ending = signal<Failure | null>(null);
  /** Whether there is something about the connection that one should know. */
  readonly isTroubled = computed(
    () => this.state.value !== "joined" || this.isMediaBlocked.value || isUnsettled(this.mediaState.value),
  );
  readonly audio = new AudioOutput();
  readonly #options: CallOptions;
  #cameraId: string;
  #microphoneId: string;

  constructor(options: CallOptions) {
    this.#options = options;
    this.#cameraId = options.cameraId;
    this.#microphoneId = options.microphoneId;
    this.name = options.name;
    const { token } = options;
    this.room = new Room(options.room, { name: options.name, ...(token === "" ? {} : { token }) });
    this.isPlaybackBlocked = signal(options.isSilent);
    this.audio.isSilent = options.isSilent;
    this.#listen();
    void this.audio.choose(options.speakerId);
  }

  /** Goes in, with what was opened before; how it went is in `state` and `ending`. */
  async join(): Promise<void> {
    for (const source of ["camera", "microphone"] as const) void this.#once(source, () => this.#publishTaken(source));
    this.#refresh();
    try {
      await this.room.join();
    } catch (error) {
      if (this.state.value !== "left") this.ending.value = error as ClientError;
    }
  }

  leave(): void {
    this.room.leave();
  }

  /** What comes from a device; undefined while it was never opened. */
  mediaTrackOf(kind: "camera" | "microphone"): MediaStreamTrack | undefined {
    return this.#local(kind)?.mediaStreamTrack;
  }

  /** Another tab took it over. */
  endElsewhere(): void {
    this.ending.value = { code: "replaced", message: "" };
    this.leave();
  }

  /** Keeps a tile large, or no longer. */
  togglePin(key: string): void {
    this.pinned.value = this.pinned.value === key ? null : key;
  }

  /** Mutes the microphone, or has it heard; opens it the first time. */
  async toggleMicrophone(): Promise<void> {
    await this.#toggle("microphone", () => this.room.publishMicrophone(idOf(this.#microphoneId)));
  }

  /** Switches the camera off or on; opens it the first time. */
  async toggleCamera(): Promise<void> {
    await this.#toggle("camera", () => this.room.publishCamera(idOf(this.#cameraId)));
  }

  /** Shares a screen, or no longer; to be called from a click or a key press. */
  async toggleScreen(): Promise<void> {
    if (this.isSharing.value) {
      for (const track of [...this.room.localTracks]) if (track.source.startsWith("screen")) track.unpublish();
      return;
    }
    await this.#once("screen", () => this.#try(this.room.publishScreen(), "screen"));
  }

  /** Goes over to another camera or microphone. */
  async chooseDevice(kind: "camera" | "microphone", deviceId: string): Promise<void> {
    if (kind === "camera") this.#cameraId = deviceId;
    else this.#microphoneId = deviceId;
    const track = this.#local(kind);
    if (track !== undefined && deviceId !== "") await this.#try(track.setDevice(deviceId), kind);
  }

  /** Sends a message to everybody; false when it cannot be sent now. */
  sendChat(text: string): boolean {
    try {
      // A socket takes messages for a while after the network is gone, and loses them.
      if (!navigator.onLine) throw new Error("offline");
      this.room.sendData({ text }, { topic: "chat" });
    } catch {
      this.notices.fail({
        title: "The message was not sent",
        advice: "You are not connected. Send it again when you are.",
      });
      return false;
    }
    this.#addChat(this.name, text, true);
    return true;
  }

  /** Opens the chat, or closes it. */
  toggleChat(): void {
    this.isChatOpen.value = !this.isChatOpen.value;
    this.chat.value = readAll(this.chat.value);
    this.notices.clear();
  }

  /** Plays what the browser held back; to be called from a click. */
  async resumePlayback(): Promise<void> {
    this.audio.isSilent = false;
    try {
      await this.room.resumePlayback();
      this.isPlaybackBlocked.value = false;
    } catch {
      // It still refuses: the button stays.
    }
  }

  #listen(): void {
    const { room } = this;
    const refresh = () => this.#refresh();
    room.on("state-changed", (state) => {
      this.state.value = state;
      if (state === "joined") this.wasJoined.value = true;
      if (state === "failed" && room.lastError !== undefined) this.ending.value = room.lastError;
      refresh();
    });
    room.on("media-state-changed", (state) => {
      this.mediaState.value = state;
      if (state === "connected") this.isMediaBlocked.value = false;
    });
    room.on("peer-joined", (peer) => {
      // Who was there before, or comes back with everybody else, did not join now.
      if (this.state.value === "joined") this.notices.say(`${peer.name === "" ? "Guest" : peer.name} joined`);
      refresh();
    });
    room.on("peer-left", ({ peer, reason }) => {
      const how = reason === "left" ? "left" : reason === "kicked" ? "was put out" : "lost the connection and is gone";
      if (this.state.value === "joined") this.notices.say(`${peer.name === "" ? "Guest" : peer.name} ${how}`);
      for (const track of peer.tracks.values()) this.audio.stop(track);
      refresh();
    });
    room.on("peer-updated", refresh);
    room.on("track-published", refresh);
    room.on("track-updated", refresh);
    room.on("track-unpublished", (track) => {
      this.audio.stop(track);
      refresh();
    });
    room.on("track-started", (track) => {
      this.audio.play(track);
      refresh();
    });
    room.on("track-stopped", refresh);
    room.on("local-track-updated", refresh);
    room.on("local-track-unpublished", refresh);
    room.on("quality-changed", refresh);
    room.on("stats", (stats) => {
      this.stats.value = stats;
    });
    room.on("speakers", (speakers) => {
      this.speakers.value = new Set(speakers.map(({ peer }) => (peer === room.id ? "self" : peer)));
    });
    room.on("data", ({ topic, payload, peer }) => {
      const text = topic === "chat" ? textOfPayload(payload) : undefined;
      if (text !== undefined) this.#addChat(peer === undefined || peer.name === "" ? "Guest" : peer.name, text, false);
    });
    room.on("playback-blocked", () => {
      this.isPlaybackBlocked.value = true;
    });
    room.on("device-lost", ({ track, error }) => this.notices.fail(sayDevice(error, track.source as "camera")));
    room.on("device-switched", ({ track }) => this.notices.say(`Another ${track.source} is used now`));
    room.on("error", (error) => {
      // It is said as long as it is so; what the server ended or refused is another matter.
      if (error.code === "media-failed" && isUnsettled(this.mediaState.value)) {
        this.isMediaBlocked.value = true;
        return;
      }
      const words = sayRefusal(error);
      if (words !== null) this.notices.fail(words);
    });
  }

  async #publishTaken(source: "camera" | "microphone"): Promise<void> {
    const { track, fault } = await this.#options[source];
    if (fault !== null) this.notices.fail(fault);
    if (track === null) return;
    const publishing = this.room.publish(track, { source, isOwned: true });
    // It can be muted before the server has it.
    this.#refresh();
    await this.#try(publishing, source);
  }

  async #toggle(kind: "camera" | "microphone", open: () => Promise<unknown>): Promise<void> {
    const track = this.#local(kind);
    if (track === undefined) await this.#once(kind, () => this.#try(open(), kind));
    else await this.#try(track.isMuted ? track.unmute() : track.mute(), kind);
  }

  /** Opens something unless that is being done: a second click must not publish it twice. */
  async #once(source: Source, open: () => Promise<void>): Promise<void> {
    if (this.opening.value.has(source)) return;
    this.opening.value = new Set([...this.opening.value, source]);
    try {
      await open();
    } finally {
      this.opening.value = new Set([...this.opening.value].filter((each) => each !== source));
    }
  }

  #local(source: string): LocalTrack | undefined {
    return [...this.room.localTracks].find((track) => track.source === source);
  }

  async #try(action: Promise<unknown>, what: Source): Promise<void> {
    try {
      await action;
    } catch (error) {
      const { code } = error as ClientError;
      if (code !== "aborted" && code !== "capture-canceled") this.notices.fail(sayDevice(error as Error, what));
    }
    this.#refresh();
  }

  #addChat(author: string, text: string, isOwn: boolean): void {
    const isSeen = this.isChatOpen.value;
    this.chat.value = addMessage(this.chat.value, { author, text, isOwn, atMs: Date.now() }, isSeen);
    if (!isSeen && !isOwn) this.notices.say(author, text.length > 120 ? `${text.slice(0, 120)} …` : text);
  }

  #refresh(): void {
    this.people.value = peopleOf(this.room, this.name);
    if (this.people.value.length > 1) this.hadOthers.value = true;
    const isOn = (source: string) => this.#local(source)?.isMuted === false;
    this.isMicrophoneOn.value = isOn("microphone");
    this.isCameraOn.value = isOn("camera");
    this.isSharing.value = this.#local("screen") !== undefined;
    this.opening.value = new Set([...this.opening.value].filter((source) => this.#local(source) === undefined));
  }
}

function idOf(deviceId: string): { readonly deviceId?: string } {
  return deviceId === "" ? {} : { deviceId };
}
