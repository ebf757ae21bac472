import { expect, test } from "vitest";
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
