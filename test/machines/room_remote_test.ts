import { expect, test } from "vitest";
import { createActor, SimulatedClock } from "xstate";
import type { RemoteMember, RoomEvent } from "../../machines/room_events.ts";
import { roomMachine } from "../../machines/room_machine.ts";
import type { PeerInfo, Track } from "../../protocol/room.ts";
import { Lines } from "./run_peer.ts";
import { limits, memberOf, trackOf } from "./run_room.ts";

interface RemoteOptions extends Partial<PeerInfo> {
  readonly node?: string;
}

function remote(id: string, { node = "n2", tracks = [], ...more }: RemoteOptions = {}): RemoteMember {
  const info = { id, name: `name of ${id}`, metadata: null, state: "connected" as const, tracks, ...more };
  return { info, trackNodes: Object.fromEntries(tracks.map((track: Track) => [track.id, node])) };
}

const seen = (id: string, options?: RemoteOptions): RoomEvent => ({ type: "remote.seen", member: remote(id, options) });

/** A room with Bob of this node in it. */
function runRoom() {
  const lines = new Lines();
  const clock = new SimulatedClock();
  const logic = roomMachine.provide({
    actions: {
      announce: (_, { message, except }) => {
        const { type } = message;
        const peer = "peer" in message ? message.peer : null;
        const whom = typeof peer === "string" ? peer : peer?.id;
        const track = "track" in message ? message.track : null;
        const what =
          typeof track === "string" ? track : track === null ? null : `${track.id}${track.muted ? " muted" : ""}`;
        lines.write(type, whom, what, "reason" in message ? message.reason : null, except && `except ${except}`);
      },
      welcome: (_, { memberId, isResuming, peers }) =>
        lines.write(isResuming ? "welcome back" : "welcome", memberId, `[${peers.map(({ id }) => id)}]`),
      openRemoteTrack: (_, { track, node }) => lines.write("open", track.id, "at", node),
      forgetTrack: (_, { trackId }) => lines.write("forget", trackId),
      muteTrack: (_, { trackId, muted }) => lines.write(muted ? "mute" : "unmute", trackId),
      subscribe: (_, { memberIds, trackIds }) => {
        if (memberIds.length > 0 && trackIds.length > 0) lines.write("subscribe", `[${memberIds}] [${trackIds}]`);
      },
      dismiss: (_, { memberId, reason, message }) => lines.write("dismiss", memberId, reason, message),
      removeElsewhere: (_, { memberId, reason, message }) => lines.write("remove elsewhere", memberId, reason, message),
      handOver: (_, { memberId }) => lines.write("hand over", memberId),
      deliver: (_, { message, memberIds }) => lines.write("deliver", message.type, `[${memberIds}]`),
    },
  });
  const actor = createActor(logic, { input: { room: "atrium", limits: { ...limits, maxTracksPerPeer: 4 } }, clock });
  actor.start();
  actor.send({ type: "join.requested", member: memberOf("bob"), ref: null });
  lines.take();
  return {
    actor,
    member: (id: string) => actor.getSnapshot().context.members.find((each) => each.id === id),
    send(...events: RoomEvent[]) {
      for (const event of events) actor.send(event);
      return lines.take();
    },
    pass(ms: number) {
      clock.increment(ms);
      return lines.take();
    },
  };
}

const comeBack: RoomEvent = { type: "join.requested", member: memberOf("ada"), isResuming: true, ref: null };
const published = (track: Track): RoomEvent => ({ type: "track.published", memberId: "ada", track, mid: "0" });

test("[XR16] who is on another node comes without tracks, which are opened and told one by one", () => {
  const { send } = runRoom();
  expect(send(seen("ada", { tracks: [trackOf("t"), trackOf("u")] }))).toEqual([
    "peer-joined ada",
    "open t at n2",
    "track-published ada t",
    "subscribe [bob] [t]",
    "open u at n2",
    "track-published ada u",
    "subscribe [bob] [u]",
  ]);
});

test("[XR16] of a change only what is another one is told", () => {
  const { send } = runRoom();
  send(seen("ada", { tracks: [trackOf("t"), trackOf("u")] }));
  expect(send(seen("ada", { tracks: [trackOf("t"), trackOf("u")] }))).toEqual([]);
  expect(send(seen("ada", { tracks: [trackOf("t", { muted: true }), trackOf("u")] }))).toEqual([
    "mute t",
    "track-updated ada t muted",
  ]);
  expect(send(seen("ada", { tracks: [trackOf("t", { muted: true })] }))).toEqual([
    "track-unpublished ada u",
    "forget u",
  ]);
  expect(send(seen("ada", { tracks: [trackOf("t", { muted: true, name: "x" })] }))).toEqual([
    "track-updated ada t muted",
  ]);
  for (const change of [{ state: "reconnecting" as const }, { metadata: 1 }, { name: "Ada" }]) {
    expect(send(seen("ada", { tracks: [trackOf("t", { muted: true, name: "x" })], ...change }))).toContain(
      "peer-updated ada",
    );
  }
});

test("[XR16] a track that goes on at another node is opened there, and nobody is told", () => {
  const { send } = runRoom();
  send(seen("ada", { tracks: [trackOf("t")] }));
  expect(send(seen("ada", { tracks: [trackOf("t")], node: "n3" }))).toEqual(["open t at n3"]);
});

test("[XR16] who is gone on another node is gone here, once, and what its node says of one of this node counts for nothing", () => {
  const { send, member } = runRoom();
  send(seen("ada", { tracks: [trackOf("t")] }));
  const gone: RoomEvent = { type: "remote.left", memberId: "ada", reason: "node-lost" };
  expect(send(gone)).toEqual(["peer-left ada node-lost", "forget t"]);
  expect(send(gone)).toEqual([]);
  expect(send({ type: "remote.left", memberId: "bob", reason: "left" }, seen("bob"))).toEqual([]);
  expect(member("bob")?.trackNodes).toBe(null);
});

test("[XR16] a room lives by its own clients only, and a member that goes on elsewhere is handed over without a word", () => {
  const { send, actor, member } = runRoom();
  send(seen("ada"));
  expect(send({ type: "member.superseded", member: remote("bob") })).toEqual(["hand over bob"]);
  expect(member("bob")?.trackNodes).toEqual({});
  expect(actor.getSnapshot().value).toBe("occupied");
  send({ type: "member.lingered", memberId: "bob" });
  expect(actor.getSnapshot().value).toBe("closed");
});

test("[XR8] who comes back here is who it was elsewhere, and its tracks keep their ids as it sends them", () => {
  const { send, member, pass } = runRoom();
  send(seen("ada", { metadata: { hat: "red" }, tracks: [trackOf("t"), trackOf("u")] }));
  expect(send(comeBack)).toEqual(["welcome back ada [bob]"]);
  expect(member("ada")).toMatchObject({ metadata: { hat: "red" }, inheritedIds: ["t", "u"] });
  expect(send(published(trackOf("t")))).toEqual(["track-updated ada t except ada"]);
  expect(member("ada")?.inheritedIds).toEqual(["u"]);
  expect(pass(9_999)).toEqual([]);
  expect(pass(1)).toEqual(["track-unpublished ada u", "forget u"]);
  expect(member("ada")).toMatchObject({ inheritedIds: [], tracks: [{ id: "t" }] });
  expect(send(published(trackOf("v")))).toContain("track-published ada v except ada");
});

test("[RU20] who comes back here is told of once, and only if it was told to be away", () => {
  const { send } = runRoom();
  send(seen("ada", { state: "reconnecting" }));
  expect(send(comeBack)).toEqual(["peer-updated ada except ada", "welcome back ada [bob]"]);
  expect(send({ type: "member.resumed", memberId: "ada", ref: null })).toEqual([]);
});

test("[XR8] who comes back twice has the whole time again", () => {
  const { send, pass } = runRoom();
  send(seen("ada", { tracks: [trackOf("t")] }), comeBack);
  pass(6_000);
  send({ type: "member.superseded", member: remote("ada", { tracks: [trackOf("t")] }) }, comeBack);
  expect(pass(9_999)).toEqual([]);
  expect(pass(1)).toEqual(["track-unpublished ada t", "forget t"]);
});

test("[XR12] data of other nodes go to everybody here but their sender, or to those named", () => {
  const { send } = runRoom();
  send({ type: "join.requested", member: memberOf("cy"), ref: null }, seen("ada"));
  const message = { type: "data", from: "ada", payload: 1 } as const;
  expect(send({ type: "data.received", message })).toEqual(["deliver data [bob,cy]"]);
  expect(send({ type: "data.received", message, to: ["cy"] })).toEqual(["deliver data [cy]"]);
});

test("[XR41] a member of another node is put out there, and stays until that was told", () => {
  const { send, member } = runRoom();
  send(seen("ada"));
  const removal = { memberId: "ada", reason: "kicked", message: "spam" } as const;
  expect(send({ type: "member.left", ...removal })).toEqual(["remove elsewhere ada kicked spam"]);
  expect(member("ada")).toBeDefined();
  expect(send({ type: "remote.left", memberId: "ada", reason: "kicked" })).toEqual(["peer-left ada kicked"]);
});

test("[XR41] a member of this node is put out as another one wants it; nobody else is", () => {
  const { send, member } = runRoom();
  send(seen("ada"));
  for (const memberId of ["ada", "nobody"]) {
    expect(send({ type: "member.removed", memberId, reason: "kicked", message: "spam" })).toEqual([]);
  }
  expect(send({ type: "member.removed", memberId: "bob", reason: "kicked", message: "spam" })).toEqual([
    "peer-left bob kicked except bob",
    "dismiss bob kicked spam",
  ]);
  expect([member("ada"), member("bob")]).toMatchObject([{ id: "ada" }, undefined]);
});
