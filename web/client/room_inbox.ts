import { ClientError } from "./client_error.ts";
import type { Connector } from "./connector.ts";
import { checkJson } from "./data_message.ts";
import type { IncomingMessage, Joined, Resumed } from "./incoming_message.ts";
import type { MediaSession } from "./media_session.ts";
import { probeTopic } from "./probe_topic.ts";
import type { Speaker, Tell } from "./room_events.ts";
import type { Roster } from "./roster.ts";

/** Whom the messages of the server are handed on to. */
export interface RoomInboxOptions {
  readonly connector: Connector;
  readonly roster: Roster;
  readonly media: MediaSession;
  readonly tell: Tell;
  readonly metadata: unknown;
}

/** Hands each message of the server to whom it is about: the media, the others, or this peer itself. */
export class RoomInbox {
  readonly #options: RoomInboxOptions;
  /** Ids that this client had before: the server may not know yet that they are gone. */
  readonly #formerIds = new Set<string>();
  /** This peer's own id. */
  id = "";
  metadata: unknown;
  /** Whether the server has them, or was told them by the `join` that it answers. */
  #isMetadataTold = true;
  /** The last metadata that the server is known to have, and the request for those of now. */
  #accepted: unknown;
  #metadataRef: string | undefined;
  /** The server's own fault, which it says right before it puts everybody out. */
  #fault: ClientError | undefined;
  speakers: readonly Speaker[] = [];

  /** Throws as `setMetadata`. */
  constructor(options: RoomInboxOptions) {
    checkJson(options.metadata, "set metadata");
    this.#options = options;
    this.metadata = this.#accepted = options.metadata;
  }

  /** Joined, for the first time or again. */
  entered(reply: Joined | Resumed, how: { readonly isResumed: boolean; readonly isMove: boolean }): void {
    const { connector, roster, media } = this.#options;
    if (this.id !== "" && this.id !== reply.peer) this.#formerIds.add(this.id);
    this.#formerIds.delete(reply.peer);
    this.#fault = this.#metadataRef = undefined;
    this.id = reply.peer;
    roster.replace(reply.peers.filter(({ id }) => !this.#formerIds.has(id)));
    // A listener left when it heard of somebody.
    if (connector.state !== "joined") {
      roster.clear();
      return;
    }
    media.entered(reply.iceServers, how);
    media.assign();
    for (const track of roster.tracks) if (how.isResumed ? !track.isTold : track.hasWish) track.tellWish();
    this.#takeMetadata(reply);
    if (how.isResumed) this.#tellMutes();
  }

  /** What to join with: the server has it then. */
  metadataToJoin(): unknown {
    this.#isMetadataTold = true;
    return this.metadata;
  }

  /**
   * Replaces this peer's own metadata; `joined` has them, when they cannot be told now.
   *
   * @throws {ClientError} `bad-message`, `message-too-large`
   */
  setMetadata(metadata: unknown): void {
    checkJson(metadata, "set metadata");
    this.metadata = metadata;
    this.#isMetadataTold = false;
    this.#metadataRef = this.#options.connector.sendWithRef({ type: "metadata", metadata });
  }

  /** Out for good. */
  ended(): void {
    this.#options.media.close();
    this.#options.roster.clear();
    this.#setSpeakers([]);
  }

  receive(message: IncomingMessage): void {
    const { media, connector, roster } = this.#options;
    if (media.receive(message) || this.#receiveOwn(message)) return;
    switch (message.type) {
      case "error": {
        const error = new ClientError(message.code, message.message);
        this.#receiveError(error, message.ref);
        break;
      }
      case "migrate":
        void connector.move(message.resume, message.deadline);
        break;
      case "speakers":
        this.#setSpeakers(message.peers);
        break;
      case "data":
        this.#receiveData(message);
        break;
      default:
        if (roster.receive(message)) media.assign();
    }
  }

  /** The server has what was said, or what the program on it made of that; or it has to be told: no node remembers, or it may not have heard. */
  #takeMetadata({ type, metadata }: Joined | Resumed): void {
    const isForgotten = type === "resumed" && metadata === null && this.#accepted !== null;
    if (isForgotten || !this.#isMetadataTold) this.setMetadata(this.metadata);
    else this.metadata = this.#accepted = metadata;
  }

  /** Tells what was muted while there was no socket. */
  #tellMutes(): void {
    const { connector, media } = this.#options;
    for (const { id, isMuted: muted } of media.localTracks) {
      if (id !== null) connector.send({ type: "mute", track: id, muted });
    }
  }

  /** What is about this peer itself, or one that it was. */
  #receiveOwn(message: IncomingMessage): boolean {
    if (!("peer" in message)) return false;
    const id = typeof message.peer === "string" ? message.peer : message.peer.id;
    if (this.#formerIds.has(id)) {
      if (message.type === "peer-left") this.#formerIds.delete(id);
      return true;
    }
    if (id !== this.id) return false;
    const { connector, media } = this.#options;
    if (message.type === "peer-left") connector.expelled(expulsion(message.reason, message.message, this.#fault));
    if (message.type === "peer-updated") {
      this.metadata = this.#accepted = message.peer.metadata;
      this.#isMetadataTold = true;
    }
    if (message.type === "track-published") {
      for (const track of media.localTracks)
        if (track.mid === message.mid) track.becamePublished(message.track.id, message.track.muted);
    }
    if (message.type === "track-unpublished") {
      for (const track of media.localTracks) if (track.id === message.track) track.becameUnpublished();
    }
    // A `track-updated` says what this client said: nobody else mutes or names its tracks, and meanwhile it may have said more.
    return true;
  }

  #receiveError(error: ClientError, ref: unknown): void {
    const { media, tell } = this.#options;
    if (ref !== undefined && ref === this.#metadataRef) {
      this.metadata = this.#accepted;
      this.#isMetadataTold = true;
    }
    if (error.code === "room-crashed") this.#fault = error;
    const isAboutOffer = media.receiveError(error, ref);
    if (error.code === "too-many-tracks" || (isAboutOffer && !error.isRetryable)) {
      for (const track of [...media.localTracks]) if (track.id === null && track.mid !== null) track.refuse(error);
    }
    tell("error", error);
  }

  #receiveData({ from, topic, payload }: Extract<IncomingMessage, { type: "data" }>): void {
    if (from === this.id && topic === probeTopic) return;
    this.#options.tell("data", { from, topic, payload, peer: this.#options.roster.peers.get(from) });
  }

  #setSpeakers(speakers: readonly Speaker[]): void {
    if (speakers.length === 0 && this.speakers.length === 0) return;
    this.speakers = speakers;
    this.#options.tell("speakers", speakers);
  }
}

/** Why the server put this peer out, and whether to go in again: after a fault or a loss, but not after a decision. */
function expulsion(reason: string, message: string | undefined, fault: ClientError | undefined): ClientError {
  if (reason === "kicked" && fault !== undefined) return fault;
  const said = message === undefined ? "" : `: ${message}`;
  if (reason === "timeout" || reason === "node-lost")
    return new ClientError("silent", `The server gave this peer up${said}`);
  return new ClientError(reason === "replaced" ? reason : "kicked", `Put out of the room${said}`);
}
