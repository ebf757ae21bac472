import { describe, expect, test } from "vitest";
import type { Room, RoomMember, ServerMember } from "../../actors/room_application.ts";
import { codeOf } from "../kit/code_of.ts";
import { FakeRemoteTrack } from "../kit/fake_media.ts";
import { tokenOf } from "./start_cluster.ts";
import { allNext, settle, shapes, startShape, told, until } from "./start_shape.ts";
import type { FakeClient } from "./start_supervisor.ts";

// What is so of a room, whether it is on one node or on several: clients are spread over the nodes, each of which has a program.

const infoOf = (client: FakeClient, more: object = {}) => ({
  id: client.id,
  name: "",
  metadata: null,
  state: "connected",
  tracks: [],
  ...more,
});

const nameOf = ({ id, name }: RoomMember): string => `${id} ${name}`;

/** Writes down what a room tells its program. */
function writeDown(room: Room, lines: string[]): void {
  room.onmemberjoined = (member) => lines.push(`joined ${nameOf(member)} ${room.members.get(member.id) === member}`);
  room.onmemberleft = (member, reason) => lines.push(`left ${nameOf(member)} ${reason} ${room.members.has(member.id)}`);
  room.onmemberupdated = ({ id, metadata, state }) => lines.push(`updated ${id} ${JSON.stringify(metadata)} ${state}`);
  room.ontrackpublished = ({ id, source, member }) => lines.push(`published ${id} ${source} ${member.tracks.has(id)}`);
  room.ontrackupdated = ({ id, muted }) => lines.push(`track ${id} ${muted ? "muted" : "unmuted"}`);
  room.ontrackunpublished = ({ id, member }) => lines.push(`unpublished ${id} ${member.tracks.has(id)}`);
  room.ondata = ({ from, topic, payload }) =>
    topic !== "settle" && lines.push(`data ${from.id} ${topic} ${JSON.stringify(payload)}`);
  room.onspeakers = (speakers) => lines.push(`speakers ${speakers.map(({ member }) => member.id)}`);
  room.onclose = () => lines.push("closed");
}

describe.each(shapes)("a room on $shape", ({ nodeCount }) => {
  test("[XR40, RM21] who joins is told who is there, the others are told of it, and of each leave once", async () => {
    const { openClient } = await startShape(nodeCount);
    const [ada, bob, cy] = [openClient(), openClient(), openClient()];
    await ada.join("atrium", { name: "Ada", metadata: { hat: "red" } });
    await bob.join("atrium", { name: "Bob" });
    expect(told(bob, "joined")).toMatchObject([{ peers: [infoOf(ada, { name: "Ada", metadata: { hat: "red" } })] }]);
    expect(await ada.next("peer-joined")).toEqual({ type: "peer-joined", peer: infoOf(bob, { name: "Bob" }) });
    await cy.join();
    const [joined] = told(cy, "joined") as unknown as [{ peers: { id: string }[] }];
    expect(new Set(joined.peers.map(({ id }) => id))).toEqual(new Set([ada.id, bob.id]));
    expect(await allNext([ada, bob], "peer-joined")).toEqual(
      [ada, bob].map(() => ({ type: "peer-joined", peer: infoOf(cy) })),
    );
    for (const client of [ada, bob, cy]) client.take();
    ada.say({ type: "leave" });
    await allNext([bob, cy], "peer-left");
    await ada.join();
    await allNext([bob, cy], "peer-joined");
    bob.end();
    await allNext([ada, cy], "peer-left");
    const [toAda, toCy] = await settle([ada, cy]);
    expect(toAda?.map(({ type }) => type)).toEqual(["joined", "peer-left"]);
    expect(toCy).toEqual([
      { type: "peer-left", peer: ada.id, reason: "left" },
      { type: "peer-joined", peer: infoOf(ada) },
      { type: "peer-left", peer: bob.id, reason: "left" },
    ]);
  });

  test("[XR40, RM31] a room whose last client left is over on all nodes, and a new one knows nothing of it", async () => {
    const { fill, nodes, openClient } = await startShape(nodeCount);
    const [ada, bob] = (await fill({}, {})) as [FakeClient, FakeClient];
    bob.say({ type: "leave" });
    await ada.next("peer-left");
    ada.end();
    await until(() => nodes.every(({ supervisor }) => supervisor.roomCount === 0), "the room to end");
    for (const _ of nodes) {
      const eve = openClient();
      await eve.join();
      expect(told(eve, "joined")).toMatchObject([{ peers: [] }]);
      eve.say({ type: "leave" });
      await until(() => nodes.every(({ supervisor }) => supervisor.roomCount === 0), "the room to end");
    }
  });

  test("[XR40, RM24, RM25] data and metadata go to whom they are for, in order", async () => {
    const { fill } = await startShape(nodeCount);
    const [ada, bob, cy] = (await fill({ name: "Ada" }, {}, {})) as [FakeClient, FakeClient, FakeClient];
    for (let payload = 0; payload < 20; payload += 1) ada.say({ type: "data", payload });
    ada.say({ type: "data", payload: "ours", to: [ada.id, cy.id, cy.id], topic: "chat" });
    ada.say({ type: "metadata", metadata: "new" });
    ada.say({ type: "data", payload: "late", to: [bob.id, "nobody"], ref: 7 });
    const [toAda, toBob, toCy] = await settle([ada, bob, cy]);
    const data = Array.from({ length: 20 }, (_, payload) => ({ type: "data", from: ada.id, payload }));
    const updated = { type: "peer-updated", peer: infoOf(ada, { name: "Ada", metadata: "new" }) };
    const ours = { type: "data", from: ada.id, topic: "chat", payload: "ours" };
    expect(toBob).toEqual([...data, updated, { type: "data", from: ada.id, payload: "late" }]);
    expect(toCy).toEqual([...data, ours, updated]);
    expect(toAda).toMatchObject([ours, updated, { type: "error", code: "no-such-peer", ref: 7 }]);
  });

  test("[XR40, RM33] a room that is full takes nobody on any node, until somebody left", async () => {
    const { fill, openClient, nodes } = await startShape(nodeCount, { limits: { maxRoomPeers: 3 } });
    const [ada, bob, cy] = (await fill({}, {}, {})) as [FakeClient, FakeClient, FakeClient];
    for (const node of nodes) {
      const eve = openClient(node);
      eve.say({ type: "join", room: "atrium", ref: 2 });
      expect(await eve.next("error")).toEqual({
        type: "error",
        code: "room-full",
        message: 'Cannot join room "atrium": it holds 3 of 3 peers',
        ref: 2,
      });
    }
    expect(await settle([ada, bob, cy])).toEqual([[], [], []]);
    for (const { rooms } of nodes)
      for (const room of rooms.values()) expect(codeOf(() => room.join())).toBe("room-full");
    ada.say({ type: "leave" });
    await allNext([bob, cy], "peer-left");
    await ada.join();
    await allNext([bob, cy], "peer-joined");
  });

  test("[XR40, RU20] who lost its socket is away for everybody, and back", async () => {
    const { fill, openClient, nodeOf } = await startShape(nodeCount);
    const [ada, bob, cy] = (await fill({ name: "Ada" }, {}, {})) as [FakeClient, FakeClient, FakeClient];
    ada.end(1006);
    for (const client of [bob, cy]) {
      expect(await client.next("peer-updated")).toMatchObject({ peer: { id: ada.id, state: "reconnecting" } });
    }
    const back = openClient(nodeOf(ada));
    back.say({ type: "resume", token: tokenOf(ada) });
    const resumed = (await back.next("resumed")) as unknown as { peers: { id: string }[] };
    expect(new Set(resumed.peers.map(({ id }) => id))).toEqual(new Set([bob.id, cy.id]));
    for (const client of [bob, cy]) {
      expect(await client.next("peer-updated")).toMatchObject({ peer: { id: ada.id, state: "connected" } });
    }
    const [toBob, toCy] = await settle([bob, cy]);
    expect([toBob?.length, toCy?.length]).toEqual([2, 2]);
  });

  test("[XR40, RM26, RM27, RM28, RM45] tracks are told and sent to all, muted and renamed by their publisher, and end for all", async () => {
    const { fill, connect, relays } = await startShape(nodeCount);
    const [ada, bob, cy] = (await fill({}, {}, {})) as [FakeClient, FakeClient, FakeClient];
    const engines = [await connect(ada, { 0: { source: "camera" } }), await connect(bob), await connect(cy)] as const;
    const camera = engines[0].addRemoteTrack({ mid: "0", kind: "video", layers: ["q", "h"] });
    const { track } = (await ada.next("track-published")) as unknown as { track: { id: string } };
    const published = { kind: "video", source: "camera", name: "", muted: false, layers: ["q", "h"], id: track.id };
    expect(await allNext([bob, cy], "track-published")).toEqual(
      [bob, cy].map(() => ({ type: "track-published", peer: ada.id, track: published })),
    );
    const isSent = (count: number) =>
      engines.slice(1).every(({ sentTracks }) => {
        const live = sentTracks.filter(({ state }) => state !== "stopped");
        return live.length === count && live.every((sent) => relays.originOf(sent.track) === camera);
      });
    await until(() => isSent(1), "the camera to be sent to both others");
    expect(engines[0].sentTracks).toEqual([]);
    expect(engines[1].sentTracks[0]?.options).toMatchObject({ streamId: ada.id });
    await settle([ada, bob, cy]);
    bob.say({ type: "mute", track: track.id, muted: true, ref: 1 });
    expect(await bob.next("error")).toMatchObject({ code: "forbidden", ref: 1 });
    ada.say({ type: "mute", track: track.id, muted: true });
    const updates = await allNext([ada, bob, cy], "track-updated");
    for (const update of updates) expect(update).toMatchObject({ peer: ada.id, track: { id: track.id, muted: true } });
    await until(
      () =>
        engines
          .slice(1)
          .every(({ sentTracks }) => sentTracks.every((sent) => sent.track.muted || sent.state === "stopped")),
      "nothing of it to be passed on",
    );
    ada.say({ type: "mute", track: track.id, muted: false });
    await allNext([ada, bob, cy], "track-updated");
    ada.offer({ 0: { source: "screen", name: "slides" } });
    for (const update of await allNext([ada, bob, cy], "track-updated")) {
      expect(update).toMatchObject({ track: { source: "screen", name: "slides" } });
    }
    camera.end();
    for (const client of [bob, cy]) {
      expect(await client.next("track-unpublished")).toEqual({
        type: "track-unpublished",
        peer: ada.id,
        track: track.id,
      });
    }
    await until(() => isSent(0), "nothing to be sent any more");
  });

  test("[XR40, RM29, RM46] who subscribes by itself gets just that, in the layer asked for, and can let go of it", async () => {
    const { fill, connect, relays } = await startShape(nodeCount);
    const [ada, bob] = (await fill({}, { subscribe: "none" })) as [FakeClient, FakeClient];
    const [from, to] = [await connect(ada), await connect(bob)];
    const camera = from.addRemoteTrack({ mid: "0", kind: "video", layers: ["q", "h"] });
    const { track } = (await bob.next("track-published")) as unknown as { track: { id: string } };
    bob.say({ type: "subscribe", track: track.id, layer: "f", ref: 1 });
    expect(await bob.next("error")).toMatchObject({ code: "no-such-layer", ref: 1 });
    bob.say({ type: "subscribe", track: "none", ref: 2 });
    expect(await bob.next("error")).toMatchObject({ code: "no-such-track", ref: 2 });
    expect(to.sentTracks).toEqual([]);
    bob.say({ type: "subscribe", track: track.id, layer: "q" });
    await until(() => to.sentTracks.length === 1, "the camera to be sent");
    const [sent] = to.sentTracks;
    expect([sent && relays.originOf(sent.track), sent?.preferred]).toEqual([camera, ["q"]]);
    bob.say({ type: "unsubscribe", track: track.id });
    expect(sent?.state).toBe("stopped");
    bob.say({ type: "subscribe", track: track.id });
    await until(() => to.sentTracks.length === 2, "the camera to be sent again");
    ada.say({ type: "leave" });
    await bob.next("peer-left");
    await until(() => to.sentTracks.every(({ state }) => state === "stopped"), "nothing to be sent");
  });

  test("[XR40, RM48] what is said on a room channel reaches everybody else who has the channel", async () => {
    const { fill, connect } = await startShape(nodeCount);
    const [ada, bob, cy] = (await fill({}, {}, {})) as [FakeClient, FakeClient, FakeClient];
    const engines = [await connect(ada), await connect(bob), await connect(cy)] as const;
    const [from, ...others] = engines.map((engine) => engine.openChannel("chat", "signalbox.room"));
    const apart = engines.map((engine) => engine.openChannel("other", "signalbox.room"));
    from?.onmessage?.("hello");
    from?.onmessage?.("again");
    const said = [`${ada.id}\nhello`, `${ada.id}\nagain`];
    await until(() => others.every(({ sent }) => sent.length === 2), "both others to hear it");
    expect(others.map(({ sent }) => sent)).toEqual([said, said]);
    expect([from, ...apart].map((channel) => channel?.sent)).toEqual([[], [], [], []]);
  });

  test("[XR40, RM49] everybody is told who speaks", async () => {
    const { fill, connect, nodes } = await startShape(nodeCount);
    const [ada, bob, cy] = (await fill({}, {}, {})) as [FakeClient, FakeClient, FakeClient];
    const track = (await connect(bob)).addRemoteTrack({ mid: "0" });
    await allNext([ada, bob, cy], "track-published");
    let nowMs = 0;
    const pass = (ms: number) => {
      for (const untilMs = nowMs + ms; nowMs < untilMs; nowMs += 100) for (const node of nodes) node.tick(nowMs);
    };
    track.level = 0.5;
    pass(500);
    for (const message of await allNext([ada, bob, cy], "speakers")) {
      expect(message).toMatchObject({ peers: [{ peer: bob.id, level: expect.any(Number) }] });
    }
    track.level = 0;
    pass(5_000);
    for (const client of [ada, bob, cy]) {
      const isQuiet = (message: object) => "peers" in message && (message.peers as []).length === 0;
      await client.received.next((message) => message.type === "speakers" && isQuiet(message));
    }
  });

  test("[XR40, RM60] the program of each node is told of all that happens in a room", async () => {
    const lines: string[][] = [];
    const { fill, connect, nodes } = await startShape(nodeCount, {
      application: () => ({
        roomOpened: (room) => {
          const own: string[] = [];
          lines.push(own);
          writeDown(room, own);
        },
      }),
    });
    const clients = await fill({ name: "Ada" }, { name: "Bob" }, { name: "Cy" });
    const [ada, bob, cy] = clients as [FakeClient, FakeClient, FakeClient];
    expect(lines).toHaveLength(nodeCount);
    for (const own of lines) {
      const joined = [`${ada.id} Ada`, `${bob.id} Bob`, `${cy.id} Cy`].map((who) => `joined ${who} true`);
      expect(new Set(own)).toEqual(new Set(joined));
      own.length = 0;
    }
    const engine = await connect(ada);
    ada.say({ type: "metadata", metadata: 1 });
    const track = engine.addRemoteTrack({ mid: "0" });
    const id = `${ada.id}-t1`;
    ada.say({ type: "mute", track: id, muted: true });
    ada.say({ type: "mute", track: id, muted: false });
    ada.say({ type: "data", topic: "chat", payload: [1] });
    await settle(clients);
    track.level = 0.5;
    for (let nowMs = 0; nowMs < 500; nowMs += 100) for (const node of nodes) node.tick(nowMs);
    await allNext(clients, "speakers");
    track.end();
    engine.addRemoteTrack({ mid: "1" });
    ada.say({ type: "leave" });
    await allNext([bob, cy], "peer-left");
    bob.say({ type: "leave" });
    await cy.next("peer-left");
    const all = [
      `updated ${ada.id} 1 connected`,
      `published ${id} microphone true`,
      `track ${id} muted`,
      `track ${id} unmuted`,
      `data ${ada.id} chat [1]`,
      `speakers ${ada.id}`,
      `unpublished ${id} false`,
      `published ${ada.id}-t2 microphone true`,
      `unpublished ${ada.id}-t2 false`,
      `left ${ada.id} Ada left false`,
    ];
    for (const own of lines) expect(own.filter((line) => line !== "speakers ").slice(0, all.length)).toEqual(all);
    // Cy's node goes on; where its last client has left, the room is over, and its program hears no more.
    const last = (lines[2 % nodeCount] ?? []).filter((line) => line !== "speakers ");
    expect(last.slice(all.length)).toEqual([`left ${bob.id} Bob left false`]);
  });

  test("[XR40, XR41, RM61] who is put out by any node's program is told why, is outside, and cannot come back by its token", async () => {
    const { fill, nodes, openClient, roomOf } = await startShape(nodeCount);
    const clients = await fill({}, {}, {});
    const [ada, bob, cy] = clients as [FakeClient, FakeClient, FakeClient];
    const token = tokenOf(ada);
    // By the program of Cy's node.
    const member = roomOf(cy).members.get(ada.id);
    member?.remove("spam");
    member?.remove("again");
    expect(await ada.next("peer-left")).toEqual({ type: "peer-left", peer: ada.id, reason: "kicked", message: "spam" });
    for (const client of [bob, cy]) {
      expect(await client.next("peer-left")).toEqual({ type: "peer-left", peer: ada.id, reason: "kicked" });
    }
    ada.say({ type: "data", payload: 1, ref: 1 });
    expect(await ada.next("error")).toMatchObject({ code: "not-joined", ref: 1 });
    for (const node of nodes) {
      const back = openClient(node);
      back.say({ type: "resume", token, ref: 2 });
      expect(await back.next("error")).toMatchObject({ code: "session-gone", ref: 2 });
    }
    for (const { rooms } of nodes) for (const room of rooms.values()) expect(room.members.has(ada.id)).toBe(false);
    // It is no ban.
    await ada.join();
    await allNext([bob, cy], "peer-joined");
    for (const node of nodes) node.cluster.pass(10_000);
    expect(await settle(clients)).toMatchObject([
      [{ type: "peer-left" }, { type: "error" }, { type: "joined" }],
      [{}, {}],
      [{}, {}],
    ]);
  });

  test("[XR40, XR41, RM61] a room that the program of any node closes puts everybody out, with the reason", async () => {
    const lines: string[][] = [];
    const { fill, nodes, roomOf } = await startShape(nodeCount, {
      application: () => ({
        roomOpened: (room) => {
          const own: string[] = [];
          lines.push(own);
          writeDown(room, own);
        },
      }),
    });
    const clients = await fill({}, {}, {});
    roomOf(clients[1] as FakeClient).close("good night");
    for (const client of clients) {
      const left = await client.received.next((message) => message.type === "peer-left" && message.peer === client.id);
      expect(left).toEqual({ type: "peer-left", peer: client.id, reason: "kicked", message: "good night" });
    }
    await until(() => nodes.every(({ supervisor }) => supervisor.roomCount === 0), "the room to be over");
    await until(() => lines.every((own) => own.at(-1) === "closed"), "the programs to hear of it");
    for (const own of lines) {
      const left = own.filter((line) => line.startsWith("left"));
      expect(left.every((line) => line.includes(" kicked "))).toBe(true);
    }
    await clients[0]?.join();
    expect(told(clients[0] as FakeClient, "joined").at(-1)).toMatchObject({ peers: [] });
  });

  const faults: Readonly<Record<string, (room: Room) => void>> = {
    onmemberupdated: (room) => {
      room.onmemberupdated = explode;
    },
    ontrackpublished: (room) => {
      room.ontrackpublished = explode;
    },
    ondata: (room) => {
      room.ondata = explode;
    },
  };

  test.each(Object.keys(faults))(
    "[XR40, XR41, RM62] a handler %s that throws on any node costs its member the room, and nobody else",
    async (name) => {
      const { fill, connect, nodes, openClient } = await startShape(nodeCount, {
        // Of the last node.
        application: (node) => (node === nodeCount - 1 ? { roomOpened: (room) => faults[name]?.(room) } : {}),
      });
      const clients = await fill({}, {}, {});
      const [ada, bob, cy] = clients as [FakeClient, FakeClient, FakeClient];
      const engine = await connect(ada);
      if (name === "onmemberupdated") ada.say({ type: "metadata", metadata: 1 });
      else if (name === "ondata") ada.say({ type: "data", payload: 1 });
      else engine.addRemoteTrack({ mid: "0" });
      expect(await ada.next("error")).toMatchObject({ code: "room-crashed" });
      expect(await ada.next("peer-left")).toMatchObject({ peer: ada.id, reason: "kicked", message: "room-crashed" });
      for (const client of [bob, cy]) {
        expect(await client.next("peer-left")).toEqual({ type: "peer-left", peer: ada.id, reason: "kicked" });
      }
      const errors = nodes.flatMap(({ log }) => log.errors);
      expect(errors).toMatchObject([{ event: "application failed", fields: { room: "atrium", member: ada.id } }]);
      const eve = openClient();
      await eve.join();
      expect(told(eve, "joined")).toMatchObject([{ peers: [{}, {}] }]);
    },
  );

  /** A room of three clients, and a member on the server of the first node. */
  async function startServerMember() {
    const members: ServerMember[] = [];
    const started = await startShape(nodeCount, {
      application: (node) => ({
        roomOpened: (room) => {
          if (node === 0) members.push(room.join({ name: "Bot", metadata: { kind: "bot" } }));
        },
      }),
    });
    const clients = await started.fill({}, {}, {});
    return { ...started, clients: clients as [FakeClient, FakeClient, FakeClient], bot: members[0] as ServerMember };
  }

  test("[XR40, RM64] a member on the server is a peer to everybody, with data and room channels", async () => {
    const { clients, bot, connect } = await startServerMember();
    for (const client of clients) {
      const [joined] = told(client, "joined") as unknown as [{ peers: { id: string }[] }];
      expect(joined.peers).toContainEqual(infoOf(client, { id: bot.id, name: "Bot", metadata: { kind: "bot" } }));
    }
    const heard: unknown[] = [];
    bot.ondata = ({ from, topic, payload }) => topic !== "settle" && heard.push([from.id, topic, payload]);
    const [ada, bob, cy] = clients;
    for (const client of clients) client.say({ type: "data", payload: "all" });
    cy.say({ type: "data", topic: "t", payload: "bot", to: [bot.id] });
    bob.say({ type: "data", payload: "ada", to: [ada.id] });
    bot.sendData({ n: 1 }, { topic: "x" });
    bot.sendData("only cy", { to: [cy.id] });
    await settle(clients);
    await until(() => heard.length === 4, "the bot to hear all");
    expect(heard).toEqual(expect.arrayContaining([...clients.map(({ id }) => [id, null, "all"]), [cy.id, "t", "bot"]]));
    for (const client of clients) {
      const fromBot = told(client, "data").filter((message) => "from" in message && message.from === bot.id);
      const toAll = { type: "data", from: bot.id, topic: "x", payload: { n: 1 } };
      expect(fromBot).toEqual(client === cy ? [toAll, { type: "data", from: bot.id, payload: "only cy" }] : [toAll]);
    }
    const theirs = (await connect(cy)).openChannel("chat", "signalbox.room");
    const said: unknown[] = [];
    const ours = bot.openChannel("chat");
    ours.onmessage = (data, from) => said.push([from, data]);
    theirs.onmessage?.("hello");
    ours.send("hi");
    await until(() => said.length === 1 && theirs.sent.length === 1, "both to hear");
    expect([said, theirs.sent]).toEqual([[[cy.id, "hello"]], [`${bot.id}\nhi`]]);
    bot.leave();
    for (const left of await allNext(clients, "peer-left")) {
      expect(left).toEqual({ type: "peer-left", peer: bot.id, reason: "left" });
    }
  });

  test("[XR40, RM65] what a member on the server publishes is sent to everybody, until it is withdrawn", async () => {
    const { clients, bot, connect, relays } = await startServerMember();
    const engines = [await connect(clients[0]), await connect(clients[1]), await connect(clients[2])];
    const remoteTrack = new FakeRemoteTrack({ kind: "video", layers: ["q"] });
    const published = bot.publish(remoteTrack, { source: "screen", name: "slides" });
    for (const message of await allNext(clients, "track-published")) {
      expect(message).toMatchObject({ peer: bot.id, track: { id: published.id, source: "screen", name: "slides" } });
    }
    const sent = () => engines.map(({ sentTracks }) => sentTracks.filter(({ state }) => state !== "stopped"));
    await until(() => sent().every(([one]) => one && relays.originOf(one.track) === remoteTrack), "all to be sent it");
    published.unpublish();
    await allNext(clients, "track-unpublished");
    await until(() => sent().flat().length === 0, "nothing to be sent");
  });

  test("[XR40, XR42] a program receives the tracks of all members, also those of other nodes", async () => {
    const { fill, connect, nodes, relays, openClient } = await startShape(nodeCount);
    const clients = await fill({ subscribe: "none" }, { subscribe: "none" }, { subscribe: "none" });
    const [ada, , cy] = clients as [FakeClient, FakeClient, FakeClient];
    const camera = (await connect(ada)).addRemoteTrack({ mid: "0", kind: "video" });
    await allNext(clients, "track-published");
    for (const node of nodes) {
      const published = [...(node.rooms.get("atrium")?.members.get(ada.id)?.tracks.values() ?? [])];
      expect(published).toMatchObject([{ kind: "video", source: "camera", muted: false }]);
      const [first, again] = await Promise.all([published[0]?.receive(), published[0]?.receive()]);
      if (first === undefined || first === null) throw new Error("There is no track");
      expect(relays.originOf(first)).toBe(camera);
      expect([again, published[0]?.remoteTrack]).toEqual([first, first]);
      // What its node has may go to any peer of that, as from another room.
      const viewer = openClient(node);
      await viewer.join("cellar");
      const engine = await connect(viewer);
      const bot = node.rooms.get("cellar")?.join();
      bot?.publish(first);
      await until(() => engine.sentTracks.length === 1, "it to be sent in another room");
    }
    const last = [...(nodes.at(-1)?.rooms.get("atrium")?.members.get(ada.id)?.tracks.values() ?? [])][0];
    ada.say({ type: "mute", track: last?.id ?? "", muted: true });
    await until(() => last?.muted === true && last.remoteTrack?.muted === true, "it to be muted everywhere");
    camera.end();
    await cy.next("track-unpublished");
    await until(() => last?.remoteTrack?.readyState === "ended", "it to end everywhere");
  });
});

function explode(): never {
  throw new Error("boom");
}
