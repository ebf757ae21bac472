import { infoOf, type Member } from "../machines/room_events.ts";
import type { LeaveReason } from "../protocol/room.ts";
import {
  type ChannelMessage,
  type ClusterPeer,
  decodeChannelMessage,
  digestOf,
  type Gossip,
  type GossipKind,
  type PartChange,
} from "../protocol/room_gossip.ts";
import type { ClusterRoomOptions } from "./cluster_room_options.ts";
import { RemoteParts } from "./remote_parts.ts";
import { RoomInquiry } from "./room_inquiry.ts";
import { RoomView } from "./room_view.ts";
import { RoomVoice } from "./room_voice.ts";

/** How often it is told again that nobody speaks, since it may be lost. Ours. */
const silenceRepeats = 3;

/** A member of this node as the other nodes were told of it. */
interface ToldMember {
  readonly member: Member;
  readonly peer: ClusterPeer;
}

/** This node's part of a room among those of the other nodes: tells them of it, and keeps what they tell. */
export class ClusterRoom {
  readonly #options: ClusterRoomOptions;
  readonly #parts: RemoteParts;
  readonly #view: RoomView;
  /** The members of this node. */
  readonly #told = new Map<string, ToldMember>();
  /** Why members are about to leave. */
  readonly #reasons = new Map<string, LeaveReason>();
  /** All of the room, as they were seen last. */
  #members: readonly Member[] | undefined;
  #number: number;
  /** Who speaks here, as it was told last. */
  #speaking: Gossip<"speakers">["peers"] | undefined;
  /** How often it was told again that nobody does. */
  #repeats = 0;
  readonly #inquiry: RoomInquiry;
  readonly #voice: RoomVoice;
  #isClosed = false;

  constructor(options: ClusterRoomOptions) {
    this.#options = options;
    this.#number = options.firstNumber;
    this.#voice = new RoomVoice(options);
    const { room, logic, timeouts, log, clock } = options;
    this.#parts = new RemoteParts({
      room,
      logic,
      timeouts,
      log,
      ...(clock === undefined ? {} : { clock }),
      onEnded: (node, reason) => {
        options.listener.speakersHeard({ node, peers: [] });
        this.#view.dropPart(node, reason);
      },
    });
    const after = (delayMs: number, call: () => void): (() => void) => {
      const timer = (clock ?? globalThis).setTimeout(call, delayMs);
      return () => (clock ?? globalThis).clearTimeout(timer as never);
    };
    this.#inquiry = new RoomInquiry({ others: options.others, ask: options.ask, after });
    this.#view = new RoomView({
      node: options.node,
      localEpoch: (id) => (this.#told.has(id) ? options.epochOf(id) : undefined),
      onSeen: (peer) => options.listener.seen(peer),
      onGone: (id, reason) => options.listener.gone(id, reason),
      onSuperseded: (peer) => {
        this.#view.noteShown(peer);
        options.listener.superseded(peer);
      },
      onReleased: (id) => this.release(id),
      after,
      timeouts,
    });
  }

  /** Of the last change. */
  get number(): number {
    return this.#number;
  }

  /** Tells that there is a part from now on, so that its first change is the next one to everybody, and asks for the others. */
  begin(): void {
    this.#voice.tell("part", this.describe());
    this.#inquiry.start();
  }

  /** Undefined once every node that is known of said what it has of the room, or had its time to. */
  get synced(): Promise<void> | undefined {
    return this.#inquiry.done;
  }

  /** Resolves when all was done to know of somebody who was in the room on a node that is gone: other nodes may remember. */
  async seek(peerId: string): Promise<void> {
    await this.synced;
    if (!this.#isClosed && !this.#view.has(peerId)) await this.#inquiry.seek();
  }

  /** Whether another node has a newer claim to a member of this one. */
  isClaimedElsewhere(memberId: string): boolean {
    return this.#view.isClaimedElsewhere(memberId);
  }

  /** A member of this node goes on at another one: until that says so, or long enough, it is seen as it was, with nothing that it sent. */
  release(memberId: string): void {
    const told = this.#told.get(memberId);
    if (told === undefined) return;
    const seen = this.#view.find(memberId) ?? { info: { ...told.peer.info, tracks: [] }, trackNodes: {} };
    this.#view.noteShown(seen);
    this.#options.listener.superseded(seen);
  }

  /** The members of the room are these, of which those of this node are told to the others. Called after all that happens in a room. */
  membersChanged(members: readonly Member[]): void {
    if (this.#isClosed || members === this.#members) return;
    this.#members = members;
    const changed: Member[] = [];
    const gone = new Set(this.#told.keys());
    for (const member of members) {
      if (member.trackNodes !== null) continue;
      gone.delete(member.id);
      if (this.#told.get(member.id)?.member !== member) changed.push(member);
    }
    for (const id of gone) {
      const epoch = this.#told.get(id)?.peer.epoch ?? 1;
      this.#told.delete(id);
      const reason = this.#tellLeft(id, epoch);
      this.#view.resolve(id, { id, reason, epoch, node: this.#options.node });
    }
    for (const member of changed) {
      const peer = this.#peerOf(member);
      this.#told.set(member.id, { member, peer });
      this.#tellChange({ peer });
      this.#view.resolve(member.id);
    }
  }

  /** Why a member of this node is about to leave. */
  noteReason(memberId: string, reason: LeaveReason): void {
    if (this.#told.has(memberId)) this.#reasons.set(memberId, reason);
  }

  /** False for what is too long for the bus. */
  sendData(data: Gossip<"data">): boolean {
    return this.#voice.tell("data", data);
  }

  /** As `sendData`. */
  sendOnChannel(message: ChannelMessage): boolean {
    return this.#voice.tellOnChannel(message);
  }

  /** What is told of who speaks is repeated now and then, since it may be lost. */
  tellSpeakers(peers: Gossip<"speakers">["peers"]): void {
    this.#speaking = peers;
    this.#repeats = 0;
    this.#voice.tell("speakers", { node: this.#options.node, peers });
  }

  channelReceived(payload: Uint8Array): void {
    const message = decodeChannelMessage(payload);
    if (message !== undefined) this.#options.listener.channelReceived(message);
  }

  /** Says that this part is still there. */
  beat(): void {
    const digest = digestOf([...this.#told.values()].map(({ peer }) => peer));
    this.#voice.tell("heartbeat", { node: this.#options.node, number: this.#number, digest });
    if (this.#speaking === undefined) return;
    this.#voice.tell("speakers", { node: this.#options.node, peers: this.#speaking });
    if (this.#speaking.length === 0 && ++this.#repeats >= silenceRepeats) this.#speaking = undefined;
  }

  /** This part, for who asked. */
  describe(): Gossip<"part"> {
    const { node, room } = this.#options;
    return { node, room, number: this.#number, peers: [...this.#told.values()].map(({ peer }) => ({ ...peer })) };
  }

  /** The parts of others as they are known here, for who asked. */
  describeOthers(): Gossip<"part">[] {
    const { node: toldBy, room } = this.#options;
    return this.#parts.describe().map((part) => ({ ...part, room, toldBy }));
  }

  /** The link to the bus is back: anything may have been missed. */
  linkRestored(): void {
    this.#parts.linkRestored();
    this.beat();
  }

  /** A node said what was asked for: its part, that it has none, or what it knew of another one's. */
  answered(part: Gossip<"part">): void {
    if (this.#isClosed) return;
    const { node, number, peers, toldBy } = part;
    if (toldBy !== undefined) {
      this.#parts.recall(part);
      return;
    }
    if (peers.length === 0) this.#parts.tellNone(node, number);
    else this.#parts.tell(node, { type: "part.told", number, peers });
    this.#inquiry.answered(node);
  }

  receive<K extends GossipKind>(kind: K, gossip: Gossip<K>): void;
  receive(kind: GossipKind, gossip: Gossip): void {
    if (this.#isClosed) return;
    const { listener } = this.#options;
    switch (kind) {
      case "change": {
        const { node, number, change } = gossip as Gossip<"change">;
        this.#parts.tell(node, { type: "part.changed", number, change });
        break;
      }
      case "heartbeat": {
        const { node, number, digest } = gossip as Gossip<"heartbeat">;
        this.#parts.tell(node, { type: "part.beat", number, digest });
        break;
      }
      case "end": {
        const { node, number } = gossip as Gossip<"end">;
        this.#parts.tell(node, { type: "part.ended", number });
        break;
      }
      case "part": {
        const { node, number, peers } = gossip as Gossip<"part">;
        this.#parts.tell(node, { type: "part.told", number, peers });
        break;
      }
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
      left !== null && "left" in left ? { id: left.left, reason: left.reason, epoch: left.epoch, node } : undefined;
    if (isSilent) {
      this.#options.log.warn("part of a room fell silent", { room: this.#options.room, node });
      this.#options.listener.speakersHeard({ node, peers: [] });
    }
    this.#view.setPart(node, { peers, isSilent }, leaving);
  }

  /** This node ends, and its members go on at others if they like: they are away, and nothing more is told of them. */
  fallSilent(): void {
    for (const { peer } of this.#told.values()) {
      this.#tellChange({ peer: { ...peer, info: { ...peer.info, state: "reconnecting" } } });
    }
    this.#voice.fallSilent();
  }

  /** Nobody of this node is in the room any more. */
  close(): void {
    if (this.#isClosed) return;
    for (const [id, { peer }] of this.#told) this.#tellLeft(id, peer.epoch);
    this.#voice.tell("end", { node: this.#options.node, number: this.#number });
    this.#voice.fallSilent();
    this.#isClosed = true;
    this.#view.close();
    this.#parts.close();
    this.#inquiry.end();
  }

  #peerOf(member: Member): ClusterPeer {
    const { id, inheritedIds } = member;
    const info = infoOf(member);
    const tracks = info.tracks.filter((track) => !inheritedIds.includes(track.id));
    return { info: { ...info, tracks }, epoch: this.#options.epochOf(id), isMoving: inheritedIds.length > 0 };
  }

  #tellLeft(id: string, epoch: number): LeaveReason {
    const reason = this.#reasons.get(id) ?? "left";
    this.#reasons.delete(id);
    this.#tellChange({ left: id, reason, epoch });
    return reason;
  }

  #tellChange(change: PartChange): void {
    this.#number += 1;
    this.#voice.tell("change", { node: this.#options.node, number: this.#number, change });
  }
}
