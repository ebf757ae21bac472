import type { Peer, Quality, Room } from "../client/mod.ts";
import { localPicture, type Picture, remotePicture } from "./picture.ts";

/** Somebody in the call, as the view knows them at one moment. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly isSelf: boolean;
  /** Their connection to the server is broken, and is waited for. */
  readonly isReconnecting: boolean;
  /** Whether they can be heard: false without a microphone, too. */
  readonly isHeard: boolean;
  readonly quality: Quality;
  /** Null when the camera is off. */
  readonly camera: Picture | null;
  readonly screen: Picture | null;
}

/** Everybody in a room, oneself first. */
export function peopleOf(room: Room, name: string): readonly Person[] {
  return [selfOf(room, name), ...[...room.peers.values()].map(personOf)];
}

function personOf(peer: Peer): Person {
  const camera = peer.trackOf("camera");
  const microphone = peer.trackOf("microphone");
  const screen = peer.trackOf("screen");
  return {
    id: peer.id,
    name: peer.name === "" ? "Guest" : peer.name,
    isSelf: false,
    isReconnecting: peer.state === "reconnecting",
    isHeard: microphone !== undefined && !microphone.isMuted,
    quality: peer.quality,
    camera: camera === undefined || camera.isMuted ? null : remotePicture(camera),
    screen: screen === undefined || screen.isMuted ? null : remotePicture(screen),
  };
}

function selfOf(room: Room, name: string): Person {
  const tracks = [...room.localTracks];
  const camera = tracks.find(({ source }) => source === "camera");
  const microphone = tracks.find(({ source }) => source === "microphone");
  const screen = tracks.find(({ source }) => source === "screen");
  return {
    id: "self",
    name,
    isSelf: true,
    isReconnecting: false,
    isHeard: microphone !== undefined && !microphone.isMuted,
    quality: room.quality,
    camera: camera === undefined || camera.isMuted ? null : localPicture(camera),
    screen: screen === undefined ? null : localPicture(screen),
  };
}
