import type { ClientError } from "./client_error.ts";
import type { JoinState } from "./join_state.ts";

/** What an explanation is made from. */
export interface ConnectionFacts {
  readonly room: string;
  readonly url: string;
  readonly state: JoinState;
  readonly isOnline: boolean;
  /** Which attempt to connect is under way or next, from 1 on. */
  readonly attemptNumber: number;
  readonly retryInMs: number;
  /** Why the last attempt or connection ended. */
  readonly lastError: ClientError | undefined;
  readonly mediaState: RTCPeerConnectionState;
  readonly mediaError: ClientError | undefined;
  readonly isMediaOpen: boolean;
  readonly hasTurn: boolean;
}

/** Says in words how a room is connected, or why it is not and what happens next. */
export function explain(facts: ConnectionFacts): string {
  return [sayState(facts), facts.state === "joined" ? sayMedia(facts) : sayWhy(facts)]
    .filter((part) => part !== "")
    .join(" ");
}

function sayState({ state, room, url, attemptNumber, retryInMs }: ConnectionFacts): string {
  switch (state) {
    case "idle":
      return `Not in room "${room}": join() was not called.`;
    case "connecting":
      return `Connecting to the server (${url}).`;
    case "joining":
      return `Connected; waiting for the server to let us into room "${room}" (${url}).`;
    case "joined":
      return `In room "${room}".`;
    case "waiting":
      return `Not connected: it is tried again in ${(Math.max(0, retryInMs) / 1000).toFixed(1)} s (attempt ${attemptNumber}).`;
    case "left":
      return `Not in room "${room}": it was left.`;
    case "failed":
      return `Not in room "${room}", and it is not tried again.`;
  }
}

function sayWhy({ state, lastError, isOnline }: ConnectionFacts): string {
  if (state === "idle" || state === "left") return "";
  const offline = isOnline ? "" : "The system says that it is offline: check the network.";
  const reason = lastError === undefined ? "" : `The last time: ${lastError.message}`;
  return [offline, reason].filter((part) => part !== "").join(" ");
}

function sayMedia({ mediaState, mediaError, isMediaOpen, hasTurn }: ConnectionFacts): string {
  const turn = hasTurn ? "" : " No TURN server is configured to pass a firewall.";
  const last = mediaError === undefined ? "" : ` The last time: ${mediaError.message}`;
  switch (mediaState) {
    case "connected":
      return "Media is connected.";
    case "disconnected":
      return "Media is interrupted: nothing comes from the server; ICE is restarted if that stays so.";
    case "failed":
      return `Media failed: no way to the server works; ICE is being restarted.${turn}${last}`;
    case "connecting":
      return `Media is connecting: ways to the server are being tried.${mediaError === undefined ? "" : turn}${last}`;
    default:
      if (mediaError !== undefined) return `Media begins again.${turn}${last}`;
      return isMediaOpen ? "Media is being negotiated." : "There is no media to send or to receive.";
  }
}
