// What a program may import: a node of its own, and what it is told of.

export type {
  Application,
  DataChannel,
  DataChannelOptions,
  Peer,
  PeerConnectionState,
  RemoteTrack,
  SendOptions,
  SentTrack,
  Session,
} from "./actors/application.ts";
export type { Logger } from "./actors/logger.ts";
export type {
  JoinRequest,
  PublishedTrack,
  Room,
  RoomData,
  RoomMember,
  RoomSpeaker,
  ServerChannel,
  ServerMember,
  ServerMemberOptions,
  ServerTrack,
} from "./actors/room_application.ts";
export { type Config, readConfig } from "./config.ts";
export { type Node, type NodeOptions, startNode } from "./node.ts";
export type { LeaveReason } from "./protocol/room.ts";
export { type ErrorCode, errorCodes, SignalboxError } from "./protocol/signalbox_error.ts";
