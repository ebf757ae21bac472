import type { Member } from "../machines/room_events.ts";
import type { LeaveReason } from "../protocol/room.ts";
import {
  type ChannelMessage,
  type ClusterPeer,
  decodeChannelMessage,
  type Gossip,
  type GossipKind,
  type PartChange,
} from "../protocol/room_gossip.ts";
import type { ClusterRoomOptions } from "./cluster_room_options.ts";
import { LocalPart } from "./local_part.ts";
import { RemoteParts } from "./remote_parts.ts";
import { RemoteRemovals, type Removal } from "./remote_removals.ts";
import { RoomInquiry } from "./room_inquiry.ts";
import { RoomView } from "./room_view.ts";
import { RoomVoice } from "./room_voice.ts";

/** How often it is told again that nobody speaks, since it may be lost. Ours. */
const silenceRepeats = 3;

/** This node's part of a room among those of the other nodes: tells them of it, and keeps what they tell. */
export class ClusterRoom {
  readonly #options: ClusterRoomOptions;
  readonly #parts: RemoteParts;
  readonly #view: RoomView;
  readonly #local: LocalPart;
  /** All of the room, as they were seen last. */
  #members: readonly Member[] | undefined;
  /** Who speaks here, as it was told last. */
  #speaking: Gossip<"speakers">["peers"] | undefined;
  /** How often it was told again that nobody does. */
  #repeats = 0;
  readonly #inquiry: RoomInquiry;
  readonly #voice: RoomVoice;
  readonly #removals = new RemoteRemovals((removal) => this.#voice.tell("remove", removal));
  #isClosed = false;

  constructor(options: ClusterRoomOptions) {
    this.#options = options;
    this.#voice = new RoomVoice(options);
    const { room, logic, timeouts, log, recorder, clock } = options;
    this.#parts = new RemoteParts({
      room,
      logic,
      timeouts,
      log,
      recorder,
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
      localEpoch: (id) => (this.#local.has(id) ? options.epochOf(id) : undefined),
      onSeen: (peer) => options.listener.seen(peer),
      onGone: (id, reason) => {
        this.#removals.take(id);
        options.listener.gone(id, reason);
      },
      onSuperseded: (peer) => {
        this.#view.noteShown(peer);
        options.listener.superseded(peer);
      },
      onReleased: (id) => this.release(id),
      after,
      timeouts,
    });
    this.#local = new LocalPart({
      room,
      node: options.node,
      firstNumber: options.firstNumber,
      epochOf: options.epochOf,
      tellChange: (change) => this.#voice.tell("change", change),
      onChanged: (id, left) => {
        this.#view.resolve(id, left);
        const removal = this.#removals.take(id);
        if (removal !== undefined && left === undefined) options.listener.removed(removal);
      },
    });
  }

  /** Of the last change. */
  get number(): number {
    return this.#local.number;
  }

  /** Tells that there is a part from now on, so that its first change is the next one to everybody, and asks for the others. */
  begin(): void {
    this.#voice.tell("part", this.#local.describe());
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
    const told = this.#local.find(memberId);
    if (told === undefined) return;
    const seen = this.#view.find(memberId) ?? { info: { ...told.info, tracks: [] }, trackNodes: {} };
    this.#view.noteShown(seen);
    this.#options.listener.superseded(seen);
  }

  /** The members of the room are these, of which those of this node are told to the others. Called after all that happens in a room. */
  membersChanged(members: readonly Member[]): void {
    if (this.#isClosed || members === this.#members) return;
    this.#members = members;
    this.#local.set(new Map(members.flatMap((member) => (member.trackNodes === null ? [[member.id, member]] : []))));
  }

  /** Why a member of this node is about to leave. */
  noteReason(memberId: string, reason: LeaveReason): void {
    this.#local.noteReason(memberId, reason);
  }

  /** Has the node of a member put it out, wherever that is. */
  remove(removal: Removal): void {
    this.#removals.add(removal);
  }

  /** Has the other nodes end their parts. Told once: whoever is not reached now goes on. */
  closeAll(message: string | undefined): void {
    this.#voice.tell("close", { message });
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
    this.#voice.tell("heartbeat", this.#local.beat());
    this.#removals.repeat();
    if (this.#speaking === undefined) return;
    this.#voice.tell("speakers", { node: this.#options.node, peers: this.#speaking });
    if (this.#speaking.length === 0 && ++this.#repeats >= silenceRepeats) this.#speaking = undefined;
  }

  /** This part, for who asked. */
  describe(): Gossip<"part"> {
    return this.#local.describe();
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
      case "remove":
        listener.removed(gossip as Gossip<"remove">);
        break;
      case "close":
        listener.closed((gossip as Gossip<"close">).message);
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
      this.#options.log.warn("part of a room fell silent", { room: this.#options.room, origin: node });
      this.#options.listener.speakersHeard({ node, peers: [] });
    }
    this.#view.setPart(node, { peers, isSilent }, leaving);
    if (!isSilent) this.#removals.heardOf(peers);
  }

  /** This node ends, and its members go on at others if they like: they are away, and nothing more is told of them. */
  fallSilent(): void {
    this.#local.tellAway();
    this.#voice.fallSilent();
  }

  /** Nobody of this node is in the room any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#voice.tell("end", this.#local.end());
    this.#voice.fallSilent();
    this.#isClosed = true;
    this.#view.close();
    this.#parts.close();
    this.#inquiry.end();
  }
}
