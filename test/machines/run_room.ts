import { type Actor, createActor } from "xstate";
import type { NewMember, RoomContext, RoomEvent } from "../../machines/room_events.ts";
import { roomMachine } from "../../machines/room_machine.ts";
import type { Track } from "../../protocol/room.ts";
import type { RoomServerMessage } from "../../protocol/server_message.ts";
import { Lines } from "./run_peer.ts";
import { nameOf } from "./walk.ts";

export const limits = { maxRoomPeers: 3, maxTracksPerPeer: 2, maxQueuedBytes: 4_000 };

/** A member that is about to join. */
export function memberOf(id: string, more: Partial<NewMember> = {}): NewMember {
  return { id, name: `name of ${id}`, metadata: null, isClient: true, isSubscribing: true, ...more };
}

export function trackOf(id: string, more: Partial<Track> = {}): Track {
  return { id, kind: "video", source: "camera", name: "", muted: false, ...more };
}

export interface RoomRun {
  readonly actor: Actor<typeof roomMachine>;
  readonly state: string;
  readonly context: RoomContext;
  send(...events: RoomEvent[]): string[];
  join(...members: (string | NewMember)[]): string[];
  publish(memberId: string, track: string | Track): string[];
}

/** A live room whose effects are written down, one short line each. */
export function runRoom(): RoomRun {
  const lines = new Lines();
  const { write } = lines;
  const logic = roomMachine.provide({
    actions: {
      refuseJoin: (_, { memberId, code, message, ref }) => write("refuse", memberId, code, ref, "-", message),
      welcome: (_, { memberId, ref, peers }) => write("welcome", memberId, ref, `[${peers.map(({ id }) => id)}]`),
      takePeer: (_, { memberId }) => write("take peer of", memberId),
      dismiss: (_, { memberId, reason, message }) => write("dismiss", memberId, reason, message),
      announce: (_, { message, except }) => write("announce", shorten(message), except && `except ${except}`),
      deliver: (_, { message, memberIds }) => write("deliver", shorten(message), `[${memberIds}]`),
      confirmTrack: (_, { memberId, track, mid }) => write("confirm", memberId, track.id, mid),
      reportError: (_, { memberId, code, message, ref }) => write("error", memberId, code, ref, "-", message),
      subscribe: (_, { memberIds, trackIds, layer }) => {
        if (memberIds.length > 0 && trackIds.length > 0) write("subscribe", `[${memberIds}] [${trackIds}]`, layer);
      },
      unsubscribe: (_, { memberId, trackId }) => write("unsubscribe", memberId, trackId),
      muteTrack: (_, { trackId, muted }) => write(muted ? "mute" : "unmute", trackId),
      forgetTrack: (_, { trackId }) => write("forget", trackId),
      endRoom: (_, { message }) => write("end", message),
    },
  });
  const actor = createActor(logic, { input: { room: "atrium", limits } });
  actor.start();
  const run: RoomRun = {
    actor,
    get state() {
      return nameOf(actor.getSnapshot().value);
    },
    get context() {
      return actor.getSnapshot().context;
    },
    send(...events) {
      for (const event of events) actor.send(event);
      return lines.take();
    },
    join: (...members) =>
      run.send(
        ...members.map(
          (member): RoomEvent => ({
            type: "join.requested",
            member: typeof member === "string" ? memberOf(member) : member,
            ref: null,
          }),
        ),
      ),
    publish: (memberId, track) =>
      run.send({
        type: "track.published",
        memberId,
        track: typeof track === "string" ? trackOf(track) : track,
        mid: "0",
      }),
  };
  return run;
}

function shorten(message: RoomServerMessage): string {
  switch (message.type) {
    case "peer-joined":
    case "peer-updated":
      return `${message.type} ${message.peer.id}`;
    case "peer-left":
      return `peer-left ${message.peer} ${message.reason}`;
    case "track-published":
    case "track-updated":
      return `${message.type} ${message.peer} ${message.track.id}`;
    case "track-unpublished":
      return `track-unpublished ${message.peer} ${message.track}`;
    case "data":
      return `data ${message.from} ${message.topic ?? "-"} ${JSON.stringify(message.payload)}`;
    default:
      return message.type;
  }
}
