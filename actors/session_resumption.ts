import { type Actor, type SnapshotFrom, waitFor } from "xstate";
import type { sessionMachine } from "../machines/session_machine.ts";
import type { Ref } from "../protocol/ref.ts";
import type { ResumeClaim } from "../protocol/resume_claim.ts";
import type { LeaveReason } from "../protocol/room.ts";
import type { RoomMessageOf } from "../protocol/room_message.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";
import type { HomeFrames } from "../protocol/signalling_frame.ts";
import type { Cluster } from "./cluster.ts";
import { EndedSessions } from "./ended_sessions.ts";
import { LentSockets } from "./lent_sockets.ts";
import type { Logger } from "./logger.ts";
import type { ResumeTokens, SignallingSocket } from "./ports.ts";
import { RemoteSockets, type RemoteSocketsOptions } from "./remote_sockets.ts";
import { SessionDirectory } from "./session_directory.ts";
import type { SessionHandle } from "./session_handle.ts";
import type { SessionSockets } from "./session_sockets.ts";

export interface SessionResumptionOptions {
  readonly tokens: ResumeTokens;
  readonly sockets: SessionSockets;
  readonly cluster: Cluster;
  /** Told of what comes from sockets of other nodes. */
  readonly listener: RemoteSocketsOptions["listener"];
  readonly actors: ReadonlyMap<string, Actor<typeof sessionMachine>>;
  readonly handles: ReadonlyMap<string, SessionHandle>;
  /** Begins a session with an id of before. */
  readonly open: (id: string, socket: SignallingSocket, epoch: number) => SessionHandle;
  readonly log: Logger;
}

/** Gives the client of a new socket the session that it had on another one: of this node, of another, or of one that is gone. */
export class SessionResumption {
  /** Where sessions are. */
  readonly directory: SessionDirectory;
  /** Whose sessions are on other nodes. */
  readonly lentSockets: LentSockets;
  readonly #remoteSockets: RemoteSockets;
  readonly #ended: EndedSessions;
  readonly #options: SessionResumptionOptions;

  constructor(options: SessionResumptionOptions) {
    this.#options = options;
    const { cluster, listener, actors, handles, tokens, log } = options;
    this.directory = new SessionDirectory({
      cluster,
      epochOf: (id) => (isInRoom(actors.get(id)) ? handles.get(id)?.epoch : undefined),
      onSuperseded: (id) => actors.get(id)?.send({ type: "session.superseded" }),
      log,
    });
    this.lentSockets = new LentSockets({ cluster, log });
    this.#ended = new EndedSessions({ cluster, tokens, log });
    this.#remoteSockets = new RemoteSockets({
      cluster,
      listener,
      attach: (socket, request) => this.#attach(socket, request),
      log,
    });
  }

  /** Lets go of the other nodes. */
  stop(): void {
    this.directory.stop();
    this.lentSockets.stop();
    this.#remoteSockets.stop();
    this.#ended.stop();
  }

  /** A client is no member of its room any more: who was put out or left is not taken up by any node with a token that it has. */
  memberLeft(handle: SessionHandle, reason: LeaveReason): void {
    if (reason !== "kicked" && reason !== "left") return;
    const { id, epoch } = handle;
    this.#ended.note(id, { epoch, reason });
    // Should it join a room again, its tokens of then are others.
    handle.epoch = this.#options.tokens.nextEpoch(epoch);
  }

  /** The session of a new socket is told `session.absorbed` or `resume.refused`. */
  request(requesterId: string, message: RoomMessageOf<"resume">): void {
    this.#decide(requesterId, message, () => {
      const claim = this.#options.tokens.read(message.token);
      if (this.#takeOver(requesterId, claim, message)) return;
      this.#search(requesterId, claim, message).catch((error) => {
        this.#options.log.error("resumption failed", { session: claim.session, error });
        this.#options.actors.get(requesterId)?.send({ type: "session.closed", code: 1011, reason: "internal-error" });
      });
    });
  }

  /**
   * The client of a socket of another node comes back to its session here.
   *
   * @throws {SignalboxError} `session-gone`
   */
  #attach(socket: SignallingSocket, { token, ref }: HomeFrames["attach"]): void {
    const claim = this.#options.tokens.read(token);
    if (!this.#replaceSocket(socket, claim, ref ?? null)) throw gone(claim, "it has ended");
  }

  /** Meanwhile the client may have gone, or the session come here with another one. */
  async #search(requesterId: string, claim: ResumeClaim, message: RoomMessageOf<"resume">): Promise<void> {
    const { log } = this.#options;
    const place = claim.isMoving === true ? moving : await this.directory.find(claim);
    await this.#settled(claim.session);
    this.#decide(requesterId, message, ({ socket }) => {
      if (this.#takeOver(requesterId, claim, message)) return;
      if (place.type === "ended") throw gone(claim, "it has ended");
      if (place.type === "found") {
        log.info("session found", { session: claim.session, socket: socket.id, origin: place.origin });
        this.lentSockets.lend(socket, { origin: place.origin, token: message.token, ref: message.ref ?? null });
      } else {
        log.info("session not found", { session: claim.session, origin: claim.node, why: place.why });
        this.#takeUp(socket, claim, message.ref ?? null);
      }
      this.#absorb(requesterId);
    });
  }

  /**
   * The client may have asked for the same on a socket before, whose answer is on its way: what comes of that is waited for. So is the end of
   * what lingers here of the session since the client went on at another node, from where it is back.
   */
  async #settled(id: string): Promise<void> {
    const actor = this.#options.actors.get(id);
    if (actor === undefined) return;
    const isLingering = actor.getSnapshot().matches("superseded");
    if (isLingering) actor.send({ type: "session.closed", code: 1000, reason: "replaced" });
    const isSettled = (snapshot: SnapshotFrom<typeof sessionMachine>) =>
      isLingering ? snapshot.status !== "active" : !snapshot.matches({ open: "reentering" });
    // One that crashes meanwhile is settled, too.
    await waitFor(actor, isSettled, { timeout: Number.POSITIVE_INFINITY }).catch(() => undefined);
  }

  /** Does something for a session that waits for it, and tells the client what stands against it. */
  #decide(requesterId: string, { ref }: RoomMessageOf<"resume">, decide: (requester: SessionHandle) => void): void {
    const { actors, handles } = this.#options;
    const actor = actors.get(requesterId);
    const handle = handles.get(requesterId);
    if (actor === undefined || handle === undefined) return;
    try {
      decide(handle);
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      handle.tellError(error.code, error.message, ref);
      actor.send({ type: "resume.refused" });
    }
  }

  #absorb(requesterId: string): void {
    this.#options.actors.get(requesterId)?.send({ type: "session.absorbed" });
  }

  /** Gives a session of this node the socket of another one; false when there is no such session in a room. */
  #takeOver(requesterId: string, claim: ResumeClaim, { ref }: RoomMessageOf<"resume">): boolean {
    const socket = this.#options.handles.get(requesterId)?.socket;
    if (socket === undefined || !this.#replaceSocket(socket, claim, ref ?? null)) return false;
    this.#absorb(requesterId);
    return true;
  }

  #replaceSocket(socket: SignallingSocket, { session: id, epoch }: ResumeClaim, ref: Ref | null): boolean {
    const { actors, handles, sockets, tokens, log } = this.#options;
    const actor = actors.get(id);
    const handle = handles.get(id);
    if (actor === undefined || handle === undefined || !isInRoom(actor)) return false;
    sockets.replace(handle.socket, id);
    sockets.attach(socket, id);
    handle.attach(socket, tokens.nextEpoch(Math.max(handle.epoch, epoch)));
    log.info("session resumed", { session: id, socket: socket.id, address: socket.remoteAddress });
    actor.send({ type: "session.resumed", ref });
    return true;
  }

  #lastWordOf({ isMoving, node }: ResumeClaim): "sent" | "stopped" | undefined {
    if (isMoving === true) return "sent";
    return this.#options.cluster.nodes.hasStopped(node) ? "stopped" : undefined;
  }

  /** Goes on with a session whose node is gone: with its id and its place in the room, and without a peer connection. */
  #takeUp(socket: SignallingSocket, claim: ResumeClaim, ref: Ref | null): void {
    const { actors, tokens, open, log } = this.#options;
    const { session: id, room, name, isSubscribing } = claim;
    let obstacle = actors.has(id) ? "it is in no room any more" : tokens.findObstacle(claim);
    if (this.#ended.has(id, claim.epoch)) obstacle = "it has ended";
    if (obstacle !== undefined) throw gone(claim, obstacle);
    log.info("session taken up", { session: id, socket: socket.id, origin: claim.node });
    open(id, socket, tokens.nextEpoch(claim.epoch));
    const lastWord = this.#lastWordOf(claim);
    const entry = { room, name, isSubscribing, ref, ...(lastWord === undefined ? {} : { lastWord }) };
    actors.get(id)?.send({ type: "session.reentered", entry });
  }
}

/** A session that its node wants to be taken up by another one. */
const moving = { type: "missing", why: "its node sends it away" } as const;

function isInRoom(actor: Actor<typeof sessionMachine> | undefined): boolean {
  return actor?.getSnapshot().matches({ open: "joined" }) === true;
}

function gone({ session, room }: ResumeClaim, why: string): SignalboxError {
  return new SignalboxError("session-gone", `Cannot resume session "${session}" in room "${room}": ${why}; join anew`);
}
