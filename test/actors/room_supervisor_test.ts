import { queryObjects } from "node:v8";
import { expect, test } from "vitest";
import { ClientMember } from "../../actors/client_member.ts";
import { FlightRecorder } from "../../actors/flight_recorder.ts";
import { LiveRoom } from "../../actors/live_room.ts";
import { PeerMedia } from "../../actors/peer_media.ts";
import type { JoinRequest, Room } from "../../actors/room_application.ts";
import { createRoomParts } from "../../actors/room_parts_factory.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { eventually } from "../kit/eventually.ts";
import { FakeRemoteTrack } from "../kit/fake_media.ts";
import { type FakeClient, type SupervisorSetup, startSupervisor } from "./start_supervisor.ts";

const boom = new Error("boom");

/** A supervisor with two clients in a room. */
async function startRoom(setup: SupervisorSetup = {}) {
  const supervision = startSupervisor(setup);
  const [ada, bob] = [supervision.openClient(), supervision.openClient()];
  await ada.join("atrium", { name: "Ada", metadata: { hat: "red" } });
  await bob.join("atrium", { name: "Bob" });
  ada.take();
  bob.take();
  return { ...supervision, ada, bob };
}

const infoOf = (client: FakeClient, more: object = {}) => ({
  id: client.id,
  name: "",
  metadata: null,
  state: "connected",
  tracks: [],
  ...more,
});

test("[RM30] who joins is told its id, the node, ICE servers and who is there; the others are told of it", async () => {
  const { openClient, supervisor } = startSupervisor();
  const [ada, bob] = [openClient(), openClient()];
  ada.say({ type: "join", room: "atrium", name: "Ada", metadata: { hat: "red" }, ref: "r1" });
  const iceServers = [{ urls: "stun:192.0.2.1" }];
  expect(await ada.next("joined")).toEqual({
    type: "joined",
    room: "atrium",
    peer: ada.id,
    node: "node",
    resume: expect.stringMatching(/^[\w-]+\.[\w-]{43}$/),
    iceServers,
    metadata: { hat: "red" },
    peers: [],
    ref: "r1",
  });
  bob.say({ type: "join", room: "atrium" });
  const peers = [infoOf(ada, { name: "Ada", metadata: { hat: "red" } })];
  expect(await bob.next("joined")).toEqual({
    type: "joined",
    room: "atrium",
    peer: bob.id,
    node: "node",
    resume: expect.stringMatching(/^[\w-]+\.[\w-]{43}$/),
    iceServers,
    metadata: null,
    peers,
  });
  expect(await ada.next("peer-joined")).toEqual({ type: "peer-joined", peer: infoOf(bob) });
  expect(supervisor.roomCount).toBe(1);
});

test("[RM30] rooms know nothing of each other", async () => {
  const { openClient, supervisor } = startSupervisor();
  const [ada, bob] = [openClient(), openClient()];
  await ada.join("atrium");
  await bob.join("cellar");
  bob.say({ type: "data", payload: "psst" });
  expect(supervisor.roomCount).toBe(2);
  expect([ada.take().length, bob.take().length]).toEqual([1, 1]);
});

test("[RM31] who leaves is gone for the others, is outside, and may join again", async () => {
  const { ada, bob } = await startRoom();
  ada.say({ type: "leave", ref: 1 });
  expect(await bob.next("peer-left")).toEqual({ type: "peer-left", peer: ada.id, reason: "left" });
  ada.say({ type: "data", payload: 1, ref: 2 });
  expect(await ada.next("error")).toMatchObject({ code: "not-joined", ref: 2 });
  await ada.join();
  expect(bob.take().map(({ type }) => type)).toEqual(["peer-left", "peer-joined"]);
});

test.each([
  ["its socket closed", (client: FakeClient) => client.end(), "left"],
  ["its session crashed", (client: FakeClient) => client.say({ type: "nonsense" } as never), "left"],
] as const)("[RM31] a client leaves once when %s", async (_, end, reason) => {
  const { ada, bob, supervisor } = await startRoom();
  await ada.connect();
  end(ada);
  expect(await bob.next("peer-left")).toEqual({ type: "peer-left", peer: ada.id, reason });
  await eventually(() => supervisor.sessionCount === 1, { what: "the session to end" });
  bob.say({ type: "leave" });
  await eventually(() => supervisor.roomCount === 0, { what: "the room to end" });
  expect(bob.take()).toHaveLength(1);
});

test("[RM31] a client whose session the program closes is seen as kicked", async () => {
  const sessions = new Map<string, { close(reason?: string): void }>();
  const { ada, bob } = await startRoom({
    application: { sessionOpened: (session) => void sessions.set(session.id, session) },
  });
  sessions.get(ada.id)?.close("enough");
  expect(await bob.next("peer-left")).toEqual({ type: "peer-left", peer: ada.id, reason: "kicked" });
  expect(ada.take()).toEqual([{ type: "closed", code: 1000, reason: "enough" }]);
});

test("[RM31] a room ends with its last client, and a new one of its name knows nothing of it", async () => {
  const { ada, bob, supervisor, openClient } = await startRoom();
  ada.end();
  bob.say({ type: "leave" });
  await eventually(() => supervisor.roomCount === 0, { what: "the room to end" });
  const eve = openClient();
  eve.say({ type: "join", room: "atrium" });
  expect(await eve.next("joined")).toMatchObject({ peers: [] });
});

test("[RM32] data, metadata and mutes go to whom they are for", async () => {
  const { ada, bob, openClient } = await startRoom();
  const eve = openClient();
  await eve.join();
  for (const client of [ada, bob, eve]) client.take();
  ada.say({ type: "data", payload: { a: 1 }, topic: "chat" });
  ada.say({ type: "data", payload: "for eve", to: [eve.id] });
  ada.say({ type: "metadata", metadata: "new" });
  const updated = { type: "peer-updated", peer: infoOf(ada, { name: "Ada", metadata: "new" }) };
  expect(bob.take()).toEqual([{ type: "data", from: ada.id, topic: "chat", payload: { a: 1 } }, updated]);
  expect(eve.take()).toEqual([
    { type: "data", from: ada.id, topic: "chat", payload: { a: 1 } },
    { type: "data", from: ada.id, payload: "for eve" },
    updated,
  ]);
  expect(ada.take()).toEqual([updated]);
  ada.say({ type: "mute", track: "none", muted: true, ref: 1 });
  expect(ada.take()).toMatchObject([{ type: "error", code: "no-such-track", ref: 1 }]);
});

test("[RM32] what is longer than its limit is refused, and the session goes on", async () => {
  const { ada, bob } = await startRoom({ limits: { maxPayloadBytes: 10 } });
  ada.say({ type: "data", payload: "x".repeat(10), ref: "long" });
  expect(ada.take()).toEqual([
    {
      type: "error",
      code: "message-too-large",
      message: "Cannot take the data message: payload has 12 bytes, expected 10 at most",
      ref: "long",
    },
  ]);
  ada.say({ type: "data", payload: "ok" });
  expect(bob.take()).toEqual([{ type: "data", from: ada.id, payload: "ok" }]);
});

test("[RM33] a node holds no more than maxRooms rooms, and a room no more than maxRoomPeers peers", async () => {
  const opened: string[] = [];
  const { openClient, supervisor } = startSupervisor({
    limits: { maxRooms: 1, maxRoomPeers: 1 },
    application: { peerOpened: ({ session }) => void opened.push(session.id) },
  });
  const [ada, bob] = [openClient(), openClient()];
  await ada.join("atrium");
  bob.say({ type: "join", room: "cellar", ref: 1 });
  expect(await bob.next("error")).toEqual({
    type: "error",
    code: "overloaded",
    message: 'Cannot open room "cellar": this node holds 1 of 1 rooms',
    ref: 1,
  });
  bob.say({ type: "join", room: "atrium", ref: 2 });
  expect(await bob.next("error")).toEqual({
    type: "error",
    code: "room-full",
    message: 'Cannot join room "atrium": it holds 1 of 1 peers',
    ref: 2,
  });
  bob.take();
  await bob.connect();
  expect(opened).toEqual([bob.id]);
  ada.say({ type: "metadata", metadata: 1 });
  expect(bob.take()).toEqual([]);
  ada.say({ type: "leave" });
  await eventually(() => supervisor.roomCount === 0, { what: "the room to end" });
  await bob.join("cellar");
  expect(supervisor.roomCount).toBe(1);
});

test("[RM34] the program decides who joins, and under which name", async () => {
  const requests: object[] = [];
  const { openClient } = startSupervisor({
    application: {
      async joinRequested(request) {
        const { room, name, metadata, token, session } = request;
        requests.push({ room, name, metadata, token, session: session.id });
        if (token !== "secret") request.refuse("no token");
        request.name = "Countess";
        request.metadata = { role: "host" };
      },
    },
  });
  const [ada, bob] = [openClient(), openClient()];
  await ada.join("atrium", { name: "Ada", token: "secret" });
  bob.say({ type: "join", room: "atrium", metadata: 1, ref: "b" });
  expect(await bob.next("error")).toEqual({
    type: "error",
    code: "forbidden",
    message: 'Cannot join room "atrium": no token',
    ref: "b",
  });
  expect(requests).toEqual([
    { room: "atrium", name: "Ada", metadata: null, token: "secret", session: ada.id },
    { room: "atrium", name: "", metadata: 1, token: null, session: bob.id },
  ]);
  bob.say({ type: "join", room: "atrium", token: "secret" });
  expect(await bob.next("joined")).toMatchObject({ peers: [{ name: "Countess", metadata: { role: "host" } }] });
});

test("[RM34] a program refuses with a code that clients may be told", async () => {
  const { openClient, log } = startSupervisor({
    application: {
      joinRequested({ room }) {
        throw new SignalboxError(room === "full" ? "room-full" : "bad-config", "Cannot join: no");
      },
    },
  });
  const ada = openClient();
  ada.say({ type: "join", room: "full" });
  expect(await ada.next("error")).toEqual({ type: "error", code: "room-full", message: "Cannot join: no" });
  expect(log.errors).toEqual([]);
  ada.say({ type: "join", room: "other" });
  expect(await ada.next("error")).toMatchObject({ code: "room-crashed" });
  expect(log.errors).toHaveLength(1);
});

const badDecisions: Readonly<Record<string, (request: JoinRequest) => void | Promise<void>>> = {
  throws: () => {
    throw boom;
  },
  rejects: async () => {
    throw boom;
  },
  "makes the name no string": (request) => {
    request.name = 5 as never;
  },
  "makes the metadata no JSON": (request) => {
    request.metadata = 5n;
  },
};

test.each(Object.entries(badDecisions))(
  "[RM35] a program that %s in joinRequested loses that join and nothing else",
  async (_, decide) => {
    let isFaulty = false;
    const setup = startSupervisor({
      application: { joinRequested: (request) => (isFaulty ? decide(request) : undefined) },
    });
    const { openClient, log } = setup;
    const [ada, bob] = [openClient(), openClient()];
    await bob.join();
    isFaulty = true;
    ada.say({ type: "join", room: "atrium", ref: 1 });
    expect(await ada.next("error")).toEqual({
      type: "error",
      code: "room-crashed",
      message: 'Cannot join room "atrium": the server failed to decide it',
      ref: 1,
    });
    expect(log.errors).toMatchObject([{ event: "application failed", fields: { session: ada.id, room: "atrium" } }]);
    isFaulty = false;
    await ada.join();
    expect(bob.take().map(({ type }) => type)).toEqual(["joined", "peer-joined"]);
    expect(setup.escalationCount).toBe(0);
  },
);

test("[RM35] metadata that the program left are copied, and a name that is too long is cut", async () => {
  const metadata = { list: [1] };
  const { openClient } = startSupervisor({
    application: {
      joinRequested(request) {
        request.metadata = metadata;
        request.name = "n".repeat(500);
      },
    },
  });
  const [ada, bob] = [openClient(), openClient()];
  await ada.join();
  metadata.list.push(2);
  bob.say({ type: "join", room: "atrium" });
  expect(await bob.next("joined")).toMatchObject({ peers: [{ name: "n".repeat(128), metadata: { list: [1] } }] });
});

test("[RM12] a decision that comes too late, or for a client that is gone, counts for nothing", async () => {
  const decisions: ((error?: Error) => void)[] = [];
  const { openClient, supervisor, log } = startSupervisor({
    timeouts: { joinTimeoutMs: 100 },
    application: {
      joinRequested: () =>
        new Promise<void>((resolve, reject) => {
          decisions.push((error) => (error === undefined ? resolve() : reject(error)));
        }),
    },
  });
  const [ada, bob, eve] = [openClient(), openClient(), openClient()];
  ada.say({ type: "join", room: "atrium", ref: 1 });
  bob.say({ type: "join", room: "atrium" });
  bob.end();
  eve.say({ type: "join", room: "atrium" });
  expect(await ada.next("error")).toMatchObject({ code: "join-timeout", ref: 1 });
  await eve.next("error");
  decisions[0]?.();
  decisions[1]?.();
  decisions[2]?.(boom);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(supervisor.roomCount).toBe(0);
  expect(ada.take()).toHaveLength(1);
  expect(log.errors).toEqual([]);
  ada.say({ type: "join", room: "atrium" });
  await eventually(() => decisions.length === 4, { what: "the second request" });
  decisions[3]?.();
  await ada.next("joined");
});

/** Parts whose subscriptions throw when a track is to be sent, which no part may: a fault of ours. */
function brokenParts(): NonNullable<SupervisorSetup["parts"]> {
  const parts = createRoomParts();
  return {
    createChannels: (options) => parts.createChannels(options),
    createSubscriptions: (options) => {
      const subscriptions = parts.createSubscriptions(options);
      subscriptions.start = () => {
        throw boom;
      };
      return subscriptions;
    },
  };
}

test("[RM36] a room that crashes is logged once with what came before, its members are told and outside, and no other room notices", async () => {
  const { openClient, engines, log, supervisor, ada, bob } = await startRoom({ parts: brokenParts() });
  const eve = openClient();
  await eve.join("cellar");
  await ada.connect();
  const track = engines.last.addRemoteTrack({ kind: "video" });
  for (const client of [ada, bob]) {
    expect(await client.next("error")).toMatchObject({
      code: "room-crashed",
      message: 'Cannot stay in room "atrium": its part on the server ended by a fault; join again',
    });
    expect(await client.next("peer-left")).toMatchObject({ peer: client.id, reason: "kicked" });
  }
  expect(log.errors).toMatchObject([{ event: "room crashed", fields: { room: "atrium" } }]);
  expect(log.errors[0]?.fields["transitions"]).toMatchObject([
    { actor: "atrium", state: "empty" },
    { event: "join.requested", state: "occupied" },
    { event: "join.requested", state: "occupied" },
  ]);
  expect(supervisor.roomCount).toBe(1);
  ada.say({ type: "data", payload: 1 });
  expect(await ada.next("error")).toMatchObject({ code: "not-joined" });
  track.end();
  await ada.join();
  await bob.join();
  expect(supervisor.roomCount).toBe(2);
  expect(eve.take().map(({ type }) => type)).toEqual(["joined"]);
});

test("[RM36] crashes of rooms count with those of peers", async () => {
  const setup = startSupervisor({ parts: brokenParts() });
  const { openClient, engines } = setup;
  const [ada, bob] = [openClient(), openClient()];
  await ada.connect();
  for (let crash = 1; crash <= 21; crash += 1) {
    await ada.join();
    await bob.join();
    engines.last.addRemoteTrack({ mid: `${crash}`, kind: "video" });
    await bob.next("peer-left");
    await ada.next("peer-left");
    expect(setup.escalationCount).toBe(crash > 20 ? 1 : 0);
  }
});

test("[RM36] a room that crashes as somebody joins lets that one go, too", async () => {
  const rooms: Room[] = [];
  const { openClient, engines } = startSupervisor({
    parts: brokenParts(),
    application: { roomOpened: (room) => void rooms.push(room) },
  });
  const [ada, bob] = [openClient(), openClient()];
  await ada.connect();
  await ada.join();
  engines.last.addRemoteTrack({ kind: "video" });
  await ada.next("track-published");
  bob.say({ type: "join", room: "atrium" });
  await bob.next("error");
  await bob.next("peer-left");
  bob.say({ type: "data", payload: 1, ref: 5 });
  expect(await bob.received.next((told) => told.type === "error" && told.ref === 5)).toMatchObject({
    code: "not-joined",
  });
});

test("[RM36] whoever was leaving as the room crashed is outside, too", async () => {
  const parts = createRoomParts();
  let isBroken = false;
  const { ada, bob, supervisor, log } = await startRoom({
    parts: {
      createChannels: (options) => parts.createChannels(options),
      createSubscriptions: (options) => {
        const subscriptions = parts.createSubscriptions(options);
        const { memberLeft } = subscriptions;
        subscriptions.memberLeft = (memberId) => {
          if (isBroken) throw boom;
          memberLeft.call(subscriptions, memberId);
        };
        return subscriptions;
      },
    },
  });
  isBroken = true;
  ada.say({ type: "leave" });
  expect(await bob.next("error")).toMatchObject({ code: "room-crashed" });
  expect(supervisor.roomCount).toBe(0);
  expect(log.errors.map(({ event }) => event)).toEqual(["room crashed", "room failed while closing"]);
  isBroken = false;
  await ada.join();
  await bob.join();
  expect(supervisor.roomCount).toBe(1);
});

test("[RM37] rooms and members that ended are referred to by nothing", async () => {
  const count = (kind: abstract new (...args: never[]) => unknown): number =>
    Number(queryObjects(kind as never, { format: "count" }));
  const kinds = [LiveRoom, ClientMember, PeerMedia, FlightRecorder, FakeRemoteTrack];
  const before = kinds.map(count);
  const { openClient, supervisor, log, engines } = startSupervisor();
  const bystander = openClient();
  await bystander.join();
  await bystander.connect();
  const bystanderEngine = engines.last;
  for (let round = 0; round < 40; round += 1) {
    const clients = [openClient(), openClient(), openClient()];
    for (const client of clients) client.say({ type: "join", room: `room-${round}` });
    clients[0]?.offer();
    await clients[0]?.next("answer");
    engines.last.addRemoteTrack({ mid: "0" });
    bystanderEngine.addRemoteTrack({ mid: "0" }).end();
    clients[0]?.say({ type: "leave" });
    for (const client of clients) client.end();
  }
  await eventually(() => supervisor.sessionCount === 1, { what: "all sessions but one to end" });
  expect([supervisor.roomCount, supervisor.peerCount]).toEqual([1, 1]);
  expect(log.errors).toEqual([]);
  await eventually(() => kinds.every((kind, index) => count(kind) <= (before[index] ?? 0) + 8), {
    what: "rooms, members, peers and engines to be collected",
    describe: () => kinds.map((kind, index) => `${kind.name}: ${before[index]} before, ${count(kind)} now`),
  });
  // To look for what is alive takes its time.
}, 60_000);
