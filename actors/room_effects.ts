import { roomMachine } from "../machines/room_machine.ts";
import type { LiveRoom } from "./live_room.ts";

/** The room machine with its effects: made once for all rooms of a node, since `provide()` is dear. */
export function provideRoom(rooms: ReadonlyMap<string, LiveRoom>): typeof roomMachine {
  const effect =
    <Params>(run: (room: LiveRoom, params: Params) => void) =>
    ({ context }: { readonly context: { readonly room: string } }, params: Params): void => {
      const room = rooms.get(context.room);
      if (room !== undefined) run(room, params);
    };
  return roomMachine.provide({
    actions: {
      refuseJoin: effect((room, params) => room.refuseJoin(params)),
      welcome: effect((room, params) => room.announcer.welcome(params)),
      welcomeBack: effect((room, params) => room.announcer.welcomeBack(params)),
      takePeer: effect((room, params) => room.takePeer(params)),
      dismiss: effect((room, params) => room.dismiss(params)),
      removeElsewhere: effect((room, departure) => room.remote.remove(departure)),
      announce: effect((room, params) => room.announcer.announce(params)),
      deliver: effect((room, params) => room.announcer.deliver(params)),
      confirmTrack: effect((room, params) => room.confirmTrack(params)),
      reportError: effect((room, params) => room.reportError(params)),
      subscribe: effect((room, params) => room.subscribe(params)),
      unsubscribe: effect((room, params) => room.unsubscribe(params)),
      muteTrack: effect((room, params) => room.muteTrack(params)),
      forwardData: effect((room, params) => room.remote.sendData(params)),
      openRemoteTrack: effect((room, params) => room.remote.openTrack(params)),
      handOver: effect((room, params) => room.handOver(params)),
      endLingering: effect((room, params) => room.endLingering(params)),
      forgetTrack: effect((room, params) => room.forgetTrack(params)),
      endRoom: effect((room, params) => room.endRoom(params)),
    },
  });
}
