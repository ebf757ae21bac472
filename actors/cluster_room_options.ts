import type { RemotePartTimeouts, remotePartMachine } from "../machines/remote_part_machine.ts";
import type { LeaveReason } from "../protocol/room.ts";
import type { ChannelMessage, Gossip } from "../protocol/room_gossip.ts";
import type { Subjects } from "../protocol/subjects.ts";
import type { Bus } from "./bus.ts";
import type { FlightRecorder } from "./flight_recorder.ts";
import type { Logger } from "./logger.ts";
import type { RemotePartsOptions } from "./remote_parts.ts";
import type { Removal } from "./remote_removals.ts";
import type { RoomInquiryOptions } from "./room_inquiry.ts";
import type { SeenPeer } from "./room_view.ts";

/** The room on this node, which is told of what is on other nodes. */
export interface ClusterRoomListener {
  seen(peer: SeenPeer): void;
  gone(peerId: string, reason: LeaveReason): void;
  superseded(peer: SeenPeer): void;
  dataReceived(data: Gossip<"data">): void;
  channelReceived(message: ChannelMessage): void;
  speakersHeard(speakers: Gossip<"speakers">): void;
  /** The program of another node, or of this one before, puts out who is a member of this node, or not. */
  removed(removal: Removal): void;
  /** The program of another node closes the room. */
  closed(message: string | undefined): void;
}

export interface ClusterRoomOptions {
  readonly room: string;
  /** This start of this node. */
  readonly node: string;
  readonly bus: Bus;
  readonly subjects: Subjects;
  readonly logic: typeof remotePartMachine;
  readonly timeouts: RemotePartTimeouts;
  readonly log: Logger;
  readonly recorder?: FlightRecorder | undefined;
  readonly listener: ClusterRoomListener;
  /** How often the session of a member of this node was taken up. */
  readonly epochOf: (memberId: string) => number;
  /** Of the part as it begins: above that of any change of a part that this node had before. */
  readonly firstNumber: number;
  readonly others: RoomInquiryOptions["others"];
  readonly ask: RoomInquiryOptions["ask"];
  /** Of all parts: real, or simulated. */
  readonly clock?: NonNullable<RemotePartsOptions["clock"]>;
}
