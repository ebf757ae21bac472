import type { LeaveReason } from "../../protocol/room.ts";
import type { ClientError } from "./client_error.ts";
import type { JoinState } from "./join_state.ts";
import type { LocalTrack } from "./local_track.ts";
import type { Peer } from "./peer.ts";
import type { Quality } from "./quality.ts";
import type { RemoteTrack } from "./remote_track.ts";
import type { RoomStats } from "./room_stats.ts";

/** Somebody who speaks, with a level from 0 to 1. */
export interface Speaker {
  /** The id of the peer; your own, when it is you. */
  readonly peer: string;
  readonly level: number;
}

/** What somebody sent by `sendData`. */
export interface DataMessage {
  readonly from: string;
  /** Undefined when they left meanwhile. */
  readonly peer: Peer | undefined;
  readonly topic: string | undefined;
  readonly payload: unknown;
}

/** What a room tells, and what comes with it. */
export interface RoomEvents {
  "state-changed": JoinState;
  "media-state-changed": RTCPeerConnectionState;
  "peer-joined": Peer;
  /** Name, metadata or state. */
  "peer-updated": Peer;
  "peer-left": { readonly peer: Peer; readonly reason: LeaveReason };
  "track-published": RemoteTrack;
  /** Muted, unmuted or called something else. */
  "track-updated": RemoteTrack;
  "track-unpublished": RemoteTrack;
  /** `mediaStreamTrack` is there, or another one. */
  "track-started": RemoteTrack;
  /** Nothing of it is received any more. */
  "track-stopped": RemoteTrack;
  /** It got its id, was muted or unmuted, or has another device. */
  "local-track-updated": LocalTrack;
  "local-track-unpublished": LocalTrack;
  data: DataMessage;
  /** The loudest first; empty when nobody speaks. */
  speakers: readonly Speaker[];
  /** What was measured since the last time. */
  stats: RoomStats;
  /** `peer` is undefined for your own way to the server. */
  "quality-changed": { readonly peer: Peer | undefined; readonly quality: Quality };
  /** The browser plays nothing before a click: have `resumePlayback()` called from one. */
  "playback-blocked": ClientError;
  /** Something was plugged in or out: list the devices again. */
  "devices-changed": undefined;
  /** A camera or microphone is gone; another one is looked for. */
  "device-lost": { readonly track: LocalTrack; readonly error: ClientError };
  /** Another device took the place of the one that was lost. */
  "device-switched": { readonly track: LocalTrack };
  /** Something that was asked for was refused, or failed; the room goes on. */
  error: ClientError;
}

/** Tells an event of a room. */
export type Tell = <K extends keyof RoomEvents>(name: K, value: RoomEvents[K]) => void;
