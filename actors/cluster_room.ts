import { type Actor, createActor } from "xstate";
import type { NumberedChange, RemotePartTimeouts, remotePartMachine } from "../machines/remote_part_machine.ts";
import { infoOf, type Member } from "../machines/room_events.ts";
import type { LeaveReason } from "../protocol/room.ts";
import {
  type ChannelMessage,
  type ClusterPeer,
  decodeChannelMessage,
  digestOf,
  encodeChannelMessage,
  encodeGossip,
  type Gossip,
  type GossipKind,
  type PartChange,
} from "../protocol/room_gossip.ts";
import type { Subjects } from "../protocol/subjects.ts";
import type { Bus } from "./bus.ts";
import type { Logger } from "./logger.ts";
import { RoomView, type SeenPeer } from "./room_view.ts";

/** The room on this node, which is told of what is on other nodes. */
export interface ClusterRoomListener {
  seen(peer: SeenPeer): void;
  gone(peerId: string, reason: LeaveReason): void;
  superseded(peer: SeenPeer): void;
  dataReceived(data: Gossip<"data">): void;
  channelReceived(message: ChannelMessage): void;
  speakersHeard(speakers: Gossip<"speakers">): void;
}

export interface ClusterRoomOptions {
  readonly room: string;
  /** This start of this node. */
  readonly node: string;
  readonly bus: Bus;
  readonly subjects: Subjects;
  readonly logic: typeof remotePartMachine;
  readonly timeouts: RemotePartTimeouts;
  readonly log: Logger;
  readonly listener: ClusterRoomListener;
  /** How often the session of a member of this node was taken up. */
  readonly epochOf: (memberId: string) => number;
  /** Of all parts: real, or simulated. */
  readonly clock?: NonNullable<Parameters<typeof createActor>[1]>["clock"];
}

/** A member of this node as the other nodes were told of it. */
interface ToldMember {
  readonly member: Member;
  readonly peer: ClusterPeer;
}

/** This node's part of a room among those of the other nodes: tells them of it, and keeps what they tell. */
export class ClusterRoom {
  readonly #options: ClusterRoomOptions;
  readonly #parts = new Map<string, Actor<typeof remotePartMachine>>();
  readonly #view: RoomView;
  /** The members of this node. */
  readonly #told = new Map<string, ToldMember>();
  /** Why members are about to leave. */
  readonly #reasons = new Map<string, LeaveReason>();
  #number = 0;
  /** Who speaks here, as it was told last. */
  #speaking: Gossip<"speakers">["peers"] | undefined;
  /** Nodes whose answer is awaited before anybody is let in. */
  readonly #awaited: Set<string>;
  #synced: PromiseWithResolvers<void> | undefined;
  #isClosed = false;

  /** @param others the nodes that are known of, by their starts */
  constructor(options: ClusterRoomOptions, others: readonly string[]) {
    this.#options = options;
    this.#awaited = new Set(others);
    if (others.length > 0) this.#synced = Promise.withResolvers();
    this.#view = new RoomView({
      node: options.node,
      localEpoch: (id) => (this.#told.has(id) ? options.epochOf(id) : undefined),
      onSeen: (peer) => options.listener.seen(peer),
      onGone: (id, reason) => options.listener.gone(id, reason),
      onSuperseded: (peer) => {
        this.#view.noteShown(peer);
        options.listener.superseded(peer);
      },
    });
  }

  /** Undefined once every node that is known of said what it has of the room, or had its time to. */
  get synced(): Promise<void> | undefined {
    return this.#synced?.promise;
  }

  /** Whoever did not answer yet will be heard of later. */
  giveUpWaiting(): void {
    this.#awaited.clear();
    this.#synced?.resolve();
    this.#synced = undefined;
  }

  /** Whether another node has a newer claim to a member of this one. */
  isClaimedElsewhere(memberId: string): boolean {
    return this.#view.isClaimedElsewhere(memberId);
  }

  /** Shows a member that another node has a newer claim to as one of that node, at once; false when there is none. */
  supersede(memberId: string): boolean {
    return this.#view.supersede(memberId);
  }

  /** The members of the room are these, of which those of this node are told to the others. */
  membersChanged(members: readonly Member[]): void {
    if (this.#isClosed) return;
    const local = new Map(members.flatMap((member) => (member.trackNodes === null ? [[member.id, member]] : [])));
    for (const [id, { peer }] of [...this.#told]) {
      if (local.has(id)) continue;
      this.#told.delete(id);
      const reason = this.#reasons.get(id) ?? "left";
      this.#reasons.delete(id);
      this.#tellChange({ left: id, reason, epoch: peer.epoch });
      this.#view.resolve(id, { id, reason, epoch: peer.epoch });
    }
    for (const [id, member] of local) {
      if (this.#told.get(id)?.member === member) continue;
      const peer = this.#peerOf(member);
      this.#told.set(id, { member, peer });
      this.#tellChange({ peer });
      this.#view.resolve(id);
    }
  }

  /** Why a member of this node is about to leave. */
  noteReason(memberId: string, reason: LeaveReason): void {
    if (this.#told.has(memberId)) this.#reasons.set(memberId, reason);
  }

  sendData(data: Gossip<"data">): void {
    this.#publish("data", data);
  }

  sendOnChannel(message: ChannelMessage): void {
    this.#send("channel", () => encodeChannelMessage(message));
  }

  /** What is told of who speaks is repeated now and then, since it may be lost. */
  tellSpeakers(peers: Gossip<"speakers">["peers"]): void {
    this.#speaking = peers;
    this.#publish("speakers", { node: this.#options.node, peers });
  }

  channelReceived(payload: Uint8Array): void {
    const message = decodeChannelMessage(payload);
    if (message !== undefined) this.#options.listener.channelReceived(message);
  }

  /** Says that this part is still there. */
  beat(): void {
    const digest = digestOf([...this.#told.values()].map(({ peer }) => peer));
    this.#publish("heartbeat", { node: this.#options.node, number: this.#number, digest });
    if (this.#speaking !== undefined) this.#publish("speakers", { node: this.#options.node, peers: this.#speaking });
  }

  /** This part, for who asked. */
  describe(): Gossip<"part"> {
    const { node, room } = this.#options;
    return { node, room, number: this.#number, peers: [...this.#told.values()].map(({ peer }) => ({ ...peer })) };
  }

  /** The link to the bus is back: anything may have been missed. */
  linkRestored(): void {
    for (const part of this.#parts.values()) part.send({ type: "link.restored" });
    this.beat();
  }

  receive<K extends GossipKind>(kind: K, gossip: Gossip<K>): void;
  receive(kind: GossipKind, gossip: Gossip): void {
    if (this.#isClosed) return;
    const { listener } = this.#options;
    switch (kind) {
      case "change": {
        const { node, number, change } = gossip as Gossip<"change">;
        this.#partOf(node).send({ type: "part.changed", number, change } satisfies {
          type: "part.changed";
        } & NumberedChange);
        break;
      }
      case "heartbeat": {
        const { node, number, digest } = gossip as Gossip<"heartbeat">;
        this.#partOf(node).send({ type: "part.beat", number, digest });
        break;
      }
      case "end":
        this.#parts.get((gossip as Gossip<"end">).node)?.send({ type: "part.ended" });
        break;
      case "part":
        this.#partTold(gossip as Gossip<"part">);
        break;
      case "data":
        listener.dataReceived(gossip as Gossip<"data">);
        break;
      case "speakers":
        listener.speakersHeard(gossip as Gossip<"speakers">);
        break;
      default:
    }
  }

  /** Another node's part, as its machine has it. */
  partChanged(
    node: string,
    peers: Readonly<Record<string, ClusterPeer>>,
    isSilent: boolean,
    left: PartChange | null,
  ): void {
    const leaving =
      left !== null && "left" in left ? { id: left.left, reason: left.reason, epoch: left.epoch } : undefined;
    if (isSilent) {
      this.#options.log.warn("part of a room fell silent", { room: this.#options.room, node });
      this.#options.listener.speakersHeard({ node, peers: [] });
    }
    this.#view.setPart(node, { peers, isSilent }, leaving);
  }

  /** Nobody of this node is in the room any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#publish("end", { node: this.#options.node });
    this.#isClosed = true;
    for (const part of this.#parts.values()) part.stop();
    this.#parts.clear();
    this.giveUpWaiting();
  }

  #partTold({ node, number, peers }: Gossip<"part">): void {
    if (peers.length > 0 || this.#parts.has(node)) this.#partOf(node).send({ type: "part.told", number, peers });
    this.#awaited.delete(node);
    if (this.#awaited.size === 0) this.giveUpWaiting();
  }

  #partOf(node: string): Actor<typeof remotePartMachine> {
    const known = this.#parts.get(node);
    if (known !== undefined) return known;
    const { logic, room, timeouts, clock, log } = this.#options;
    const input = { room, node, timeouts };
    const part = createActor(logic, { input, ...(clock === undefined ? {} : { clock }) });
    this.#parts.set(node, part);
    const forget = (reason: LeaveReason): void => {
      if (this.#parts.get(node) !== part) return;
      this.#parts.delete(node);
      this.#view.dropPart(node, reason);
    };
    part.subscribe({
      complete: () => forget(part.getSnapshot().context.isLost ? "node-lost" : "left"),
      error: (error) => {
        log.error("part of a room crashed", { room, node, error });
        forget("node-lost");
      },
    });
    part.start();
    return part;
  }

  #peerOf(member: Member): ClusterPeer {
    const { id, inheritedIds } = member;
    const info = infoOf(member);
    const tracks = info.tracks.filter((track) => !inheritedIds.includes(track.id));
    return { info: { ...info, tracks }, epoch: this.#options.epochOf(id), isMoving: inheritedIds.length > 0 };
  }

  #tellChange(change: PartChange): void {
    this.#number += 1;
    this.#publish("change", { node: this.#options.node, number: this.#number, change });
  }

  #publish<K extends GossipKind>(kind: K, gossip: Gossip<K>): void {
    this.#send(kind, () => encodeGossip(kind, gossip));
  }

  #send(kind: string, encode: () => Uint8Array): void {
    if (this.#isClosed) return;
    const { bus, subjects, room, log } = this.#options;
    try {
      bus.publish(subjects.room(room, kind), encode());
    } catch (error) {
      log.error("other nodes not told", { room, kind, error });
    }
  }
}
