import type { PeerInfo, Track } from "../protocol/room.ts";
import type { RemoteTrack, Session } from "./application.ts";
import type { PublishedTrack, RoomMember } from "./room_application.ts";

export interface MemberHandleOptions {
  readonly session: Session | null;
  readonly remove: (reason: string | undefined) => void;
}

/** A member of a room as the program sees it. */
export class MemberHandle implements RoomMember {
  readonly id: string;
  readonly session: Session | null;
  readonly tracks = new Map<string, TrackHandle>();
  readonly #remove: (reason: string | undefined) => void;
  #info: PeerInfo;

  constructor(info: PeerInfo, { session, remove }: MemberHandleOptions) {
    this.id = info.id;
    this.session = session;
    this.#info = info;
    this.#remove = remove;
  }

  get name(): string {
    return this.#info.name;
  }

  get metadata(): unknown {
    return this.#info.metadata;
  }

  get state(): PeerInfo["state"] {
    return this.#info.state;
  }

  remove(reason?: string): void {
    this.#remove(reason);
  }

  /** It is another one than before; its tracks have a word of their own. */
  change(info: PeerInfo): void {
    this.#info = info;
  }
}

/** A published track as the program sees it. */
export class TrackHandle implements PublishedTrack {
  readonly id: string;
  readonly kind: Track["kind"];
  readonly member: RoomMember;
  readonly remoteTrack: RemoteTrack;
  #track: Track;

  constructor(track: Track, { member, remoteTrack }: Pick<PublishedTrack, "member" | "remoteTrack">) {
    this.id = track.id;
    this.kind = track.kind;
    this.member = member;
    this.remoteTrack = remoteTrack;
    this.#track = track;
  }

  get source(): string {
    return this.#track.source;
  }

  get name(): string {
    return this.#track.name;
  }

  get muted(): boolean {
    return this.#track.muted;
  }

  change(track: Track): void {
    this.#track = track;
  }
}
