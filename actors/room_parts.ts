import type { Peer, PeerConnectionState, RemoteTrack } from "./application.ts";
import type { Logger } from "./logger.ts";
import type { EngineChannel } from "./ports.ts";

// What a room consists of beside its machine: live objects, none of which ever enters a machine. The room calls its parts; no part
// calls another. What a part is told, it is told in the order in which it happened, and none of its methods throws. (Who speaks is
// `ActiveSpeakers`, which the room gives its audio tracks, and ticks.)

/** A member of a room as the parts of the room see it. */
export interface RoomParticipant {
  /** Matches `[A-Za-z0-9_-]{1,64}`; unique in the cluster. */
  readonly id: string;
  /**
   * The server's end of the member's peer connection while the room owns it; null before the first offer, between two peer
   * connections, and always for a member on the server. A part uses `addTrack` and nothing else of it: its handlers are the room's.
   */
  readonly peer: Peer | null;
}

/** A track that a member publishes. */
export interface PublishedSource {
  /** As `Track.id` of the protocol; unique in the cluster. */
  readonly id: string;
  /** The member that publishes it. */
  readonly memberId: string;
  /** Its handlers are the room's; parts only read it, send it and ask it for keyframes and levels. */
  readonly remoteTrack: RemoteTrack;
  /** The id of the `MediaStream` that subscribers see it in: one for camera and microphone of a member, one for its screen. */
  readonly streamId: string;
}

/** What a subscription is, or should be. */
export interface SubscriptionRequest {
  readonly subscriber: RoomParticipant;
  readonly track: PublishedSource;
  /** The highest simulcast layer to send, by its RID, which the track has; null for the best that the bandwidth allows. */
  readonly layer: string | null;
}

/** One track to one member, by their ids. */
export interface SubscriptionKey {
  readonly memberId: string;
  readonly trackId: string;
}

/** What a media section that the server sends carries, as `tracks` of an offer says it. */
export interface CarriedTrack {
  /** Who publishes it. */
  readonly peer: string;
  readonly track: string;
}

/** Which tracks go to which members: one actor for each subscription. */
export interface RoomSubscriptions {
  /**
   * Begins one: at once when the subscriber has a peer connection, otherwise with its next one (`peerOpened`). The room never starts one
   * twice, and none of a member to its own track.
   */
  start(request: SubscriptionRequest): void;
  has(key: SubscriptionKey): boolean;
  chooseLayer(key: SubscriptionKey, layer: string | null): void;
  /** Another live track stands for a published one from now on: who gets it goes on getting it, without a negotiation. */
  trackReplaced(track: PublishedSource): void;
  /** Ends one for good: its `SentTrack` is stopped. Nothing when there is none. */
  end(key: SubscriptionKey): void;
  /** The member has a peer connection now (`member.peer`), or another one: its subscriptions send there. */
  peerOpened(member: RoomParticipant): void;
  /**
   * The member's peer connection is over, or is the application's again (`member.peer` is null already): its `SentTrack`s are stopped, or
   * gone with it. Its subscriptions stay and wait for the next one.
   */
  peerClosed(member: RoomParticipant): void;
  /** The member's peer connection is in another state: what nothing is heard of gets nothing. */
  peerStateChanged(memberId: string, state: PeerConnectionState): void;
  trackMuted(trackId: string, isMuted: boolean): void;
  /** A track is gone: every subscription to it ends. */
  trackUnpublished(trackId: string): void;
  /** A member is gone: every subscription of it ends. */
  memberLeft(memberId: string): void;
  /** What the sections that this side sends to a member carry now, by `mid`; those without a `mid` yet are left out. */
  describe(memberId: string): Readonly<Record<string, CarriedTrack>>;
  /** Ends all of them with the room. */
  close(): void;
}

/** What a member on the server takes part in a room channel by. */
export interface ServerChannelPort {
  readonly memberId: string;
  readonly label: string;
  /** A message that another member sent on its channel of this label. Throws nothing. */
  receive(message: { readonly from: string; readonly data: string | Uint8Array }): void;
}

/** The data channels of a room: those that members opened with protocol `signalbox.room`, relayed by their label. */
export interface RoomChannels {
  /** Open already, and the relay's from now on: it sets the handlers, which are null. */
  opened(member: RoomParticipant, channel: EngineChannel): void;
  /** A member on the server takes part in a label; the same port once only. */
  addPort(port: ServerChannelPort): void;
  removePort(port: ServerChannelPort): void;
  /** To every other member's channels of the label, as if it came from a channel of the member `from`. */
  send(message: RoomChannelMessage): void;
  /** The same for what a member of another node sent. */
  receive(message: RoomChannelMessage): void;
  /** The member's channels are gone with its peer connection, or belong to somebody else now: they are not to be touched any more. */
  peerClosed(memberId: string): void;
  /** Its ports are gone, too. */
  memberLeft(memberId: string): void;
  close(): void;
}

/** What is said on a room channel. */
export interface RoomChannelMessage {
  /** The member that sent it. */
  readonly from: string;
  readonly label: string;
  readonly data: string | Uint8Array;
}

/** What every part is given. */
export interface RoomPartOptions {
  readonly room: string;
  readonly log: Logger;
  /** A fault of ours ended something in a part; it was logged by the part, and counts as a crash. */
  readonly onCrash: () => void;
}

/** What the subscriptions of a room are given. */
export interface RoomSubscriptionsOptions extends Omit<RoomPartOptions, "onCrash"> {
  /** The same, for a subscription that ended by it: its member may subscribe anew. */
  readonly onCrash: (crashed: SubscriptionKey) => void;
}

/** What the channels of a room are given. */
export interface RoomChannelsOptions extends RoomPartOptions {
  /** A member of this node said something. The bytes are only lent. */
  readonly onSent?: (message: RoomChannelMessage) => void;
  /** A message did not reach everybody, as it is too long for somebody: only its sender can mend that. */
  readonly onTooLarge?: (tooLarge: { readonly from: string; readonly label: string; readonly message: string }) => void;
}

/** Makes the parts of rooms: one for a node, since what is `provide()`d is provided once. */
export interface RoomPartsFactory {
  createSubscriptions(options: RoomSubscriptionsOptions): RoomSubscriptions;
  createChannels(options: RoomChannelsOptions): RoomChannels;
}
