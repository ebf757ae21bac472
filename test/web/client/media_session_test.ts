import { expect, test } from "vitest";
import { Room } from "../../../web/client/room.ts";
import type { RoomOptions } from "../../../web/client/room_options.ts";
import { settle } from "./fake_connection.ts";
import { FakePlatform, FakeServer } from "./fake_platform.ts";

const camera = { id: "t1", kind: "video", source: "camera", name: "", muted: false };
const ada = { id: "ada", name: "Ada", metadata: null, state: "connected", tracks: [camera] };

async function joined(options: RoomOptions = {}) {
  const platform = new FakePlatform();
  const server = new FakeServer(platform);
  server.peers = [ada];
  const room = new Room("atrium", { platform, statsIntervalMs: 0, ...options });
  const errors: string[] = [];
  room.on("error", ({ code }) => errors.push(code));
  const done = room.join();
  await platform.pass(0);
  await done;
  return { platform, server, room, errors };
}

const track = (kind: string) =>
  Object.assign(new EventTarget(), { kind, enabled: true, stop: () => undefined }) as unknown as MediaStreamTrack;

test("[CL70] who only listens offers sections to receive in; who wants nothing has no peer connection", async () => {
  const listener = await joined();
  expect(listener.platform.connection.log).toEqual([
    "section recvonly 0",
    "section recvonly 0",
    "local offer",
    "remote answer",
  ]);
  const idle = await joined({ subscribe: "none" });
  expect(idle.platform.connections).toHaveLength(0);
  idle.room.peers.get("ada")?.trackOf("camera")?.subscribe();
  await settle();
  expect(idle.platform.connections).toHaveLength(1);
});

test("[CL70] a camera is sent in three layers, anything else in one, unless something else is said", async () => {
  const { platform, room } = await joined({ subscribe: "none" });
  const publish = (source: string, kind = "video", options = {}) =>
    void room.publish(track(kind), { source, ...options }).catch(() => undefined);
  publish("camera");
  publish("screen");
  publish("screen", "video", { simulcast: true });
  publish("camera", "video", { simulcast: false, maxBitrate: 100_000 });
  publish("microphone", "audio");
  await settle();
  expect(platform.connection.log.filter((line) => line.startsWith("section"))).toEqual([
    "section sendonly 3",
    "section sendonly 0",
    "section sendonly 3",
    "section sendonly 1",
    "section sendonly 0",
  ]);
});

test("[CL70] the server's ICE servers are used, unless the program has its own", async () => {
  const mine = [{ urls: "turn:mine" }];
  const { platform } = await joined({ rtcConfiguration: { iceServers: mine, iceTransportPolicy: "relay" } });
  expect(platform.connection.configuration).toEqual({ iceServers: mine, iceTransportPolicy: "relay" });
  const other = await joined();
  other.server.extra = { iceServers: [{ urls: ["turn:theirs"], username: "u", credential: "c" }] };
  other.platform.socket.drop();
  await other.platform.pass(1_000);
  expect(other.platform.connection.configuration.iceServers).toEqual([
    { urls: ["turn:theirs"], username: "u", credential: "c" },
  ]);
});

test("[IS14] servers that are told later are used by the connection that there is, also when a session goes on", async () => {
  const { platform, server } = await joined();
  server.extra = { resume: "token" };
  platform.socket.drop();
  await platform.pass(1_000);
  const { connection } = platform;
  const fresh = [{ urls: "turn:theirs", username: "u2", credential: "c2" }];
  platform.socket.receive({ type: "ice-servers", iceServers: fresh });
  expect(connection.configuration.iceServers).toEqual(fresh);
  server.resumes = "same";
  server.extra = { resume: "token", iceServers: [{ urls: "turn:again" }] };
  platform.socket.drop();
  await platform.pass(1_000);
  expect(platform.connection).toBe(connection);
  expect(connection.configuration.iceServers).toEqual([{ urls: "turn:again" }]);
  const mine = [{ urls: "turn:mine" }];
  const own = await joined({ rtcConfiguration: { iceServers: mine, iceTransportPolicy: "relay" } });
  own.platform.socket.receive({ type: "ice-servers", iceServers: fresh });
  expect(own.platform.connection.configuration).toEqual({ iceServers: mine, iceTransportPolicy: "relay" });
});

test("[CL71] a remote track gets what carries it by the latest description, and nothing when none does", async () => {
  const { platform, room } = await joined();
  const remote = room.peers.get("ada")?.trackOf("camera");
  const told: string[] = [];
  room.on("track-started", ({ id }) => told.push(`${id} started`));
  room.on("track-stopped", ({ id }) => told.push(`${id} stopped`));
  expect(remote?.mediaStreamTrack).toBeNull();
  platform.socket.receive({ type: "offer", sdp: "o", tracks: { 1: { peer: "ada", track: "t1" } } });
  await settle();
  expect(remote?.mediaStreamTrack).toBe(platform.connection.transceivers[1]?.receiver.track);
  platform.socket.receive({ type: "offer", sdp: "o", tracks: { 0: { peer: "ada", track: "t1" } } });
  await settle();
  expect(remote?.mediaStreamTrack).toBe(platform.connection.transceivers[0]?.receiver.track);
  platform.socket.receive({ type: "offer", sdp: "o" });
  await settle();
  expect(remote?.mediaStreamTrack).toBeNull();
  expect(told).toEqual(["t1 started", "t1 started", "t1 stopped"]);
});

test("[CL72] a failed connection restarts ICE and is replaced at last, with pauses that grow", async () => {
  const { platform, errors, room } = await joined();
  const [first] = platform.connections;
  platform.connection.connectionBecame("connected");
  platform.connection.connectionBecame("failed");
  expect(first?.restarts).toBe(1);
  await platform.pass(9_000);
  expect(platform.connections).toHaveLength(2);
  expect(first?.signalingState).toBe("closed");
  expect(errors).toEqual(["media-failed"]);
  expect(platform.socket.sent.map(({ type }) => type)).toContain("bye");
  expect(room.explain()).toContain("No TURN server is configured");
  for (let round = 2; round < 6; round += 1) {
    platform.connection.connectionBecame("connecting");
    await platform.pass(15_000 + 300 * 2 ** round);
  }
  expect(platform.connections.length).toBe(6);
  platform.connection.connectionBecame("connected");
  expect(room.explain()).toBe('In room "atrium". Media is connected.');
});

test("[CL72] an offer that the server refused for now is made again, one that it cannot use is given up with what it brought", async () => {
  const { platform, room, errors, server } = await joined({ subscribe: "none" });
  platform.onSocket = () => undefined;
  void server;
  platform.socket.onSent = () => undefined;
  const published = room.publish(track("video"));
  const outcome = expect(published).rejects.toMatchObject({ code: "bad-sdp", message: "Cannot use it" });
  await settle();
  const offers = () => platform.socket.sent.filter(({ type }) => type === "offer");
  platform.socket.receive({ type: "error", ref: offers()[0]?.["ref"], code: "rate-limited", message: "Slow down" });
  await platform.pass(1_000);
  expect(offers()).toHaveLength(2);
  platform.socket.receive({ type: "error", ref: offers()[1]?.["ref"], code: "bad-sdp", message: "Cannot use it" });
  await outcome;
  expect(errors).toEqual(["rate-limited", "bad-sdp"]);
});

test("[CL72] a server that refuses every offer gets a new connection at last, and no storm of offers", async () => {
  const { platform, room, errors } = await joined({ subscribe: "none" });
  const { socket } = platform;
  socket.onSent = ({ type, ref }) => {
    if (type !== "offer") return;
    queueMicrotask(() => socket.receive({ type: "error", ref, code: "bad-sdp", message: "Cannot use it" }));
  };
  // A channel cannot be taken out as a track can: its section is needed again and again.
  room.openChannel("chat");
  await settle();
  expect(errors).toEqual([...Array(3).fill("bad-sdp"), "media-failed", "bad-sdp"]);
  await platform.pass(60_000);
  expect(platform.connections.length).toBeGreaterThan(2);
  expect(socket.sent.filter(({ type }) => type === "offer").length).toBeLessThan(60);
});

test("[CL72] a track too many is refused to who published it, and what is published stays", async () => {
  const { platform, room } = await joined({ subscribe: "none" });
  const first = room.publish(track("audio"));
  await settle();
  platform.socket.receive({ type: "track-published", peer: "me1", mid: "0", track: { ...camera, id: "a" } });
  await first;
  const second = room.publish(track("audio"), { source: "voice" });
  const outcome = expect(second).rejects.toMatchObject({ code: "too-many-tracks" });
  await settle();
  platform.socket.receive({ type: "error", code: "too-many-tracks", message: "Cannot publish" });
  await outcome;
  expect([...room.localTracks].map(({ source }) => source)).toEqual(["microphone"]);
});
