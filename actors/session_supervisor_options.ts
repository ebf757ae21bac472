import type { SessionLimits, SessionTimeouts } from "../machines/session_events.ts";
import type { RoomMessageLimits } from "../protocol/check_room_limits.ts";
import type { Application } from "./application.ts";
import type { Cluster } from "./cluster.ts";
import type { FlightRecorder } from "./flight_recorder.ts";
import type { Logger } from "./logger.ts";
import type { PeerEngineFactory } from "./ports.ts";
import type { RoomSupervisorOptions } from "./room_supervisor_options.ts";

/** What the sessions of a node are made with. */
export interface SessionSupervisorOptions {
  /** Default: one of its own. */
  readonly recorder?: FlightRecorder | undefined;
  readonly engines: PeerEngineFactory;
  readonly application: Application;
  readonly log: Logger;
  readonly timeouts: SessionTimeouts;
  readonly limits: SessionLimits &
    RoomMessageLimits &
    RoomSupervisorOptions["limits"] & { readonly maxDetachedSessions: number };
  readonly rooms: Pick<
    RoomSupervisorOptions,
    "parts" | "nodeId" | "iceServers" | "createId" | "every" | "tokens" | "cluster" | "relay"
  >;
  /** The other nodes, where sessions of this node's sockets and sockets of its sessions may be. */
  readonly cluster: Cluster;
  /** Crashes come faster than is tolerated. */
  readonly onEscalation: () => void;
}
