// What a program may import from `signalbox/client`, name by name.

export { browserPlatform } from "./browser_platform.ts";
export {
  type CaptureOptions,
  listDevices,
  openCamera,
  openCameraAndMicrophone,
  openMicrophone,
  openScreen,
  type ScreenTracks,
} from "./capture.ts";
export { ClientError, type ClientErrorCode } from "./client_error.ts";
export { defaultLayers, type EncodingOptions, type SimulcastLayer } from "./encodings.ts";
export { joinRoom } from "./join_room.ts";
export type { JoinState } from "./join_state.ts";
export type { LocalTrack } from "./local_track.ts";
export type { Peer } from "./peer.ts";
export type { Platform } from "./platform.ts";
export type { PublishOptions } from "./publish_options.ts";
export type { Quality } from "./quality.ts";
export type { RemoteTrack } from "./remote_track.ts";
export { Room } from "./room.ts";
export type { RoomChannel, RoomChannelEvents, RoomChannelOptions } from "./room_channel.ts";
export type { DataMessage, RoomEvents, Speaker } from "./room_events.ts";
export type { ChannelMessage } from "./room_frame.ts";
export type { RoomOptions } from "./room_options.ts";
export type { RoomStats } from "./room_stats.ts";
export type { TrackStats } from "./track_stats.ts";
