import { expect, test } from "vitest";
import type { Room, RoomMember, ServerMember } from "../../actors/room_application.ts";
import { codeOf } from "../kit/code_of.ts";
import { eventually } from "../kit/eventually.ts";
import { FakeRemoteTrack } from "../kit/fake_media.ts";
import { type SupervisorSetup, startSupervisor } from "./start_supervisor.ts";

const boom = new Error("boom");
function explode(): never {
  throw boom;
}

/** A supervisor whose program keeps the last room that was opened; `set` is what it does with it. */
function startProgram(set: (room: Room) => void = () => undefined, setup: SupervisorSetup = {}) {
  let opened: Room | undefined;
  const supervision = startSupervisor({
    ...setup,
    application: {
      roomOpened(room) {
        opened = room;
        set(room);
      },
    },
  });
  return {
    ...supervision,
    get room(): Room {
      if (opened === undefined) throw new Error("No room was opened");
      return opened;
    },
  };
}

const nameOf = ({ id, name }: RoomMember): string => `${id} ${name}`;

/** Writes down everything that a room tells its program. */
function writeDown(room: Room, lines: string[]): void {
  lines.push(`room ${room.name} ${room.members.size}`);
  room.onmemberjoined = (member) => lines.push(`joined ${nameOf(member)} ${room.members.get(member.id) === member}`);
  room.onmemberleft = (member, reason) => lines.push(`left ${nameOf(member)} ${reason} ${room.members.has(member.id)}`);
  room.onmemberupdated = (member) => lines.push(`updated ${member.id} ${JSON.stringify(member.metadata)}`);
  room.ontrackpublished = ({ id, source, member }) => lines.push(`published ${id} ${source} ${member.tracks.has(id)}`);
  room.ontrackupdated = ({ id, muted }) => lines.push(`track ${id} ${muted ? "muted" : "unmuted"}`);
  room.ontrackunpublished = ({ id, member }) => lines.push(`unpublished ${id} ${member.tracks.has(id)}`);
  room.ondata = ({ from, topic, payload }) => lines.push(`data ${from.id} ${topic} ${JSON.stringify(payload)}`);
  room.onspeakers = (speakers) => lines.push(`speakers ${speakers.map(({ member }) => member.id)}`);
  room.onclose = () => lines.push("closed");
}

test("[RM60] a program is told of all that happens in a room", async () => {
  const lines: string[] = [];
  const { openClient, engines, tick } = startProgram((room) => writeDown(room, lines));
  const [ada, bob] = [openClient(), openClient()];
  await ada.join("atrium", { name: "Ada" });
  await bob.join("atrium", { name: "Bob" });
  ada.say({ type: "metadata", metadata: 1 });
  await ada.connect();
  const track = engines.last.addRemoteTrack({ mid: "0" });
  ada.say({ type: "mute", track: "client-1-t1", muted: true });
  ada.say({ type: "mute", track: "client-1-t1", muted: false });
  ada.say({ type: "data", topic: "chat", payload: [1] });
  ada.say({ type: "data", to: [bob.id], payload: "x" });
  track.level = 0.5;
  for (let nowMs = 0; nowMs < 500; nowMs += 100) tick(nowMs);
  track.end();
  engines.last.addRemoteTrack({ mid: "1" });
  ada.say({ type: "leave" });
  bob.end();
  await eventually(() => lines.includes("closed"), { what: "the room to close" });
  expect(lines).toEqual([
    "room atrium 0",
    "joined client-1 Ada true",
    "joined client-2 Bob true",
    "updated client-1 1",
    "published client-1-t1 microphone true",
    "track client-1-t1 muted",
    "track client-1-t1 unmuted",
    "data client-1 chat [1]",
    'data client-1 null "x"',
    "speakers client-1",
    "unpublished client-1-t1 false",
    "published client-1-t2 microphone true",
    "unpublished client-1-t2 false",
    "left client-1 Ada left false",
    "left client-2 Bob left false",
    "closed",
  ]);
});

test("[RM60] a program gets at the session of a member and at the track itself", async () => {
  const sessions: unknown[] = [];
  const program = startProgram();
  const { openClient, engines } = program;
  const ada = openClient();
  await ada.join();
  await ada.connect();
  const track = engines.last.addRemoteTrack({ mid: "0" });
  const member = program.room.members.get(ada.id);
  sessions.push(member?.session?.id, member?.state);
  expect(sessions).toEqual([ada.id, "connected"]);
  expect([...(member?.tracks.values() ?? [])].map(({ remoteTrack }) => remoteTrack)).toEqual([track]);
});

test("[RM61] a member that the program removes is told why, and the others that it was kicked", async () => {
  const program = startProgram();
  const [ada, bob] = [program.openClient(), program.openClient()];
  await ada.join();
  await bob.join();
  bob.take();
  const member = program.room.members.get(ada.id);
  member?.remove("spam");
  member?.remove("again");
  expect(ada.take().at(-1)).toEqual({ type: "peer-left", peer: ada.id, reason: "kicked", message: "spam" });
  expect(bob.take()).toEqual([{ type: "peer-left", peer: ada.id, reason: "kicked" }]);
  ada.say({ type: "data", payload: 1 });
  expect(ada.take()).toMatchObject([{ code: "not-joined" }]);
});

test("[RM61] a room that the program closes puts everybody out, with the reason", async () => {
  const lines: string[] = [];
  const program = startProgram((room) => writeDown(room, lines));
  const { supervisor } = program;
  const [ada, bob] = [program.openClient(), program.openClient()];
  await ada.join();
  await bob.join();
  const { room } = program;
  room.close("good night");
  expect(supervisor.roomCount).toBe(0);
  for (const client of [ada, bob]) {
    expect(client.take().at(-1)).toEqual({
      type: "peer-left",
      peer: client.id,
      reason: "kicked",
      message: "good night",
    });
  }
  expect(lines.slice(-3)).toEqual(["left client-1  kicked false", "left client-2  kicked false", "closed"]);
  room.close();
  expect(codeOf(() => room.join())).toBe("bad-state");
  await ada.join();
  expect(program.room).not.toBe(room);
});

const faults: Readonly<Record<string, (room: Room) => void>> = {
  onmemberjoined: (room) => {
    room.onmemberjoined = ({ name }) => name === "Ada" && explode();
  },
  onmemberupdated: (room) => {
    room.onmemberupdated = explode;
  },
  ontrackpublished: (room) => {
    room.ontrackpublished = explode;
  },
  ontrackupdated: (room) => {
    room.ontrackupdated = explode;
  },
  ondata: (room) => {
    room.ondata = explode;
  },
  ondatachannel: (room) => {
    room.ondatachannel = explode;
  },
};

test.each(Object.entries(faults))(
  "[RM62] a handler %s that throws costs its member the room, and nobody else",
  async (_, set) => {
    const program = startProgram(set);
    const { openClient, engines, log, supervisor } = program;
    const [ada, bob] = [openClient(), openClient()];
    await bob.join("atrium", { name: "Bob" });
    await ada.connect();
    await ada.join("atrium", { name: "Ada" });
    ada.say({ type: "metadata", metadata: 1 });
    engines.last.addRemoteTrack({ mid: "0" });
    ada.say({ type: "mute", track: "client-1-t1", muted: true });
    ada.say({ type: "data", payload: 1 });
    engines.last.openChannel("x");
    expect(await bob.next("peer-left")).toEqual({ type: "peer-left", peer: ada.id, reason: "kicked" });
    const told = ada.take();
    expect(told.filter((each) => each.type === "error" && each.code === "room-crashed")).toHaveLength(1);
    expect(told.filter(({ type }) => type === "peer-left")).toEqual([
      { type: "peer-left", peer: ada.id, reason: "kicked", message: "room-crashed" },
    ]);
    expect(log.errors).toMatchObject([
      { event: "application failed", fields: { room: "atrium", member: ada.id, error: boom } },
    ]);
    expect([supervisor.roomCount, supervisor.peerCount]).toEqual([1, 1]);
    expect([...program.room.members.keys()]).toEqual([bob.id]);
  },
);

const endFaults: Readonly<Record<string, (room: Room) => void>> = {
  onmemberleft: (room) => {
    room.onmemberleft = explode;
  },
  ontrackunpublished: (room) => {
    room.ontrackunpublished = explode;
  },
  onspeakers: (room) => {
    room.onspeakers = explode;
  },
  onclose: (room) => {
    room.onclose = explode;
  },
};

test.each(Object.entries(endFaults))(
  "[RM62] a handler %s that throws is logged, and that is all",
  async (name, set) => {
    const program = startProgram(set);
    const { openClient, engines, log, supervisor, tick } = program;
    const [ada, bob] = [openClient(), openClient()];
    await bob.join();
    await ada.connect();
    await ada.join();
    const track = engines.last.addRemoteTrack({ mid: "0" });
    track.level = 0.5;
    for (let nowMs = 0; nowMs < 500; nowMs += 100) tick(nowMs);
    ada.say({ type: "leave" });
    expect(await bob.next("peer-left")).toMatchObject({ reason: "left" });
    expect(supervisor.roomCount).toBe(1);
    if (name === "onclose") bob.say({ type: "leave" });
    expect(log.errors).toMatchObject([{ event: "application failed", fields: { room: "atrium", error: boom } }]);
    expect(ada.take().some(({ type }) => type === "error")).toBe(false);
  },
);

test("[RM62] a program that throws in roomOpened loses that room, and the join with it", async () => {
  const { openClient, log, supervisor } = startProgram(explode);
  const ada = openClient();
  ada.say({ type: "join", room: "atrium", ref: 1 });
  expect(await ada.next("error")).toMatchObject({ code: "room-crashed", ref: 1 });
  expect(log.errors).toMatchObject([{ event: "room failed", fields: { room: "atrium", error: boom } }]);
  expect(supervisor.roomCount).toBe(0);
  ada.say({ type: "data", payload: 1 });
  expect(await ada.next("error")).toMatchObject({ code: "not-joined" });
});

test("[RM81] what a member sends to itself alone comes back to it and is nothing to the program", async () => {
  const lines: string[] = [];
  const { openClient } = startProgram((room) => writeDown(room, lines));
  const [ada, bob] = [openClient(), openClient()];
  await ada.join();
  await bob.join();
  lines.length = 0;
  ada.say({ type: "data", to: [ada.id, ada.id], payload: "mine" });
  ada.say({ type: "data", to: [ada.id, bob.id], payload: "ours" });
  ada.say({ type: "data", to: [bob.id], payload: "yours" });
  ada.say({ type: "data", to: [], payload: "the program's" });
  for (const payload of ["mine", "ours"]) expect(await ada.next("data")).toMatchObject({ from: ada.id, payload });
  const told = ["ours", "yours", "the program's"].map((payload) => `data ${ada.id} null "${payload}"`);
  expect(lines).toEqual(told);
});

test("[RM63] a channel of another protocol is the program's", async () => {
  const told: string[] = [];
  const { openClient, engines } = startProgram((room) => {
    room.ondatachannel = (channel, member) => {
      channel.onmessage = (data) => told.push(`${member.id} ${channel.label} ${data}`);
    };
  });
  const ada = openClient();
  await ada.join();
  await ada.connect();
  const [other, own] = [engines.last.openChannel("game", "mine"), engines.last.openChannel("x", "signalbox.room")];
  other.onmessage?.("hello");
  own.onmessage?.("hello");
  expect(told).toEqual([`${ada.id} game hello`]);
  expect(other.readyState).toBe("open");
});

/** A room with a member on the server from the start, and one client. */
async function startServerMember(setup: SupervisorSetup = {}) {
  const members: ServerMember[] = [];
  const program = startProgram((room) => {
    members.push(room.join({ name: "Bot", metadata: { kind: "bot" } }));
  }, setup);
  const ada = program.openClient();
  ada.say({ type: "join", room: "atrium" });
  const joined = await ada.next("joined");
  ada.take();
  const bot = members[0] as ServerMember;
  return { program, ada, bot, joined };
}

test("[RM64] a member on the server is a peer as any other", async () => {
  const { program, ada, bot, joined } = await startServerMember();
  expect(joined).toMatchObject({
    peers: [{ id: bot.id, name: "Bot", metadata: { kind: "bot" }, state: "connected", tracks: [] }],
  });
  expect(bot.room).toBe(program.room);
  expect([...program.room.members.values()].map(({ id, session }) => [id, session?.id ?? null])).toEqual([
    [bot.id, null],
    [ada.id, ada.id],
  ]);
  bot.leave();
  expect(ada.take()).toEqual([{ type: "peer-left", peer: bot.id, reason: "left" }]);
});

test("[RM64] a member on the server sends data and gets those that are for it", async () => {
  const { program, ada, bot } = await startServerMember();
  const { supervisor } = program;
  const told: unknown[] = [];
  bot.ondata = ({ from, topic, payload }) => told.push([from.id, topic, payload]);
  const bob = program.openClient();
  await bob.join();
  ada.say({ type: "data", payload: "all" });
  ada.say({ type: "data", payload: "bot", topic: "t", to: [bot.id] });
  ada.say({ type: "data", payload: "bob", to: [bob.id] });
  expect(told).toEqual([
    [ada.id, null, "all"],
    [ada.id, "t", "bot"],
  ]);
  ada.take();
  const payload = { n: 1 };
  bot.sendData(payload, { topic: "x" });
  payload.n = 2;
  bot.sendData("only bob", { to: [bob.id, "nobody"] });
  expect(ada.take()).toEqual([{ type: "data", from: bot.id, topic: "x", payload: { n: 1 } }]);
  expect(() => bot.sendData(1n)).toThrow(TypeError);
  expect(supervisor.roomCount).toBe(1);
});

test("[RM64] a member on the server keeps no room alive, and is told when it is over", async () => {
  const { program, ada, bot } = await startServerMember();
  const { supervisor } = program;
  let closeCount = 0;
  bot.onclose = () => {
    closeCount += 1;
  };
  const channel = bot.openChannel("chat");
  ada.say({ type: "leave" });
  expect([supervisor.roomCount, closeCount]).toEqual([0, 1]);
  for (const use of [
    () => bot.sendData(1),
    () => bot.openChannel("x"),
    () => bot.publish(new FakeRemoteTrack()),
    () => channel.send("x"),
  ]) {
    expect(codeOf(use)).toBe("bad-state");
  }
  bot.leave();
  expect(closeCount).toBe(1);
});

test("[RM64] a member on the server takes part in room channels", async () => {
  const { program, ada, bot } = await startServerMember();
  await ada.connect();
  const theirs = program.engines.last.openChannel("chat", "signalbox.room");
  const told: unknown[] = [];
  const ours = bot.openChannel("chat");
  ours.onmessage = (data, from) => told.push([from, data]);
  theirs.onmessage?.("hello");
  ours.send("hi");
  expect([told, theirs.sent]).toEqual([[[ada.id, "hello"]], [`${bot.id}\nhi`]]);
  ours.close();
  theirs.onmessage?.("again");
  expect(told).toHaveLength(1);
  expect(codeOf(() => ours.send("x"))).toBe("bad-state");
});

test("[RM65] a member on the server publishes tracks of other peers, and withdraws them", async () => {
  const { program, ada, bot } = await startServerMember({ limits: { maxTracksPerPeer: 1 } });
  const remoteTrack = new FakeRemoteTrack({ kind: "video", layers: ["q"] });
  const onended = () => undefined;
  remoteTrack.onended = onended;
  await ada.connect();
  ada.take();
  const published = bot.publish(remoteTrack, { source: "screen", name: "slides" });
  const track = { id: published.id, kind: "video", source: "screen", name: "slides", muted: false, layers: ["q"] };
  expect(ada.take()).toEqual([{ type: "track-published", peer: bot.id, track }]);
  expect(program.engines.last.sentTracks.map((sent) => sent.track)).toEqual([remoteTrack]);
  expect(codeOf(() => bot.publish(remoteTrack))).toBe("too-many-tracks");
  published.unpublish();
  published.unpublish();
  expect(ada.take()).toEqual([{ type: "track-unpublished", peer: bot.id, track: published.id }]);
  expect(program.engines.last.sentTracks.map(({ state }) => state)).toEqual(["stopped"]);
  expect(remoteTrack.onended).toBe(onended);
  expect(bot.publish(remoteTrack).id).not.toBe(published.id);
});

test("[RM65] a track that a member publishes may go to any peer of the node", async () => {
  const { program, ada } = await startServerMember();
  const { engines, openClient } = program;
  await ada.connect();
  const track = engines.last.addRemoteTrack({ mid: "0" });
  const bob = openClient();
  await bob.join("cellar");
  await bob.connect();
  const bot = program.room.join();
  const [published] = [...(program.room.members.values() ?? [])];
  expect(published?.id).toBeDefined();
  bot.publish(track);
  expect(engines.last.sentTracks.map((sent) => sent.track)).toEqual([track]);
});

test("[RM71] a track is published once in a room: again it is refused, whoever publishes it", async () => {
  const { program, ada, bot } = await startServerMember();
  await ada.connect();
  const own = program.engines.last.addRemoteTrack({ mid: "0" });
  const other = new FakeRemoteTrack();
  expect(codeOf(() => bot.publish(own))).toBe("bad-state");
  const published = bot.publish(other);
  expect(codeOf(() => program.room.join().publish(other))).toBe("bad-state");
  published.unpublish();
  expect(codeOf(() => bot.publish(other))).toBe("nothing");
  expect(own.onended).not.toBe(null);
});

test("[RM71] the track of a client that joins is its own, whoever published it in the room before", async () => {
  const { program, bot } = await startServerMember();
  const bob = program.openClient();
  await bob.connect();
  const track = program.engines.last.addRemoteTrack();
  const published = bot.publish(track);
  const told: string[] = [];
  program.room.ontrackunpublished = ({ id }) => told.push(`- ${id}`);
  program.room.ontrackpublished = ({ id, member }) => told.push(`+ ${member.id} ${id}`);
  await bob.join();
  expect(told).toEqual([`- ${published.id}`, `+ ${bob.id} ${bob.id}-t1`]);
  published.unpublish();
  track.level = 0.5;
  for (let ms = 0; ms < 2_000; ms += 100) program.tick(ms);
  expect(bob.take().findLast(({ type }) => type === "speakers")).toMatchObject({ peers: [{ peer: bob.id }] });
});

test("[RM71] of a track that is in two rooms both hear who speaks", async () => {
  const { program, ada, bot } = await startServerMember();
  const bob = program.openClient();
  await bob.join("cellar");
  await bob.connect();
  const track = program.engines.last.addRemoteTrack();
  const take = track.takeAudioLevel.bind(track);
  track.takeAudioLevel = () => {
    const level = take();
    track.level = 0;
    return level;
  };
  bot.publish(track);
  for (let ms = 0; ms < 1_000; ms += 100) {
    track.level = 0.5;
    program.tick(ms);
  }
  for (const [client, peer] of [
    [ada, bot.id],
    [bob, bob.id],
  ] as const) {
    const last = client.take().findLast(({ type }) => type === "speakers");
    expect(last).toMatchObject({ peers: [{ peer }] });
  }
  for (let ms = 1_000; ms < 4_000; ms += 100) program.tick(ms);
  for (const client of [ada, bob]) expect(client.take().at(-1)).toEqual({ type: "speakers", peers: [] });
});

test("[RM66] a full room has no place for a member on the server", async () => {
  const { program, bot } = await startServerMember({ limits: { maxRoomPeers: 2 } });
  expect(codeOf(() => program.room.join())).toBe("room-full");
  bot.leave();
  expect(codeOf(() => program.room.join())).toBe("nothing");
  expect(codeOf(() => program.room.join())).toBe("room-full");
});

test.each(["ondata", "onclose"] as const)(
  "[RM62] a member on the server whose %s throws is out, and nobody else",
  async (name) => {
    const { program, ada, bot } = await startServerMember();
    bot[name] = explode;
    if (name === "ondata") ada.say({ type: "data", payload: 1 });
    else bot.leave();
    expect(ada.take().map(({ type }) => type)).toEqual(["peer-left"]);
    expect([...program.room.members.keys()]).toEqual([ada.id]);
    expect(program.log.errors).toMatchObject([{ event: "application failed", fields: { member: bot.id } }]);
  },
);
