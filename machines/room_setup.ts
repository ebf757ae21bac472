import { assign, setup } from "xstate";
import type { Ref } from "../protocol/ref.ts";
import type { PeerInfo, Track } from "../protocol/room.ts";
import type { RoomServerMessage } from "../protocol/server_message.ts";
import type { ErrorCode } from "../protocol/signalbox_error.ts";
import {
  type DataMessage,
  type Departure,
  type Member,
  type NewMember,
  newcomer,
  type RoomContext,
  type RoomEvent,
  type RoomInput,
} from "./room_events.ts";
import { isTooMuchSaid } from "./room_extent.ts";

/** What a member is told that asked for what cannot be. */
export interface MemberError {
  readonly memberId: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly ref?: Ref | null | undefined;
}

/** What a member is told that is in. */
export interface Welcome {
  readonly memberId: string;
  readonly ref: Ref | null;
  /** Its own, as the room has them. */
  readonly metadata: unknown;
  /** Everybody else. */
  readonly peers: readonly PeerInfo[];
}

/** Who is to get which tracks, up to which layer. */
export interface Subscribing {
  readonly memberIds: readonly string[];
  readonly trackIds: readonly string[];
  readonly layer?: string | null | undefined;
}

/** What the room machine can do and ask for; its states are in `room_machine.ts`. */
export const roomSetup = setup({
  types: { context: {} as RoomContext, events: {} as RoomEvent, input: {} as RoomInput },
  actions: {
    // Effects come by provide().
    /** A member that is not let in is nobody's. */
    refuseJoin: (_, _params: MemberError) => {},
    /** Tells a new member that it is in, and who else is. */
    welcome: (_, _params: Welcome & { isResuming: boolean }) => {},
    /** Tells a member that is back what there is: who else, and its own tracks. */
    welcomeBack: (_, _params: Welcome & { tracks: readonly Track[] }) => {},
    /** Makes the member's peer connection the room's. */
    takePeer: (_, _params: { memberId: string }) => {},
    /** Ends what the member has to do with the room, and gives its peer connection back. */
    dismiss: (_, _params: Departure) => {},
    /** Has another node put its member out. */
    removeElsewhere: (_, _params: Departure) => {},
    /** Tells all members but one, and the program. */
    announce: (_, _params: { message: RoomServerMessage; except?: string }) => {},
    /** Tells the members named, and the program unless it `isPrivate`. */
    deliver: (_, _params: { message: RoomServerMessage; memberIds: readonly string[]; isPrivate: boolean }) => {},
    /** Tells a publisher of its new track, with the section that it came in. */
    confirmTrack: (_, _params: { memberId: string; track: Track; mid: string | null }) => {},
    reportError: (_, _params: MemberError) => {},
    /** Each of the members to each of the tracks. When no layer is said, a subscription that there is stays as it is. */
    subscribe: (_, _params: Subscribing) => {},
    unsubscribe: (_, _params: { memberId: string; trackId: string }) => {},
    muteTrack: (_, _params: { trackId: string; muted: boolean }) => {},
    /** Ends what there is of a track beside this machine. */
    forgetTrack: (_, _params: { trackId: string }) => {},
    /** Tells the other nodes. */
    forwardData: (_, _params: { message: DataMessage; to: readonly string[] | undefined; ref?: Ref | undefined }) => {},
    /** A track comes from a node, by the start of that: from the first time on, or another one than before. */
    openRemoteTrack: (_, _params: { memberId: string; track: Track; node: string }) => {},
    /** A member goes on at another node, without a word to anybody. Answered by `member.lingered` when its peer connection is closed. */
    handOver: (_, _params: { memberId: string }) => {},
    /** Ends what is left of it here. */
    endLingering: (_, _params: { memberId: string }) => {},
    noteLingered: assign(({ context, event }) => ({
      lingeringIds: context.lingeringIds.filter((id) => id !== memberIdOf(event)),
    })),
    noteAwaited: assign(({ context, event }) => ({
      awaitedIds: [...context.awaitedIds, ...(event.type === "member.awaited" ? [event.memberId] : [])],
    })),
    noteForgone: assign(({ context, event }) => ({
      awaitedIds: context.awaitedIds.filter((id) => id !== memberIdOf(event)),
    })),
    /** Dismisses whoever is left, and ends the room. */
    endRoom: (_, _params: { message?: string | undefined }) => {},

    admit: assign(({ context, event }) =>
      event.type === "join.requested" ? { members: [...context.members, newcomer(event.member)] } : {},
    ),
    /** It is here now, with what it said of itself and sends elsewhere. */
    readmit: assign(({ context, event }) => {
      const before = findReturning(context, event);
      if (event.type !== "join.requested" || before === undefined) return {};
      const member = readmitted(before, event.member);
      return { members: context.members.map((each) => (each === before ? member : each)) };
    }),
    dropMember: assign(({ context, event }) => ({
      members: context.members.filter(({ id }) => id !== memberIdOf(event)),
    })),
    noteAway: assign(({ context, event }) =>
      event.type === "member.detached" ? changeMember(context, event, { state: "reconnecting" }) : {},
    ),
    noteBack: assign(({ context, event }) =>
      event.type === "member.resumed" ? changeMember(context, event, { state: "connected" }) : {},
    ),
    noteMetadata: assign(({ context, event }) =>
      event.type === "metadata.changed" ? changeMember(context, event, { metadata: event.metadata }) : {},
    ),
    addTrack: assign(({ context, event }) => {
      const tracks = findMember(context, memberIdOf(event))?.tracks ?? [];
      return event.type === "track.published" ? changeMember(context, event, { tracks: [...tracks, event.track] }) : {};
    }),
    /** A track that it sent elsewhere comes from here. */
    takeInherited: assign(({ context, event }) => {
      const member = findMember(context, memberIdOf(event));
      if (event.type !== "track.published" || member === undefined) return {};
      const { id } = event.track;
      return changeMember(context, event, {
        tracks: member.tracks.map((track) => (track.id === id ? event.track : track)),
        inheritedIds: member.inheritedIds.filter((each) => each !== id),
      });
    }),
    dropTrack: assign(({ context, event }) => {
      const tracks = findMember(context, memberIdOf(event))?.tracks ?? [];
      return event.type === "track.unpublished"
        ? changeMember(context, event, { tracks: tracks.filter(({ id }) => id !== event.trackId) })
        : {};
    }),
    noteLabel: assign(({ context, event }) =>
      event.type === "track.labeled" ? changeTrack(context, event, { source: event.source, name: event.name }) : {},
    ),
    noteMuted: assign(({ context, event }) =>
      event.type === "track.muted" ? changeTrack(context, event, { muted: event.muted }) : {},
    ),
  },
  guards: {
    isFull: ({ context, event }) =>
      context.members.length >= context.limits.maxRoomPeers || isTooMuchSaid(context, event),
    isTooMuchSaid: ({ context, event }) => isTooMuchSaid(context, event),
    isClientJoining: ({ event }) => event.type === "join.requested" && event.member.isClient,
    hasClients: ({ context: { members, lingeringIds, awaitedIds } }) =>
      lingeringIds.length > 0 ||
      awaitedIds.length > 0 ||
      members.some(({ isClient, trackNodes }) => isClient && trackNodes === null),
    isAway: ({ context, event }) => findMember(context, memberIdOf(event))?.state === "reconnecting",
    isLingering: ({ context, event }) => context.lingeringIds.includes(memberIdOf(event) ?? ""),
    isReturning: ({ context, event }) => isElsewhere(findReturning(context, event)),
    isInherited: ({ context, event }) =>
      event.type === "track.published" &&
      findMember(context, event.memberId)?.inheritedIds.includes(event.track.id) === true,
    isRemote: ({ context, event }) => isElsewhere(findMember(context, memberIdOf(event))),
    isLocal: ({ context, event }) =>
      (event.type === "remote.seen" || event.type === "member.superseded") &&
      findMember(context, event.member.info.id)?.trackNodes === null,
    /** Somebody who left a moment ago. */
    isStranger: ({ context, event }) => findMember(context, memberIdOf(event)) === undefined,
    hasTooManyTracks: ({ context, event }) =>
      (findMember(context, memberIdOf(event))?.tracks.length ?? 0) >= context.limits.maxTracksPerPeer,
    isUnknownTrack: ({ context, event }) => findTrack(context, event) === undefined,
    isOwnTrack: ({ context, event }) => findTrack(context, event)?.publisher.id === memberIdOf(event),
    isUnknownLayer: ({ context, event }) => {
      const layer = event.type === "subscription.requested" ? (event.layer ?? null) : null;
      return layer !== null && findTrack(context, event)?.track.layers?.includes(layer) !== true;
    },
    namesStrangers: ({ context, event }) => findStranger(context, event) !== undefined,
  },
});

function isElsewhere(member: Member | undefined): boolean {
  return member !== undefined && member.trackNodes !== null;
}

/** Who was here on another node and is to be a member of this one. */
export function findReturning(context: RoomContext, event: RoomEvent): Member | undefined {
  return event.type === "join.requested" ? findMember(context, event.member.id) : undefined;
}

/** What it is here. */
export function readmitted({ tracks, metadata }: Member, member: NewMember): Member {
  const said = { ...member, metadata: member.metadata ?? metadata };
  return { ...newcomer(said), tracks, inheritedIds: tracks.map(({ id }) => id) };
}

export function findMember({ members }: RoomContext, memberId: string | undefined): Member | undefined {
  return members.find(({ id }) => id === memberId);
}

/** The track that an event is about, and who publishes it. */
export function findTrack({ members }: RoomContext, event: RoomEvent) {
  if (!("trackId" in event)) return undefined;
  for (const publisher of members) {
    const track = publisher.tracks.find(({ id }) => id === event.trackId);
    if (track !== undefined) return { publisher, track };
  }
  return undefined;
}

/** The first of those that data is for who is not in the room. */
export function findStranger(context: RoomContext, event: RoomEvent): string | undefined {
  const to = event.type === "data.sent" ? event.to : undefined;
  if (to === undefined) return undefined;
  const present = new Set(context.members.map(({ id }) => id));
  return to.find((id) => !present.has(id));
}

export function memberIdOf(event: RoomEvent): string | undefined {
  return "memberId" in event ? event.memberId : undefined;
}

export function changeMember(
  { members }: RoomContext,
  { memberId }: { readonly memberId: string },
  change: Partial<Pick<Member, "metadata" | "state" | "tracks" | "inheritedIds">>,
): Pick<RoomContext, "members"> {
  return { members: members.map((member) => (member.id === memberId ? { ...member, ...change } : member)) };
}

function changeTrack(
  context: RoomContext,
  { memberId, trackId }: { readonly memberId: string; readonly trackId: string },
  change: Partial<Pick<Track, "source" | "name" | "muted">>,
): Pick<RoomContext, "members"> {
  const tracks = findMember(context, memberId)?.tracks ?? [];
  return changeMember(
    context,
    { memberId },
    { tracks: tracks.map((track) => (track.id === trackId ? { ...track, ...change } : track)) },
  );
}
