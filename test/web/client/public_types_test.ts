import type * as packed from "signalbox/client";
import type * as packedNode from "signalbox/client/node";
import { expectTypeOf, test } from "vitest";
import type * as module from "../../../web/client/mod.ts";
import {
  type ClientError,
  type ClientErrorCode,
  type DataMessage,
  type JoinState,
  joinRoom,
  type LocalTrack,
  listDevices,
  openCamera,
  type Peer,
  type Quality,
  type RemoteTrack,
  type Room,
  type RoomChannel,
  type RoomEvents,
  type RoomOptions,
  type RoomStats,
} from "../../../web/client/mod.ts";
import type * as nodeModule from "../../../web/node/mod.ts";

test("[CL87] the package exports what the module of the repository does", () => {
  expectTypeOf<keyof typeof packed>().toEqualTypeOf<keyof typeof module>();
  expectTypeOf<keyof typeof packedNode>().toEqualTypeOf<keyof typeof nodeModule>();
  expectTypeOf<packed.RoomOptions>().toEqualTypeOf<RoomOptions>();
  expectTypeOf<packed.ClientErrorCode>().toEqualTypeOf<ClientErrorCode>();
  expectTypeOf<packed.RoomStats>().toEqualTypeOf<RoomStats>();
  expectTypeOf<keyof packed.RoomEvents>().toEqualTypeOf<keyof RoomEvents>();
});

test("[CL87] a room is what the documentation says", () => {
  expectTypeOf(joinRoom).toEqualTypeOf<(name: string, options?: RoomOptions) => Promise<Room>>();
  expectTypeOf<Room["state"]>().toEqualTypeOf<JoinState>();
  expectTypeOf<Room["peers"]>().toEqualTypeOf<ReadonlyMap<string, Peer>>();
  expectTypeOf<Room["publishCamera"]>().returns.resolves.toEqualTypeOf<LocalTrack>();
  expectTypeOf<Room["publishScreen"]>().returns.resolves.toEqualTypeOf<readonly LocalTrack[]>();
  expectTypeOf<Room["openChannel"]>().returns.toEqualTypeOf<RoomChannel>();
  expectTypeOf<Room["getStats"]>().returns.resolves.toEqualTypeOf<RoomStats | undefined>();
  expectTypeOf<Room["explain"]>().returns.toEqualTypeOf<string>();
  expectTypeOf<RemoteTrack["mediaStreamTrack"]>().toEqualTypeOf<MediaStreamTrack | null>();
  expectTypeOf<LocalTrack["id"]>().toEqualTypeOf<string | null>();
  expectTypeOf(openCamera).returns.resolves.toEqualTypeOf<MediaStreamTrack>();
  expectTypeOf(listDevices).returns.resolves.toEqualTypeOf<MediaDeviceInfo[]>();
});

test("[CL87] each event has its type, and an unknown one none", () => {
  const listen = (room: Room) => {
    room.on("state-changed", (state) => expectTypeOf(state).toEqualTypeOf<JoinState>());
    room.on("track-started", (track) => expectTypeOf(track).toEqualTypeOf<RemoteTrack>());
    room.on("data", (message) => expectTypeOf(message).toEqualTypeOf<DataMessage>());
    room.on("error", (error) => expectTypeOf(error).toEqualTypeOf<ClientError>());
    room.on("quality-changed", ({ quality }) => expectTypeOf(quality).toEqualTypeOf<Quality>());
    // @ts-expect-error there is no such event
    room.on("track-begun", () => undefined);
  };
  expectTypeOf(listen).parameter(0).toEqualTypeOf<Room>();
  expectTypeOf<"permission-denied" | "room-full">().toExtend<ClientErrorCode>();
});
