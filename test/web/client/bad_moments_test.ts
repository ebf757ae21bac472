import { expect, test } from "vitest";
import { restartTakesMs } from "../../../web/client/ice_recovery.ts";
import { Room } from "../../../web/client/room.ts";
import type { RoomOptions } from "../../../web/client/room_options.ts";
import { settle } from "./fake_connection.ts";
import { FakePlatform, FakeServer } from "./fake_platform.ts";

const track = (kind = "video") =>
  Object.assign(new EventTarget(), { kind, enabled: true, stop: () => undefined }) as unknown as MediaStreamTrack;
const camera = { id: "t1", kind: "video", source: "camera", name: "", muted: false, layers: ["q", "h", "f"] };
const ada = { id: "ada", name: "Ada", metadata: null, state: "connected", tracks: [camera] };

function make(options: RoomOptions = {}) {
  const platform = new FakePlatform();
  const server = new FakeServer(platform);
  const room = new Room("atrium", { platform, statsIntervalMs: 0, ...options });
  const errors: string[] = [];
  room.on("error", ({ code }) => errors.push(code));
  const enter = async () => {
    const done = room.join();
    await platform.pass(0);
    await done;
  };
  return { platform, server, room, errors, enter };
}

async function joined(options: RoomOptions = {}) {
  const rig = make(options);
  await rig.enter();
  return rig;
}

/** A room whose server keeps the session and the peer connection. */
async function resumable(options: RoomOptions = {}) {
  const rig = make(options);
  rig.server.extra = { resume: "token" };
  rig.server.resumes = "same";
  rig.server.peers = [ada];
  await rig.enter();
  return rig;
}

/** Has a server say something right behind the answer to a join. */
function sayBehindJoin({ platform }: { platform: FakePlatform }, ...messages: readonly object[]): void {
  const serve = platform.onSocket;
  platform.onSocket = (socket) => {
    serve(socket);
    const reply = socket.onSent;
    socket.onSent = (message) => {
      reply(message);
      if (message.type === "join") socket.receive(...messages);
    };
  };
}

const bodies = ({ platform }: { platform: FakePlatform }) =>
  platform.socket.sent.map(({ ref: _, sdp: __, ...message }) => message);

test("[CL62] a room that is lost again and again is tried ever later, until it stayed for 5 s", async () => {
  const { platform } = await joined();
  const pauseAfter = async (stayMs: number) => {
    await platform.pass(stayMs);
    const [count, lostAtMs] = [platform.sockets.length, platform.now()];
    platform.socket.drop();
    while (platform.sockets.length === count) await platform.pass(25);
    await settle();
    return platform.now() - lostAtMs;
  };
  const pauses: number[] = [];
  for (const stayMs of [0, 0, 4_000, 6_000]) pauses.push(await pauseAfter(stayMs));
  expect(pauses).toEqual([225, 450, 900, 225]);
});

test("[CL66] who is put out, or leaves, hears nothing of what came behind that", async () => {
  const kicked = make();
  const heard: unknown[] = [];
  kicked.room.on("data", ({ payload }) => heard.push(payload));
  const data = { type: "data", from: "ada", payload: "late" };
  sayBehindJoin(kicked, { type: "peer-left", peer: "me1", reason: "kicked" }, data);
  await kicked.enter();
  expect([kicked.room.state, heard]).toEqual(["failed", []]);

  const left = make();
  left.room.on("data", ({ payload }) => heard.push(payload));
  sayBehindJoin(left, data);
  const leaving = left.room.join().then(() => left.room.leave());
  await left.platform.pass(0);
  await leaving;
  await left.platform.pass(1_000);
  expect([left.room.state, heard]).toEqual(["left", []]);
});

test("[CL67] a move whose new socket is lost leaves the old connection as it was", async () => {
  const { platform, room } = await joined();
  const old = platform.socket;
  platform.onSocket = (socket) => {
    socket.onSent = () => socket.drop();
    queueMicrotask(() => socket.open());
  };
  old.receive({ type: "migrate", resume: "moving", deadline: 1 });
  await settle();
  expect([platform.sockets.length, room.state, old.isClosedByClient]).toEqual([2, "joined", false]);
});

test("[CL65] a wish that the server was told is not told again when the session goes on", async () => {
  const rig = await resumable();
  const remote = rig.room.peers.get("ada")?.trackOf("camera");
  remote?.setLayer("q");
  rig.platform.socket.drop();
  await rig.platform.pass(1_000);
  expect(bodies(rig).filter(({ type }) => type === "subscribe")).toEqual([]);
  rig.platform.socket.drop();
  remote?.setLayer("h");
  await rig.platform.pass(1_000);
  expect(bodies(rig).filter(({ type }) => type === "subscribe")).toEqual([
    { type: "subscribe", track: "t1", layer: "h" },
  ]);
});

test("[CL72] an offer that is made anew on another socket is not taken back for what became of the one before", async () => {
  const rig = await resumable({ subscribe: "none" });
  const { platform } = rig;
  platform.socket.onSent = () => undefined;
  void rig.room.publish(track()).catch(() => undefined);
  await settle();
  const ref = platform.socket.sent.at(-1)?.["ref"];
  platform.socket.receive({ type: "error", ref, code: "rate-limited", message: "Slow down" });
  const serve = platform.onSocket;
  platform.onSocket = (socket) => {
    serve(socket);
    const reply = socket.onSent;
    socket.onSent = (message) => message.type !== "offer" && reply(message);
  };
  platform.socket.drop();
  await platform.pass(5_000);
  expect(bodies(rig).filter(({ type }) => type === "offer")).toHaveLength(1);
  platform.socket.receive({ type: "answer", sdp: "answer" });
  await settle();
  expect(platform.connection.log.slice(-2)).toEqual(["local offer", "remote answer"]);
});

test("[CL66] leaving ends also the waiting to make a refused offer again", async () => {
  const { platform, room } = await joined({ subscribe: "none" });
  platform.socket.onSent = () => undefined;
  void room.publish(track()).catch(() => undefined);
  await settle();
  const ref = platform.socket.sent.at(-1)?.["ref"];
  platform.socket.receive({ type: "error", ref, code: "rate-limited", message: "Slow down" });
  room.leave();
  expect(platform.timerCount).toBe(0);
});

test("[CL72] only refusals in a row are the connection's fault", async () => {
  const { platform, room, errors } = await joined({ subscribe: "none" });
  const { socket } = platform;
  let refusals = 0;
  socket.onSent = ({ type, ref }) => {
    if (type !== "offer") return;
    const refused = { type: "error", ref, code: "bad-sdp", message: "Cannot use it" };
    refusals = (refusals + 1) % 4;
    queueMicrotask(() => socket.receive(refusals === 0 ? { type: "answer", sdp: "answer" } : refused));
  };
  room.openChannel("chat");
  await settle();
  platform.connection.need();
  await settle();
  expect([errors, platform.connections.length]).toEqual([Array(6).fill("bad-sdp"), 1]);
});

test("[CL66] a channel of a room that was left is not opened again with the next join", async () => {
  const { platform, room, enter } = await joined({ subscribe: "none" });
  const channel = room.openChannel("chat");
  room.leave();
  await enter();
  expect(platform.connections.flatMap(({ channels }) => channels)).toHaveLength(1);
  expect(channel.isOpen).toBe(false);
  room.openChannel("chat");
  expect(platform.connections).toHaveLength(2);
});

test("[CL98] a label has one channel: a second is refused until the first is closed", async () => {
  const { platform, room } = await joined({ subscribe: "none" });
  const first = room.openChannel("chat");
  expect(() => room.openChannel("chat", { ordered: false })).toThrow(
    expect.objectContaining({ code: "bad-state", message: expect.stringContaining("close it first") }),
  );
  platform.socket.drop();
  await platform.pass(1_000);
  expect(platform.connection.channels.map(({ label }) => label)).toEqual(["chat"]);
  first.close();
  room.openChannel("chat");
  room.openChannel("cursor");
  expect(platform.connection.channels.map(({ label }) => label)).toEqual(["chat", "chat", "cursor"]);
});

test("[CL97] a socket that is lost while a token is awaited is noticed at once, and a late token is not used on it", async () => {
  const token = Promise.withResolvers<string>();
  let asked = 0;
  const { platform, room, server } = make({ token: () => (asked++ === 0 ? token.promise : "second") });
  const done = room.join();
  await settle();
  const [first] = platform.sockets;
  first?.drop(1012);
  await settle();
  expect([room.state, room.lastError?.code, asked]).toEqual(["waiting", "shutting-down", 1]);
  token.resolve("first");
  await platform.pass(1_000);
  await done;
  expect([server.joins, first?.sent, platform.socket.sent[0]?.["token"]]).toEqual([1, [], "second"]);
  room.leave();
  expect(platform.timerCount).toBe(0);
});

test("[CL96] metadata that are too large for the socket are refused before the first join, too", async () => {
  const metadata = "a".repeat(140_000);
  expect(() => make({ metadata })).toThrow(expect.objectContaining({ code: "message-too-large" }));
});

/** A room whose session is taken up by a server that knows of it no more than `metadata`. */
async function takenUp(options: RoomOptions, { metadata = null, change = () => undefined }: TakingUp = {}) {
  const rig = await resumable(options);
  rig.server.resumes = "fresh";
  rig.platform.socket.drop();
  change(rig.room);
  rig.server.metadata = metadata;
  await rig.platform.pass(1_000);
  return { ...rig, said: bodies(rig).filter(({ type }) => type === "metadata") };
}

interface TakingUp {
  readonly metadata?: unknown;
  change?(room: Room): void;
}

test("[CL101] metadata that no node remembers are told again, and only those", async () => {
  const forgotten = await takenUp({ metadata: { hat: "red" } });
  expect([forgotten.said, forgotten.room.metadata]).toEqual([
    [{ type: "metadata", metadata: { hat: "red" } }],
    { hat: "red" },
  ]);
  const none = await takenUp({});
  expect([none.said, none.room.metadata]).toEqual([[], null]);
  const remembered = await takenUp({ metadata: 1 }, { metadata: 1 });
  expect(remembered.said).toEqual([]);
  const changed = await takenUp({ metadata: 1 }, { metadata: 1, change: (room) => room.setMetadata(2) });
  expect([changed.said, changed.room.metadata]).toEqual([[{ type: "metadata", metadata: 2 }], 2]);
});

test("[CL101] what the program on the node made of the metadata is what the client has, and tells again", async () => {
  const rig = make({ metadata: { name: "me" } });
  rig.server.extra = { resume: "token", metadata: { role: "host" } };
  rig.server.resumes = "fresh";
  await rig.enter();
  expect(rig.room.metadata).toEqual({ role: "host" });
  rig.server.extra = { resume: "token", metadata: null };
  rig.platform.socket.drop();
  await rig.platform.pass(1_000);
  expect(bodies(rig).filter(({ type }) => type === "metadata")).toEqual([
    { type: "metadata", metadata: { role: "host" } },
  ]);
});

test("[CL101] metadata that change while a join is decided are told behind it", async () => {
  const rig = make({ metadata: 1 });
  const serve = rig.platform.onSocket;
  rig.platform.onSocket = (socket) => {
    serve(socket);
    const reply = socket.onSent;
    socket.onSent = (message) => {
      if (message.type === "join") rig.room.setMetadata(2);
      reply(message);
    };
  };
  await rig.enter();
  expect(rig.room.metadata).toBe(2);
  expect(bodies(rig)).toContainEqual({ type: "metadata", metadata: 2 });
});

test("[CL101] after a taking up wishes are told again, and a mute that the server remembers otherwise", async () => {
  const rig = await resumable();
  const publishing = rig.room.publish(track());
  await settle();
  const mine = { ...camera, id: "mine" };
  rig.platform.socket.receive({ type: "track-published", peer: "me1", mid: "2", track: mine });
  const local = await publishing;
  await local.mute();
  rig.room.peers.get("ada")?.trackOf("camera")?.setLayer("q");
  rig.server.resumes = "fresh";
  rig.platform.socket.drop();
  await local.unmute();
  await rig.platform.pass(1_000);
  expect(bodies(rig)).toContainEqual({ type: "subscribe", track: "t1", layer: "q" });
  // It was muted on the node that is gone.
  rig.platform.socket.receive({ type: "track-published", peer: "me1", mid: "0", track: { ...mine, muted: true } });
  expect(rig.platform.socket.sent.at(-1)).toEqual({ type: "mute", track: "mine", muted: false });
});

test("[CL73] media that break because the server is gone are no trouble of the media, and begin anew with it", async () => {
  const { platform, room, errors, server } = await joined();
  const [first] = platform.connections;
  first?.connectionBecame("connected");
  const serve = platform.onSocket;
  platform.onSocket = (socket) => queueMicrotask(() => socket.drop());
  first?.connectionBecame("failed");
  platform.socket.drop();
  await platform.pass(30_000);
  platform.onSocket = serve;
  await platform.pass(15_000);
  expect([room.state, server.joins, errors, first?.signalingState]).toEqual(["joined", 2, [], "closed"]);
  expect(room.explain()).not.toContain("TURN");
  // The engine in Node hears of the end by the connection itself.
  platform.onSocket = (socket) => queueMicrotask(() => socket.drop());
  platform.socket.drop();
  platform.connection.connectionBecame("closed");
  await platform.pass(1_000);
  platform.onSocket = serve;
  await platform.pass(15_000);
  expect([room.state, errors, platform.connections.length]).toEqual(["joined", [], 3]);
});

test("[CL73] an ICE restart that began before the socket was lost has all its time again when the session goes on", async () => {
  const { platform, room, errors } = await resumable();
  const serve = platform.onSocket;
  platform.onSocket = (socket) => queueMicrotask(() => socket.drop());
  platform.connection.connectionBecame("failed");
  platform.socket.drop();
  await platform.pass(30_000);
  platform.onSocket = serve;
  platform.wake();
  await platform.pass(restartTakesMs - 1);
  expect([room.state, platform.connections.length, platform.connection.restarts, errors]).toEqual(["joined", 1, 2, []]);
  await platform.pass(1);
  expect(errors).toEqual(["media-failed"]);
});

/** What the newest peer connection has done since `count` of its steps. */
const stepsSince = ({ platform }: { platform: FakePlatform }, count: number) => platform.connection.log.slice(count);

test("[CL105] on another network ICE is restarted in the one offer that is made anyway, and not again at the next loss", async () => {
  const rig = await resumable();
  const { platform, room, errors } = rig;
  platform.connection.connectionBecame("connected");
  const { length } = platform.connection.log;
  platform.wake(true);
  await settle();
  expect(room.state).toBe("joined");
  expect(stepsSince(rig, length)).toEqual(["restart", "local offer", "remote answer"]);
  expect(bodies(rig).map(({ type }) => type)).toEqual(["resume", "offer"]);
  platform.socket.drop();
  await platform.pass(10_000);
  expect(stepsSince(rig, length + 3)).toEqual(["local offer", "remote answer"]);
  expect([platform.connections.length, errors]).toEqual([1, []]);
});

test("[CL105] an offer that waited for its answer on the other network is taken back, and the restart is in the next", async () => {
  const rig = await resumable();
  const { platform } = rig;
  platform.connection.connectionBecame("connected");
  platform.socket.onSent = () => undefined;
  void rig.room.publish(track()).catch(() => undefined);
  await settle();
  const { length } = platform.connection.log;
  platform.wake(true);
  await settle();
  expect(stepsSince(rig, length)).toEqual(["restart", "local rollback", "local offer", "remote answer"]);
});

test("[CL105] another network that comes while it waits or connects counts as much", async () => {
  for (const moment of ["waiting", "connecting"] as const) {
    const rig = await resumable();
    const { platform, room } = rig;
    platform.connection.connectionBecame("connected");
    const serve = platform.onSocket;
    platform.onSocket = () => undefined;
    platform.socket.drop();
    if (moment === "connecting") await platform.pass(300);
    expect(room.state).toBe(moment);
    platform.wake(true);
    platform.wake();
    platform.socket.drop();
    platform.onSocket = serve;
    await platform.pass(1_000);
    expect([room.state, platform.connections.length, platform.connection.restarts]).toEqual(["joined", 1, 1]);
  }
});

test("[CL105] a page that wakes up restarts no ICE, nor does a socket that was lost and is back", async () => {
  const { platform, room } = await resumable();
  platform.connection.connectionBecame("connected");
  platform.socket.drop();
  platform.wake();
  await settle();
  expect([room.state, platform.sockets.length, platform.connection.restarts]).toEqual(["joined", 2, 0]);
});

test("[CL105] a new peer connection after another network is not restarted, nor at the next loss", async () => {
  const { platform, server } = await resumable();
  server.resumes = "fresh";
  platform.wake(true);
  await settle();
  platform.connection.connectionBecame("connected");
  server.resumes = "same";
  platform.socket.drop();
  await platform.pass(1_000);
  expect(platform.connections.map(({ restarts }) => restarts)).toEqual([0, 0]);
});

test("[CL105] media that are interrupted when the session goes on have ICE restarted at once, in the one offer", async () => {
  const rig = await resumable();
  const { platform } = rig;
  platform.connection.connectionBecame("connected");
  platform.socket.drop();
  platform.connection.connectionBecame("disconnected");
  const { length } = platform.connection.log;
  await platform.pass(300);
  expect(rig.room.state).toBe("joined");
  expect(stepsSince(rig, length)).toEqual(["restart", "local offer", "remote answer"]);
});

test("[CL73] what was wrong with a connection of before is not said of the one after a new join", async () => {
  const { platform, room, errors } = await joined();
  platform.connection.connectionBecame("failed");
  await platform.pass(9_000);
  expect([errors, room.explain()]).toEqual([["media-failed"], expect.stringContaining("TURN")]);
  platform.socket.drop();
  await platform.pass(1_000);
  expect(room.state).toBe("joined");
  expect(room.explain()).not.toContain("TURN");
});

test("[CL67] a room that is joined anew while two connections overlap keeps none of them", async () => {
  const rig = await resumable();
  rig.server.resumes = "fresh";
  rig.platform.socket.receive({ type: "migrate", resume: "moving", deadline: 1_000 });
  await settle();
  expect(rig.platform.connections.map(({ signalingState }) => signalingState)).toEqual(["stable", "stable"]);
  rig.server.resumes = "not";
  rig.platform.socket.drop();
  await rig.platform.pass(1_000);
  const states = rig.platform.connections.map(({ signalingState }) => signalingState);
  expect(states).toEqual(["closed", "closed", "stable"]);
});

test("[CL99] a track that the server has no more has no id until it is published again; what is told of it is an echo", async () => {
  const { platform, room } = await joined({ subscribe: "none" });
  const publishing = room.publish(track());
  await settle();
  const mine = { ...camera, id: "mine" };
  platform.socket.receive({ type: "track-published", peer: "me1", mid: "0", track: mine });
  const local = await publishing;
  const told: unknown[] = [];
  room.on("local-track-updated", ({ id }) => told.push(id));
  // Muted and unmuted while the word of the first was on its way.
  platform.socket.receive({ type: "track-updated", peer: "me1", track: { ...mine, muted: true } });
  expect([local.isMuted, told]).toEqual([false, []]);
  platform.socket.receive({ type: "track-unpublished", peer: "me1", track: "another" });
  expect([local.id, told]).toEqual(["mine", []]);
  platform.socket.receive({ type: "track-unpublished", peer: "me1", track: "mine" });
  expect([local.id, told, room.localTracks.size]).toEqual([null, [null], 1]);
  const { length } = platform.socket.sent;
  await local.mute();
  expect(platform.socket.sent).toHaveLength(length);
  platform.socket.receive({ type: "track-published", peer: "me1", mid: "0", track: { ...mine, id: "again" } });
  expect(local.id).toBe("again");
  expect(platform.socket.sent.at(-1)).toEqual({ type: "mute", track: "again", muted: true });
});
