import type { Ref } from "../protocol/ref.ts";
import type { ErrorCode } from "../protocol/signalbox_error.ts";
import { infoOf, newcomer, type RoomContext, type RoomEvent } from "./room_events.ts";
import { maxSaidBytes } from "./room_extent.ts";
import { findMember, findTrack, type MemberError, type Welcome } from "./room_setup.ts";

// What the room machine does, step by step.

/** The events of one type, or of some. */
export type EventOf<T extends RoomEvent["type"]> = Extract<RoomEvent, { readonly type: T }>;

/** What every one that is let in comes to. */
export const admission = [
  "admit",
  {
    type: "welcome",
    params: ({ context, event }: { context: RoomContext; event: EventOf<"join.requested"> }) => ({
      ...welcomeOf(context, event.member.id, event.ref),
      isResuming: event.isResuming === true,
    }),
  },
  {
    type: "announce",
    params: ({ event: { member } }: { event: EventOf<"join.requested"> }) => ({
      message: { type: "peer-joined", peer: infoOf(newcomer(member)) } as const,
      except: member.id,
    }),
  },
  {
    type: "subscribe",
    params: ({ context, event: { member } }: { context: RoomContext; event: EventOf<"join.requested"> }) => ({
      memberIds: member.isSubscribing ? [member.id] : [],
      trackIds: context.members.flatMap(({ id, tracks }) => (id === member.id ? [] : tracks.map((track) => track.id))),
    }),
  },
  {
    type: "takePeer",
    params: ({ event }: { event: EventOf<"join.requested"> }) => ({ memberId: event.member.id }),
  },
] as const;

/** What a member of this node comes to that leaves, or is put out. */
export const departure = [
  {
    type: "announce",
    params: ({ event: { memberId, reason } }: { event: EventOf<"member.left" | "member.removed"> }) => ({
      message: { type: "peer-left", peer: memberId, reason } as const,
      except: memberId,
    }),
  },
  { type: "dismiss", params: ({ event }: { event: EventOf<"member.left" | "member.removed"> }) => event },
  "dropMember",
] as const;

/** What is told to who is back. */
export const welcomeBack = {
  type: "welcomeBack",
  params: ({ context, event: { memberId, ref } }: { context: RoomContext; event: EventOf<"member.resumed"> }) => ({
    ...welcomeOf(context, memberId, ref),
    tracks: findMember(context, memberId)?.tracks ?? [],
  }),
} as const;

function welcomeOf(context: RoomContext, memberId: string, ref: Ref | null): Welcome {
  const metadata = findMember(context, memberId)?.metadata ?? null;
  return { memberId, ref, metadata, peers: context.members.filter(({ id }) => id !== memberId).map(infoOf) };
}

/** Tells the others what a member is like now. */
export const announceMember = {
  type: "announce",
  params: ({ context, event }: { context: RoomContext; event: EventOf<"member.detached" | "member.resumed"> }) => ({
    message: updateOf(context, event.memberId),
    except: event.memberId,
  }),
} as const;

/** Answers a request that cannot be granted. */
export function refuse(code: ErrorCode, describe: (event: RequestEvent) => string) {
  return {
    type: "reportError",
    params: ({ event }: { event: RequestEvent }): MemberError => ({
      memberId: event.memberId,
      code,
      message: describe(event),
      ref: event.ref,
    }),
  } as const;
}

type RequestEvent = EventOf<"track.muted" | "subscription.requested" | "subscription.dismissed">;

const verbs = {
  "track.muted": "mute",
  "subscription.requested": "subscribe to",
  "subscription.dismissed": "unsubscribe from",
} as const;

/** The track that is asked for is not there, or not any more. */
export const noSuchTrack = refuse(
  "no-such-track",
  ({ type, trackId }) => `Cannot ${verbs[type]} track "${trackId}": the room has no such track`,
);

/** There is no place for one more. */
export const fullRoom = {
  type: "refuseJoin",
  params: ({
    context,
    event: { member, ref },
  }: {
    context: RoomContext;
    event: EventOf<"join.requested">;
  }): MemberError => ({
    memberId: member.id,
    code: "room-full",
    message: `Cannot join room "${context.room}": ${
      context.members.length >= context.limits.maxRoomPeers
        ? `it holds ${context.members.length} of ${context.limits.maxRoomPeers} peers`
        : `its peers would say more than ${maxSaidBytes(context.limits)} bytes of themselves`
    }`,
    ref,
  }),
} as const;

const sayings = {
  "metadata.changed": { code: "room-full", doing: "change the metadata" },
  "track.published": { code: "too-many-tracks", doing: "publish the track" },
  "track.labeled": { code: "room-full", doing: "rename the track" },
} as const;

/** The members say as much of themselves as they may. */
export const tooMuchSaid = {
  type: "reportError",
  params: ({ context, event }: { context: RoomContext; event: EventOf<keyof typeof sayings> }): MemberError => {
    const { code, doing } = sayings[event.type];
    return {
      memberId: event.memberId,
      code,
      message: `Cannot ${doing}: the room's peers would say more than ${maxSaidBytes(context.limits)} bytes of themselves`,
      ref: "ref" in event ? event.ref : null,
    };
  },
} as const;

/** Tells everybody what a track is like now. */
export const announceTrack = {
  type: "announce",
  params: ({ context, event }: { context: RoomContext; event: EventOf<"track.muted" | "track.labeled"> }) => {
    const track = findTrack(context, event)?.track;
    if (track === undefined) throw new Error(`Cannot announce track ${event.trackId}: it is not there`);
    return { message: { type: "track-updated", peer: event.memberId, track } as const };
  },
} as const;

/** Tells the other nodes what a member says. */
export const forwardData = {
  type: "forwardData",
  params: ({ event: { memberId, to, topic, payload, ref } }: { event: EventOf<"data.sent"> }) => ({
    message: { type: "data", from: memberId, ...(topic === undefined ? {} : { topic }), payload } as const,
    to,
    ref,
  }),
} as const;

/** Hands data on; a member that is named twice gets it once. What goes to its sender alone is nothing to the program. */
export const deliverData = {
  type: "deliver",
  params: ({ context, event }: { context: RoomContext; event: EventOf<"data.sent"> }) => {
    const { memberId, to, topic, payload } = event;
    const named = to === undefined ? undefined : new Set(to);
    const isMeant = (id: string): boolean => (named === undefined ? id !== memberId : named.has(id));
    return {
      message: { type: "data", from: memberId, ...(topic === undefined ? {} : { topic }), payload } as const,
      memberIds: context.members.map(({ id }) => id).filter(isMeant),
      isPrivate: named?.size === 1 && named.has(memberId),
    };
  },
} as const;

/** The same for what a member of another node says, which is nothing to the program either when it names nobody of this one. */
export const deliverReceived = {
  type: "deliver",
  params: ({ context, event: { message, to } }: { context: RoomContext; event: EventOf<"data.received"> }) => {
    const named = to === undefined ? undefined : new Set(to);
    const here = context.members.filter(({ trackNodes }) => trackNodes === null).map(({ id }) => id);
    const memberIds = here.filter((id) => named?.has(id) !== false);
    return { message, memberIds, isPrivate: named !== undefined && memberIds.length === 0 };
  },
} as const;

/** The word that a member is another one than before. */
export function updateOf(context: RoomContext, memberId: string) {
  const member = findMember(context, memberId);
  if (member === undefined) throw new Error(`Cannot announce peer ${memberId}: it is not there`);
  return { type: "peer-updated", peer: infoOf(member) } as const;
}

/** The layers that a track has, for an error. */
export function layersOf(context: RoomContext, event: RoomEvent): string {
  const layers = findTrack(context, event)?.track.layers ?? [];
  return layers.length === 0 ? "none, as it has no layers" : `one of ${layers.join(", ")}`;
}
