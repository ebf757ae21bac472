import { expect, test } from "vitest";
import { ClientMember } from "../../actors/client_member.ts";
import type { LiveRoom } from "../../actors/live_room.ts";
import { PeerHandle } from "../../actors/peer_handle.ts";
import type { PeerEngine } from "../../actors/ports.ts";
import type { SessionHandle } from "../../actors/session_handle.ts";
import { FakeRemoteTrack } from "../kit/fake_media.ts";

/** A member whose room writes down what it is told. */
function startMember() {
  const lines: string[] = [];
  let trackCount = 0;
  const room = {
    subscriptions: {
      peerOpened: ({ peer }: ClientMember) => lines.push(`opened ${peer?.id}`),
      peerClosed: () => lines.push("closed"),
      peerStateChanged: () => undefined,
    },
    channels: { peerClosed: () => lines.push("channels closed") },
    inheritedIdOf: () => undefined,
    publish: ({ id }: { readonly id: string }) => lines.push(`publish ${id}`),
    withdraw: ({ id }: { readonly id: string }) => {
      member.tracks.delete(id);
      lines.push(`withdraw ${id}`);
    },
  };
  const session = { id: "ada", nextTrackId: () => `t${++trackCount}` } as SessionHandle;
  const member = new ClientMember(session, room as unknown as LiveRoom, {
    name: "Ada",
    isSubscribing: true,
    ref: null,
  });
  const open = (id: string): PeerHandle => {
    const peer = new PeerHandle({
      id,
      session,
      engine: {} as PeerEngine,
      state: "new",
      send: () => undefined,
      call: (handler) => handler(),
      labelOf: () => undefined,
    });
    member.peerOpened(peer);
    return peer;
  };
  return { member, lines, open, take: () => lines.splice(0) };
}

test("[RM72] what a track of the older one leaves late touches no handler of the newer one's", () => {
  const { member, open } = startMember();
  const track = new FakeRemoteTrack();
  open("p1").trackAdded(track);
  const [older] = member.tracks.values();
  open("p2").trackAdded(track);
  const { onended } = track;
  older?.release();
  expect(onended).not.toBe(null);
  expect(track.onended).toBe(onended);
  for (const { release } of [...member.tracks.values()]) release();
  expect(track.onended).toBe(null);
});

test("[RM72] a peer connection that another one replaced ends with that, and its late end changes nothing", () => {
  const { member, open, take } = startMember();
  const older = open("p1");
  older.trackAdded(new FakeRemoteTrack());
  expect(take()).toEqual(["opened p1", "publish t1"]);
  const newer = open("p2");
  expect(take()).toEqual(["withdraw t1", "closed", "channels closed", "opened p2"]);
  older.changeState("closed");
  expect(take()).toEqual([]);
  expect(member.peer).toBe(newer);
  newer.changeState("closed");
  expect(take()).toEqual(["closed", "channels closed"]);
  expect(member.peer).toBe(null);
});
