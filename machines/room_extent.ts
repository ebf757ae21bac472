import { bytesOf } from "../protocol/check_room_limits.ts";
import { infoOf, type Member, newcomer, type RoomContext, type RoomEvent, type RoomLimits } from "./room_events.ts";

// How much the members of a room say of themselves: every client that joins is told all of it in one message.

/** What each member says of itself, in bytes of JSON; members are never changed, but replaced. */
const extents = new WeakMap<Member, number>();

/** How much the members may say of themselves together, in bytes of JSON. The other half of a client's queue is for the rest. Ours. */
export function maxSaidBytes({ maxQueuedBytes }: RoomLimits): number {
  return Math.floor(maxQueuedBytes / 2);
}

/** Whether the members would say more than they may, were the event to happen. */
export function isTooMuchSaid({ members, limits }: RoomContext, event: RoomEvent): boolean {
  const id = event.type === "join.requested" ? event.member.id : "memberId" in event ? event.memberId : undefined;
  const before = members.find((member) => member.id === id);
  const after = memberAfter(before, event);
  if (after === undefined) return false;
  let bytes = extentOf(after);
  for (const member of members) if (member !== before) bytes += extentOf(member);
  return bytes > maxSaidBytes(limits);
}

function extentOf(member: Member): number {
  const known = extents.get(member);
  if (known !== undefined) return known;
  const bytes = bytesOf(infoOf(member));
  extents.set(member, bytes);
  return bytes;
}

/** The member that an event is about as it would be then, if it would say something else. */
function memberAfter(before: Member | undefined, event: RoomEvent): Member | undefined {
  if (event.type === "join.requested") return newcomer(event.member);
  if (before === undefined) return undefined;
  switch (event.type) {
    case "metadata.changed":
      return { ...before, metadata: event.metadata };
    case "track.published":
      return { ...before, tracks: [...before.tracks, event.track] };
    case "track.labeled": {
      const { trackId, source, name } = event;
      return { ...before, tracks: before.tracks.map((t) => (t.id === trackId ? { ...t, source, name } : t)) };
    }
    default:
      return undefined;
  }
}
