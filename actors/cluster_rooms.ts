import { type RemotePartTimeouts, remotePartMachine } from "../machines/remote_part_machine.ts";
import { decodeGossip, encodeGossip, type Gossip, isGossipKind } from "../protocol/room_gossip.ts";
import { lastToken, type Subjects } from "../protocol/subjects.ts";
import type { Bus, BusSubscription } from "./bus.ts";
import { ClusterRoom, type ClusterRoomListener, type ClusterRoomOptions } from "./cluster_room.ts";
import type { Logger } from "./logger.ts";

/** How often each part of a room says that it is there before it counts as silent. Ours. */
const beatsPerTimeout = 3;
/** How long the other nodes have to say who is in a room that somebody enters here first, in milliseconds. Ours. */
const syncTimeoutMs = 1_000;

export interface ClusterRoomsOptions {
  /** This start of this node. */
  readonly node: string;
  readonly bus: Bus;
  readonly subjects: Subjects;
  readonly timeouts: RemotePartTimeouts;
  readonly log: Logger;
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

  constructor(options: ClusterRoomsOptions) {
    this.#options = options;
    const { bus, subjects, node, every, timeouts } = options;
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
        if (part !== undefined) this.#rooms.get(part.room)?.room.receive("part", part);
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
    const { bus, subjects, node, timeouts, log, others, clock } = this.#options;
    const isReachable = bus.link.state === "connected";
    const shared = { room: name, node, bus, subjects, logic: this.#logic, timeouts, log, listener, epochOf };
    const room = new ClusterRoom({ ...shared, ...(clock === undefined ? {} : { clock }) }, isReachable ? others() : []);
    const subscription = bus.subscribe(subjects.roomAll(name), (payload, subject) => {
      const kind = lastToken(subject);
      if (kind === "channel") {
        room.channelReceived(payload);
        return;
      }
      const gossip = isGossipKind(kind) ? decodeGossip(kind, payload) : undefined;
      if (isGossipKind(kind) && gossip !== undefined) room.receive(kind, gossip as Gossip<never>);
      else log.warn("message of another node not understood", { subject });
    });
    this.#rooms.set(name, { room, subscription });
    this.#ask(subjects.cluster("ask"), name);
    if (room.synced !== undefined) (clock ?? globalThis).setTimeout(() => room.giveUpWaiting(), syncTimeoutMs);
    return room;
  }

  close(name: string): void {
    const found = this.#rooms.get(name);
    this.#rooms.delete(name);
    found?.subscription.unsubscribe();
    found?.room.close();
  }

  /** Ends all of it. */
  stop(): void {
    for (const end of this.#endings) end();
    for (const name of [...this.#rooms.keys()]) this.close(name);
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #ask(subject: string, room: string): void {
    this.#options.bus.publish(subject, encodeGossip("ask", { node: this.#options.node, room }));
  }

  #asked(payload: Uint8Array): void {
    const { bus, subjects, node, log } = this.#options;
    const ask = decodeGossip("ask", payload);
    if (ask === undefined) return;
    const part = this.#rooms.get(ask.room)?.room.describe() ?? { node, room: ask.room, number: 0, peers: [] };
    try {
      bus.publish(subjects.node(ask.node, "part"), encodeGossip("part", part));
    } catch (error) {
      log.error("other nodes not told", { room: ask.room, kind: "part", error });
    }
  }
}
