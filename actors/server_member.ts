import type { Ref } from "../protocol/ref.ts";
import type { RoomServerMessage } from "../protocol/server_message.ts";
import { type ErrorCode, SignalboxError } from "../protocol/signalbox_error.ts";
import type { RemoteTrack } from "./application.ts";
import { copyOfJson } from "./copy_of_json.ts";
import type { LiveRoom } from "./live_room.ts";
import type { Room, RoomData, ServerChannel, ServerMember, ServerTrack } from "./room_application.ts";
import type { LiveMember, LiveTrack } from "./room_member.ts";

/** A member of a room that the program plays. */
export class ServerMemberHandle implements LiveMember, ServerMember {
  readonly id: string;
  readonly session = null;
  readonly peer = null;
  readonly tracks = new Map<string, LiveTrack>();
  ondata: ((message: RoomData) => void) | null = null;
  onclose: (() => void) | null = null;
  /** Why it was not let in. */
  refusal: string | undefined;
  readonly #room: LiveRoom;
  #trackCount = 0;
  #isOut = false;

  constructor(room: LiveRoom) {
    this.id = room.options.createId();
    this.#room = room;
  }

  get room(): Room {
    return this.#room.program;
  }

  sendData(payload: unknown, { to, topic }: { readonly to?: readonly string[]; readonly topic?: string } = {}): void {
    this.#live("send data").send({
      type: "data.sent",
      memberId: this.id,
      ...(to === undefined ? {} : { to }),
      ...(topic === undefined ? {} : { topic }),
      payload: copyOfJson(payload),
    });
  }

  openChannel(label: string): ServerChannel {
    const { channels } = this.#live("open a channel");
    let isOpen = true;
    const port = {
      memberId: this.id,
      label,
      receive: ({ from, data }: { readonly from: string; readonly data: string | Uint8Array }) => {
        this.#call(() => channel.onmessage?.(data, from));
      },
    };
    const channel: ServerChannel = {
      label,
      onmessage: null,
      send: (data) => {
        this.#live("send on a channel");
        if (!isOpen) throw new SignalboxError("bad-state", `Cannot send on channel "${label}": it is closed`);
        channels.send({ from: this.id, label, data });
      },
      close: () => {
        isOpen = false;
        channels.removePort(port);
      },
    };
    channels.addPort(port);
    return channel;
  }

  publish(
    remoteTrack: RemoteTrack,
    { source, name = "" }: { readonly source?: string; readonly name?: string } = {},
  ): ServerTrack {
    const room = this.#live("publish a track");
    const { maxTracksPerPeer } = room.options.limits;
    if (this.tracks.size >= maxTracksPerPeer) {
      const why = `this peer publishes ${this.tracks.size} of ${maxTracksPerPeer} tracks`;
      throw new SignalboxError("too-many-tracks", `Cannot publish the ${remoteTrack.kind} track: ${why}`);
    }
    if (room.findPublished(remoteTrack) !== undefined) {
      const why = "it is published in this room already";
      throw new SignalboxError("bad-state", `Cannot publish the ${remoteTrack.kind} track: ${why}`);
    }
    this.#trackCount += 1;
    const id = `${this.id}-t${this.#trackCount}`;
    // The track's handlers are those of whoever has it.
    const track = { id, memberId: this.id, remoteTrack, streamId: this.id, mid: null, release: () => undefined };
    this.tracks.set(id, track);
    room.publish(track, { source: source ?? (remoteTrack.kind === "audio" ? "microphone" : "camera"), name });
    return {
      id,
      unpublish: () => room.withdraw(track),
    };
  }

  leave(): void {
    this.#room.send({ type: "member.left", memberId: this.id, reason: "left" });
  }

  // What the room says.

  hear(message: RoomServerMessage): void {
    if (message.type !== "data") return;
    const data = this.#room.program.readData(message);
    if (data !== undefined) this.#call(() => this.ondata?.(data));
  }

  hearError(code: ErrorCode, message: string, _ref?: Ref | null): void {
    if (!this.#room.members.has(this.id) && !this.#isOut) {
      this.refusal = message;
      this.detach();
    }
    this.#room.options.log.info("error told", { room: this.#room.name, member: this.id, code, message });
  }

  /** It never goes anywhere else. */
  handOver(onClosed: () => void): void {
    onClosed();
  }

  detach(): void {
    this.#isOut = true;
    this.tracks.clear();
    this.#call(() => this.onclose?.());
  }

  #call(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.#room.programFailed(error, this.id);
    }
  }

  #live(doing: string): LiveRoom {
    if (this.#isOut) {
      throw new SignalboxError("bad-state", `Cannot ${doing} in room "${this.#room.name}": this member left`);
    }
    return this.#room;
  }
}
