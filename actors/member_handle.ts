import type { PeerInfo, Track } from "../protocol/room.ts";
import type { RemoteTrack, Session } from "./application.ts";
import type { PublishedTrack, RoomMember } from "./room_application.ts";

export interface MemberHandleOptions {
  readonly session: Session | null;
  readonly remove: (reason: string | undefined) => void;
}

export interface TrackHandleOptions extends Pick<PublishedTrack, "member" | "remoteTrack"> {
  /** Has it come here from another node. */
  readonly want: () => void;
}

/** A member of a room as the program sees it. */
export class MemberHandle implements RoomMember {
  readonly id: string;
  session: Session | null;
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
  remoteTrack: RemoteTrack | null;
  readonly #want: () => void;
  #track: Track;
  #isEnded = false;
  #arrival: PromiseWithResolvers<RemoteTrack | null> | undefined;

  constructor(track: Track, { member, remoteTrack, want }: TrackHandleOptions) {
    this.id = track.id;
    this.kind = track.kind;
    this.member = member;
    this.remoteTrack = remoteTrack;
    this.#want = want;
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

  async receive(): Promise<RemoteTrack | null> {
    if (this.remoteTrack !== null || this.#isEnded) return this.remoteTrack;
    this.#arrival ??= Promise.withResolvers();
    this.#want();
    return this.#arrival.promise;
  }

  change(track: Track): void {
    this.#track = track;
  }

  /** It is here, or comes from elsewhere than before. */
  arrived(remoteTrack: RemoteTrack): void {
    this.remoteTrack = remoteTrack;
    this.#arrival?.resolve(remoteTrack);
  }

  /** It is published no more. */
  ended(): void {
    this.#isEnded = true;
    this.#arrival?.resolve(null);
  }
}
