import type { RoomLimits } from "../machines/room_events.ts";
import type { IceServer } from "../protocol/ice_server.ts";
import type { LeaveReason } from "../protocol/room.ts";
import type { AudioLevels } from "./audio_levels.ts";
import type { ClusterRooms } from "./cluster_rooms.ts";
import type { LiveRoom } from "./live_room.ts";
import type { Logger } from "./logger.ts";
import type { LiveMember } from "./room_member.ts";
import type { RoomPartsFactory } from "./room_parts.ts";
import type { SessionHandle } from "./session_handle.ts";
import type { TrackRelay } from "./track_relay.ts";

/** What a live room is given, and whom it tells of what. */
export interface LiveRoomOptions {
  readonly name: string;
  readonly nodeId: string;
  /** What a client is told to reach the node by. */
  readonly issueServers: (session: SessionHandle) => readonly IceServer[];
  readonly limits: RoomLimits;
  readonly parts: RoomPartsFactory;
  readonly log: Logger;
  readonly createId: () => string;
  readonly levels: AudioLevels;
  /** The rooms of the other nodes, and the tracks in them. */
  readonly cluster: ClusterRooms;
  readonly relay: TrackRelay;
  /** What a client comes back with when its socket drops. */
  readonly signResume: (session: SessionHandle) => string;
  /** The member is in, as its client was told. */
  readonly onJoined: (member: LiveMember) => void;
  /** The member is not let in. */
  readonly onRefused: (member: LiveMember) => void;
  /** The member goes on at another node. */
  readonly onSuperseded: (member: LiveMember) => void;
  /** The member is in no room any more, for a reason. */
  readonly onDismissed: (member: LiveMember, reason: LeaveReason) => void;
  /** Somebody publishes, who may speak. */
  readonly onTrackPublished: (room: LiveRoom) => void;
  /** It is over, for whatever reason. */
  readonly onEnded: (room: LiveRoom) => void;
  /** A fault of ours ended it, one that its machine knows nothing of. */
  readonly onCrash: () => void;
}
