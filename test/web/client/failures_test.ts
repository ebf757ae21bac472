import { expect, test } from "vitest";
import { openScreen } from "../../../web/client/capture.ts";
import { answerTakesMs } from "../../../web/client/media_connection.ts";
import { Room } from "../../../web/client/room.ts";
import type { RoomOptions } from "../../../web/client/room_options.ts";
import { type FakeConnection, settle } from "./fake_connection.ts";
import { FakePlatform, FakeServer } from "./fake_platform.ts";

const track = (kind = "video") =>
  Object.assign(new EventTarget(), { kind, enabled: true, stop: () => undefined }) as unknown as MediaStreamTrack;
const ada = { id: "ada", name: "Ada", metadata: null, state: "connected", tracks: [] };

function make(options: RoomOptions = {}) {
  const platform = new FakePlatform();
  const server = new FakeServer(platform);
  const room = new Room("atrium", { platform, statsIntervalMs: 0, ...options });
  const errors: string[] = [];
  room.on("error", ({ code }) => errors.push(code));
  return { platform, server, room, errors };
}

async function joined(options: RoomOptions = {}) {
  const rig = make(options);
  const done = rig.room.join();
  await rig.platform.pass(0);
  await done;
  return rig;
}

/** A browser that takes no layer of this name. */
function refuseRid(connection: FakeConnection): void {
  const add = connection.addTransceiver.bind(connection);
  connection.addTransceiver = (given, init) => {
    if (init?.sendEncodings?.some((each) => (each as { rid?: string }).rid === "no good"))
      throw new TypeError("bad rid");
    return add(given, init);
  };
}

const badLayers = { source: "camera", simulcast: [{ rid: "no good", scaleResolutionDownBy: 1, maxBitrate: 1 }] };

test("[CL91] a track that the browser does not take is refused, and neither the room nor a reconnect fails by it", async () => {
  const { platform, room } = await joined();
  refuseRid(platform.connection);
  await expect(room.publish(track(), badLayers)).rejects.toMatchObject({ code: "bad-state" });
  expect(room.localTracks.size).toBe(0);
  platform.socket.drop();
  await platform.pass(1_000);
  expect([room.state, platform.connections.length]).toEqual(["joined", 2]);
});

test("[CL91] the same for one that was published before the room was joined, and for a channel", async () => {
  const { platform, room, errors } = make();
  const create = platform.createPeerConnection.bind(platform);
  platform.createPeerConnection = (configuration) => {
    const pc = create(configuration);
    refuseRid(platform.connection);
    platform.connection.createDataChannel = () => {
      throw new TypeError("both");
    };
    return pc;
  };
  const refused = expect(room.publish(track(), badLayers)).rejects.toMatchObject({ code: "bad-state" });
  room.openChannel("chat", { maxRetransmits: 1, maxPacketLifeTime: 1 });
  const done = room.join();
  await platform.pass(0);
  await Promise.all([done, refused]);
  expect([room.state, errors]).toEqual(["joined", ["bad-state"]]);
  expect(() => room.openChannel("chat")).toThrow("both");
  platform.socket.receive({ type: "peer-joined", peer: ada });
  expect(room.peers.size).toBe(1);
});

test("[CL91] without a peer connection the room is joined, and who publishes hears why it does not work", async () => {
  const { platform, room, errors } = make();
  platform.createPeerConnection = () => {
    throw new TypeError("no such policy");
  };
  const done = room.join();
  await platform.pass(0);
  await done;
  expect([room.state, errors]).toEqual(["joined", ["media-failed"]]);
  await expect(room.publish(track())).rejects.toMatchObject({ code: "media-failed" });
  expect(room.explain()).toContain("no such policy");
});

test("[CL91] an answer to the join that cannot be used is a failed attempt, not a room that hears nothing", async () => {
  const { platform, room, server } = await joined();
  server.extra = { peers: null };
  platform.socket.drop();
  await platform.pass(1_000);
  expect([room.state, room.lastError?.code]).toEqual(["waiting", "unreachable"]);
  server.extra = {};
  await platform.pass(15_000);
  expect(room.state).toBe("joined");
});

test("[CL92] whoever publishes hears when the room fails, and at once when it has failed", async () => {
  const { platform, room } = await joined();
  const pending = expect(room.publish(track())).rejects.toMatchObject({ code: "kicked" });
  await settle();
  platform.socket.receive({ type: "peer-left", peer: "me1", reason: "kicked" });
  await pending;
  expect([room.state, room.localTracks.size]).toEqual(["failed", 0]);
  await expect(room.publish(track())).rejects.toMatchObject({ code: "kicked" });
});

test("[CL92] an offer that is not answered in time gets a new connection; on a lost socket it waits for the next one", async () => {
  const { platform, room, errors } = await joined({ subscribe: "none" });
  const answer = platform.onSocket;
  platform.onSocket = () => undefined;
  platform.socket.onSent = () => undefined;
  void room.publish(track()).catch(() => undefined);
  await platform.pass(answerTakesMs - 1);
  expect(errors).toEqual([]);
  await platform.pass(1_000);
  expect([errors, platform.connections.length]).toEqual([["media-failed"], 2]);
  platform.socket.drop();
  await platform.pass(answerTakesMs - 1);
  expect(errors).toEqual(["media-failed"]);
  platform.onSocket = answer;
  room.leave();
  expect(platform.timerCount).toBe(0);
});

test("[CL93] whoever hears that the room is joined finds its id and its peers", async () => {
  const { platform, server, room } = make();
  server.peers = [ada];
  const seen: unknown[] = [];
  room.on("state-changed", (state) => state === "joined" && seen.push(room.id, room.peers.size));
  const done = room.join();
  await platform.pass(0);
  await done;
  expect(seen).toEqual(["me1", 1]);
});

test.each(["state-changed", "peer-joined"] as const)("[CL93] leaving at %s leaves nothing behind", async (name) => {
  const { platform, server, room } = make({ statsIntervalMs: 1_000 });
  server.peers = [ada, { ...ada, id: "bob" }];
  room.on(name, () => room.state === "joined" && room.leave());
  const outcome = expect(room.join()).rejects.toMatchObject({ code: "aborted" });
  await settle();
  await outcome;
  expect([room.state, room.peers.size, platform.timerCount, platform.wakerCount]).toEqual(["left", 0, 0, 0]);
  expect(platform.socket.isClosedByClient).toBe(true);
  expect(platform.connections.map(({ signalingState }) => signalingState)).not.toContain("stable");
});

test("[CL95] leaving while a socket opens, here or on another node, closes it and ends its time", async () => {
  const { platform, room } = make();
  platform.onSocket = () => undefined;
  const outcome = expect(room.join()).rejects.toMatchObject({ code: "aborted" });
  room.leave();
  await outcome;
  expect([platform.socket.isClosedByClient, platform.timerCount]).toEqual([true, 0]);

  const moving = await joined();
  moving.platform.onSocket = () => undefined;
  moving.platform.socket.receive({ type: "migrate", resume: "moving", deadline: 1 });
  await settle();
  moving.room.leave();
  await settle();
  expect(moving.platform.sockets.map(({ isClosedByClient }) => isClosedByClient)).toEqual([true, true]);
  expect([moving.platform.timerCount, moving.room.lastError]).toEqual([0, undefined]);
});

test("[CL95] a move that is refused, or that the room did not wait for, leaves no socket", async () => {
  const { platform, server, room } = await joined();
  platform.socket.receive({ type: "migrate", resume: "moving", deadline: 1 });
  await settle();
  expect(platform.sockets.map(({ isClosedByClient }) => isClosedByClient)).toEqual([false, true]);

  const open = platform.onSocket;
  platform.onSocket = () => undefined;
  platform.socket.onmessage = null;
  const [first] = platform.sockets;
  first?.receive({ type: "migrate", resume: "moving", deadline: 1 });
  await settle();
  const late = platform.socket;
  platform.onSocket = open;
  first?.drop();
  await platform.pass(1_000);
  const back = platform.socket;
  server.resumes = "fresh";
  late.onSent = ({ ref }) => late.receive({ type: "resumed", ref, fresh: true, peer: "x", peers: [], iceServers: [] });
  late.open();
  await settle();
  expect([late.isClosedByClient, back.isClosedByClient, room.state, room.id]).toEqual([true, false, "joined", "me2"]);
});

test("[CL63] who is put out by a fault of the server comes back", async () => {
  const { platform, room } = await joined();
  platform.socket.receive(
    { type: "error", code: "room-crashed", message: "The room broke" },
    { type: "peer-left", peer: "me1", reason: "kicked" },
  );
  expect([room.state, room.lastError?.code]).toEqual(["waiting", "room-crashed"]);
  await platform.pass(1_000);
  platform.socket.receive({ type: "peer-left", peer: "me2", reason: "kicked" });
  expect([room.state, room.lastError?.code]).toEqual(["failed", "kicked"]);
});

test("[CL96] metadata that the server refuses are undone, and the next join has those of before", async () => {
  const { platform, room, errors } = await joined({ metadata: "first" });
  room.setMetadata("second");
  const { name, tracks, state } = { ...ada, name: "Me" };
  platform.socket.receive({ type: "peer-updated", peer: { id: "me1", name, tracks, state, metadata: "second" } });
  room.setMetadata("too long");
  expect(room.metadata).toBe("too long");
  const ref = platform.socket.sent.at(-1)?.["ref"];
  platform.socket.receive({ type: "error", ref, code: "bad-message", message: "Cannot set metadata" });
  expect([room.metadata, errors]).toEqual(["second", ["bad-message"]]);
  platform.socket.drop();
  await platform.pass(1_000);
  expect(platform.socket.sent[0]).toMatchObject({ type: "join", metadata: "second" });
});

test("[CL96] what would end the socket is not sent", async () => {
  const { platform, room } = await joined({ metadata: "first" });
  const { length } = platform.socket.sent;
  const tooLong = "\u00e4".repeat(70_000);
  expect(() => room.sendData(tooLong)).toThrow(expect.objectContaining({ code: "message-too-large" }));
  expect(() => room.setMetadata(tooLong)).toThrow(expect.objectContaining({ code: "message-too-large" }));
  expect([platform.socket.sent.length, room.metadata]).toEqual([length, "first"]);
  room.sendData("a".repeat(100_000));
  expect(platform.socket.sent).toHaveLength(length + 1);
});

test.each([
  ["fails", () => Promise.reject(new Error("no session")), "no session"],
  ["never comes", () => new Promise<string>(() => undefined), "10 s"],
])("[CL97] a token that %s is an error of its own, and is asked for again", async (_, token, why) => {
  const { platform, room } = make({ token });
  const outcome = expect(room.join()).rejects.toMatchObject({
    code: "token-failed",
    message: expect.stringContaining(why),
  });
  await platform.pass(11_000);
  expect(platform.sockets.length).toBeGreaterThan(1);
  await platform.pass(10_000);
  await outcome;
  expect([room.state, platform.timerCount]).toEqual(["failed", 0]);
});

test("[CL97] leaving while a token is awaited leaves nothing behind", async () => {
  const { platform, room } = make({ token: () => new Promise<string>(() => undefined) });
  const outcome = expect(room.join()).rejects.toMatchObject({ code: "aborted" });
  await settle();
  room.leave();
  await outcome;
  expect([platform.timerCount, platform.socket.isClosedByClient]).toEqual([0, true]);
});

test("[CL80] an address that is none is refused at once", async () => {
  const { platform, room } = make();
  platform.createSocket = () => {
    throw new DOMException("no", "SyntaxError");
  };
  const outcome = expect(room.join()).rejects.toMatchObject({ code: "bad-state" });
  await settle();
  await outcome;
  expect([room.state, platform.timerCount]).toEqual(["failed", 0]);
  expect(room.lastError?.message).toMatch(/: give a wss:\/\/ address/);
});

test.each([
  ["http://127.0.0.1:8080", "http://127.0.0.1:8080/ws"],
  ["wss://sfu.example/", "wss://sfu.example/ws"],
  ["ws://[::1]:8080", "ws://[::1]:8080/ws"],
  ["wss://sfu.example/ws", "wss://sfu.example/ws"],
  ["wss://sfu.example/other/", "wss://sfu.example/other/"],
  ["wss://sfu.example/?a=/b", "wss://sfu.example/?a=/b"],
])("[CL100] %s is the server at %s", async (url, opened) => {
  const { platform, room } = make({ url });
  const create = platform.createSocket.bind(platform);
  const addresses: string[] = [];
  platform.createSocket = (address) => {
    addresses.push(address);
    return create(address);
  };
  void room.join().catch(() => undefined);
  await settle();
  room.leave();
  expect(addresses).toEqual([opened]);
});

test("[CL83] attempts are counted from 1 on, also the first one to join, and anew once it is back", async () => {
  const { platform, room } = make();
  const serve = platform.onSocket;
  platform.onSocket = (socket) => queueMicrotask(() => socket.drop());
  const counted: unknown[] = [];
  room.on("state-changed", (state) => state === "waiting" && counted.push(/attempt \d+/.exec(room.explain())?.[0]));
  const done = room.join();
  await platform.pass(500);
  expect(counted).toEqual(["attempt 2", "attempt 3"]);
  platform.onSocket = serve;
  platform.wake();
  await settle();
  await done;
  platform.onSocket = (socket) => queueMicrotask(() => socket.drop());
  platform.socket.drop();
  platform.wake();
  await settle();
  expect(counted.slice(2)).toEqual(["attempt 1", "attempt 2"]);
});

const cycle: unknown[] = [];
cycle.push(cycle);

test.each([
  ["undefined", undefined],
  ["a function", () => undefined],
  ["a symbol", Symbol("s")],
  ["a bigint", 1n],
  ["a cycle", { cycle }],
])("[CL100] %s is no JSON, which is said in words wherever it is given", async (_, value) => {
  const { platform, room } = await joined({ metadata: "first" });
  const { length } = platform.socket.sent;
  const refused = (what: string) =>
    expect.objectContaining({
      name: "ClientError",
      code: "bad-message",
      message: expect.stringMatching(new RegExp(`^Cannot ${what}: it is no JSON; give what `)),
    });
  expect(() => room.sendData(value)).toThrow(refused("send data"));
  expect(() => room.setMetadata(value)).toThrow(refused("set metadata"));
  expect([room.metadata, platform.socket.sent.length]).toEqual(["first", length]);
  if (value !== undefined) expect(() => make({ metadata: value })).toThrow(refused("set metadata"));
});

test("[CL100] what is given in the place of something else is refused in words, and changes nothing", async () => {
  const { platform, room, server } = make();
  server.peers = [{ ...ada, tracks: [{ id: "t1", kind: "video", source: "camera", name: "", muted: false }] }];
  const done = room.join();
  await platform.pass(0);
  await done;
  const { length } = platform.socket.sent;
  const stream = { getTracks: () => [track()] };
  for (const given of [undefined, null, stream, "camera"]) {
    await expect(room.publish(given as never)).rejects.toMatchObject({
      code: "bad-state",
      message: "Cannot publish: it is no MediaStreamTrack; a stream has them in getTracks()",
    });
  }
  expect(() => room.sendData(1, { to: "ada" as never })).toThrow(expect.objectContaining({ code: "bad-message" }));
  const remote = room.peers.get("ada")?.trackOf("camera");
  for (const given of [null, undefined, {}])
    expect(() => remote?.attach(given as never)).toThrow(
      expect.objectContaining({ code: "bad-state", message: expect.stringContaining("an audio or video element") }),
    );
  expect([room.localTracks.size, platform.socket.sent.length]).toEqual([0, length]);
  const published = room.publish(track());
  published.catch(() => undefined);
  const [local] = room.localTracks;
  await expect(local?.replaceTrack(undefined as never)).rejects.toMatchObject({ code: "bad-state" });
});

test.each([
  ["OperationError", "buffer-full"],
  ["TypeError", "message-too-large"],
])("[CL80] a channel that throws %s on sending is %s", async (name, code) => {
  const { platform, room } = await joined();
  const channel = room.openChannel("chat");
  const send = () => {
    throw new DOMException("no", name);
  };
  Object.assign(platform.connection.channels[0] ?? {}, { readyState: "open", send });
  expect(() => channel.send("x")).toThrow(expect.objectContaining({ code }));
});

test("[CL80] a browser without screens to share is said to be the reason", async () => {
  const platform = new FakePlatform();
  platform.mediaDevices = new EventTarget() as MediaDevices;
  await expect(openScreen({}, platform)).rejects.toMatchObject({ code: "unsupported" });
});
