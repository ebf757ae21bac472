import type { LeaveReason, PeerInfo } from "../protocol/room.ts";
import type { ClusterPeer } from "../protocol/room_gossip.ts";

/** A member of a room on another node, as this node sees it with all that is known. */
export interface SeenPeer {
  readonly info: PeerInfo;
  /** Which start of a node each of its tracks is at. */
  readonly trackNodes: Readonly<Record<string, string>>;
}

/** What a node said of its part of the room last. */
interface Part {
  readonly peers: Readonly<Record<string, ClusterPeer>>;
  /** Nothing is heard of it. */
  readonly isSilent: boolean;
}

/** A peer with where it is. */
interface Candidate {
  readonly node: string;
  readonly peer: ClusterPeer;
  readonly isSilent: boolean;
}

/** Which start of which node has a peer, or had it, and since when. */
interface Claim {
  readonly epoch: number;
  readonly node: string;
}

/** Somebody left. */
export interface Leaving {
  readonly id: string;
  readonly reason: LeaveReason;
  /** Whatever is said of it that is no newer than this is of before. */
  readonly epoch: number;
  /** Which start of which node said so; what that says later is newer. */
  readonly node: string;
}

export interface RoomViewOptions {
  /** This start of this node. */
  readonly node: string;
  /** The epoch of a member of this node; undefined for who is none. */
  readonly localEpoch: (peerId: string) => number | undefined;
  /** Somebody of another node is there, or another one than before. */
  readonly onSeen: (peer: SeenPeer) => void;
  readonly onGone: (peerId: string, reason: LeaveReason) => void;
  /** A member of this node goes on at another one. */
  readonly onSuperseded: (peer: SeenPeer) => void;
  /** A member of this node went on at another one and left there, before it was seen as a member of that: it is nobody's any more. */
  readonly onReleased: (peerId: string) => void;
  /** Calls something once, unless what it returns is called before. */
  readonly after: (delayMs: number, call: () => void) => () => void;
  /** How long somebody may be nowhere who is said to go on elsewhere, and one of whom nothing is said, in milliseconds. */
  readonly timeouts: { readonly resumeTimeoutMs: number; readonly nodeTimeoutMs: number };
}

/**
 * Puts the parts of a room that other nodes tell of together: of two peers of one id, the one that was taken up last is right. Whatever
 * the order in which things are told, equal parts make equal views.
 *
 * Who is in no part any more, and left by no word, may be about to be heard of in another one: that is waited for.
 */
export class RoomView {
  readonly #options: RoomViewOptions;
  readonly #parts = new Map<string, Part>();
  /** The last leaves, as long as an older word of those who left is about. */
  readonly #left = new Map<string, Leaving>();
  /** What was said of each peer of another node last, as JSON. */
  readonly #shown = new Map<string, string>();
  /** Those who are in no part, and what ends the wait for them. */
  readonly #missing = new Map<string, () => void>();

  constructor(options: RoomViewOptions) {
    this.#options = options;
  }

  /** What is known of another node's part; `left` says why a peer is not in it any more. */
  setPart(node: string, part: Part, left?: Leaving): void {
    const before = this.#parts.get(node);
    this.#parts.set(node, part);
    const isHeardAsBefore = before?.isSilent === part.isSilent;
    const look = (id: string): void => {
      const isSame = isHeardAsBefore && before?.peers[id] === part.peers[id];
      if (!isSame) this.resolve(id, left?.id === id ? left : undefined);
    };
    for (const id in before?.peers) look(id);
    for (const id in part.peers) if (before?.peers[id] === undefined) look(id);
  }

  /** Another node's part is no more: its members are gone for a reason, or went on elsewhere. */
  dropPart(node: string, reason: LeaveReason | undefined): void {
    const part = this.#parts.get(node);
    this.#parts.delete(node);
    for (const [id, { epoch }] of Object.entries(part?.peers ?? {})) {
      this.resolve(id, reason === undefined ? undefined : { id, reason, epoch, node });
    }
  }

  /** Decides anew what is so of a peer: also to be called when a member of this node came or left. */
  resolve(id: string, left?: Leaving): void {
    if (left !== undefined && isNewer(left, this.#left.get(id))) this.#left.set(id, left);
    const [winner, second] = this.#candidates(id);
    const localEpoch = this.#options.localEpoch(id);
    if (localEpoch !== undefined) {
      this.#shown.delete(id);
      this.#stopMissing(id);
      const own = { epoch: localEpoch, node: this.#options.node };
      if (winner === undefined && left !== undefined && isLater(left, own)) {
        this.#options.onReleased(id);
        this.#lose(id, left.reason);
        return;
      }
      if (winner === undefined || !isAbove(winner, own)) return;
      // Until it sends there what it sends here, it is here.
      if (winner.peer.isMoving && !winner.isSilent) return;
    }
    if (winner === undefined) {
      this.#lose(id, left?.reason);
      return;
    }
    this.#stopMissing(id);
    const seen = merge(winner, second);
    if (localEpoch !== undefined) {
      this.#options.onSuperseded(seen);
      return;
    }
    const text = JSON.stringify(seen);
    if (this.#shown.get(id) === text) return;
    this.#shown.set(id, text);
    this.#options.onSeen(seen);
  }

  /** Nothing is waited for any more. */
  close(): void {
    for (const id of [...this.#missing.keys()]) this.#stopMissing(id);
  }

  /** Somebody of another node is in no part of the room. */
  #lose(id: string, reason: LeaveReason | undefined): void {
    if (!this.#shown.has(id)) return;
    if (reason === undefined || reason === "replaced") {
      if (this.#missing.has(id)) return;
      const { after, timeouts } = this.#options;
      const [delayMs, end] =
        reason === undefined
          ? ([timeouts.nodeTimeoutMs, "left"] as const)
          : ([timeouts.resumeTimeoutMs, "node-lost"] as const);
      this.#missing.set(
        id,
        after(delayMs, () => this.#lose(id, end)),
      );
      return;
    }
    this.#stopMissing(id);
    this.#shown.delete(id);
    this.#options.onGone(id, reason);
  }

  #stopMissing(id: string): void {
    this.#missing.get(id)?.();
    this.#missing.delete(id);
  }

  /** Somebody as other nodes have it. */
  find(id: string): SeenPeer | undefined {
    const [winner, second] = this.#candidates(id);
    return winner === undefined ? undefined : merge(winner, second);
  }

  /** Whether somebody is in the room on another node. */
  has(id: string): boolean {
    return this.#shown.has(id);
  }

  /** Whether another node has a newer claim to a member of this one. */
  isClaimedElsewhere(id: string): boolean {
    const [winner] = this.#candidates(id);
    const epoch = this.#options.localEpoch(id);
    return winner !== undefined && epoch !== undefined && isAbove(winner, { epoch, node: this.#options.node });
  }

  /** A member of this node goes on at another one, and is seen as that from now on. */
  noteShown(seen: SeenPeer): void {
    this.#shown.set(seen.info.id, JSON.stringify(seen));
  }

  /** Those that say that they have a peer, the one that is right first. */
  #candidates(id: string): Candidate[] {
    const found: Candidate[] = [];
    for (const [node, { peers, isSilent }] of this.#parts) {
      const peer = peers[id];
      if (peer !== undefined) found.push({ node, peer, isSilent });
    }
    const left = this.#left.get(id);
    if (found.length === 0) this.#left.delete(id);
    const current = found.filter((one) => left === undefined || one.node === left.node || isAbove(one, left));
    return current.sort((a, b) => (isAbove(a, { epoch: b.peer.epoch, node: b.node }) ? -1 : 1));
  }
}

/** The same on every node, whatever each heard first. */
function isAbove({ peer, node }: Candidate, other: Claim): boolean {
  return isLater({ epoch: peer.epoch, node }, other);
}

function isNewer(left: Leaving, than: Leaving | undefined): boolean {
  return than === undefined || (left.epoch === than.epoch && left.node === than.node) || isLater(left, than);
}

/** Of two claims to one peer by different nodes. */
function isLater(one: Claim, other: Claim): boolean {
  return one.epoch === other.epoch ? one.node > other.node : one.epoch > other.epoch;
}

/** The peer as it is to be seen: with what it still sends from where it was before. */
function merge({ peer, node, isSilent }: Candidate, before: Candidate | undefined): SeenPeer {
  const { info, isMoving } = peer;
  const own = new Set(info.tracks.map(({ id }) => id));
  const left = isMoving && before !== undefined ? before.peer.info.tracks.filter(({ id }) => !own.has(id)) : [];
  const tracks = [...info.tracks, ...left];
  return {
    info: { ...info, state: isSilent ? "reconnecting" : info.state, tracks },
    trackNodes: Object.fromEntries(tracks.map(({ id }) => [id, own.has(id) ? node : (before?.node ?? node)])),
  };
}
