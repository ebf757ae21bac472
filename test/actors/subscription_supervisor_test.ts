import { expect, test } from "vitest";
import type { Peer, RemoteTrack, SendOptions, SentTrack } from "../../actors/application.ts";
import type { Transition } from "../../actors/flight_recorder.ts";
import type { PublishedSource, RoomParticipant, SubscriptionKey } from "../../actors/room_parts.ts";
import { provideSubscription } from "../../actors/subscription_actor.ts";
import { SubscriptionSupervisor } from "../../actors/subscription_supervisor.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { FakeSentTrack } from "../kit/fake_media.ts";
import { KeptLog } from "./start_supervisor.ts";

const boom = new Error("boom");

/** A track on its way to a client that a test negotiates. */
class NegotiatedTrack extends FakeSentTrack {
  fault: unknown;

  constructor(track: RemoteTrack, options: SendOptions) {
    super(track, options, () => undefined);
  }

  override preferLayer(layer: string | null): void {
    if (this.fault !== undefined) throw this.fault;
    super.preferLayer(layer);
  }

  override stop(): void {
    super.stop();
    if (this.fault !== undefined) throw this.fault;
  }

  change(change: { readonly state?: SentTrack["state"]; readonly mid?: string; readonly layer?: string }): void {
    Object.assign(this, change);
    this.onchange?.();
  }
}

/** The one method of a peer that a subscription uses. */
class FakePeer {
  readonly id: string;
  connectionState: Peer["connectionState"] = "connected";
  readonly sent: NegotiatedTrack[] = [];
  fault: unknown;

  constructor(id: string) {
    this.id = id;
  }

  addTrack(track: RemoteTrack, options: SendOptions = {}): SentTrack {
    if (this.fault !== undefined) throw this.fault;
    const sent = new NegotiatedTrack(track, options);
    this.sent.push(sent);
    return sent;
  }

  get live(): NegotiatedTrack[] {
    return this.sent.filter(({ state }) => state !== "stopped");
  }

  last(): NegotiatedTrack {
    const sent = this.sent.at(-1);
    if (sent === undefined) throw new Error(`Nothing was added to ${this.id}`);
    return sent;
  }
}

/** A member whose peer connection comes and goes. */
class FakeMember implements RoomParticipant {
  readonly id: string;
  fake: FakePeer | null = null;
  #peerCount = 0;

  constructor(id: string) {
    this.id = id;
  }

  get peer(): Peer | null {
    return this.fake as unknown as Peer | null;
  }

  open(): FakePeer {
    this.#peerCount += 1;
    this.fake = new FakePeer(`${this.id}-${this.#peerCount}`);
    return this.fake;
  }
}

function sourceOf(memberId: string, name: string, muted = false): PublishedSource {
  return {
    id: `${memberId}-${name}`,
    memberId,
    remoteTrack: { id: name, kind: "video", muted, layers: [] } as unknown as RemoteTrack,
    streamId: memberId,
  };
}

function startRoom() {
  const log = new KeptLog();
  const crashed: SubscriptionKey[] = [];
  const logic = provideSubscription();
  const supervisor = new SubscriptionSupervisor({ room: "atrium", log, logic, onCrash: (key) => crashed.push(key) });
  return {
    log,
    crashed,
    logic,
    supervisor,
    /** The states that a subscription was in, from the log. */
    states: (id: string) =>
      log.entries
        .filter(({ event, fields }) => event === "transition" && fields["subscription"] === id)
        .map(({ fields }) => {
          const state = fields["state"] as string | { attached: string };
          return typeof state === "string" ? state : state.attached;
        }),
    start: (subscriber: FakeMember, track: PublishedSource, layer: string | null = null) => {
      supervisor.start({ subscriber, track, layer });
      return { memberId: subscriber.id, trackId: track.id };
    },
  };
}

test("[SB10] a subscription sends the track in a section and a stream of its own at once when its member has a peer", () => {
  const room = startRoom();
  const b = new FakeMember("b");
  const peer = b.open();
  const camera = sourceOf("a", "camera");
  const key = room.start(b, camera);
  expect(room.supervisor.has(key)).toBe(true);
  expect(room.supervisor.count).toBe(1);
  expect(peer.sent).toMatchObject([{ track: { id: "camera" }, options: { streamId: "a", section: "own" } }]);
  peer.last().change({ state: "sending", mid: "2" });
  expect(room.states("b-s1")).toEqual(["waiting", "requested", "active"]);
});

test("[SB10] a track that an engine sends without a negotiation is active at once", () => {
  const room = startRoom();
  const b = new FakeMember("b");
  const peer = b.open();
  const addTrack = peer.addTrack.bind(peer);
  peer.addTrack = (track, options) =>
    Object.assign(addTrack(track, options), { state: "sending", mid: "4", layer: "q" });
  room.start(b, sourceOf("a", "camera"));
  expect(room.states("b-s1")).toEqual(["waiting", "requested", "active", "active"]);
});

test("[SB10] a subscription of a member without a peer connection waits for one", () => {
  const room = startRoom();
  const b = new FakeMember("b");
  room.start(b, sourceOf("a", "camera"));
  room.start(b, sourceOf("a", "microphone"));
  const peer = b.open();
  expect(peer.sent).toEqual([]);
  room.supervisor.peerOpened(b);
  expect(peer.live.map(({ track }) => track.id)).toEqual(["camera", "microphone"]);
});

test("[SB10] the same subscription is not started twice", () => {
  const room = startRoom();
  const b = new FakeMember("b");
  const peer = b.open();
  const camera = sourceOf("a", "camera");
  room.start(b, camera);
  room.start(b, camera);
  expect(peer.sent).toHaveLength(1);
  expect(room.supervisor.count).toBe(1);
});

test("[SB11] when the peer connection is another one, every subscription is requested on the new one", () => {
  const room = startRoom();
  const [b, c] = [new FakeMember("b"), new FakeMember("c")];
  const [first, bystander] = [b.open(), c.open()];
  for (const name of ["camera", "microphone"]) {
    room.start(b, sourceOf("a", name), name === "camera" ? "h" : null);
    room.start(c, sourceOf("a", name));
  }
  for (const [n, sent] of first.sent.entries()) sent.change({ state: "sending", mid: String(n) });
  const [old] = first.sent;
  b.fake = null;
  room.supervisor.peerClosed(b);
  expect(first.live).toEqual([]);
  expect(room.supervisor.describe("b")).toEqual({});
  expect(room.supervisor.count).toBe(4);
  const second = b.open();
  room.supervisor.peerOpened(b);
  expect(second.live.map(({ track, preferred }) => [track.id, preferred])).toEqual([
    ["camera", ["h"]],
    ["microphone", []],
  ]);
  const before = room.states("b-s1").length;
  old?.change({ state: "sending" });
  expect(room.states("b-s1")).toHaveLength(before);
  expect(bystander.live).toHaveLength(2);
});

test("[SB11] the member is asked for its peer connection as it is told, also when it is not the one that was there before", () => {
  const room = startRoom();
  room.start(new FakeMember("b"), sourceOf("a", "camera"));
  const again = new FakeMember("b");
  const peer = again.open();
  room.supervisor.peerOpened(again);
  expect(peer.live).toHaveLength(1);
});

test("[SB11] an engine that stops its tracks as it closes, before or after the room is told, changes nothing", () => {
  for (const isStoppedFirst of [true, false]) {
    const room = startRoom();
    const b = new FakeMember("b");
    const first = b.open();
    const key = room.start(b, sourceOf("a", "camera"));
    if (isStoppedFirst) first.last().change({ state: "stopped" });
    b.fake = null;
    room.supervisor.peerClosed(b);
    if (!isStoppedFirst) first.last().change({ state: "stopped" });
    const second = b.open();
    room.supervisor.peerOpened(b);
    expect(second.live).toHaveLength(1);
    expect(room.supervisor.has(key)).toBe(true);
    expect(room.crashed).toEqual([]);
  }
});

test("[SB11] a peer that refuses the track, as it is closing, is no crash: the next one is asked", () => {
  const room = startRoom();
  const b = new FakeMember("b");
  b.open().fault = new SignalboxError("bad-state", "Cannot use peer b-1: it is closed");
  const key = room.start(b, sourceOf("a", "camera"), "q");
  room.supervisor.chooseLayer(key, "h");
  expect(room.supervisor.describe("b")).toEqual({});
  room.supervisor.peerClosed(b);
  const second = b.open();
  room.supervisor.peerOpened(b);
  expect(second.last().preferred).toEqual(["h"]);
  expect(room.crashed).toEqual([]);
  expect(room.log.errors).toEqual([]);
});

test("[SB12] a track that mutes pauses its subscriptions and no other; one of a member out of reach is paused, too", () => {
  const room = startRoom();
  const [b, c] = [new FakeMember("b"), new FakeMember("c")];
  for (const member of [b, c]) member.open();
  const [camera, screen] = [sourceOf("a", "camera"), sourceOf("a", "screen")];
  room.start(b, camera);
  room.start(c, camera);
  room.start(b, screen);
  for (const { fake } of [b, c]) for (const sent of fake?.sent ?? []) sent.change({ state: "sending", mid: "0" });
  const now = (): (string | undefined)[] => ["b-s1", "c-s2", "b-s3"].map((id) => room.states(id).at(-1));
  room.supervisor.trackMuted(camera.id, true);
  expect(now()).toEqual(["paused", "paused", "active"]);
  room.supervisor.peerStateChanged("b", "disconnected");
  room.supervisor.trackMuted(camera.id, false);
  expect(now()).toEqual(["paused", "active", "paused"]);
  room.supervisor.peerStateChanged("b", "connecting");
  expect(now()).toEqual(["paused", "active", "paused"]);
  room.supervisor.peerStateChanged("b", "connected");
  expect(now()).toEqual(["active", "active", "active"]);
  room.supervisor.peerStateChanged("b", "failed");
  expect(now()).toEqual(["paused", "active", "paused"]);
});

test("[SB12] a track that was muted when it was subscribed is paused from the start", () => {
  const room = startRoom();
  const b = new FakeMember("b");
  const peer = b.open();
  room.start(b, sourceOf("a", "camera", true));
  peer.last().change({ state: "sending", mid: "0" });
  expect(room.states("b-s1").at(-1)).toBe("paused");
});

test("[SB51] nothing is active on a peer connection that is not connected, whether it was there before or came later", () => {
  for (const state of ["new", "connecting", "disconnected", "failed"] as const) {
    const room = startRoom();
    const b = new FakeMember("b");
    b.open().connectionState = state;
    room.start(b, sourceOf("a", "camera"));
    b.fake?.last().change({ state: "sending", mid: "0" });
    expect(room.states("b-s1").at(-1)).toBe("paused");
    const second = b.open();
    second.connectionState = state;
    room.supervisor.peerOpened(b);
    second.last().change({ state: "sending", mid: "1" });
    expect(room.states("b-s1").at(-1)).toBe("paused");
    room.supervisor.peerStateChanged("b", "connected");
    expect(room.states("b-s1").at(-1)).toBe("active");
    expect(room.states("b-s1").slice(0, -1)).not.toContain("active");
  }
});

test("[SB52] a line of a subscription's transition says which track goes from whom to whom", () => {
  const room = startRoom();
  const b = new FakeMember("b");
  b.open();
  const key = room.start(b, sourceOf("a", "camera"));
  room.supervisor.end(key);
  const lines = room.log.entries.filter(({ event }) => event === "transition");
  expect(lines.map(({ fields }) => fields["on"])).toEqual(["xstate.init", "peer.opened", "subscription.ended"]);
  for (const { level, fields } of lines) {
    expect(level).toBe("debug");
    expect(fields).toMatchObject({ track: "a-camera", publisher: "a", subscriber: "b" });
  }
});

test("[SB53] a track that the client does not take is logged once on each peer connection, and not one that a closing peer refuses", () => {
  const room = startRoom();
  const b = new FakeMember("b");
  const first = b.open();
  room.start(b, sourceOf("a", "camera"));
  const rejected = () => room.log.entries.filter(({ event }) => event === "track rejected");
  for (const state of ["rejected", "rejected", "negotiating", "rejected"] as const) first.last().change({ state });
  room.supervisor.trackMuted("a-camera", true);
  const line = {
    level: "info",
    event: "track rejected",
    fields: { room: "atrium", track: "a-camera", publisher: "a", subscriber: "b" },
  };
  expect(rejected()).toEqual([line]);
  b.open().fault = new SignalboxError("bad-state", "Cannot use peer b-2: it is closed");
  room.supervisor.peerOpened(b);
  expect(rejected()).toEqual([line]);
  b.open();
  room.supervisor.peerOpened(b);
  b.fake?.last().change({ state: "rejected" });
  expect(rejected()).toEqual([line, line]);
});

test("[SB13] the layer that a member chose is preferred now and on the next peer connection, which is told before it is sent", () => {
  const room = startRoom();
  const b = new FakeMember("b");
  const first = b.open();
  const key = room.start(b, sourceOf("a", "camera"), "q");
  room.supervisor.chooseLayer(key, "h");
  room.supervisor.chooseLayer(key, null);
  expect(first.last().preferred).toEqual(["q", "h", null]);
  room.supervisor.chooseLayer(key, "f");
  room.supervisor.chooseLayer({ memberId: "b", trackId: "none" }, "f");
  room.supervisor.chooseLayer({ memberId: "none", trackId: key.trackId }, "f");
  const second = b.open();
  room.supervisor.peerOpened(b);
  expect(second.last().preferred).toEqual(["f"]);
  expect(first.live).toEqual([]);
});

test("[SB14] the sections of a member are described by what they carry, from their mid on and until it is stopped or rejected", () => {
  const room = startRoom();
  const [b, c] = [new FakeMember("b"), new FakeMember("c")];
  const [peer, other] = [b.open(), c.open()];
  const camera = room.start(b, sourceOf("a", "camera"));
  room.start(b, sourceOf("d", "camera"));
  room.start(c, sourceOf("a", "camera"));
  expect(room.supervisor.describe("b")).toEqual({});
  const [first, second] = peer.sent;
  // The engine gives sections their mids as it makes the offer.
  Object.assign(first ?? {}, { mid: "5" });
  expect(room.supervisor.describe("b")).toEqual({ 5: { peer: "a", track: "a-camera" } });
  second?.change({ state: "sending", mid: "6" });
  other.last().change({ state: "sending", mid: "1" });
  expect(room.supervisor.describe("b")).toEqual({
    5: { peer: "a", track: "a-camera" },
    6: { peer: "d", track: "d-camera" },
  });
  second?.change({ state: "rejected" });
  expect(room.supervisor.describe("b")).toEqual({ 5: { peer: "a", track: "a-camera" } });
  room.supervisor.end(camera);
  expect(room.supervisor.describe("b")).toEqual({});
  expect(room.supervisor.describe("c")).toEqual({ 1: { peer: "a", track: "a-camera" } });
  expect(room.supervisor.describe("nobody")).toEqual({});
});

test("[SB15] a subscription ends with its wish, its track, its member or the room, stopped once, and nothing stays behind", () => {
  const room = startRoom();
  const members = ["a", "b", "c", "d"].map((id) => new FakeMember(id));
  const tracks = members.flatMap(({ id }) => [sourceOf(id, "camera"), sourceOf(id, "microphone")]);
  for (const member of members) {
    member.open();
    for (const track of tracks) if (track.memberId !== member.id) room.start(member, track);
  }
  const sent = members.flatMap(({ fake }) => fake?.sent ?? []);
  const stopped = (): number => sent.reduce((count, { stopCount }) => count + stopCount, 0);
  expect(room.supervisor.count).toBe(24);
  room.supervisor.end({ memberId: "a", trackId: "b-camera" });
  room.supervisor.end({ memberId: "a", trackId: "b-camera" });
  expect([room.supervisor.count, stopped()]).toEqual([23, 1]);
  room.supervisor.trackUnpublished("b-camera");
  expect([room.supervisor.count, stopped()]).toEqual([21, 3]);
  room.supervisor.memberLeft("c");
  expect([room.supervisor.count, stopped()]).toEqual([16, 8]);
  expect(members[2]?.fake?.live).toEqual([]);
  room.supervisor.memberLeft("c");
  room.supervisor.trackUnpublished("b-camera");
  room.supervisor.close();
  expect([room.supervisor.count, stopped()]).toEqual([0, 24]);
  expect(room.logic.parts.size).toBe(0);
  expect(room.crashed).toEqual([]);
});

test("[SB15] what ended may begin again", () => {
  const room = startRoom();
  const b = new FakeMember("b");
  const peer = b.open();
  const camera = sourceOf("a", "camera");
  const key = room.start(b, camera);
  room.supervisor.end(key);
  expect(room.supervisor.has(key)).toBe(false);
  room.start(b, camera);
  expect(room.supervisor.has(key)).toBe(true);
  expect(peer.live).toHaveLength(1);
});

test.each(["addTrack", "preferLayer", "stop"] as const)(
  "[SB16] a subscription that crashes in %s ends alone, is logged once with its record, and is told of",
  (where) => {
    const room = startRoom();
    const b = new FakeMember("b");
    const peer = b.open();
    const screen = room.start(b, sourceOf("a", "screen"));
    const bystander = peer.last();
    if (where === "addTrack") peer.fault = boom;
    const key = room.start(b, sourceOf("a", "camera"));
    if (where !== "addTrack") peer.last().fault = boom;
    if (where === "preferLayer") room.supervisor.chooseLayer(key, "h");
    if (where === "stop") room.supervisor.end(key);
    expect(room.crashed).toEqual([key]);
    const [entry, late] = room.log.errors;
    expect(entry).toMatchObject({
      event: "subscription crashed",
      fields: { room: "atrium", subscription: "b-s2", member: "b", track: "a-camera", error: boom },
    });
    const transitions = entry?.fields["transitions"] as readonly Transition[];
    expect(transitions[0]).toMatchObject({ actor: "b-s2", state: "waiting" });
    if (where === "preferLayer") expect(late).toMatchObject({ event: "subscription failed while closing" });
    else expect(late).toBe(undefined);
    if (where !== "addTrack") expect(peer.last().stopCount).toBe(1);
    expect([room.supervisor.has(key), room.supervisor.has(screen), room.logic.parts.size]).toEqual([false, true, 1]);
    expect(bystander.state).toBe("negotiating");
    peer.fault = undefined;
    room.start(b, sourceOf("a", "camera"));
    expect(room.supervisor.has(key)).toBe(true);
    peer.last().change({ state: "sending", mid: "1" });
    expect(room.states("b-s3").at(-1)).toBe("active");
  },
);

test("[SB16] of all the members that a new peer connection is told to, the crash of one subscription stops none", () => {
  const room = startRoom();
  const b = new FakeMember("b");
  for (const name of ["1", "2", "3"]) room.start(b, sourceOf("a", name));
  const peer = b.open();
  const addTrack = peer.addTrack.bind(peer);
  peer.addTrack = (track, options) => {
    if (track.id === "2") throw boom;
    return addTrack(track, options);
  };
  room.supervisor.peerOpened(b);
  expect(peer.live.map(({ track }) => track.id)).toEqual(["1", "3"]);
  expect(room.crashed).toEqual([{ memberId: "b", trackId: "a-2" }]);
});

test("[SB16] nothing of a room's is in the record but names", () => {
  const room = startRoom();
  const b = new FakeMember("b");
  b.open();
  room.start(b, sourceOf("a", "camera"));
  expect(JSON.parse(JSON.stringify(room.log.entries))).toMatchObject([
    { level: "debug", event: "transition", fields: { room: "atrium", on: "xstate.init" } },
    { fields: { subscription: "b-s1", on: "peer.opened", state: { attached: "requested" } } },
  ]);
});

test("[SB17] starting and ending a subscription costs no more among 10,000 than among 100", {
  timeout: 60_000,
}, () => {
  const room = startRoom();
  let count = 0;
  const fill = (upTo: number): void => {
    for (; count < upTo; count += 1) room.start(new FakeMember(`m${count}`), sourceOf("a", "camera"));
  };
  const measure = (): number => {
    const rounds = Array.from({ length: 15 }, (_, round) => {
      const startedAt = performance.now();
      for (let n = 0; n < 20; n += 1)
        room.supervisor.end(room.start(new FakeMember(`x${round}-${n}`), sourceOf("b", "c")));
      return performance.now() - startedAt;
    });
    return Math.min(...rounds);
  };
  fill(100);
  measure();
  const few = measure();
  fill(10_000);
  const many = measure();
  expect(many).toBeLessThan(10 * few);
  room.supervisor.close();
  expect(room.supervisor.count).toBe(0);
});
