import { createActor } from "xstate";
import { toRoomEvent } from "../machines/room_events.ts";
import type { roomMachine } from "../machines/room_machine.ts";
import type { MemberMessage, Reentry } from "../machines/session_events.ts";
import type { Ref } from "../protocol/ref.ts";
import type { LeaveReason } from "../protocol/room.ts";
import type { RoomMessageOf } from "../protocol/room_message.ts";
import { errorCodes, SignalboxError } from "../protocol/signalbox_error.ts";
import { ClientMember } from "./client_member.ts";
import type { Transition } from "./flight_recorder.ts";
import { IceRefresh } from "./ice_refresh.ts";
import { JoinTicket } from "./join_ticket.ts";
import { LiveRoom } from "./live_room.ts";
import type { PeerOwner } from "./peer_owner.ts";
import type { ResumeTokens } from "./ports.ts";
import { provideRoom } from "./room_effects.ts";
import type { LiveMember } from "./room_member.ts";
import type { RoomSupervisorOptions } from "./room_supervisor_options.ts";
import type { SessionHandle } from "./session_handle.ts";
import { SpeakerClock } from "./speaker_clock.ts";

/** How a client enters a room. */
interface Entering {
  readonly room: string;
  readonly name: string;
  readonly metadata: unknown;
  readonly isSubscribing: boolean;
  /** It was in it before, on a node that is gone. */
  readonly isResuming?: boolean;
  readonly ref: Ref | null;
}

/** Lets clients into rooms and out again: each room a root actor of its own in a plain map, so that no crash of one reaches another. */
export class RoomSupervisor {
  readonly #options: RoomSupervisorOptions;
  readonly #logic: typeof roomMachine;
  readonly #rooms = new Map<string, LiveRoom>();
  /** By session. */
  readonly #members = new Map<string, ClientMember>();
  readonly #tickets = new Map<string, JoinTicket>();
  readonly #speakerClock: SpeakerClock;
  readonly #iceRefresh: IceRefresh;
  /** The default application as the owner of a peer connection. */
  readonly #application: PeerOwner;

  constructor(options: RoomSupervisorOptions) {
    this.#options = options;
    this.#application = { peerOpened: (peer) => options.application.peerOpened?.(peer) };
    this.#speakerClock = new SpeakerClock(options.every);
    const { iceServers: servers, every, tokens } = options;
    this.#iceRefresh = new IceRefresh({ servers, every, now: () => tokens.now() });
    this.#logic = provideRoom(this.#rooms);
  }

  /** Rooms that have not ended. */
  get roomCount(): number {
    return this.#rooms.size;
  }

  /** Whom the peer connections of a session belong to: its room, or the default application. */
  ownerOf(sessionId: string): PeerOwner {
    return this.#members.get(sessionId) ?? this.#application;
  }

  /** In which room a client is and under which name, for the log; `name` is left out where it has none, both where it is in no room. */
  placeOf(sessionId: string): { readonly room?: string; readonly name?: string } {
    const member = this.#members.get(sessionId);
    if (member === undefined) return {};
    const { name } = member.entry;
    return { room: member.room.name, ...(name === "" ? {} : { name }) };
  }

  /** The client wants to join; its session is told `room.joined` or `room.refused`, unless it leaves before. */
  requestJoin(session: SessionHandle, message: RoomMessageOf<"join">): void {
    const ticket = new JoinTicket(session, message);
    this.#tickets.set(session.id, ticket);
    const decide = async (): Promise<void> => this.#options.application.joinRequested?.(ticket);
    decide().then(
      () => this.#decided(ticket, () => this.#admit(ticket)),
      (error) =>
        this.#decided(ticket, () => {
          throw error;
        }),
    );
  }

  /** What a member says to its room. */
  tell(sessionId: string, message: MemberMessage): void {
    this.#members.get(sessionId)?.room.send(toRoomEvent(sessionId, message));
  }

  /**
   * A client was in a room on a node that is gone: it is in it here, since the cluster let it in once. Its session is told `room.joined`
   * or `room.refused`.
   */
  reenter(session: SessionHandle, { room, name, isSubscribing, ref }: Reentry): void {
    const ticket = new JoinTicket(session, { type: "join", room, name, ...(ref === null ? {} : { ref }) });
    this.#tickets.set(session.id, ticket);
    const entry = { room, name, metadata: null, isSubscribing, isResuming: true, ref };
    this.#decided(ticket, () => this.#enter(session, entry));
  }

  /** What a client goes on with at another node, for so long; undefined for one in no room. */
  signMove(session: SessionHandle, lifetimeMs: number): string | undefined {
    const member = this.#members.get(session.id);
    if (member === undefined || member.isEntering) return undefined;
    return this.#options.tokens.sign({ ...this.#claimOf(session, member.room.name), isMoving: true }, { lifetimeMs });
  }

  /** A client in a room lost its socket. */
  detach(sessionId: string): void {
    const room = this.#members.get(sessionId)?.room;
    // One who is on the way to another node is not away.
    if (room?.remote.isClaimedElsewhere(sessionId) === true) return;
    room?.send({ type: "member.detached", memberId: sessionId });
  }

  /** It is back on another one. */
  resume(sessionId: string, ref: Ref | null): void {
    this.#members.get(sessionId)?.room.send({ type: "member.resumed", memberId: sessionId, ref });
  }

  /** Ends what a session is to a room, joined or about to. A session that goes on is told `room.left` if it was joined. */
  leave(sessionId: string, { reason, isSessionEnding }: { reason: LeaveReason; isSessionEnding: boolean }): void {
    this.#tickets.delete(sessionId);
    const member = this.#members.get(sessionId);
    if (member === undefined) return;
    if (member.isEntering) {
      this.#members.delete(sessionId);
      member.room.members.delete(sessionId);
      member.room.send({ type: "member.forgone", memberId: sessionId });
      return;
    }
    member.isGone = isSessionEnding;
    const { remote } = member.room;
    // To everybody else, who goes on at another node did not leave.
    if (isSessionEnding && (reason === "replaced" || remote.isClaimedElsewhere(sessionId))) remote.release(sessionId);
    else member.room.send({ type: "member.left", memberId: sessionId, reason });
  }

  /** The node ends, and its clients may go on at other ones: nobody there is told that they left, nor are they themselves of each other. */
  abandon(): void {
    this.#options.cluster.fallSilent();
    for (const member of this.#members.values()) if (!member.isEntering) member.isGone = true;
  }

  /** The application has spoken, if the client still waits for it. */
  #decided(ticket: JoinTicket, admit: () => void): void {
    const { session, room, message } = ticket;
    if (this.#tickets.get(session.id) !== ticket) return;
    this.#tickets.delete(session.id);
    try {
      admit();
    } catch (error) {
      if (error instanceof SignalboxError && errorCodes[error.code].isTold) {
        session.tellError(error.code, error.message, message.ref);
      } else {
        this.#options.log.error("application failed", { session: session.id, room, error });
        session.tellError("room-crashed", `Cannot join room "${room}": the server failed to decide it`, message.ref);
      }
      this.#options.send(session.id, { type: "room.refused" });
    }
  }

  #admit(ticket: JoinTicket): void {
    const { session, message } = ticket;
    const isSubscribing = message.subscribe !== "none";
    this.#enter(session, { ...ticket.read(), room: ticket.room, isSubscribing, ref: message.ref ?? null });
  }

  #enter(session: SessionHandle, entry: Entering): void {
    const { name, metadata, isSubscribing, isResuming = false, ref } = entry;
    const room = this.#rooms.get(entry.room) ?? this.#open(entry.room);
    // It may be back before its connection of before is closed.
    if (room.members.has(session.id)) room.send({ type: "member.lingered", memberId: session.id });
    const member = new ClientMember(session, room, { name, isSubscribing, ref });
    room.members.set(member.id, member);
    this.#members.set(session.id, member);
    // Whoever comes in is told who is in the room on other nodes, so these are asked first.
    const known = isResuming ? room.remote.seek(member.id) : room.remote.synced;
    member.enter(known, () => {
      const told = { id: member.id, name, metadata, isClient: true, isSubscribing };
      room.send({ type: "join.requested", member: told, isResuming, ref });
    });
  }

  #open(name: string): LiveRoom {
    const { limits, parts, log, nodeId, createId, application, tokens, onCrash } = this.#options;
    if (this.#rooms.size >= limits.maxRooms) {
      const why = `this node holds ${this.#rooms.size} of ${limits.maxRooms} rooms`;
      throw new SignalboxError("overloaded", `Cannot open room "${name}": ${why}`);
    }
    const room = new LiveRoom({
      name,
      nodeId,
      issueServers: (session) => this.#iceRefresh.issue(session),
      limits,
      parts,
      log,
      createId,
      levels: this.#speakerClock.levels,
      cluster: this.#options.cluster,
      relay: this.#options.relay,
      signResume: (session) => tokens.sign(this.#claimOf(session, name)),
      onJoined: ({ session }) => this.#joined(session),
      onRefused: (member) => this.#refused(member),
      onSuperseded: (member) => this.#superseded(member),
      onDismissed: (member, reason) => this.#dismissed(member, reason),
      onTrackPublished: () => this.#speakerClock.listen(room),
      onEnded: () => this.#ended(room),
      onCrash,
    });
    const actor = createActor(this.#logic, {
      id: name,
      systemId: `room:${name}`,
      input: { room: name, limits },
      ...this.#options.recorder.record({
        id: `room:${name}`,
        parent: "node",
        labels: () => ({ room: name }),
        onTransition: ({ event, state }) => log.debug("transition", { room: name, actor: "room", on: event, state }),
      }),
    });
    room.attach(actor);
    actor.subscribe({
      error: (error) => this.#crashed(room, { error, transitions: this.#options.recorder.transitions(`room:${name}`) }),
    });
    this.#rooms.set(name, room);
    actor.start();
    log.info("room opened", { room: name });
    try {
      application.roomOpened?.(room.program);
    } catch (error) {
      room.fail(error);
    }
    if (room.isEnded) {
      throw new SignalboxError("room-crashed", `Cannot join room "${name}": the application closed it at once`);
    }
    return room;
  }

  #claimOf({ id: session, epoch }: SessionHandle, room: string): Parameters<ResumeTokens["sign"]>[0] {
    const { name = "", isSubscribing = true } = this.#members.get(session)?.entry ?? {};
    return { session, room, name, epoch, isSubscribing };
  }

  #joined(session: SessionHandle | null): void {
    if (session === null) return;
    this.#members.get(session.id)?.room.program.memberMoved(session.id, session);
    session.media?.handOver(this.ownerOf(session.id));
    this.#options.send(session.id, { type: "room.joined" });
  }

  #refused({ session }: LiveMember): void {
    if (session === null) return;
    this.#members.delete(session.id);
    this.#options.send(session.id, { type: "room.refused" });
  }

  /** It goes on at another node: what is left of it here ends by itself. */
  #superseded({ session }: LiveMember): void {
    if (session === null || !this.#members.delete(session.id)) return;
    this.#iceRefresh.forget(session.id);
    this.#options.send(session.id, { type: "session.superseded" });
  }

  /** Its peer connection is the application's again. */
  #dismissed({ session }: LiveMember, reason: LeaveReason): void {
    const member = session === null ? undefined : this.#members.get(session.id);
    if (session === null || member === undefined) return;
    this.#members.delete(session.id);
    this.#iceRefresh.forget(session.id);
    if (!member.isEntering) this.#options.onLeft(session, reason);
    if (member.isGone) return;
    if (member.isEntering) {
      const why = "it was closed before the client was in";
      session.tellError("room-crashed", `Cannot join room "${member.room.name}": ${why}`, member.entry.ref);
      this.#options.send(session.id, { type: "room.refused" });
      return;
    }
    session.media?.handOver(this.#application);
    this.#options.send(session.id, { type: "room.left" });
  }

  #ended(room: LiveRoom): void {
    this.#rooms.delete(room.name);
    this.#options.recorder.ended(`room:${room.name}`);
    this.#speakerClock.forget(room);
    this.#options.log.info("room ended", { room: room.name });
  }

  #crashed(room: LiveRoom, crash: { readonly error: unknown; readonly transitions: readonly Transition[] }): void {
    const { log, onCrash } = this.#options;
    log.error("room crashed", { room: room.name, ...crash });
    room.bury();
    onCrash();
  }
}
