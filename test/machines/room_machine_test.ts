import { expect, test } from "vitest";
import { assign } from "xstate";
import { type Member, newcomer, type RoomContext, type RoomEvent } from "../../machines/room_events.ts";
import { roomMachine } from "../../machines/room_machine.ts";
import "../kit/quiet_xstate.ts";
import { findStranger } from "../../machines/room_setup.ts";
import { deliverData } from "../../machines/room_steps.ts";
import { limits, memberOf, type RoomRun, runRoom, trackOf } from "./run_room.ts";
import { nameOf, stepsOf } from "./walk.ts";

/** A room with ada, who publishes `t` with layers, and bob. */
function runFull(): RoomRun {
  const run = runRoom();
  run.join("ada", "bob");
  run.publish("ada", trackOf("t", { layers: ["q", "h"] }));
  return run;
}

function memberIn(run: RoomRun, id: string): Member | undefined {
  return run.context.members.find((member) => member.id === id);
}

const joinOf = (id: string, isClient = true): RoomEvent => ({
  type: "join.requested",
  member: memberOf(id, { isClient, isSubscribing: isClient }),
  ref: null,
});
const leaveOf = (memberId: string): RoomEvent => ({ type: "member.left", memberId, reason: "left" });

/** Everything that may come, about two clients, a member on the server and a stranger. */
const events: readonly RoomEvent[] = [
  joinOf("ada"),
  joinOf("bob"),
  joinOf("server", false),
  leaveOf("ada"),
  leaveOf("bob"),
  leaveOf("server"),
  { type: "member.detached", memberId: "ada" },
  { type: "member.resumed", memberId: "ada", ref: 1 },
  { type: "metadata.changed", memberId: "ada", metadata: 1 },
  { type: "data.sent", memberId: "ada", payload: 1 },
  { type: "data.sent", memberId: "ada", to: ["bob"], payload: 1 },
  { type: "track.published", memberId: "ada", track: trackOf("t", { layers: ["q"] }), mid: "0" },
  { type: "track.unpublished", memberId: "ada", trackId: "t" },
  { type: "track.labeled", memberId: "ada", trackId: "t", source: "screen", name: "" },
  { type: "track.muted", memberId: "ada", trackId: "t", muted: true },
  { type: "track.muted", memberId: "bob", trackId: "t", muted: true },
  { type: "subscription.requested", memberId: "bob", trackId: "t", layer: "q" },
  { type: "subscription.requested", memberId: "bob", trackId: "t", layer: "x" },
  { type: "subscription.dismissed", memberId: "bob", trackId: "t" },
  { type: "room.closed" },
];

const relevant = ({ members }: RoomContext): unknown =>
  members.map(({ id, metadata, state, tracks }) => [id, metadata, state, tracks]).toSorted();
/** A member that is in already does not ask again. */
const isPossible = (context: RoomContext, event: RoomEvent): boolean =>
  event.type !== "join.requested" || !context.members.some(({ id }) => id === event.member.id);
/** As nobody asks who is in already, nobody is let in twice. */
const machine = roomMachine.provide({
  actions: {
    admit: assign(({ context, event }) =>
      event.type === "join.requested" && isPossible(context, event)
        ? { members: [...context.members, newcomer(event.member)] }
        : {},
    ),
  },
});
const walkLimits = { maxRoomPeers: 2, maxTracksPerPeer: 1 };

function* possibleSteps() {
  const steps = stepsOf(machine, { input: { room: "atrium", limits: walkLimits }, events, relevant });
  for (const step of steps) if (isPossible(step.from.context, step.event as RoomEvent)) yield step;
}

test("[RM20] a room is empty, occupied or closed: occupied as long as a client is in it", () => {
  const seen = new Set<string>();
  for (const { from, event, to } of possibleSteps()) {
    const [before, after] = [nameOf(from.value), nameOf(to.value)];
    seen.add(before);
    const clients = (context: RoomContext): number => context.members.filter(({ isClient }) => isClient).length;
    const hasCome = clients(to.context) > 0;
    const expected = {
      closed: "closed",
      occupied: event.type === "room.closed" || !hasCome ? "closed" : "occupied",
      empty: event.type === "room.closed" || isRefused(from.context, event as RoomEvent) ? "closed" : "empty",
    }[before];
    expect(after, `${JSON.stringify(event)} in ${before}`).toBe(before === "empty" && hasCome ? "occupied" : expected);
  }
  expect([...seen].sort()).toEqual(["closed", "empty", "occupied"]);
});

function isRefused({ members }: RoomContext, event: RoomEvent): boolean {
  return event.type === "join.requested" && event.member.isClient && members.length >= walkLimits.maxRoomPeers;
}

function relevantIsSame(from: { readonly context: RoomContext }, to: { readonly context: RoomContext }): boolean {
  return JSON.stringify(relevant(from.context)) === JSON.stringify(relevant(to.context));
}

/** What each event orders for a member that is in a room where it fits; whatever does not fit is an error or nothing. */
const orders: Readonly<Record<RoomEvent["type"], readonly string[]>> = {
  "join.requested": ["welcome", "announce", "subscribe", "takePeer"],
  "member.left": ["announce", "dismiss"],
  "member.removed": ["announce", "dismiss"],
  "member.detached": ["announce"],
  "member.resumed": ["welcomeBack", "announce"],
  "metadata.changed": ["announce"],
  "data.sent": ["forwardData", "deliver"],
  "data.received": ["deliver"],
  "remote.seen": [],
  "remote.left": [],
  "member.superseded": [],
  "member.settled": [],
  "member.awaited": [],
  "member.forgone": [],
  "member.lingered": [],
  "track.published": ["announce", "confirmTrack", "subscribe"],
  "track.unpublished": ["announce", "forgetTrack"],
  "track.labeled": ["announce"],
  "track.muted": ["muteTrack", "announce"],
  "subscription.requested": ["subscribe"],
  "subscription.dismissed": ["unsubscribe"],
  "room.closed": [],
};

/** Who is back before it was away is news to nobody else. */
function ordersOf({ members }: RoomContext, event: RoomEvent): readonly string[] {
  const isAway = members.some(({ id, state }) => "memberId" in event && id === event.memberId && state !== "connected");
  return event.type === "member.resumed" && !isAway ? ["welcomeBack"] : orders[event.type];
}

test("[RM20] every event orders in every state what it has to, or refuses", () => {
  for (const { from, event, to, actions } of possibleSteps()) {
    const where = `${JSON.stringify(event)} in ${nameOf(from.value)} of ${JSON.stringify(relevant(from.context))}`;
    const ends = nameOf(from.value) !== "closed" && nameOf(to.value) === "closed" ? ["endRoom"] : [];
    const ordered = actions.map(({ type }) => type).filter((type) => type in machine.implementations.actions);
    const effects = ordered.filter((type) => !/^(admit|readmit|drop|note|add|takeInherited)/.test(type));
    const isAnswered = effects.some((type) => ["reportError", "refuseJoin"].includes(type));
    // A track of a stranger leaves nothing behind.
    const isIgnored = effects.length === ends.length || (effects[0] === "forgetTrack" && relevantIsSame(from, to));
    // A room that is closed takes nothing more.
    if (from.status === "done") continue;
    if (isAnswered || isIgnored)
      expect(effects.at(-1) ?? "nothing", where).toMatch(/^(reportError|refuseJoin|forgetTrack|endRoom|nothing)$/);
    else expect(effects, where).toEqual([...ordersOf(from.context, event as RoomEvent), ...ends]);
    expect(JSON.parse(JSON.stringify(to.context)), where).toEqual(to.context);
  }
});

test("[RM21] who joins is welcomed with everyone else's names, and everyone else is told", () => {
  const run = runRoom();
  expect(run.join("ada")).toEqual(["welcome ada []", "announce peer-joined ada except ada", "take peer of ada"]);
  run.publish("ada", "t");
  expect(run.send({ type: "join.requested", member: memberOf("bob"), ref: 7 })).toEqual([
    "welcome bob 7 [ada]",
    "announce peer-joined bob except bob",
    "subscribe [bob] [t]",
    "take peer of bob",
  ]);
  expect(run.context.members.map(({ id }) => id)).toEqual(["ada", "bob"]);
});

test("[RM21] who wants no tracks gets none by itself", () => {
  const run = runFull();
  expect(run.join(memberOf("eve", { isSubscribing: false }))).not.toContainEqual(expect.stringMatching(/^subscribe/));
  expect(run.publish("ada", "u")).toEqual([
    "announce track-published ada u except ada",
    "confirm ada u 0",
    "subscribe [bob] [u]",
  ]);
});

test("[RM22] a full room refuses, with how many it holds", () => {
  const run = runRoom();
  run.join("ada", "bob", memberOf("server", { isClient: false }));
  expect(run.send({ type: "join.requested", member: memberOf("eve"), ref: "r" })).toEqual([
    'refuse eve room-full r - Cannot join room "atrium": it holds 3 of 3 peers',
  ]);
  expect(run.context.members).toHaveLength(3);
});

test("[RM22] a room that is full before its first client came ends with the refusal", () => {
  const run = runRoom();
  const server = (id: string) => memberOf(id, { isClient: false });
  run.join(server("a"), server("b"), server("c"));
  expect(run.state).toBe("empty");
  expect(run.join("ada")).toEqual(['refuse ada room-full - Cannot join room "atrium": it holds 3 of 3 peers', "end"]);
  expect(run.state).toBe("closed");
});

test("[RM23] who leaves is gone for everyone, and the last client closes the room", () => {
  const run = runFull();
  run.join(memberOf("server", { isClient: false }));
  expect(run.send({ type: "member.left", memberId: "ada", reason: "kicked", message: "enough" })).toEqual([
    "announce peer-left ada kicked except ada",
    "dismiss ada kicked enough",
  ]);
  expect(run.send(leaveOf("ada"))).toEqual([]);
  expect(run.send(leaveOf("bob"))).toEqual(["announce peer-left bob left except bob", "dismiss bob left", "end"]);
  expect(run.actor.getSnapshot().status).toBe("done");
});

test("[RM23] a room that is closed dismisses whoever is in it, with the reason", () => {
  const run = runFull();
  expect(run.send({ type: "room.closed", message: "good night" })).toEqual(["end good night"]);
  expect(run.join("eve")).toEqual([]);
});

test("[RM24] data goes to everyone else, or to those named, each of them once", () => {
  const run = runFull();
  run.join("eve");
  const data = { type: "data.sent", memberId: "ada", payload: { a: 1 } } as const;
  expect(run.send(data)).toEqual(['deliver data ada - {"a":1} [bob,eve]']);
  expect(run.send({ ...data, to: ["eve", "eve", "ada"], topic: "chat" })).toEqual([
    'deliver data ada chat {"a":1} [ada,eve]',
  ]);
});

test("[RM24] data for somebody who is not there reaches the others, and the sender is told", () => {
  const run = runFull();
  expect(run.send({ type: "data.sent", memberId: "ada", to: ["eve", "bob"], payload: 1, ref: 3 })).toEqual([
    "deliver data ada - 1 [bob]",
    'error ada no-such-peer 3 - Cannot send data to peer "eve": it is not in the room',
  ]);
});

test("[RM25] new metadata are told to everyone", () => {
  const run = runFull();
  expect(run.send({ type: "metadata.changed", memberId: "bob", metadata: [1] })).toEqual(["announce peer-updated bob"]);
  expect(memberIn(run, "bob")?.metadata).toEqual([1]);
});

test("[RM26] a track is published to everyone, its publisher with the section, and subscribed for the others", () => {
  const run = runRoom();
  run.join("ada", "bob", "eve");
  expect(run.publish("ada", "t")).toEqual([
    "announce track-published ada t except ada",
    "confirm ada t 0",
    "subscribe [bob,eve] [t]",
  ]);
  expect(memberIn(run, "ada")?.tracks).toEqual([trackOf("t")]);
});

test("[RM26] a peer publishes no more than maxTracksPerPeer tracks", () => {
  const run = runFull();
  run.publish("ada", "u");
  expect(run.publish("ada", "v")).toEqual([
    "forget v",
    'error ada too-many-tracks - Cannot publish the video track of media section "0": this peer publishes 2 of 2 tracks',
  ]);
  run.send({ type: "track.unpublished", memberId: "ada", trackId: "u" });
  expect(run.publish("ada", "v")).toHaveLength(3);
});

test("[RM26] a track of somebody who has left reaches nobody", () => {
  const run = runFull();
  run.send(leaveOf("ada"));
  expect(run.publish("ada", "u")).toEqual(["forget u"]);
});

test("[RM26] a track that ends is unpublished, once", () => {
  const run = runFull();
  const unpublished = { type: "track.unpublished", memberId: "ada", trackId: "t" } as const;
  expect(run.send(unpublished)).toEqual(["announce track-unpublished ada t", "forget t"]);
  expect(memberIn(run, "ada")?.tracks).toEqual([]);
  expect(run.send(unpublished)).toEqual([]);
});

test("[RM27] what a track is called may change", () => {
  const run = runFull();
  const labeled = { type: "track.labeled", memberId: "ada", trackId: "t", source: "screen", name: "slides" } as const;
  expect(run.send(labeled)).toEqual(["announce track-updated ada t"]);
  expect(memberIn(run, "ada")?.tracks[0]).toMatchObject({ source: "screen", name: "slides", layers: ["q", "h"] });
  expect(run.send({ ...labeled, trackId: "u" })).toEqual([]);
});

test("[RM28] a publisher mutes and unmutes its own track, and everyone is told", () => {
  const run = runFull();
  const muted = { type: "track.muted", memberId: "ada", trackId: "t", muted: true, ref: 1 } as const;
  expect(run.send(muted)).toEqual(["mute t", "announce track-updated ada t"]);
  expect(memberIn(run, "ada")?.tracks[0]?.muted).toBe(true);
  expect(run.send({ ...muted, muted: false })).toEqual(["unmute t", "announce track-updated ada t"]);
});

test("[RM28] nobody mutes another's track, or one that is not there", () => {
  const run = runFull();
  const muted = { type: "track.muted", memberId: "bob", trackId: "t", muted: true, ref: 1 } as const;
  expect(run.send(muted)).toEqual(['error bob forbidden 1 - Cannot mute track "t": it is another peer\'s']);
  expect(run.send({ ...muted, trackId: "u" })).toEqual([
    'error bob no-such-track 1 - Cannot mute track "u": the room has no such track',
  ]);
  expect(memberIn(run, "ada")?.tracks[0]?.muted).toBe(false);
});

test("[RM29] a member subscribes to others' tracks, in a layer that they have, and unsubscribes", () => {
  const run = runFull();
  const requested = { type: "subscription.requested", memberId: "bob", trackId: "t", ref: 1 } as const;
  expect(run.send(requested)).toEqual(["subscribe [bob] [t]"]);
  expect(run.send({ ...requested, layer: "h" })).toEqual(["subscribe [bob] [t] h"]);
  expect(run.send({ ...requested, layer: null })).toEqual(["subscribe [bob] [t]"]);
  expect(run.send({ type: "subscription.dismissed", memberId: "bob", trackId: "t" })).toEqual(["unsubscribe bob t"]);
});

test("[RM29] no member subscribes to its own track, to one that is not there, or to a layer that it has not", () => {
  const run = runFull();
  run.publish("ada", "u");
  const requested = { type: "subscription.requested", memberId: "bob", trackId: "t", ref: 1 } as const;
  expect(run.send({ ...requested, memberId: "ada" })).toEqual([
    'error ada forbidden 1 - Cannot subscribe to track "t": it is the peer\'s own',
  ]);
  expect(run.send({ ...requested, trackId: "v" })).toEqual([
    'error bob no-such-track 1 - Cannot subscribe to track "v": the room has no such track',
  ]);
  expect(run.send({ ...requested, layer: "f" })).toEqual([
    'error bob no-such-layer 1 - Cannot subscribe to layer "f" of track "t": expected one of q, h',
  ]);
  expect(run.send({ ...requested, trackId: "u", layer: "f" })).toEqual([
    'error bob no-such-layer 1 - Cannot subscribe to layer "f" of track "u": expected none, as it has no layers',
  ]);
  expect(run.send({ type: "subscription.dismissed", memberId: "bob", trackId: "v", ref: 2 })).toEqual([
    'error bob no-such-track 2 - Cannot unsubscribe from track "v": the room has no such track',
  ]);
});

test("[RM20] nothing that a stranger asks for is done", () => {
  const run = runFull();
  const asked = events
    .filter((event) => "memberId" in event && event.type !== "track.published")
    .map((event): RoomEvent => ({ ...event, memberId: "eve" }) as RoomEvent)
    .filter(({ type }) => type !== "track.labeled" && type !== "track.unpublished");
  expect(run.send(...asked)).toEqual([]);
});

test("[RM20] what a room knows of itself can be stored", () => {
  const run = runFull();
  expect(JSON.parse(JSON.stringify(run.actor.getPersistedSnapshot()))).toMatchObject({
    value: "occupied",
    context: { room: "atrium", limits, members: [{ id: "ada", tracks: [{ id: "t" }] }, { id: "bob" }] },
  });
});

test("[RM70] to find whom data is for looks at each name and each member a few times, not at each pair", () => {
  let lookCount = 0;
  const counted = (id: string): Member => ({
    ...newcomer(memberOf(id)),
    get id() {
      lookCount += 1;
      return id;
    },
    tracks: [],
  });
  const ids = Array.from({ length: 500 }, (_, n) => `member-${n}`);
  const to = new Proxy(ids, {
    get: (target, key) => {
      if (typeof key === "string" && /^\d+$/.test(key)) lookCount += 1;
      return Reflect.get(target, key);
    },
  });
  const context: RoomContext = { room: "atrium", limits, members: ids.map(counted), lingeringIds: [], awaitedIds: [] };
  const event = { type: "data.sent", memberId: "member-0", to, payload: 1 } as const;
  lookCount = 0;
  expect(findStranger(context, event)).toBe(undefined);
  expect(deliverData.params({ context, event }).memberIds).toEqual(ids);
  expect(lookCount).toBeLessThan(10 * ids.length);
});

/** How much the members say of themselves, in characters: here all of them are bytes. */
const saidIn = ({ context }: RoomRun): number =>
  JSON.stringify(
    context.members.map(({ id, name, metadata, tracks }) => ({ id, name, metadata, state: "connected", tracks })),
  ).length;
const maxSaid = limits.maxQueuedBytes / 2;

test("[RM77] whoever would say more than half of what may be queued for a client is not let in", () => {
  const run = runRoom();
  expect(run.join(memberOf("ada", { metadata: "x".repeat(maxSaid) }))).toEqual([
    'refuse ada room-full - Cannot join room "atrium": its peers would say more than 2000 bytes of themselves',
    "end",
  ]);
  const other = runRoom();
  other.join(memberOf("ada", { metadata: "x".repeat(1_000) }));
  expect(other.join(memberOf("bob", { metadata: "x".repeat(1_000) }))[0]).toMatch(/^refuse bob room-full /);
  expect(other.state).toBe("occupied");
  expect(other.join(memberOf("bob", { metadata: "ä".repeat(450) }))[0]).toMatch(/^refuse bob room-full /);
  expect(other.join(memberOf("bob", { metadata: "ä".repeat(300) }))[0]).toBe("welcome bob [ada]");
});

test("[RM77] metadata, tracks and their names that would be too much are refused, and all is as before", () => {
  const run = runRoom();
  run.join("ada", "bob");
  run.publish("ada", trackOf("t", { name: "short" }));
  const filler = "x".repeat(maxSaid - saidIn(run) - 20);
  run.send({ type: "metadata.changed", memberId: "bob", metadata: filler });
  const before = run.context;
  const why = "the room's peers would say more than 2000 bytes of themselves";
  expect(run.publish("ada", "u")).toEqual(["forget u", `error ada too-many-tracks - Cannot publish the track: ${why}`]);
  expect(run.send({ type: "metadata.changed", memberId: "ada", metadata: "y".repeat(50), ref: 3 })).toEqual([
    `error ada room-full 3 - Cannot change the metadata: ${why}`,
  ]);
  expect(
    run.send({ type: "track.labeled", memberId: "ada", trackId: "t", source: "screen", name: "z".repeat(50) }),
  ).toEqual([`error ada room-full - Cannot rename the track: ${why}`]);
  expect(run.context).toEqual(before);
  expect(saidIn(run)).toBeLessThanOrEqual(maxSaid + 3);
  expect(run.send({ type: "metadata.changed", memberId: "bob", metadata: null })).toEqual([
    "announce peer-updated bob",
  ]);
  expect(run.publish("ada", "u")[0]).toBe("announce track-published ada u except ada");
});
