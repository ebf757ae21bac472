import type { Ref } from "../protocol/ref.ts";
import type { PeerInfo, Track } from "../protocol/room.ts";
import type { Entry, RoomServerMessage } from "../protocol/server_message.ts";
import type { Speaker } from "./active_speakers.ts";
import type { LiveRoomOptions } from "./live_room_options.ts";
import type { RoomHandle } from "./room_handle.ts";
import type { LiveMember } from "./room_member.ts";
import type { SessionHandle } from "./session_handle.ts";

/** A member that is told that it is in, and what there is. */
export interface Entering {
  readonly memberId: string;
  readonly ref: Ref | null;
  /** Its own. */
  readonly metadata: unknown;
  readonly peers: readonly PeerInfo[];
  /** It had been on a node that is gone. */
  readonly isResuming?: boolean;
  /** Its own, when it is back. */
  readonly tracks?: readonly Track[];
}

/** What all are told but one. */
export interface Announcement {
  readonly message: RoomServerMessage;
  readonly except?: string;
}

/** What some are told, and the program unless it `isPrivate`. */
export interface Delivery {
  readonly message: RoomServerMessage;
  readonly memberIds: readonly string[];
  readonly isPrivate: boolean;
}

/** The room whose members are told things. */
interface AnnouncingRoom {
  readonly name: string;
  readonly program: RoomHandle;
  readonly members: ReadonlyMap<string, LiveMember>;
  readonly options: LiveRoomOptions;
}

/** Tells the members of a room on this node, and the program, what the room's machine decided to tell. */
export class RoomAnnouncer {
  readonly #room: AnnouncingRoom;
  /** Who speaks, as it was told last. */
  #speaking: readonly Speaker[] = [];

  constructor(room: AnnouncingRoom) {
    this.#room = room;
  }

  get speaking(): readonly Speaker[] {
    return this.#speaking;
  }

  welcome(entering: Entering): void {
    const session = this.#sessionOf(entering);
    if (session === null) return;
    const entry = this.#entryOf(session, entering);
    this.#tell(
      session.id,
      entering.isResuming ? { type: "resumed", fresh: true, ...entry } : { type: "joined", ...entry },
    );
    this.#tellSpeaking(session.id);
  }

  welcomeBack(entering: Entering): void {
    const session = this.#sessionOf(entering);
    if (session === null) return;
    this.#tell(session.id, { type: "resumed", fresh: false, ...this.#entryOf(session, entering) });
    // The client may have missed what became of its own tracks.
    const live = this.#room.members.get(session.id)?.tracks;
    for (const track of entering.tracks ?? []) this.confirm(session.id, track, live?.get(track.id)?.mid ?? null);
    this.#tellSpeaking(session.id);
  }

  confirm(memberId: string, track: Track, mid: string | null): void {
    const published = { type: "track-published", peer: memberId, track } as const;
    this.#tell(memberId, mid === null ? published : { ...published, mid });
  }

  announce({ message, except }: Announcement): void {
    const text = JSON.stringify(message);
    for (const member of this.#room.members.values()) if (member.id !== except) member.hear(message, text);
    this.#room.program.announced(message);
  }

  deliver({ message, memberIds, isPrivate }: Delivery): void {
    const text = JSON.stringify(message);
    for (const id of memberIds) this.#room.members.get(id)?.hear(message, text);
    if (!isPrivate) this.#room.program.announced(message);
  }

  tellSpeakers(peers: readonly Speaker[]): void {
    this.#speaking = peers;
    this.announce({ message: { type: "speakers", peers } });
  }

  #sessionOf({ memberId }: Entering): SessionHandle | null {
    return this.#room.members.get(memberId)?.session ?? null;
  }

  #entryOf(session: SessionHandle, { ref, metadata, peers }: Entering): Entry {
    const { nodeId: node, issueServers, signResume } = this.#room.options;
    const { id: peer } = session;
    const iceServers = issueServers(session);
    const entry = { room: this.#room.name, peer, node, resume: signResume(session), iceServers, metadata, peers };
    return ref === null ? entry : { ...entry, ref };
  }

  /** The next list comes when something changes. */
  #tellSpeaking(memberId: string): void {
    if (this.#speaking.length > 0) this.#tell(memberId, { type: "speakers", peers: this.#speaking });
  }

  #tell(memberId: string, message: RoomServerMessage): void {
    this.#room.members.get(memberId)?.hear(message, JSON.stringify(message));
  }
}
