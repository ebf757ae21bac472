import { expect, onTestFinished, test, vi } from "vitest";
import { browserPlatform } from "../../../web/client/browser_platform.ts";
import { ClientError } from "../../../web/client/client_error.ts";
import { answerMs, quietMs } from "../../../web/client/liveness.ts";
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
  const states: string[] = [];
  room.on("state-changed", (state) => states.push(state));
  const errors: string[] = [];
  room.on("error", ({ code }) => errors.push(code));
  const told: string[] = [];
  room.on("peer-joined", ({ id }) => told.push(`${id} joined`));
  room.on("peer-left", ({ peer }) => told.push(`${peer.id} left`));
  room.on("track-published", ({ id }) => told.push(`${id} published`));
  return { platform, server, room, states, errors, told };
}

async function joined(options: RoomOptions = {}) {
  const rig = make(options);
  const done = rig.room.join();
  await rig.platform.pass(0);
  await done;
  return rig;
}

const sentTypes = (rig: { platform: FakePlatform }) => rig.platform.socket.sent.map(({ type }) => type);

/** In the room of a server that keeps its session. */
async function joinedToResume() {
  const rig = make();
  rig.server.extra = { resume: "token" };
  rig.server.resumes = "same";
  const done = rig.room.join();
  await rig.platform.pass(0);
  await done;
  return rig;
}

test("[CL62] a lost socket is tried again after pauses that double, with a random part, up to 15 s", async () => {
  const { platform, states } = await joined();
  await platform.pass(6_000);
  platform.onSocket = (socket) => queueMicrotask(() => socket.drop());
  const startedAtMs = platform.now();
  platform.socket.drop();
  const attemptsAtMs: number[] = [];
  platform.onSocket = (socket) => {
    attemptsAtMs.push(platform.now() - startedAtMs);
    queueMicrotask(() => socket.drop());
  };
  await platform.pass(60_000);
  const pauses = attemptsAtMs.map((atMs, index) => atMs - (attemptsAtMs[index - 1] ?? 0));
  expect(pauses.slice(0, 8)).toEqual([225, 450, 900, 1_800, 3_600, 7_200, 11_250, 11_250]);
  expect(states.slice(0, 6)).toEqual(["connecting", "joining", "joined", "waiting", "connecting", "waiting"]);
});

test.each([0, 0.999])("[CL62] with chance %d the first pause is between half and the whole of it", async (chance) => {
  const { platform } = await joined();
  platform.chance = chance;
  platform.socket.drop();
  await platform.pass(149);
  expect(platform.sockets).toHaveLength(1);
  await platform.pass(151);
  expect(platform.sockets).toHaveLength(2);
});

test("[CL62] when the network or the page wakes up it waits no longer", async () => {
  const { platform, room, server } = await joined();
  platform.onSocket = (socket) => queueMicrotask(() => socket.drop());
  platform.socket.drop();
  await platform.pass(10_000);
  expect(room.state).toBe("waiting");
  new FakeServer(platform).joins = server.joins;
  platform.wake();
  await settle();
  expect(room.state).toBe("joined");
});

test.each([
  [1006, "waiting"],
  [1001, "waiting"],
  [1012, "waiting"],
  [1013, "waiting"],
  [4408, "waiting"],
  [4413, "failed"],
  [4429, "failed"],
  [4444, "failed"],
])("[CL63] close code %d makes it %s", async (code, state) => {
  const { platform, room } = await joined();
  platform.socket.drop(code);
  expect(room.state).toBe(state);
  await platform.pass(20_000);
  expect(room.state).toBe(state === "failed" ? "failed" : "joined");
});

test.each([
  ["kicked", "failed", "kicked"],
  ["replaced", "failed", "replaced"],
  ["timeout", "waiting", "silent"],
  ["node-lost", "waiting", "silent"],
])("[CL63] put out of the room as %s it is %s", async (reason, state, code) => {
  const { platform, room } = await joined();
  platform.socket.receive({ type: "peer-left", peer: "me1", reason, message: "because" });
  expect(room.state).toBe(state);
  expect(room.lastError?.code).toBe(code);
  expect(room.explain()).toContain("because");
});

test.each(["forbidden", "bad-message", "room-full"])(
  "[CL63] the first join is refused at once with %s",
  async (code) => {
    const { room, server } = make();
    server.refusal = { code, message: "Cannot join: no" };
    await expect(room.join()).rejects.toMatchObject({ name: "ClientError", code, message: "Cannot join: no" });
    expect(room.state).toBe("failed");
  },
);

test("[CL63] a room that was full when it came back is tried until there is a place", async () => {
  const { platform, room, server } = await joined();
  server.refusal = { code: "room-full", message: "Cannot join: full" };
  platform.socket.drop();
  await platform.pass(30_000);
  expect(room.state).not.toBe("failed");
  server.refusal = undefined;
  await platform.pass(15_000);
  expect(room.state).toBe("joined");
});

test("[CL63] a server that never answers is given up after the time for the first join, and nothing is left", async () => {
  const { platform, room } = make({ joinTimeoutMs: 5_000 });
  platform.onSocket = () => undefined;
  const done = room.join();
  const outcome = expect(done).rejects.toMatchObject({ code: "timeout" });
  await platform.pass(5_000);
  await outcome;
  await platform.pass(60_000);
  expect([platform.timerCount, platform.wakerCount, platform.sockets.length]).toEqual([0, 0, 1]);
});

test("[CL64] a quiet socket is asked, and given up when no answer comes", async () => {
  const { platform, room } = await joined();
  const socket = platform.socket;
  await platform.pass(quietMs);
  expect(socket.sent.at(-1)).toMatchObject({ type: "data", to: ["me1"], topic: "signalbox.probe" });
  socket.receive({ type: "data", from: "me1", topic: "signalbox.probe", payload: null });
  await platform.pass(quietMs);
  expect(room.state).toBe("joined");
  await platform.pass(answerMs);
  expect(socket.isClosedByClient).toBe(true);
  expect(room.lastError?.code).toBe("silent");
});

test("[CL104] on another network a socket is given up at once, and the next one opened without a pause", async () => {
  const { platform, room, states } = await joined();
  const old = platform.socket;
  const { length } = states;
  // A request of before does not keep it.
  platform.wake();
  platform.wake(true);
  expect([old.isClosedByClient, platform.sockets.length, platform.now()]).toEqual([true, 2, 0]);
  expect(room.lastError?.code).toBe("unreachable");
  expect(room.explain()).toContain("Connecting to the server (ws://fake/ws).");
  expect(room.lastError?.message).toMatch(/^The connection to the server ended: the network changed\. Check /);
  await settle();
  expect(states.slice(length)).toEqual(["waiting", "connecting", "joining", "joined"]);
  await platform.pass(answerMs);
  expect([room.state, platform.sockets.length]).toEqual(["joined", 2]);
});

test("[CL104] who has a session says no goodbye to the socket of the other network", async () => {
  const rig = await joinedToResume();
  const old = rig.platform.socket;
  rig.platform.wake(true);
  await settle();
  expect([old.closeCode, rig.room.state, rig.server.joins]).toEqual([3000, "joined", 1]);
});

test("[CL104] a program that leaves when it hears of the loss is out", async () => {
  const { platform, room } = await joined();
  room.on("state-changed", (state) => state === "waiting" && room.leave());
  platform.wake(true);
  await platform.pass(60_000);
  expect([room.state, platform.sockets.length, platform.timerCount, platform.wakerCount]).toEqual(["left", 1, 0, 0]);
});

test("[CL104] of what a browser tells, only that it is online is another network", () => {
  const [page, tab] = [Object.assign(new EventTarget(), { visibilityState: "hidden" }), new EventTarget()];
  vi.stubGlobal("document", page);
  vi.stubGlobal("window", tab);
  onTestFinished(() => void vi.unstubAllGlobals());
  const told: boolean[] = [];
  const stop = browserPlatform.onWake((isNetworkNew) => told.push(isNetworkNew));
  const tell = (...names: string[]) => {
    for (const name of names) tab.dispatchEvent(new Event(name));
    return told.splice(0);
  };
  expect(tell("visibilitychange")).toEqual([]);
  page.visibilityState = "visible";
  expect(tell("visibilitychange", "offline", "pageshow", "resume")).toEqual([false, false, false, false]);
  expect(tell("online")).toEqual([true]);
  stop();
  expect(tell("visibilitychange", "online", "resume")).toEqual([]);
});

test("[CL64] a page that wakes up again and again gives a dead socket up no later", async () => {
  const { platform, room } = await joined();
  for (let round = 0; round < 5; round += 1) {
    platform.wake();
    await platform.pass(answerMs / 4);
  }
  expect(room.lastError?.code).toBe("silent");
});

test("[CL64] a socket on which much comes is never asked", async () => {
  const { platform } = await joined();
  for (let round = 0; round < 10; round += 1) {
    await platform.pass(quietMs - 1);
    platform.socket.receive({ type: "speakers", peers: [] });
  }
  expect(sentTypes({ platform })).toEqual(["join", "offer"]);
});

test("[CL64] its own probe is no data for the program", async () => {
  const { platform, room } = await joined();
  const data: unknown[] = [];
  room.on("data", ({ payload }) => data.push(payload));
  platform.socket.receive(
    { type: "data", from: "me1", topic: "signalbox.probe", payload: null },
    { type: "data", from: "ada", payload: 1 },
  );
  expect(data).toEqual([1]);
});

test("[CL65] a session that the server kept goes on with its peer connection", async () => {
  const rig = await joinedToResume();
  void rig.room.publish(track());
  await settle();
  rig.platform.socket.drop();
  await rig.platform.pass(1_000);
  expect(rig.room.state).toBe("joined");
  expect(rig.room.id).toBe("me1");
  expect(rig.server.joins).toBe(1);
  expect(rig.platform.connections).toHaveLength(1);
  // What became of the last offer is not known: it is made again.
  expect(sentTypes(rig)).toEqual(["resume", "offer"]);
});

test("[CL65] what was changed while there was no socket is told when the session goes on", async () => {
  const rig = make();
  rig.server.extra = { resume: "token" };
  rig.server.resumes = "same";
  rig.server.peers = [ada];
  const done = rig.room.join();
  await rig.platform.pass(0);
  await done;
  const published = rig.room.publish(track());
  await settle();
  rig.platform.socket.receive({ type: "track-published", peer: "me1", mid: "2", track: { ...camera, id: "mine" } });
  const local = await published;
  rig.platform.socket.drop();
  await local.mute();
  rig.room.peers.get("ada")?.trackOf("camera")?.unsubscribe();
  rig.room.setMetadata("away");
  await rig.platform.pass(1_000);
  expect(rig.platform.socket.sent.map(({ ref: _, sdp: __, ...message }) => message)).toEqual([
    { type: "resume", token: "token" },
    expect.objectContaining({ type: "unsubscribe", track: "t1" }),
    { type: "metadata", metadata: "away" },
    { type: "mute", track: "mine", muted: true },
    expect.objectContaining({ type: "offer" }),
  ]);
});

test("[CL65] a session whose peer connection is gone gets a new one under the same id", async () => {
  const rig = make();
  rig.server.extra = { resume: "token" };
  rig.server.resumes = "fresh";
  const done = rig.room.join();
  await rig.platform.pass(0);
  await done;
  rig.platform.socket.drop();
  await rig.platform.pass(1_000);
  expect([rig.room.id, rig.server.joins, rig.platform.connections.length]).toEqual(["me1", 1, 2]);
});

test.each(["same", "fresh"] as const)("[CL103] a socket that is given up says no goodbye (%s)", async (resumes) => {
  const rig = make();
  rig.server.extra = { resume: "token" };
  rig.server.resumes = resumes;
  const done = rig.room.join();
  await rig.platform.pass(0);
  await done;
  const silent = rig.platform.socket;
  await rig.platform.pass(quietMs + answerMs);
  expect([silent.isClosedByClient, silent.closeCode]).toEqual([true, 3000]);
  // One that does not say whether it has the session.
  const answering = rig.platform.onSocket;
  rig.platform.onSocket = (socket) => queueMicrotask(() => socket.open());
  const count = rig.platform.sockets.length;
  rig.platform.socket.drop();
  await rig.platform.pass(11_000);
  const late = rig.platform.sockets[count];
  expect([late?.sent.map(({ type }) => type), late?.closeCode]).toEqual([["resume"], 3000]);
  rig.platform.onSocket = answering;
  await rig.platform.pass(30_000);
  expect(rig.room.state).toBe("joined");
  const last = rig.platform.socket;
  rig.room.leave();
  expect(last.closeCode).toBe(1000);
});

test("[CL65] a session that the server no longer has is joined anew on the same socket", async () => {
  const rig = make();
  rig.server.extra = { resume: "token" };
  const done = rig.room.join();
  await rig.platform.pass(0);
  await done;
  rig.platform.socket.drop();
  await rig.platform.pass(1_000);
  expect(sentTypes(rig).slice(0, 2)).toEqual(["resume", "join"]);
  expect(rig.room.id).toBe("me2");
});

test("[CL66] after a new join all is published, opened, muted and wished for again, and only changes are told", async () => {
  const rig = make({ name: "Grace", metadata: 1, token: async () => `token ${rig.server.joins}` });
  const { platform, server, room, told } = rig;
  server.peers = [ada, { ...ada, id: "bob", tracks: [] }];
  const done = room.join();
  await platform.pass(0);
  await done;
  const published = room.publish(track(), { source: "camera", name: "front" });
  await settle();
  platform.socket.receive({ type: "track-published", peer: "me1", mid: "2", track: { ...camera, id: "mine" } });
  const local = await published;
  expect(local.id).toBe("mine");
  await local.mute();
  room.openChannel("chat");
  room.peers.get("ada")?.trackOf("camera")?.setLayer("q");
  room.setMetadata(2);
  expect(told).toEqual(["ada joined", "t1 published", "bob joined"]);
  const before = room.peers.get("ada");

  server.peers = [ada, { ...ada, id: "me1", tracks: [] }, { ...ada, id: "cat", tracks: [] }];
  platform.socket.drop();
  await platform.pass(1_000);
  expect(platform.socket.sent[0]).toMatchObject({ type: "join", name: "Grace", metadata: 2, token: "token 1" });
  expect(sentTypes(rig)).not.toContain("metadata");
  expect(platform.socket.sent).toContainEqual(
    expect.objectContaining({ type: "offer", tracks: { 0: { source: "camera", name: "front" } } }),
  );
  expect(platform.socket.sent).toContainEqual({ type: "subscribe", track: "t1", layer: "q" });
  expect(platform.connection.channels.map(({ label }) => label)).toEqual(["chat"]);
  // The server does not know yet that the one who I was is gone.
  expect(told.slice(3)).toEqual(["bob left", "cat joined"]);
  expect(room.peers.get("ada")).toBe(before);
  expect(local.id).toBeNull();
  platform.socket.receive({ type: "track-published", peer: "me2", mid: "0", track: { ...camera, id: "mine2" } });
  expect(local.id).toBe("mine2");
  expect(platform.socket.sent.at(-1)).toEqual({ type: "mute", track: "mine2", muted: true });
});

test("[CL65] a session is not given up because a node had no place or its socket was lost", async () => {
  const rig = await joinedToResume();
  rig.platform.onSocket = (socket) => {
    socket.onSent = () => socket.drop(1012);
    queueMicrotask(() => socket.open());
  };
  rig.platform.socket.drop();
  await rig.platform.pass(2_000);
  expect(rig.server.joins).toBe(1);
  const again = new FakeServer(rig.platform);
  again.joins = 1;
  again.resumes = "same";
  await rig.platform.pass(15_000);
  expect([rig.room.state, rig.room.id, again.joins]).toEqual(["joined", "me1", 1]);
});

test("[CL66] who left and joins again is somebody new", async () => {
  const rig = make();
  rig.server.extra = { resume: "token" };
  rig.server.resumes = "same";
  for (let round = 0; round < 2; round += 1) {
    const done = rig.room.join();
    await rig.platform.pass(0);
    await done;
    rig.room.leave();
  }
  expect(sentTypes(rig)[0]).toBe("join");
});

test("[CL66] nothing that comes right behind the answer to the first join is missed by who awaits it", async () => {
  const rig = make();
  const { platform, room } = rig;
  const answer = platform.onSocket;
  platform.onSocket = (socket) => {
    answer(socket);
    const reply = socket.onSent;
    socket.onSent = (message) => {
      reply(message);
      if (message.type === "join") socket.receive({ type: "data", from: "ada", payload: "early" });
    };
  };
  const heard: unknown[] = [];
  const listening = room.join().then(() => room.on("data", ({ payload }) => heard.push(payload)));
  await platform.pass(0);
  await listening;
  expect(heard).toEqual(["early"]);
});

test("[CL66] leaving ends everything: no timer, no listener, no socket", async () => {
  const { platform, room } = await joined({ statsIntervalMs: 1_000 });
  const pending = room.publish(track());
  await settle();
  room.leave();
  await expect(pending).rejects.toMatchObject({ code: "aborted" });
  expect(platform.socket.sent.at(-1)).toEqual({ type: "leave" });
  expect(platform.connection.signalingState).toBe("closed");
  await platform.pass(60_000);
  expect([platform.timerCount, platform.wakerCount, platform.sockets.length]).toEqual([0, 0, 1]);
});

test("[CL66] what the server says late of who I was is about nobody", async () => {
  const { platform, told, room } = await joined();
  platform.socket.drop();
  await platform.pass(1_000);
  expect(room.id).toBe("me2");
  const ghost = { ...ada, id: "me1", tracks: [] };
  platform.socket.receive(
    { type: "peer-updated", peer: ghost },
    { type: "track-published", peer: "me1", track: camera },
    { type: "peer-left", peer: "me1", reason: "timeout" },
  );
  expect([room.state, room.peers.size, told]).toEqual(["joined", 0, []]);
});

test("[CL66] leaving while joining ends the join", async () => {
  const { platform, room } = make();
  platform.onSocket = () => undefined;
  const done = room.join();
  const outcome = expect(done).rejects.toBeInstanceOf(ClientError);
  room.leave();
  await outcome;
  expect(room.state).toBe("left");
});

test("[CL67] a node that drains is left for another one, and the old connection goes on until the new one works", async () => {
  const { platform, room, server, states, told } = await joined();
  await settle();
  server.peers = [ada];
  server.extra = { resume: "token" };
  server.resumes = "fresh";
  const [old, oldSocket] = [platform.connection, platform.socket];
  platform.socket.receive({ type: "migrate", resume: "moving", deadline: 1 });
  await settle();
  expect(platform.sockets).toHaveLength(2);
  expect(platform.socket.sent[0]).toMatchObject({ type: "resume", token: "moving" });
  expect(oldSocket.isClosedByClient).toBe(true);
  expect(platform.connections).toHaveLength(2);
  expect(old.signalingState).not.toBe("closed");
  platform.connection.connectionBecame("connected");
  await platform.pass(5_000);
  expect(old.signalingState).toBe("closed");
  expect(room.state).toBe("joined");
  expect(states).toEqual(["connecting", "joining", "joined", "joined"].slice(0, states.length));
  expect(told).toEqual(["ada joined", "t1 published"]);
});

test("[CL67] what is received changes over with the first packets of the new connection, without a gap", async () => {
  const rig = make();
  const { platform, server, room } = rig;
  server.peers = [ada];
  server.extra = { resume: "token" };
  server.resumes = "fresh";
  const done = room.join();
  await platform.pass(0);
  await done;
  const carried = { type: "offer", sdp: "o", tracks: { 0: { peer: "ada", track: "t1" } } };
  platform.socket.receive(carried);
  await settle();
  const [old] = platform.connections;
  const remote = room.peers.get("ada")?.trackOf("camera");
  expect(remote?.mediaStreamTrack).toBe(old?.transceivers[0]?.receiver.track);
  const told: string[] = [];
  room.on("track-started", () => told.push("started"));
  room.on("track-stopped", () => told.push("stopped"));
  platform.socket.receive({ type: "migrate", resume: "moving", deadline: 1 });
  await settle();
  const next = platform.connection.transceivers[0]?.receiver.track;
  if (next !== undefined) next.muted = true;
  platform.socket.receive(carried);
  await settle();
  expect(remote?.mediaStreamTrack).toBe(old?.transceivers[0]?.receiver.track);
  next?.dispatchEvent(new Event("unmute"));
  expect(remote?.mediaStreamTrack).toBe(next);
  platform.connection.connectionBecame("connected");
  await platform.pass(5_000);
  expect([old?.signalingState, remote?.mediaStreamTrack === (next as unknown), told]).toEqual([
    "closed",
    true,
    ["started"],
  ]);
});

test("[CL67] a move that does not work leaves everything as it was", async () => {
  const { platform, room, server } = await joined();
  server.resumes = "not";
  platform.socket.receive({ type: "migrate", resume: "moving", deadline: 1 });
  await settle();
  expect(room.state).toBe("joined");
  expect(platform.sockets[0]?.isClosedByClient).toBe(false);
});

test("[CL66] an element that is attached when its track is published plays before and after a reconnect, and is the only one", async () => {
  const { platform, room, server } = make();
  vi.stubGlobal("MediaStream", class {});
  onTestFinished(() => void vi.unstubAllGlobals());
  server.peers = [ada];
  const elements: { srcObject: unknown }[] = [];
  room.on("track-published", (remote) => {
    const element = { srcObject: null, setAttribute: () => undefined, play: async () => undefined };
    elements.push(remote.attach(element as unknown as HTMLMediaElement));
  });
  const done = room.join();
  await platform.pass(0);
  await done;
  const sources: unknown[] = [];
  for (let round = 0; round < 2; round += 1) {
    platform.socket.receive({ type: "offer", sdp: "o", tracks: { 0: { peer: "ada", track: "t1" } } });
    await settle();
    sources.push(elements[0]?.srcObject);
    platform.socket.drop();
    await platform.pass(1_000);
  }
  expect(elements).toHaveLength(1);
  expect(sources).not.toContain(null);
  expect(sources[0]).not.toBe(sources[1]);
});
