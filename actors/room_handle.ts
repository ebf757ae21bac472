import type { RoomServerMessage } from "../protocol/server_message.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";
import type { DataChannel, Session } from "./application.ts";
import { copyOfJson } from "./copy_of_json.ts";
import type { LiveRoom } from "./live_room.ts";
import type { LogFields } from "./logger.ts";
import { MemberHandle, TrackHandle } from "./member_handle.ts";
import type { Room, RoomData, ServerMember, ServerMemberOptions } from "./room_application.ts";
import { maxShownLabel, roomChannelProtocol } from "./room_channels.ts";
import type { LiveTrack } from "./room_member.ts";
import { ServerMemberHandle } from "./server_member.ts";

type MessageOf<T extends RoomServerMessage["type"]> = Extract<RoomServerMessage, { readonly type: T }>;

/** A room as the program sees it: what the members are told, as handlers and objects. */
export class RoomHandle implements Room {
  readonly name: string;
  readonly members = new Map<string, MemberHandle>();
  onmemberjoined: Room["onmemberjoined"] = null;
  onmemberleft: Room["onmemberleft"] = null;
  onmemberupdated: Room["onmemberupdated"] = null;
  ontrackpublished: Room["ontrackpublished"] = null;
  ontrackupdated: Room["ontrackupdated"] = null;
  ontrackunpublished: Room["ontrackunpublished"] = null;
  ondata: Room["ondata"] = null;
  onspeakers: Room["onspeakers"] = null;
  ondatachannel: Room["ondatachannel"] = null;
  onclose: Room["onclose"] = null;
  readonly #room: LiveRoom;
  /** The members of this node, as it is known. Where others are logs what they do. */
  readonly #own = new Set<string>();

  constructor(room: LiveRoom) {
    this.name = room.name;
    this.#room = room;
  }

  join({ name = "", metadata = null }: ServerMemberOptions = {}): ServerMember {
    const room = this.#room;
    const { maxRoomPeers } = room.options.limits;
    if (room.isEnded) throw new SignalboxError("bad-state", `Cannot join room "${this.name}": it is closed`);
    if (room.members.size >= maxRoomPeers) {
      const why = `it holds ${room.members.size} of ${maxRoomPeers} peers`;
      throw new SignalboxError("room-full", `Cannot join room "${this.name}": ${why}`);
    }
    const told = { name, metadata: copyOfJson(metadata), isClient: false, isSubscribing: false };
    const member = new ServerMemberHandle(room);
    room.members.set(member.id, member);
    room.send({ type: "join.requested", member: { ...told, id: member.id }, ref: null });
    if (member.refusal !== undefined) throw new SignalboxError("room-full", member.refusal);
    return member;
  }

  close(reason?: string): void {
    if (!this.#room.isEnded) this.#room.remote.closeAll(reason);
    this.#room.send({ type: "room.closed", message: reason });
  }

  /** Some or all members were told something. A member whose handler throws is put out. */
  announced(message: RoomServerMessage): void {
    switch (message.type) {
      case "peer-joined":
        this.#joined(message);
        break;
      case "peer-updated":
        this.#updated(message);
        break;
      case "peer-left":
        this.#left(message);
        break;
      case "track-published":
        this.#published(message);
        break;
      case "track-updated":
        this.#trackUpdated(message);
        break;
      case "track-unpublished":
        this.#unpublished(message);
        break;
      case "data":
        this.#call(message.from, () => {
          const data = this.readData(message);
          if (data !== undefined) this.ondata?.(data);
        });
        break;
      case "speakers":
        this.#spoke(message);
        break;
      default:
    }
  }

  /** A message as the program reads it; undefined when its sender is gone. */
  readData({ from, topic, payload }: MessageOf<"data">): RoomData | undefined {
    const member = this.members.get(from);
    return member === undefined ? undefined : { from: member, topic: topic ?? null, payload };
  }

  /** A client opened a channel that is none of the room's. */
  channelOpened(channel: DataChannel, memberId: string): void {
    const member = this.members.get(memberId);
    if (this.ondatachannel !== null && member !== undefined) {
      this.#call(memberId, () => this.ondatachannel?.(channel, member));
      return;
    }
    channel.close();
    const what = `the channel "${channel.label.slice(0, maxShownLabel)}" in the room`;
    const how = `open it with the protocol ${roomChannelProtocol}`;
    this.#room.members.get(memberId)?.hearError("forbidden", `Cannot use ${what}: ${how}`);
  }

  /** A member goes on at another node, or came here from one. */
  memberMoved(memberId: string, session: Session | null): void {
    const member = this.members.get(memberId);
    if (member !== undefined) member.session = session;
  }

  /** A track has come from another node, or comes from elsewhere than before. `isTold`: the members are told of it, too. */
  trackArrived({ id, memberId, remoteTrack }: LiveTrack, { isTold }: { readonly isTold: boolean }): void {
    const published = this.members.get(memberId)?.tracks.get(id);
    if (published === undefined) return;
    const isOther = published.remoteTrack !== null && published.remoteTrack !== remoteTrack;
    published.arrived(remoteTrack);
    if (isOther && !isTold) this.#call(memberId, () => this.ontrackupdated?.(published));
  }

  ended(): void {
    this.#call(undefined, () => this.onclose?.());
  }

  #joined({ peer }: MessageOf<"peer-joined">): void {
    const member = new MemberHandle(peer, {
      session: this.#room.members.get(peer.id)?.session ?? null,
      remove: (message) => this.#room.send({ type: "member.left", memberId: peer.id, reason: "kicked", message }),
    });
    this.members.set(peer.id, member);
    this.#notePlace(peer.id);
    this.#log("member joined", { peer: peer.id, name: peer.name });
    this.#call(peer.id, () => this.onmemberjoined?.(member));
  }

  #updated({ peer }: MessageOf<"peer-updated">): void {
    const member = this.members.get(peer.id);
    if (member === undefined) return;
    this.#notePlace(peer.id);
    member.change(peer);
    this.#call(peer.id, () => this.onmemberupdated?.(member));
  }

  #left({ peer, reason }: MessageOf<"peer-left">): void {
    const member = this.members.get(peer);
    if (member === undefined) return;
    for (const track of [...member.tracks.keys()]) this.#unpublished({ type: "track-unpublished", peer, track });
    this.members.delete(peer);
    this.#log("member left", { peer, reason });
    this.#own.delete(peer);
    this.#call(undefined, () => this.onmemberleft?.(member, reason));
  }

  #published({ peer, track }: MessageOf<"track-published">): void {
    const member = this.members.get(peer);
    if (member === undefined) return;
    const published = new TrackHandle(track, {
      member,
      remoteTrack: this.#room.tracks.get(track.id)?.remoteTrack ?? null,
      want: () => this.#room.remote.tracks.open(track.id),
    });
    member.tracks.set(track.id, published);
    const { kind, source, layers } = track;
    this.#log("track published", { peer, track: track.id, kind, source, ...(layers === undefined ? {} : { layers }) });
    this.#call(peer, () => this.ontrackpublished?.(published));
  }

  #trackUpdated({ peer, track }: MessageOf<"track-updated">): void {
    const published = this.members.get(peer)?.tracks.get(track.id);
    if (published === undefined) return;
    published.change(track);
    this.#call(peer, () => this.ontrackupdated?.(published));
  }

  #unpublished({ peer, track }: MessageOf<"track-unpublished">): void {
    const member = this.members.get(peer);
    const published = member?.tracks.get(track);
    if (published === undefined) return;
    member?.tracks.delete(track);
    published.ended();
    this.#log("track unpublished", { peer, track });
    this.#call(undefined, () => this.ontrackunpublished?.(published));
  }

  #spoke({ peers }: MessageOf<"speakers">): void {
    const speakers = peers.flatMap(({ peer, level }) => {
      const member = this.members.get(peer);
      return member === undefined ? [] : [{ member, level }];
    });
    this.#call(undefined, () => this.onspeakers?.(speakers));
  }

  #notePlace(memberId: string): void {
    if (this.#room.members.has(memberId)) this.#own.add(memberId);
    else this.#own.delete(memberId);
  }

  #log(event: string, fields: LogFields & { readonly peer: string }): void {
    const { log } = this.#room.options;
    const all = { room: this.name, ...fields };
    if (this.#own.has(fields.peer)) log.info(event, all);
    else log.debug(event, all);
  }

  #call(memberId: string | undefined, handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.#room.programFailed(error, memberId);
    }
  }
}
