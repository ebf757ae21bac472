import type { RoomLimits } from "../machines/room_events.ts";
import type { SessionEvent } from "../machines/session_events.ts";
import type { LeaveReason } from "../protocol/room.ts";
import type { Application } from "./application.ts";
import type { ClusterRooms } from "./cluster_rooms.ts";
import type { FlightRecorder } from "./flight_recorder.ts";
import type { Logger } from "./logger.ts";
import type { IceServerSource, ResumeTokens } from "./ports.ts";
import type { RoomPartsFactory } from "./room_parts.ts";
import type { SessionHandle } from "./session_handle.ts";
import type { TrackRelay } from "./track_relay.ts";

/** What the rooms of a node are given, and whom they tell of what. */
export interface RoomSupervisorOptions {
  readonly recorder: FlightRecorder;
  readonly application: Application;
  readonly log: Logger;
  readonly parts: RoomPartsFactory;
  readonly nodeId: string;
  readonly tokens: ResumeTokens;
  readonly cluster: ClusterRooms;
  readonly relay: TrackRelay;
  /** Who joins is told its servers. */
  readonly iceServers: IceServerSource;
  readonly limits: RoomLimits & { readonly maxRooms: number };
  /** An id as of a session, that nobody else has. */
  readonly createId: () => string;
  /** Calls something again and again until what it returns is called. */
  readonly every: (periodMs: number, call: (nowMs: number) => void) => () => void;
  /** To the actor of a session. */
  readonly send: (sessionId: string, event: SessionEvent) => void;
  /** A client is no member of its room any more. */
  readonly onLeft: (session: SessionHandle, reason: LeaveReason) => void;
  /** Something crashed, and was logged. */
  readonly onCrash: () => void;
}
