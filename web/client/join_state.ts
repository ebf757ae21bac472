/**
 * Where a room is on its way in: `idle` before `join()`, `connecting` while a socket opens, `joining` while the server decides,
 * `joined`, `waiting` for the next attempt, `left` by `leave()`, `failed` when trying again is of no use.
 */
export type JoinState = "idle" | "connecting" | "joining" | "joined" | "waiting" | "left" | "failed";

/** What happened on the way. */
export type JoinEvent =
  | "join.requested"
  | "socket.opened"
  | "room.joined"
  | "connection.lost"
  | "pause.ended"
  | "join.refused"
  | "room.left";

/** The state that follows; what is missing changes nothing. */
export const joinTransitions: Readonly<Record<JoinState, Partial<Record<JoinEvent, JoinState>>>> = {
  idle: { "join.requested": "connecting", "room.left": "left" },
  connecting: {
    "socket.opened": "joining",
    "connection.lost": "waiting",
    "join.refused": "failed",
    "room.left": "left",
  },
  joining: { "room.joined": "joined", "connection.lost": "waiting", "join.refused": "failed", "room.left": "left" },
  joined: { "connection.lost": "waiting", "join.refused": "failed", "room.left": "left" },
  waiting: { "pause.ended": "connecting", "join.refused": "failed", "room.left": "left" },
  left: { "join.requested": "connecting" },
  failed: { "join.requested": "connecting", "room.left": "left" },
};
