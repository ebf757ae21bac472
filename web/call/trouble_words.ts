import type { Room } from "../client/mod.ts";

/** What is known of a connection that is not there. */
export interface TroubleFacts {
  readonly isOnline: boolean;
  readonly wasJoined: boolean;
  readonly state: Room["state"];
  readonly mediaState: RTCPeerConnectionState;
  /** Whether an attempt has failed since media last worked. */
  readonly isMediaBlocked: boolean;
}

/** What is wrong, what happens next, and whether the connection check would tell more. */
export interface TroubleWords {
  readonly title: string;
  readonly next: string;
  readonly isCheckOfUse: boolean;
}

/** Whether media is being connected, or was and is not. */
export function isUnsettled(mediaState: RTCPeerConnectionState): boolean {
  return ["connecting", "disconnected", "failed"].includes(mediaState);
}

/** Says in plain words that a connection is not there yet, or no longer. */
export function sayTrouble(facts: TroubleFacts): TroubleWords {
  const { isOnline, wasJoined, state, mediaState, isMediaBlocked } = facts;
  if (!isOnline)
    return {
      title: "You are offline",
      next: "Your device says that it has no network. The call goes on by itself as soon as there is one.",
      isCheckOfUse: false,
    };
  if (!wasJoined)
    return state === "waiting"
      ? { title: "Joining…", next: "The server does not answer yet. It is tried again by itself.", isCheckOfUse: true }
      : { title: "Joining…", next: "The server is being asked to let you in.", isCheckOfUse: false };
  if (state !== "joined")
    return {
      title: "Connection lost. Reconnecting…",
      next: "The call goes on by itself as soon as the server can be reached. You need not do anything.",
      isCheckOfUse: false,
    };
  if (isMediaBlocked)
    return {
      title: "Sound and picture do not get through from this network",
      next: "The call goes on trying by itself. The connection check says what is in the way.",
      isCheckOfUse: true,
    };
  if (mediaState === "connecting")
    return { title: "Connecting sound and picture…", next: "This takes a few seconds at most.", isCheckOfUse: true };
  if (mediaState === "disconnected")
    return {
      title: "Sound and picture are interrupted",
      next: "They come back by themselves, as soon as something gets through again.",
      isCheckOfUse: false,
    };
  return {
    title: "No sound or picture gets through",
    next: "It is tried anew by itself. If it stays like this, the connection check says what is in the way.",
    isCheckOfUse: true,
  };
}
