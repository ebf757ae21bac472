import type { Departure, Member } from "../machines/room_events.ts";
import type { Ref } from "../protocol/ref.ts";
import type { LeaveReason, Track } from "../protocol/room.ts";
import type { Speaker } from "./active_speakers.ts";
import type { ClusterRoom } from "./cluster_room.ts";
import type { LiveRoom } from "./live_room.ts";
import { RemoteTracks } from "./remote_tracks.ts";
import { maxShownLabel } from "./room_channels.ts";
import type { LiveTrack } from "./room_member.ts";
import type { RoomChannelMessage } from "./room_parts.ts";
import type { RelayOffer } from "./track_relay.ts";

const tooLong = "to members on other nodes: it is longer than the bus takes";

/** A live room as part of the same room on other nodes: hears of them, tells them, and gives and gets tracks. */
export class RemoteRoom {
  readonly tracks: RemoteTracks;
  readonly #room: LiveRoom;
  readonly #cluster: ClusterRoom;
  readonly #offers = new Map<string, RelayOffer>();
  /** The members, to tell whether any is elsewhere. */
  #members: readonly Member[] = [];

  constructor(room: LiveRoom) {
    this.#room = room;
    const { name, options } = room;
    this.tracks = new RemoteTracks({
      room: name,
      relay: options.relay,
      log: options.log,
      onOpened: (track, wishes) => this.#opened(track, wishes),
    });
    this.#cluster = options.cluster.open(
      name,
      {
        seen: (member) => room.send({ type: "remote.seen", member }),
        gone: (memberId, reason) => room.send({ type: "remote.left", memberId, reason }),
        superseded: (member) => room.send({ type: "member.superseded", member }),
        dataReceived: ({ from, to, topic, payload }) => {
          const message = { type: "data", from, ...(topic === undefined ? {} : { topic }), payload } as const;
          room.send({ type: "data.received", message, to });
        },
        channelReceived: (message) => room.channels.receive(message),
        speakersHeard: ({ node, peers }) => room.speakers.heard(node, peers),
        removed: ({ peer: memberId, message, isFault }) =>
          room.send({ type: "member.removed", memberId, reason: "kicked", message, isFault }),
        closed: (message) => room.send({ type: "room.closed", message }),
      },
      (memberId) => room.members.get(memberId)?.session?.epoch ?? 1,
    );
  }

  /** Undefined once it is known who is in the room elsewhere. */
  get synced(): Promise<void> | undefined {
    return this.#cluster.synced;
  }

  /** Whether another node has a newer claim to a member of this one. */
  isClaimedElsewhere(memberId: string): boolean {
    return this.#cluster.isClaimedElsewhere(memberId);
  }

  /** Resolves when all was done to know of somebody who was in the room on a node that is gone. */
  seek(memberId: string): Promise<void> {
    return this.#cluster.seek(memberId);
  }

  /** A member of this node goes on at another one, which may not have said so yet. */
  release(memberId: string): void {
    this.#cluster.release(memberId);
  }

  /** Has the node of a member put it out. */
  remove({ memberId: peer, message, isFault }: Departure): void {
    this.#cluster.remove({ peer, message, isFault });
  }

  /** Has the other nodes end their parts of the room. */
  closeAll(message: string | undefined): void {
    this.#cluster.closeAll(message);
  }

  membersChanged(members: readonly Member[]): void {
    if (members === this.#members) return;
    this.#members = members;
    this.#cluster.membersChanged(members);
  }

  memberLeaving(memberId: string, reason: LeaveReason): void {
    this.tracks.memberLeft(memberId);
    this.#cluster.noteReason(memberId, reason);
    if (reason === "replaced") this.#room.program.memberMoved(memberId, null);
  }

  sendData({
    message: { from, topic, payload },
    to,
    ref,
  }: {
    readonly message: { readonly from: string; readonly topic?: string; readonly payload: unknown };
    readonly to: readonly string[] | undefined;
    readonly ref?: Ref | null | undefined;
  }): void {
    const isElsewhere = ({ id, trackNodes }: Member) => trackNodes !== null && to?.includes(id) !== false;
    if (!this.#members.some(isElsewhere) || this.#cluster.sendData({ from, to, topic, payload })) return;
    this.#room.members.get(from)?.hearError("message-too-large", `Cannot send data ${tooLong}`, ref);
  }

  sendOnChannel(message: RoomChannelMessage): void {
    if (!this.#members.some(({ trackNodes }) => trackNodes !== null) || this.#cluster.sendOnChannel(message)) return;
    const label = message.label.slice(0, maxShownLabel);
    this.#room.members
      .get(message.from)
      ?.hearError("message-too-large", `Cannot relay a message on room channel "${label}" ${tooLong}`);
  }

  tellSpeakers(peers: readonly Speaker[]): void {
    this.#cluster.tellSpeakers(peers);
  }

  /** Whether somebody is in the room, on whichever node. */
  isPresent(memberId: string): boolean {
    return this.#members.some(({ id }) => id === memberId);
  }

  /** Other nodes may have a track of this one. */
  offer({ id, remoteTrack }: LiveTrack): void {
    this.#offers.get(id)?.close();
    this.#offers.set(id, this.#room.options.relay.offer(id, remoteTrack));
  }

  openTrack({ memberId, track, node }: { memberId: string; track: Track; node: string }): void {
    this.tracks.set(memberId, track, node, { isWanted: this.#room.tracks.has(track.id) });
  }

  forgetTrack(trackId: string): void {
    this.tracks.forget(trackId);
    this.#offers.get(trackId)?.close();
    this.#offers.delete(trackId);
  }

  close(): void {
    this.tracks.close();
    for (const offer of this.#offers.values()) offer.close();
    this.#offers.clear();
    this.#room.options.cluster.close(this.#room.name);
  }

  #opened(track: LiveTrack, wishes: ReadonlyMap<string, string | null | undefined>): void {
    const { tracks, subscriptions, members, program } = this.#room;
    tracks.set(track.id, track);
    subscriptions.trackReplaced(track);
    program.trackArrived(track, { isTold: false });
    for (const [memberId, layer] of wishes) {
      if (members.has(memberId)) this.#room.subscribe({ memberIds: [memberId], trackIds: [track.id], layer });
    }
  }
}
