import { type RemotePartTimeouts, remotePartMachine } from "../machines/remote_part_machine.ts";
import { decodeGossip, encodeGossip, type Gossip, isGossipKind } from "../protocol/room_gossip.ts";
import { lastToken, type Subjects } from "../protocol/subjects.ts";
import type { Bus, BusSubscription } from "./bus.ts";
import { ClusterRoom } from "./cluster_room.ts";
import type { ClusterRoomListener, ClusterRoomOptions } from "./cluster_room_options.ts";
import type { FlightRecorder } from "./flight_recorder.ts";
import type { Logger } from "./logger.ts";
import { UnreadMessages } from "./unread_messages.ts";

/** How often each part of a room says that it is there before it counts as silent. Ours. */
const beatsPerTimeout = 3;

export interface ClusterRoomsOptions {
  /** This start of this node. */
  readonly node: string;
  readonly bus: Bus;
  readonly subjects: Subjects;
  readonly timeouts: RemotePartTimeouts;
  readonly log: Logger;
  readonly recorder?: FlightRecorder | undefined;
  /** The other nodes that are known of, by their starts. */
  readonly others: () => readonly string[];
  /** Calls something again and again until what it returns is called. */
  readonly every: (periodMs: number, call: (nowMs: number) => void) => () => void;
  readonly clock?: NonNullable<ClusterRoomOptions["clock"]>;
}

/** The rooms of this node among those of the other nodes. */
export class ClusterRooms {
  readonly #options: ClusterRoomsOptions;
  readonly #logic: typeof remotePartMachine;
  readonly #rooms = new Map<string, { readonly room: ClusterRoom; readonly subscription: BusSubscription }>();
  readonly #subscriptions: readonly BusSubscription[];
  readonly #endings: readonly (() => void)[];
  readonly #unread: UnreadMessages;
  /** No change of a part that ended has a higher number. */
  #lastNumber = 0;

  constructor(options: ClusterRoomsOptions) {
    this.#options = options;
    const { bus, subjects, node, every, timeouts, log } = options;
    this.#unread = new UnreadMessages(log);
    this.#logic = remotePartMachine.provide({
      actions: {
        requestPart: ({ context: { room, node: whose } }) => this.#ask(subjects.node(whose, "ask"), room),
        tellChanged: ({ context: { room, node: whose, peers } }, { isSilent, left }) =>
          this.#rooms.get(room)?.room.partChanged(whose, peers, isSilent, left),
      },
    });
    this.#subscriptions = [
      bus.subscribe(subjects.node(node, "ask"), (payload) => this.#asked(payload)),
      bus.subscribe(subjects.cluster("ask"), (payload) => this.#asked(payload)),
      bus.subscribe(subjects.node(node, "part"), (payload) => {
        const part = decodeGossip("part", payload);
        if (part !== undefined) this.#rooms.get(part.room)?.room.answered(part);
      }),
    ];
    this.#endings = [
      every(timeouts.nodeTimeoutMs / beatsPerTimeout, () => {
        for (const { room } of this.#rooms.values()) room.beat();
      }),
      bus.watchLink(({ state }) => {
        if (state === "connected") for (const { room } of this.#rooms.values()) room.linkRestored();
      }),
    ];
  }

  /** This node has a part of a room from now on; who else is in it is told soon. */
  open(name: string, listener: ClusterRoomListener, epochOf: (memberId: string) => number): ClusterRoom {
    const { bus, subjects, node, timeouts, log, others, recorder, clock } = this.#options;
    const room = new ClusterRoom({
      room: name,
      node,
      bus,
      subjects,
      logic: this.#logic,
      timeouts,
      log,
      recorder,
      listener,
      epochOf,
      firstNumber: this.#lastNumber + 1,
      others: () => (bus.link.state === "connected" ? others() : []),
      ask: (how) => this.#ask(subjects.cluster("ask"), name, how),
      ...(clock === undefined ? {} : { clock }),
    });
    const subscription = bus.subscribe(subjects.roomAll(name), (payload, subject) => {
      const kind = lastToken(subject);
      if (kind === "channel") {
        room.channelReceived(payload);
        return;
      }
      const gossip = isGossipKind(kind) ? decodeGossip(kind, payload) : undefined;
      if (isGossipKind(kind) && gossip !== undefined) room.receive(kind, gossip as Gossip<never>);
      else this.#unread.note(subject);
    });
    this.#rooms.set(name, { room, subscription });
    room.begin();
    return room;
  }

  close(name: string): void {
    const found = this.#rooms.get(name);
    this.#rooms.delete(name);
    if (found === undefined) return;
    found.subscription.unsubscribe();
    found.room.close();
    this.#lastNumber = Math.max(this.#lastNumber, found.room.number);
  }

  /** This node ends without its members having left: to the other nodes it is as if it had died, but that they are told at once. */
  fallSilent(): void {
    this.#leave();
    for (const { room } of this.#rooms.values()) room.fallSilent();
  }

  /** Ends all of it. */
  stop(): void {
    this.#leave();
    for (const name of [...this.#rooms.keys()]) this.close(name);
  }

  /** Nobody is told by itself, or answered, any more. */
  #leave(): void {
    for (const end of this.#endings) end();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #ask(subject: string, room: string, how: { readonly isSeeking?: boolean } = {}): void {
    this.#options.bus.publish(subject, encodeGossip("ask", { node: this.#options.node, room, ...how }));
  }

  #asked(payload: Uint8Array): void {
    const { bus, subjects, node, log } = this.#options;
    const ask = decodeGossip("ask", payload);
    if (ask === undefined) return;
    const room = this.#rooms.get(ask.room)?.room;
    const own = room?.describe() ?? { node, room: ask.room, number: this.#lastNumber, peers: [] };
    // The own one comes last: who seeks waits for it.
    const parts = ask.isSeeking === true ? [...(room?.describeOthers() ?? []), own] : [own];
    try {
      for (const part of parts) {
        if (part.node !== ask.node) bus.publish(subjects.node(ask.node, "part"), encodeGossip("part", part));
      }
    } catch (error) {
      log.error("other nodes not told", { room: ask.room, kind: "part", error });
    }
  }
}
