import { infoOf, type Member } from "../machines/room_events.ts";
import type { LeaveReason } from "../protocol/room.ts";
import { type ClusterPeer, digestOf, type Gossip, type PartChange } from "../protocol/room_gossip.ts";
import type { Leaving } from "./room_view.ts";

/** A member of this node as the other nodes were told of it. */
interface ToldMember {
  readonly member: Member;
  readonly peer: ClusterPeer;
}

export interface LocalPartOptions {
  readonly room: string;
  /** This start of this node. */
  readonly node: string;
  /** As the part begins: above that of any change of a part that this node had before. */
  readonly firstNumber: number;
  /** How often the session of a member was taken up. */
  readonly epochOf: (memberId: string) => number;
  readonly tellChange: (change: Gossip<"change">) => void;
  /** Somebody comes, is another one than before, or left. */
  readonly onChanged: (memberId: string, left?: Leaving) => void;
}

/** The members of a room that are on this node, each of whose changes is numbered and told. */
export class LocalPart {
  readonly #options: LocalPartOptions;
  readonly #told = new Map<string, ToldMember>();
  /** Why members are about to leave. */
  readonly #reasons = new Map<string, LeaveReason>();
  #number: number;

  constructor(options: LocalPartOptions) {
    this.#options = options;
    this.#number = options.firstNumber;
  }

  /** Of the last change. */
  get number(): number {
    return this.#number;
  }

  has(memberId: string): boolean {
    return this.#told.has(memberId);
  }

  /** A member as it was told of last. */
  find(memberId: string): ClusterPeer | undefined {
    return this.#told.get(memberId)?.peer;
  }

  /** The members are these. */
  set(members: ReadonlyMap<string, Member>): void {
    const { node, onChanged } = this.#options;
    for (const [id, { peer }] of [...this.#told]) {
      if (members.has(id)) continue;
      this.#told.delete(id);
      const reason = this.#tellLeft(id, peer.epoch);
      onChanged(id, { id, reason, epoch: peer.epoch, node });
    }
    for (const [id, member] of members) {
      if (this.#told.get(id)?.member === member) continue;
      const peer = this.#peerOf(member);
      this.#told.set(id, { member, peer });
      this.#tellChange({ peer });
      onChanged(id);
    }
  }

  /** Why a member is about to leave. */
  noteReason(memberId: string, reason: LeaveReason): void {
    if (this.#told.has(memberId)) this.#reasons.set(memberId, reason);
  }

  /** So many changes, and what comes of them. */
  beat(): Gossip<"heartbeat"> {
    const digest = digestOf([...this.#told.values()].map(({ peer }) => peer));
    return { node: this.#options.node, number: this.#number, digest };
  }

  /** All of it, for who asked. */
  describe(): Gossip<"part"> {
    const { node, room } = this.#options;
    return { node, room, number: this.#number, peers: [...this.#told.values()].map(({ peer }) => ({ ...peer })) };
  }

  /** All of them are away from now on. */
  tellAway(): void {
    for (const { peer } of this.#told.values()) {
      this.#tellChange({ peer: { ...peer, info: { ...peer.info, state: "reconnecting" } } });
    }
  }

  /** Everybody has left. */
  end(): Gossip<"end"> {
    for (const [id, { peer }] of this.#told) this.#tellLeft(id, peer.epoch);
    return { node: this.#options.node, number: this.#number };
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
    this.#options.tellChange({ node: this.#options.node, number: this.#number, change });
  }
}
