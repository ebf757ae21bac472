import { type Actor, createActor } from "xstate";
import type { SubscriptionEvent, subscriptionMachine } from "../machines/subscription_machine.ts";
import type { Peer, PeerConnectionState } from "./application.ts";
import { FlightRecorder } from "./flight_recorder.ts";
import type { LogFields } from "./logger.ts";
import type {
  CarriedTrack,
  PublishedSource,
  RoomParticipant,
  RoomSubscriptions,
  RoomSubscriptionsOptions,
  SubscriptionKey,
  SubscriptionRequest,
} from "./room_parts.ts";
import { removeSentTrack, type SubscriptionLogic, type SubscriptionParts } from "./subscription_actor.ts";

export interface SubscriptionSupervisorOptions extends RoomSubscriptionsOptions {
  readonly logic: SubscriptionLogic;
  /** Default: one of its own. */
  readonly recorder?: FlightRecorder | undefined;
}

interface Subscription {
  readonly id: string;
  readonly key: SubscriptionKey;
  readonly parts: SubscriptionParts;
  readonly actor: Actor<typeof subscriptionMachine>;
}

/**
 * Every subscription of a room: each a root actor of its own in plain maps, so that their number costs nothing, and the crash of one ends
 * that one.
 */
export class SubscriptionSupervisor implements RoomSubscriptions {
  readonly #options: SubscriptionSupervisorOptions;
  /** By member, then by track. */
  readonly #members = new Map<string, Map<string, Subscription>>();
  /** The same by track, then by member. */
  readonly #tracks = new Map<string, Map<string, Subscription>>();
  readonly #recorder: FlightRecorder;
  #startCount = 0;

  constructor(options: SubscriptionSupervisorOptions) {
    this.#options = options;
    this.#recorder = options.recorder ?? new FlightRecorder();
  }

  /** Subscriptions that have not ended. */
  get count(): number {
    let count = 0;
    for (const { size } of this.#members.values()) count += size;
    return count;
  }

  start({ subscriber, track, layer }: SubscriptionRequest): void {
    const { log, room } = this.#options;
    const key = { memberId: subscriber.id, trackId: track.id };
    if (this.has(key)) return;
    this.#startCount += 1;
    const id = `${subscriber.id}-s${this.#startCount}`;
    const parts: SubscriptionParts = {
      subscriber,
      track,
      sent: null,
      onRejected: () => log.info("track rejected", { room, ...namesOf(parts) }),
    };
    const actor = createActor(this.#options.logic.machine, {
      id,
      systemId: `subscription:${id}`,
      input: {
        subscriptionId: id,
        subscriberId: subscriber.id,
        publisherId: track.memberId,
        trackId: track.id,
        preferredLayer: layer,
        isMuted: track.remoteTrack.muted,
      },
      ...this.#recorder.record({
        id: `subscription:${id}`,
        parent: `room:${room}`,
        labels: () => ({ room, peers: [subscriber.id, parts.track.memberId] }),
        onTransition: ({ event, state }) =>
          log.debug("transition", { room, subscription: id, actor: id, ...namesOf(parts), on: event, state }),
      }),
    });
    const subscription: Subscription = { id, key, parts, actor };
    this.#options.logic.parts.set(id, parts);
    entry(this.#members, key.memberId).set(key.trackId, subscription);
    entry(this.#tracks, key.trackId).set(key.memberId, subscription);
    actor.subscribe({ error: (error) => this.#crashed(subscription, error) });
    actor.start();
    if (subscriber.peer !== null) actor.send(opened(subscriber.peer));
  }

  has({ memberId, trackId }: SubscriptionKey): boolean {
    return this.#members.get(memberId)?.has(trackId) === true;
  }

  chooseLayer({ memberId, trackId }: SubscriptionKey, layer: string | null): void {
    this.#members.get(memberId)?.get(trackId)?.actor.send({ type: "layer.chosen", layer });
  }

  trackReplaced(track: PublishedSource): void {
    for (const { parts } of this.#all(this.#tracks.get(track.id))) {
      parts.track = track;
      parts.sent?.replaceTrack(track.remoteTrack);
    }
  }

  end({ memberId, trackId }: SubscriptionKey): void {
    const subscription = this.#members.get(memberId)?.get(trackId);
    if (subscription !== undefined) this.#end(subscription);
  }

  peerOpened(member: RoomParticipant): void {
    const { id, peer } = member;
    if (peer === null) return;
    for (const { actor, parts } of this.#all(this.#members.get(id))) {
      parts.subscriber = member;
      actor.send(opened(peer));
    }
  }

  peerClosed(member: RoomParticipant): void {
    this.#tellMember(member.id, { type: "peer.closed" });
  }

  /** The member's peer connection is in another state: while nothing is heard of it, its subscriptions pause. */
  peerStateChanged(memberId: string, state: PeerConnectionState): void {
    if (state === "connected") this.#tellMember(memberId, { type: "peer.connected" });
    if (state === "disconnected" || state === "failed") this.#tellMember(memberId, { type: "peer.disconnected" });
  }

  trackMuted(trackId: string, isMuted: boolean): void {
    const type = isMuted ? "track.muted" : "track.unmuted";
    for (const { actor } of this.#all(this.#tracks.get(trackId))) actor.send({ type });
  }

  trackUnpublished(trackId: string): void {
    for (const subscription of this.#all(this.#tracks.get(trackId))) this.#end(subscription);
  }

  memberLeft(memberId: string): void {
    for (const subscription of this.#all(this.#members.get(memberId))) this.#end(subscription);
  }

  describe(memberId: string): Readonly<Record<string, CarriedTrack>> {
    const carried: Record<string, CarriedTrack> = {};
    for (const { key, parts } of this.#members.get(memberId)?.values() ?? []) {
      const { sent, track } = parts;
      if (sent === null || sent.mid === null || sent.state === "rejected" || sent.state === "stopped") continue;
      carried[sent.mid] = { peer: track.memberId, track: key.trackId };
    }
    return carried;
  }

  close(): void {
    for (const memberId of [...this.#members.keys()]) this.memberLeft(memberId);
  }

  #tellMember(memberId: string, event: SubscriptionEvent): void {
    for (const { actor } of this.#all(this.#members.get(memberId))) actor.send(event);
  }

  /** A copy, as what is done to one may end another. */
  #all(subscriptions: ReadonlyMap<string, Subscription> | undefined): readonly Subscription[] {
    return [...(subscriptions?.values() ?? [])];
  }

  #end(subscription: Subscription): void {
    subscription.actor.send({ type: "subscription.ended" });
    this.#forget(subscription);
  }

  #crashed(subscription: Subscription, error: unknown): void {
    const { id, key, parts } = subscription;
    const { log, room, onCrash } = this.#options;
    const fields = { room, subscription: id, member: key.memberId, track: key.trackId };
    log.error("subscription crashed", {
      ...fields,
      error,
      transitions: this.#recorder.transitions(`subscription:${id}`),
    });
    this.#forget(subscription);
    try {
      removeSentTrack(parts);
    } catch (late) {
      log.error("subscription failed while closing", { ...fields, error: late });
    }
    onCrash(key);
  }

  #forget({ id, key, parts }: Subscription): void {
    const { memberId, trackId } = key;
    if (this.#options.logic.parts.get(id) !== parts) return;
    this.#options.logic.parts.delete(id);
    this.#recorder.ended(`subscription:${id}`);
    remove(this.#members, memberId, trackId);
    remove(this.#tracks, trackId, memberId);
  }
}

type Table = Map<string, Map<string, Subscription>>;

/** What a subscription is about, for the log. */
function namesOf(parts: SubscriptionParts | undefined): LogFields {
  if (parts === undefined) return {};
  const { track, subscriber } = parts;
  return { track: track.id, publisher: track.memberId, subscriber: subscriber.id };
}

function opened({ id, connectionState }: Peer): SubscriptionEvent {
  return { type: "peer.opened", peerId: id, isConnected: connectionState === "connected" };
}

function entry(table: Table, outer: string): Map<string, Subscription> {
  const found = table.get(outer);
  if (found !== undefined) return found;
  const made = new Map<string, Subscription>();
  table.set(outer, made);
  return made;
}

function remove(table: Table, outer: string, inner: string): void {
  const found = table.get(outer);
  found?.delete(inner);
  if (found?.size === 0) table.delete(outer);
}
