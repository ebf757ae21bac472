import { stepsBetween } from "./room_difference.ts";
import { infoOf, stranger } from "./room_events.ts";
import { changeMember, findMember, findReturning, memberIdOf, readmitted, roomSetup } from "./room_setup.ts";
import { admission } from "./room_steps.ts";

// What the room machine does about members of other nodes.

/** Shows a member of another node as it is now. */
export const showRemote = roomSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "remote.seen" && event.type !== "member.superseded") return;
  const after = stranger(event.member);
  const before = findMember(context, after.id);
  const others = context.members;
  const members = before === undefined ? [...others, after] : others.map((each) => (each === before ? after : each));
  const { lingeringIds } = context;
  const isLeaving = event.type === "member.superseded";
  enqueue.assign({ members, lingeringIds: isLeaving ? [...lingeringIds, after.id] : lingeringIds });
  for (const step of stepsBetween(before, after, members)) enqueue(step);
  if (isLeaving) enqueue({ type: "handOver", params: { memberId: after.id } });
});

/** A member of another node is gone. */
export const hideRemote = roomSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "remote.left") return;
  const { memberId, reason } = event;
  const member = findMember(context, memberId);
  enqueue.assign({ members: context.members.filter((each) => each !== member) });
  enqueue({ type: "announce", params: { message: { type: "peer-left", peer: memberId, reason } } });
  for (const { id } of member?.tracks ?? []) enqueue({ type: "forgetTrack", params: { trackId: id } });
});

/** Who is back on another node sends there what it sent before within this, in milliseconds. Ours. */
const settleTimeoutMs = 10_000;

const settling = (memberId: string): string => `settling ${memberId}`;

/** What one comes to that was here on another node: to everybody else it never left. */
export const readmission = [
  roomSetup.enqueueActions(({ context, event, enqueue }) => {
    const before = findReturning(context, event);
    // Who moved here was never away: there is nothing to tell.
    if (event.type !== "join.requested" || before?.state !== "reconnecting") return;
    const message = { type: "peer-updated", peer: infoOf(readmitted(before, event.member)) } as const;
    enqueue({ type: "announce", params: { message, except: before.id } });
  }),
  "readmit",
  admission[1],
  admission[3],
  admission[4],
  roomSetup.enqueueActions(({ event, enqueue }) => {
    if (event.type !== "join.requested") return;
    const memberId = event.member.id;
    enqueue.cancel(settling(memberId));
    enqueue.raise({ type: "member.settled", memberId }, { id: settling(memberId), delay: settleTimeoutMs });
  }),
] as const;

/** What it did not send again is gone. */
export const dropInherited = roomSetup.enqueueActions(({ context, event, enqueue }) => {
  const member = findMember(context, memberIdOf(event));
  if (member === undefined || member.inheritedIds.length === 0) return;
  const tracks = member.tracks.filter(({ id }) => !member.inheritedIds.includes(id));
  enqueue.assign(changeMember(context, { memberId: member.id }, { tracks, inheritedIds: [] }));
  for (const id of member.inheritedIds) {
    const message = { type: "track-unpublished", peer: member.id, track: id } as const;
    enqueue({ type: "announce", params: { message } });
    enqueue({ type: "forgetTrack", params: { trackId: id } });
  }
});
