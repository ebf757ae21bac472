import type { LeaveReason, PeerInfo, Track } from "../../protocol/room.ts";
import type { IncomingMessage } from "./incoming_message.ts";
import { Peer } from "./peer.ts";
import { RemoteTrack, type RemoteTrackPorts } from "./remote_track.ts";
import type { Tell } from "./room_events.ts";

/** Who else is in the room and what they publish. After a reconnect only what changed meanwhile is told. */
export class Roster {
  readonly #peers = new Map<string, Peer>();
  readonly #ports: RemoteTrackPorts;
  readonly #tell: Tell;

  constructor(ports: RemoteTrackPorts, tell: Tell) {
    this.#ports = ports;
    this.#tell = tell;
  }

  get peers(): ReadonlyMap<string, Peer> {
    return this.#peers;
  }

  /** Every track of everybody. */
  get tracks(): RemoteTrack[] {
    return [...this.#peers.values()].flatMap((peer) => [...peer.tracks.values()]);
  }

  /** Whether anything is to be received. */
  get isListening(): boolean {
    return this.#ports.isSubscribedByDefault || this.tracks.some(({ isSubscribed }) => isSubscribed);
  }

  /** Takes the whole list, as `joined` has it. */
  replace(infos: readonly PeerInfo[]): void {
    const ids = new Set(infos.map(({ id }) => id));
    for (const id of [...this.#peers.keys()]) if (!ids.has(id)) this.#left(id, "left");
    for (const info of infos) this.#put(info);
  }

  /** Forgets everybody. */
  clear(): void {
    this.replace([]);
  }

  /** Takes what is said of somebody else; false for what is about something else. */
  receive(message: IncomingMessage): boolean {
    switch (message.type) {
      case "peer-joined":
      case "peer-updated":
        this.#put(message.peer);
        return true;
      case "peer-left":
        this.#left(message.peer, message.reason);
        return true;
      case "track-published":
      case "track-updated":
        this.#putTrack(this.#peers.get(message.peer), message.track);
        return true;
      case "track-unpublished":
        this.#removeTrack(this.#peers.get(message.peer), message.track);
        return true;
      default:
        return false;
    }
  }

  #put(info: PeerInfo): void {
    const known = this.#peers.get(info.id);
    const peer = known ?? new Peer(info);
    if (known === undefined) {
      this.#peers.set(info.id, peer);
      this.#tell("peer-joined", peer);
    } else if (!isSame([known.name, known.metadata, known.state], [info.name, info.metadata, info.state])) {
      known.update(info);
      this.#tell("peer-updated", known);
    }
    const ids = new Set(info.tracks.map(({ id }) => id));
    for (const id of [...peer.tracks.keys()]) if (!ids.has(id)) this.#removeTrack(peer, id);
    for (const track of info.tracks) this.#putTrack(peer, track);
  }

  #left(id: string, reason: LeaveReason): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    for (const track of [...peer.tracks.keys()]) this.#removeTrack(peer, track);
    this.#peers.delete(id);
    this.#tell("peer-left", { peer, reason });
  }

  #putTrack(peer: Peer | undefined, info: Track): void {
    if (peer === undefined) return;
    const known = peer.tracks.get(info.id);
    if (known === undefined) {
      const track = new RemoteTrack(info, peer, this.#ports);
      peer.add(track);
      this.#tell("track-published", track);
      return;
    }
    const isChanged = !isSame(
      [known.source, known.name, known.isMuted, known.layers],
      [info.source, info.name, info.muted, info.layers ?? []],
    );
    known.update(info);
    if (isChanged) this.#tell("track-updated", known);
  }

  #removeTrack(peer: Peer | undefined, id: string): void {
    const track = peer?.tracks.get(id);
    if (track === undefined) return;
    track.carry(null);
    track.detach();
    peer?.remove(track);
    this.#tell("track-unpublished", track);
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
