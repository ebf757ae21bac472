import type { Actor } from "xstate";
import type { Departure } from "../machines/room_events.ts";
import type { roomMachine } from "../machines/room_machine.ts";
import type { MemberError, Subscribing } from "../machines/room_setup.ts";
import type { Track, TrackLabel } from "../protocol/room.ts";
import type { RemoteTrack } from "./application.ts";
import type { LiveRoomOptions } from "./live_room_options.ts";
import type { EngineChannel } from "./ports.ts";
import { RemoteRoom } from "./remote_room.ts";
import { RestartIntensity } from "./restart_intensity.ts";
import { RoomAnnouncer } from "./room_announcer.ts";
import { roomChannelProtocol } from "./room_channels.ts";
import { RoomHandle } from "./room_handle.ts";
import type { LiveMember, LiveTrack } from "./room_member.ts";
import type { RoomChannels, RoomSubscriptions, SubscriptionKey } from "./room_parts.ts";
import { RoomSpeakers } from "./room_speakers.ts";

/** Everything of a room that is no state of its machine: who is in it as live objects, what they publish, and the machine's effects. */
export class LiveRoom {
  readonly name: string;
  readonly program: RoomHandle;
  readonly subscriptions: RoomSubscriptions;
  readonly channels: RoomChannels;
  readonly members = new Map<string, LiveMember>();
  readonly tracks = new Map<string, LiveTrack>();
  readonly options: LiveRoomOptions;
  /** What the other nodes have of the room. */
  readonly remote: RemoteRoom;
  readonly speakers: RoomSpeakers;
  readonly announcer: RoomAnnouncer;
  #actor: Actor<typeof roomMachine> | undefined;
  /** Of its parts. */
  readonly #intensity = new RestartIntensity();
  #hasFailed = false;
  #isEnded = false;

  constructor(options: LiveRoomOptions) {
    const { name, parts, log } = options;
    this.options = options;
    this.name = name;
    this.program = new RoomHandle(this);
    this.announcer = new RoomAnnouncer(this);
    this.subscriptions = parts.createSubscriptions({
      room: name,
      log,
      onCrash: (crashed) => this.#subscriptionCrashed(crashed),
    });
    this.speakers = new RoomSpeakers({
      levels: options.levels,
      isPresent: (memberId) => this.remote.isPresent(memberId),
      onChanged: (peers) => this.announcer.tellSpeakers(peers),
      onLocalChanged: (peers) => this.remote.tellSpeakers(peers),
    });
    this.remote = new RemoteRoom(this);
    this.channels = parts.createChannels({
      room: name,
      log,
      onCrash: () => this.#partCrashed(),
      onSent: (message) => this.remote.sendOnChannel(message),
      onTooLarge: ({ from, message }) => this.members.get(from)?.hearError("message-too-large", message),
    });
  }

  /** Called once, before anything happens. */
  attach(actor: Actor<typeof roomMachine>): void {
    this.#actor = actor;
    actor.subscribe({ next: ({ context }) => this.remote.membersChanged(context.members), error: () => undefined });
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  send(event: Parameters<Actor<typeof roomMachine>["send"]>[0]): void {
    this.#actor?.send(event);
  }

  // What members do.

  /** A member's track has come; what was published of it here before is withdrawn. */
  publish(track: LiveTrack, { source, name = "" }: TrackLabel): void {
    const { id, remoteTrack, mid, memberId } = track;
    const older = this.findPublished(remoteTrack);
    if (older !== undefined) this.withdraw(older);
    const isInherited = this.remote.tracks.has(id);
    // Who muted it elsewhere is not heard or seen for a moment because it comes from here now.
    const muted = this.#inheritedOf(memberId).find((each) => each.id === id)?.muted ?? false;
    if (muted) remoteTrack.muted = true;
    this.tracks.set(id, track);
    if (isInherited) {
      this.remote.tracks.forget(id, { isReplaced: true });
      this.subscriptions.trackReplaced(track);
      this.program.trackArrived(track, { isTold: true });
    }
    const { kind, layers } = remoteTrack;
    const told: Track = { id, kind, source, name, muted, ...(layers.length === 0 ? {} : { layers }) };
    this.send({ type: "track.published", memberId, track: told, mid });
  }

  /** The id that a track had on the node that its member was on before, if it is the same one by its label. */
  inheritedIdOf(memberId: string, kind: Track["kind"], { source, name = "" }: TrackLabel): string | undefined {
    const isSame = (track: Track) => track.kind === kind && track.source === source && track.name === name;
    return this.#inheritedOf(memberId).find(isSame)?.id;
  }

  #inheritedOf(memberId: string): readonly Track[] {
    const member = this.#actor?.getSnapshot().context.members.find(({ id }) => id === memberId);
    return member?.tracks.filter(({ id }) => member.inheritedIds.includes(id)) ?? [];
  }

  /** What a track is published as. */
  findPublished(remoteTrack: RemoteTrack): LiveTrack | undefined {
    for (const track of this.tracks.values()) if (track.remoteTrack === remoteTrack) return track;
    return undefined;
  }

  /** A track is published no more, by its publisher's will. */
  withdraw({ id, memberId }: LiveTrack): void {
    this.send({ type: "track.unpublished", memberId, trackId: id });
  }

  channelOpened(member: LiveMember, channel: EngineChannel): void {
    if (channel.protocol === roomChannelProtocol) this.channels.opened(member, channel);
    else this.program.channelOpened(channel, member.id);
  }

  /** A handler of the program threw: what it is about, a member or the room, ends. */
  programFailed(error: unknown, memberId?: string): void {
    this.options.log.error("application failed", { room: this.name, member: memberId, error });
    if (memberId === undefined) return;
    this.send({ type: "member.left", memberId, reason: "kicked", message: "room-crashed", isFault: true });
  }

  /** The same for what the room cannot go on without. */
  fail(error: unknown): void {
    this.#hasFailed = true;
    this.options.log.error("room failed", { room: this.name, error });
    for (const member of this.members.values()) this.#tellFault(member);
    this.send({ type: "room.closed", message: "room-crashed" });
  }

  /** The same for a fault of ours. */
  crash(error: unknown): void {
    this.fail(error);
    this.options.onCrash();
  }

  // The effects of the machine.

  refuseJoin({ memberId, code, message, ref }: MemberError): void {
    const member = this.members.get(memberId);
    if (member === undefined) return;
    this.members.delete(memberId);
    member.hearError(code, message, ref);
    this.options.onRefused(member);
  }

  takePeer({ memberId }: { readonly memberId: string }): void {
    const member = this.members.get(memberId);
    if (member !== undefined) this.options.onJoined(member);
  }

  dismiss({ memberId, reason, message, isFault = false }: Departure): void {
    const member = this.members.get(memberId);
    if (member === undefined) return;
    this.remote.memberLeaving(memberId, reason);
    this.members.delete(memberId);
    try {
      for (const track of [...member.tracks.values()]) this.forgetTrack({ trackId: track.id });
      this.subscriptions.memberLeft(memberId);
      this.channels.memberLeft(memberId);
    } finally {
      // Whatever fails above, nobody stays in a room that does not know of it.
      member.detach();
      if (isFault) this.#tellFault(member);
      if (reason === "kicked") {
        const left = { type: "peer-left", peer: memberId, reason } as const;
        const told = message === undefined ? left : { ...left, message };
        member.hear(told, JSON.stringify(told));
      }
      this.options.onDismissed(member, reason);
    }
  }

  confirmTrack({ memberId, track, mid }: { memberId: string; track: Track; mid: string | null }): void {
    this.announcer.confirm(memberId, track, mid);
    const live = this.tracks.get(track.id);
    if (live !== undefined) this.remote.offer(live);
    if (track.kind !== "audio" || live === undefined) return;
    this.speakers.add(memberId, live.remoteTrack);
    this.options.onTrackPublished(this);
  }

  reportError({ memberId, code, message, ref }: MemberError): void {
    this.members.get(memberId)?.hearError(code, message, ref);
  }

  subscribe({ memberIds, trackIds, layer }: Subscribing): void {
    for (const memberId of memberIds) {
      const subscriber = this.members.get(memberId);
      for (const trackId of trackIds) {
        const track = this.tracks.get(trackId);
        if (subscriber !== undefined && track === undefined) this.remote.tracks.want(trackId, memberId, layer);
        // One that fails for everybody ends the room on the way.
        if (subscriber === undefined || track === undefined || this.#hasFailed) continue;
        if (!this.subscriptions.has({ memberId, trackId })) {
          this.subscriptions.start({ subscriber, track, layer: layer ?? null });
        } else if (layer !== undefined) this.subscriptions.chooseLayer({ memberId, trackId }, layer);
      }
    }
  }

  /** A member goes on at another node. What it is sent here goes on until its client has it from there, and closes the connection. */
  handOver({ memberId }: { readonly memberId: string }): void {
    const member = this.members.get(memberId);
    if (member === undefined) return;
    this.remote.memberLeaving(memberId, "replaced");
    member.handOver(() => this.send({ type: "member.lingered", memberId }));
    this.options.onSuperseded(member);
  }

  endLingering({ memberId }: { readonly memberId: string }): void {
    const member = this.members.get(memberId);
    this.members.delete(memberId);
    this.subscriptions.memberLeft(memberId);
    this.channels.memberLeft(memberId);
    member?.detach();
  }

  unsubscribe({ memberId, trackId }: { readonly memberId: string; readonly trackId: string }): void {
    this.remote.tracks.unwant(trackId, memberId);
    this.subscriptions.end({ memberId, trackId });
  }

  muteTrack({ trackId, muted }: { readonly trackId: string; readonly muted: boolean }): void {
    this.remote.tracks.mute(trackId, muted);
    const track = this.tracks.get(trackId);
    if (track === undefined) return;
    track.remoteTrack.muted = muted;
    this.subscriptions.trackMuted(trackId, muted);
  }

  forgetTrack({ trackId }: { readonly trackId: string }): void {
    this.remote.forgetTrack(trackId);
    const track = this.tracks.get(trackId);
    if (track === undefined) return;
    this.tracks.delete(trackId);
    this.members.get(track.memberId)?.tracks.delete(trackId);
    this.speakers.remove(track.remoteTrack);
    this.subscriptions.trackUnpublished(trackId);
    track.release();
  }

  endRoom({ message }: { readonly message?: string | undefined }): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.options.onEnded(this);
    for (const memberId of [...this.members.keys()]) {
      this.program.announced({ type: "peer-left", peer: memberId, reason: "kicked" });
      this.#close(() => this.dismiss({ memberId, reason: "kicked", message }));
    }
    this.#close(() => this.remote.close());
    this.#close(() => this.subscriptions.close());
    this.#close(() => this.channels.close());
    this.program.ended();
  }

  /** The machine crashed: all that it would have done at the end is done without it. */
  bury(): void {
    for (const member of this.members.values()) this.#tellFault(member);
    this.endRoom({ message: "room-crashed" });
  }

  /** Does one thing of many at the end, none of which may keep the others from being done. */
  #close(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.options.log.error("room failed while closing", { room: this.name, error });
    }
  }

  #tellFault(member: LiveMember): void {
    const why = "its part on the server ended by a fault; join again";
    member.hearError("room-crashed", `Cannot stay in room "${this.name}": ${why}`);
  }

  #subscriptionCrashed({ memberId, trackId }: SubscriptionKey): void {
    const why = "the subscription ended by a fault of the server; subscribe anew";
    this.members.get(memberId)?.hearError("room-crashed", `Cannot go on sending track "${trackId}": ${why}`);
    this.#partCrashed();
  }

  /** Parts crash alone, and their room only when they do so too often: to the node that is one crash. */
  #partCrashed(): void {
    if (this.#hasFailed || !this.#intensity.isExceededBy(performance.now())) return;
    const { maxCrashes, periodMs } = this.#intensity.describe();
    this.crash(new Error(`Cannot go on: more than ${maxCrashes} crashes of its parts in ${periodMs} ms`));
  }
}
