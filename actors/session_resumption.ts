import type { Actor } from "xstate";
import type { sessionMachine } from "../machines/session_machine.ts";
import type { Ref } from "../protocol/ref.ts";
import type { ResumeClaim } from "../protocol/resume_claim.ts";
import type { RoomMessageOf } from "../protocol/room_message.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";
import type { Logger } from "./logger.ts";
import type { ResumeTokens, SignallingSocket } from "./ports.ts";
import type { SessionHandle } from "./session_handle.ts";
import type { SessionSockets } from "./session_sockets.ts";

export interface SessionResumptionOptions {
  readonly tokens: ResumeTokens;
  readonly sockets: SessionSockets;
  readonly actors: ReadonlyMap<string, Actor<typeof sessionMachine>>;
  readonly handles: ReadonlyMap<string, SessionHandle>;
  /** Begins a session with an id of before. */
  readonly open: (id: string, socket: SignallingSocket, epoch: number) => SessionHandle;
  readonly log: Logger;
}

/** Gives the client of a new socket the session that it had on another one. */
export class SessionResumption {
  readonly #options: SessionResumptionOptions;

  constructor(options: SessionResumptionOptions) {
    this.#options = options;
  }

  /** The session of a new socket is told `session.absorbed` or `resume.refused`. */
  request(requesterId: string, { token, ref }: RoomMessageOf<"resume">): void {
    const { actors, handles, tokens } = this.#options;
    const requester = actors.get(requesterId);
    const handle = handles.get(requesterId);
    if (requester === undefined || handle === undefined) return;
    try {
      const claim = tokens.read(token);
      if (!this.#takeOver(handle.socket, claim, ref ?? null)) this.#takeUp(handle.socket, claim, ref ?? null);
      requester.send({ type: "session.absorbed", sessionId: claim.session });
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      handle.tellError(error.code, error.message, ref);
      requester.send({ type: "resume.refused" });
    }
  }

  /** Gives a session of this node another socket; false when there is no such session in a room. */
  #takeOver(socket: SignallingSocket, { session: id, epoch }: ResumeClaim, ref: Ref | null): boolean {
    const { actors, handles, sockets, log } = this.#options;
    const actor = actors.get(id);
    const handle = handles.get(id);
    if (actor === undefined || handle === undefined || !actor.getSnapshot().matches({ open: "joined" })) return false;
    sockets.replace(handle.socket, id);
    sockets.attach(socket, id);
    handle.attach(socket, epoch);
    log.info("session resumed", { session: id, socket: socket.id, address: socket.remoteAddress });
    actor.send({ type: "session.resumed", ref });
    return true;
  }

  /** Goes on with a session whose node is gone: with its id and its place in the room, and without a peer connection. */
  #takeUp(socket: SignallingSocket, claim: ResumeClaim, ref: Ref | null): void {
    const { actors, tokens, open, log } = this.#options;
    const { session: id, room, name, isSubscribing } = claim;
    const obstacle = actors.has(id) ? "it is in no room any more" : tokens.findObstacle(claim);
    if (obstacle !== undefined) {
      const what = `Cannot resume session "${id}" in room "${room}"`;
      throw new SignalboxError("session-gone", `${what}: ${obstacle}; join anew`);
    }
    log.info("session taken up", { session: id, socket: socket.id, node: claim.node });
    open(id, socket, claim.epoch + 1);
    actors.get(id)?.send({ type: "session.reentered", entry: { room, name, isSubscribing, ref } });
  }
}
