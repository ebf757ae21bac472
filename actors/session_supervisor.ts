import { type Actor, createActor } from "xstate";
import type { sessionMachine } from "../machines/session_machine.ts";
import { checkRoomLimits } from "../protocol/check_room_limits.ts";
import type { ClientMessage } from "../protocol/client_message.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";
import type { ActorRecord } from "./actor_record.ts";
import { FailureExplainer } from "./failure_explainer.ts";
import { FlightRecorder, type Transition } from "./flight_recorder.ts";
import { LastRoom } from "./last_room.ts";
import { maxMovePauseMs } from "./lent_sockets.ts";
import { PeerBurials } from "./peer_burials.ts";
import { PeerObservations } from "./peer_observations.ts";
import type { SignallingListener, SignallingSocket } from "./ports.ts";
import { RestartIntensity } from "./restart_intensity.ts";
import { RoomSupervisor } from "./room_supervisor.ts";
import { provideSession } from "./session_effects.ts";
import { SessionHandle } from "./session_handle.ts";
import { SessionResumption } from "./session_resumption.ts";
import { SessionSockets } from "./session_sockets.ts";
import type { SessionSupervisorOptions } from "./session_supervisor_options.ts";
import { stopChildren } from "./stop_children.ts";

type SessionActor = Actor<typeof sessionMachine>;

/** Clocks of nodes differ by no more than this, for tokens that are to be used soon. Ours. */
const clockSlackMs = 60_000;
const shuttingDown = { code: 1012, reason: "shutting-down" };

/**
 * Spawns a session for each socket and lets no crash of one reach another: one-for-one, each session a root actor of its
 * own in a plain map, so that their number costs nothing.
 */
export class SessionSupervisor implements SignallingListener {
  readonly #options: SessionSupervisorOptions;
  readonly #actors = new Map<string, SessionActor>();
  readonly #handles = new Map<string, SessionHandle>();
  readonly #sockets: SessionSockets;
  readonly #resumption: SessionResumption;
  readonly #peers = new PeerBurials();
  readonly #recorder: FlightRecorder;
  readonly #observations: PeerObservations;
  readonly #intensity = new RestartIntensity();
  readonly #rooms: RoomSupervisor;
  readonly #logic: typeof sessionMachine;
  #emptied: PromiseWithResolvers<void> | undefined;
  /** On the clock of `performance.now`; undefined while clients may stay. */
  #moveDeadlineMs: number | undefined;
  #isStopping = false;

  constructor(options: SessionSupervisorOptions) {
    this.#options = options;
    this.#recorder = options.recorder ?? new FlightRecorder();
    this.#observations = new PeerObservations(this.#recorder, this.#peers.parts);
    const { application, log, limits, rooms, cluster } = options;
    this.#rooms = new RoomSupervisor({
      ...rooms,
      recorder: this.#recorder,
      application,
      log,
      limits,
      send: (sessionId, event) => this.#actors.get(sessionId)?.send(event),
      onLeft: (handle, reason) => this.#resumption.memberLeft(handle, reason),
      onCrash: () => this.#countCrash(),
    });
    this.#sockets = new SessionSockets(limits.maxDetachedSessions);
    this.#resumption = new SessionResumption({
      tokens: rooms.tokens,
      sockets: this.#sockets,
      cluster,
      listener: this,
      actors: this.#actors,
      handles: this.#handles,
      open: (id, socket, epoch) => this.#open(id, socket, epoch),
      log,
    });
    this.#logic = provideSession({
      engines: options.engines,
      limits,
      log,
      observe: (sessionId, peerId) => this.#observations.observe(sessionId, peerId),
      failures: new FailureExplainer(this.#recorder),
      actors: this.#actors,
      handles: this.#handles,
      peers: this.#peers.parts,
      rooms: this.#rooms,
      sockets: this.#sockets,
      resumption: this.#resumption,
      receive: (socket, message) => this.messageReceived(socket, message),
      settled: (sessionId) => this.#sendOn(sessionId),
      peerEnded: (sessionId, peerId) => this.#peerEnded(sessionId, peerId),
      peerCrashed: (sessionId, peerId, error) => this.#peerCrashed(sessionId, peerId, error),
    });
  }

  /** Sessions that have not ended. */
  get sessionCount(): number {
    return this.#actors.size;
  }

  /** Peer connections that have not ended. */
  get peerCount(): number {
    return this.#peers.parts.size;
  }

  /** Has recorded what the transport is like that a record is about: one of connectivity. */
  observe(record: ActorRecord): void {
    this.#observations.observeAgain(record);
  }

  /** Rooms that have not ended. */
  get roomCount(): number {
    return this.#rooms.roomCount;
  }

  socketOpened(socket: SignallingSocket): void {
    this.#open(socket.id, socket, 1);
  }

  #open(id: string, socket: SignallingSocket, firstEpoch: number): SessionHandle {
    const { timeouts, limits, log } = this.#options;
    const rootId = `session:${id}`;
    const logTransition = ({ actor: name, event: on, state }: Transition) =>
      log.debug("transition", { session: id, actor: name, on, state });
    const handle = new SessionHandle(socket, {
      id,
      firstEpoch,
      maxKeptBytes: limits.maxQueuedBytes,
      close: (reason) => this.#actors.get(id)?.send({ type: "session.closed", code: 1000, reason }),
      onTold: (message) => this.#recorder.told(rootId, { type: "message.sent", message }),
      onTextTold: (text) => this.#recorder.textTold(rootId, text),
      onErrorTold: (code, message) => log.info("error told", { session: id, code, message }),
    });
    const room = new LastRoom();
    const actor = createActor(this.#logic, {
      id,
      systemId: rootId,
      input: { sessionId: id, timeouts, limits },
      ...this.#recorder.record({
        id: rootId,
        parent: "node",
        labels: () => ({ room: room.name, peers: [id] }),
        ...(log.isQuiet === true ? {} : { onTransition: logTransition }),
      }),
    });
    this.#handles.set(id, handle);
    this.#actors.set(id, actor);
    this.#sockets.attach(socket, id);
    room.follow(actor);
    actor.subscribe({ error: (error) => this.#sessionCrashed(id, error), complete: () => this.#sessionEnded(id) });
    actor.start();
    log.info("session opened", { session: id, address: socket.remoteAddress });
    this.#callApplication(id, () => this.#options.application.sessionOpened?.(handle));
    return handle;
  }

  messageReceived(socket: SignallingSocket, message: ClientMessage): void {
    if (this.#resumption.lentSockets.messageReceived(socket, message)) return;
    const id = this.#sockets.sessionOf(socket) ?? "";
    try {
      checkRoomLimits(message, this.#options.limits);
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      this.#handles.get(id)?.tellError(error.code, error.message, message.ref);
      return;
    }
    this.#actors.get(id)?.send({ type: "message.received", message });
  }

  socketClosed(socket: SignallingSocket, { code }: { readonly code: number }): void {
    if (this.#resumption.lentSockets.socketClosed(socket, code)) return;
    const id = this.#sockets.sessionOf(socket);
    this.#options.log.info("socket closed", { session: id, code });
    if (id === undefined) return;
    const isSentAway = this.#handles.get(id)?.isSentAway === true;
    const isDropped = this.#sockets.lose(socket, { code, isSentAway });
    this.#actors.get(id)?.send({ type: "socket.closed", isDropped, code });
  }

  /** The node is about to stop: its sessions may be taken up elsewhere once they have ended. */
  stopAnswering(): void {
    this.#resumption.directory.stopAnswering();
    this.#isStopping = true;
  }

  /**
   * Has the clients in rooms go on at other nodes, one after the other over `spreadMs`, and the others connect again; resolves when none is
   * left. Whoever does not go stays until the sessions are closed.
   */
  async moveAll({ deadlineMs, spreadMs }: { readonly deadlineMs: number; readonly spreadMs: number }): Promise<void> {
    const { cluster, log } = this.#options;
    const ids = [...this.#actors.keys()];
    log.info("clients sent to other nodes", { sessions: ids.length, deadlineMs });
    const pauseMs = Math.min(maxMovePauseMs, spreadMs / Math.max(1, ids.length));
    this.#moveDeadlineMs = performance.now() + deadlineMs;
    const lentMoved = this.#resumption.lentSockets.moveAll({ deadlineMs, spreadMs });
    const endings = ids.map((id, index) =>
      cluster.after(index * pauseMs, () => {
        const actor = this.#actors.get(id);
        if (actor !== undefined && !this.#sendOn(id)) this.#sendAway(id, actor);
      }),
    );
    await lentMoved;
    await this.#empty();
    for (const end of endings) end();
  }

  /** Has a client go on at another node while this one sends its clients there, once on each socket. False for one in no room. */
  #sendOn(id: string): boolean {
    const handle = this.#handles.get(id);
    if (this.#moveDeadlineMs === undefined || handle === undefined) return false;
    // It is on its way, or told when it comes back.
    if (handle.isSentAway || handle.isAway) return true;
    const deadline = Math.max(0, Math.round(this.#moveDeadlineMs - performance.now()));
    const resume = this.#rooms.signMove(handle, deadline + this.#options.timeouts.resumeTimeoutMs + clockSlackMs);
    if (resume === undefined) return this.#actors.get(id)?.getSnapshot().matches("superseded") === true;
    handle.isSentAway = true;
    handle.tell({ type: "migrate", resume, deadline });
    return true;
  }

  /** Lets go of the other nodes, once every session has ended. */
  leaveCluster(): void {
    this.#resumption.stop();
  }

  /** Ends every session; resolves when there is none left and every engine is closed. */
  async closeAll(code: number, reason: string): Promise<void> {
    if (this.#isStopping) this.#rooms.abandon();
    for (const [id, actor] of [...this.#actors]) this.#sendAway(id, actor, { code, reason });
    await this.#empty();
  }

  #sendAway(id: string, actor: SessionActor, { code, reason } = shuttingDown): void {
    this.#handles.get(id)?.tellError("shutting-down", "The node is stopping: connect again");
    actor.send({ type: "session.closed", code, reason });
  }

  /** Resolves when there is no session left and every engine is closed. */
  async #empty(): Promise<void> {
    if (this.#actors.size > 0) {
      this.#emptied ??= Promise.withResolvers();
      await this.#emptied.promise;
    }
    await this.#peers.settled();
  }

  #peerEnded(sessionId: string, peerId: string): void {
    const failure = this.#peers.forget(peerId);
    if (failure === undefined) return;
    this.#options.log.error("peer failed while closing", { session: sessionId, peer: peerId, error: failure.error });
  }

  #peerCrashed(sessionId: string, peerId: string, error: unknown): void {
    const transitions = this.#recorder.transitions(`session:${sessionId}`);
    this.#options.log.error("peer crashed", { session: sessionId, peer: peerId, error, transitions });
    this.#peers.bury(peerId);
    const handle = this.#handles.get(sessionId);
    handle?.tellError("peer-crashed", "The peer connection ended by a fault of the server: offer anew");
    handle?.tell({ type: "bye", reason: "peer-crashed" });
    this.#countCrash();
  }

  #sessionCrashed(id: string, error: unknown): void {
    const transitions = this.#recorder.transitions(`session:${id}`);
    this.#options.log.error("session crashed", { session: id, error, transitions });
    const handle = this.#handles.get(id);
    const actor = this.#actors.get(id);
    if (actor !== undefined) stopChildren(actor);
    this.#rooms.leave(id, { reason: "left", isSessionEnding: true });
    if (handle !== undefined) this.#peers.buryAllOf(handle);
    handle?.tellError("peer-crashed", "The session ended by a fault of the server: connect again");
    handle?.closeSocket(1011, "peer-crashed");
    this.#sessionEnded(id);
    this.#countCrash();
  }

  #countCrash(): void {
    if (!this.#intensity.isExceededBy(performance.now())) return;
    this.#options.log.error("crashes come too fast", this.#intensity.describe());
    this.#options.onEscalation();
  }

  #sessionEnded(id: string): void {
    const handle = this.#handles.get(id);
    this.#actors.delete(id);
    this.#handles.delete(id);
    this.#sockets.forget(id, handle?.socket);
    this.#resumption.directory.unlist(id);
    this.#recorder.ended(`session:${id}`);
    this.#options.log.info("session ended", { session: id });
    this.#callApplication(id, () => handle?.onclose?.());
    if (this.#actors.size > 0) return;
    this.#emptied?.resolve();
    this.#emptied = undefined;
  }

  #callApplication(sessionId: string, handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.#options.log.error("application failed", { session: sessionId, error });
      this.#actors.get(sessionId)?.send({ type: "session.closed", code: 1011, reason: "peer-crashed" });
    }
  }
}
