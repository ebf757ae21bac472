import type { Track } from "../protocol/room.ts";
import type { RoomServerMessage } from "../protocol/server_message.ts";
import { infoOf, type Member } from "./room_events.ts";

/** What there is to do when a member of another node is another one than before. */
export type DifferenceStep =
  | { readonly type: "announce"; readonly params: { readonly message: RoomServerMessage } }
  | { readonly type: "forgetTrack"; readonly params: { readonly trackId: string } }
  | { readonly type: "muteTrack"; readonly params: { readonly trackId: string; readonly muted: boolean } }
  | {
      readonly type: "openRemoteTrack";
      readonly params: { readonly memberId: string; readonly track: Track; readonly node: string };
    }
  | {
      readonly type: "subscribe";
      readonly params: { readonly memberIds: readonly string[]; readonly trackIds: readonly string[] };
    };

/** Everything that follows from what a member of another node is now, in the order in which it is done and told. */
export function* stepsBetween(
  before: Member | undefined,
  after: Member,
  members: readonly Member[],
): Generator<DifferenceStep> {
  const { id: peer } = after;
  if (before === undefined) {
    yield { type: "announce", params: { message: { type: "peer-joined", peer: { ...infoOf(after), tracks: [] } } } };
  } else {
    for (const { id } of before.tracks) {
      if (after.tracks.some((track) => track.id === id)) continue;
      yield { type: "announce", params: { message: { type: "track-unpublished", peer, track: id } } };
      yield { type: "forgetTrack", params: { trackId: id } };
    }
    if (saidOf(before) !== saidOf(after)) {
      yield { type: "announce", params: { message: { type: "peer-updated", peer: infoOf(after) } } };
    }
  }
  for (const track of after.tracks) yield* trackSteps(before, after, track, members);
}

function* trackSteps(
  before: Member | undefined,
  after: Member,
  track: Track,
  members: readonly Member[],
): Generator<DifferenceStep> {
  const { id: trackId, muted } = track;
  const { id: peer } = after;
  const node = after.trackNodes?.[trackId] ?? "";
  const old = before?.tracks.find(({ id }) => id === trackId);
  if (old === undefined || before?.trackNodes?.[trackId] !== node) {
    yield { type: "openRemoteTrack", params: { memberId: peer, track, node } };
  }
  if (old === undefined) {
    yield { type: "announce", params: { message: { type: "track-published", peer, track } } };
    const memberIds = members.filter(({ id, isSubscribing }) => isSubscribing && id !== peer).map(({ id }) => id);
    yield { type: "subscribe", params: { memberIds, trackIds: [trackId] } };
  } else if (JSON.stringify(old) !== JSON.stringify(track)) {
    if (old.muted !== muted) yield { type: "muteTrack", params: { trackId, muted } };
    yield { type: "announce", params: { message: { type: "track-updated", peer, track } } };
  }
}

/** What a member says of itself beside its tracks. */
function saidOf({ name, metadata, state }: Member): string {
  return JSON.stringify([name, metadata, state]);
}
