import { expect, test } from "vitest";
import type { Application, Peer, SentTrack } from "../../actors/application.ts";
import type { Room } from "../../actors/room_application.ts";
import type { TrackLabels } from "../../protocol/room.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { codeOf } from "../kit/code_of.ts";
import { eventually } from "../kit/eventually.ts";
import type { FakeEngine } from "../kit/fake_engine.ts";
import type { FakeChannel } from "../kit/fake_media.ts";
import { type FakeClient, offerSdp, type SupervisorSetup, startSupervisor } from "./start_supervisor.ts";

const boom = new Error("boom");

/** Two clients with peer connections, in no room yet. */
async function startConnected(setup: SupervisorSetup = {}) {
  const supervision = startSupervisor(setup);
  const { engines } = supervision;
  const [ada, bob] = [supervision.openClient(), supervision.openClient()];
  await ada.connect();
  const adaEngine = engines.last;
  await bob.connect();
  const bobEngine = engines.last;
  /** Has a client offer, with what its engine finds in the offer. */
  const offer = async (client: FakeClient, tracks?: TrackLabels, during: () => void = () => undefined) => {
    engines.script.applyRemoteDescription = async () => during();
    client.offer(tracks);
    await client.received.next(({ type }) => type === "answer" || type === "error", { timeoutMs: 3_000 });
    delete engines.script.applyRemoteDescription;
  };
  return { ...supervision, ada, bob, adaEngine, bobEngine, offer };
}

/** The same in one room. */
async function startRoom(setup: SupervisorSetup = {}) {
  const connected = await startConnected(setup);
  await connected.ada.join();
  await connected.bob.join();
  connected.ada.take();
  connected.bob.take();
  return connected;
}

/** What the program sees of the peer connections that it owns, in words. */
class Diary {
  peers: Peer[] = [];
  readonly #lines: string[] = [];

  readonly application: Application = {
    peerOpened: (peer) => {
      this.peers.push(peer);
      const write = (line: string) => this.#lines.push(`${peer.session.id} ${line}`);
      write(`opened ${peer.connectionState}`);
      peer.onconnectionstatechange = (state) => write(state);
      peer.onclose = () => write("onclose");
      peer.ondatachannel = (channel) => {
        write(`channel ${channel.label}`);
        channel.onmessage = (data) => write(`${channel.label} says ${data}`);
        channel.onclose = () => write(`${channel.label} closed`);
      };
      peer.ontrack = (track) => {
        write(`track ${track.mid}`);
        track.onended = () => write(`track ${track.mid} ended`);
      };
    },
  };

  get last(): Peer {
    const peer = this.peers.at(-1);
    if (peer === undefined) throw new Error("No peer was opened");
    return peer;
  }

  take(): string[] {
    return this.#lines.splice(0);
  }
}

const trackIds = (client: FakeClient, type: string): unknown[] =>
  client.take().flatMap((told) => (told.type === type && "track" in told ? [told.track] : []));

test("[RM40] a client that joins takes its peer connection along: for the program it is closed, and what that sent ends", async () => {
  const diary = new Diary();
  const { ada, adaEngine, supervisor } = await startConnected({ application: diary.application });
  adaEngine.connect();
  diary.take();
  const peer = diary.peers[0] as Peer;
  const track = adaEngine.addRemoteTrack({ mid: "1" });
  const channel = adaEngine.openChannel("chat", "signalbox.room");
  const sent = peer.addTrack(track);
  peer.createDataChannel("own");
  expect(diary.take()).toEqual(["client-1 track 1", "client-1 channel chat"]);
  await ada.join();
  expect(diary.take()).toEqual(["client-1 closed", "client-1 onclose"]);
  expect([peer.connectionState, sent.state, adaEngine.ownChannels[0]?.readyState]).toEqual([
    "closed",
    "stopped",
    "closed",
  ]);
  expect(codeOf(() => peer.addTrack(track))).toBe("bad-state");
  peer.close("too late");
  track.end();
  channel.onmessage?.("for the room");
  expect(supervisor.peerCount).toBe(2);
  expect(adaEngine.closeCount).toBe(0);
  expect(diary.take()).toEqual([]);
});

test("[RM40] what a client sends already is the room's as soon as it joins", async () => {
  const { ada, bob, adaEngine } = await startConnected();
  await bob.join();
  adaEngine.addRemoteTrack({ mid: "1", kind: "video" });
  await ada.join();
  const track = { id: "client-1-t1", kind: "video", source: "camera", name: "", muted: false };
  expect(bob.take().slice(1)).toEqual([
    { type: "peer-joined", peer: { id: ada.id, name: "", metadata: null, state: "connected", tracks: [] } },
    { type: "track-published", peer: ada.id, track },
  ]);
  expect(ada.take().slice(1)).toEqual([{ type: "track-published", peer: ada.id, track, mid: "1" }]);
});

test("[RM41] a client that leaves gives its peer connection back: for the program it is a new one, with all that is there", async () => {
  const diary = new Diary();
  const { ada, bob, adaEngine } = await startRoom({ application: diary.application });
  adaEngine.connect();
  const [ended, live] = [adaEngine.addRemoteTrack({ mid: "1" }), adaEngine.addRemoteTrack({ mid: "2" })];
  const channel = adaEngine.openChannel("chat", "signalbox.room");
  ended.end();
  await ada.next("track-unpublished");
  ada.say({ type: "mute", track: "client-1-t2", muted: true });
  expect(live.muted).toBe(true);
  diary.take();
  ada.say({ type: "leave" });
  expect(diary.take()).toEqual(["client-1 opened connected", "client-1 channel chat", "client-1 track 2"]);
  expect(live.muted).toBe(false);
  channel.onmessage?.("hello");
  live.end();
  expect(diary.take()).toEqual(["client-1 chat says hello", "client-1 track 2 ended"]);
  expect(bob.take().at(-1)).toEqual({ type: "peer-left", peer: ada.id, reason: "left" });
});

test("[RM41] nothing of the room's stays on what a program gets back", async () => {
  const { ada, adaEngine } = await startRoom();
  const channel = adaEngine.openChannel("chat", "signalbox.room");
  const track = adaEngine.addRemoteTrack();
  channel.bufferedAmountLowThreshold = 7;
  ada.say({ type: "leave" });
  expect(channel).toMatchObject({
    onopen: null,
    onmessage: null,
    onbufferedamountlow: null,
    onclose: null,
    bufferedAmountLowThreshold: 0,
  });
  expect(track).toMatchObject({ onended: null, muted: false });
});

test("[RM41] a client that is put out gets its peer connection back, too", async () => {
  const diary = new Diary();
  const rooms: Room[] = [];
  const application = { ...diary.application, roomOpened: (room: Room) => void rooms.push(room) };
  const { ada, bob } = await startRoom({ application });
  diary.take();
  rooms[0]?.members.get(ada.id)?.remove();
  expect(diary.take()).toEqual(["client-1 opened connecting"]);
  rooms[0]?.close();
  expect(diary.take()).toEqual(["client-2 opened connecting"]);
  expect(await bob.next("peer-left")).toMatchObject({ peer: ada.id, reason: "kicked" });
});

test("[RM41] a program that does not want the peer connection back closes it, and hears of nothing on it", async () => {
  const lines: string[] = [];
  let isUnwanted = false;
  const { ada, adaEngine } = await startRoom({
    application: {
      peerOpened(peer) {
        peer.ontrack = () => lines.push("track");
        peer.ondatachannel = () => lines.push("channel");
        peer.onclose = () => lines.push("onclose");
        if (isUnwanted) peer.close("enough");
      },
    },
  });
  adaEngine.addRemoteTrack();
  adaEngine.openChannel("chat", "signalbox.room");
  lines.length = 0;
  isUnwanted = true;
  ada.say({ type: "leave" });
  expect(await ada.next("bye")).toEqual({ type: "bye", reason: "enough" });
  expect(lines).toEqual(["onclose"]);
});

test("[RM41] a session that ends gives nothing back", async () => {
  const diary = new Diary();
  const { ada, bob, supervisor } = await startRoom({ application: diary.application });
  diary.take();
  ada.end();
  await eventually(() => supervisor.sessionCount === 1, { what: "the session to end" });
  bob.say({ type: "nonsense" } as never);
  await eventually(() => supervisor.sessionCount === 0, { what: "the session to end" });
  expect(diary.take()).toEqual([]);
});

test("[RM42] a peer connection that is made in a room is the room's", async () => {
  const diary = new Diary();
  const { openClient, engines } = startSupervisor({ application: diary.application });
  const [ada, bob] = [openClient(), openClient()];
  await ada.join();
  await bob.join();
  await ada.connect();
  engines.last.addRemoteTrack({ mid: "0" });
  expect(await bob.next("track-published")).toMatchObject({ peer: ada.id, track: { source: "microphone" } });
  expect(diary.take()).toEqual([]);
});

test("[RM42] the answer to an offer waits for whom the peer connection belongs to now", async () => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  void resolve;
  const { openClient, log, supervisor } = startSupervisor({ application: { peerOpened: () => promise } });
  const ada = openClient();
  ada.offer();
  await new Promise((done) => setTimeout(done, 10));
  expect(ada.received.seen).toEqual([]);
  await ada.join();
  await ada.next("answer");
  reject(boom);
  await eventually(() => log.errors.length === 1, { what: "the late failure" });
  expect(log.errors).toMatchObject([{ event: "peer failed while closing", fields: { error: boom } }]);
  expect(supervisor.peerCount).toBe(1);
});

test("[RM42] what the program throws as it loses a peer connection is logged, and that goes on", async () => {
  const { ada, log, supervisor } = await startConnected({
    application: {
      peerOpened(peer) {
        peer.onclose = () => {
          throw boom;
        };
      },
    },
  });
  await ada.join();
  expect(log.errors).toMatchObject([{ fields: { session: ada.id, error: boom } }]);
  await ada.connect();
  expect([supervisor.peerCount, ada.received.seen.some(({ type }) => type === "bye")]).toEqual([2, false]);
});

test("[RM43] a track is published as its offer calls it, or as what it mostly is", async () => {
  const { ada, bob, adaEngine, offer } = await startRoom();
  await offer(ada, { 1: { source: "screen", name: "slides" } }, () => {
    adaEngine.addRemoteTrack({ mid: "0" });
    adaEngine.addRemoteTrack({ mid: "1", kind: "video", layers: ["q", "h"] });
    adaEngine.addRemoteTrack({ mid: "2", kind: "video" });
  });
  const published = [
    { id: "client-1-t1", kind: "audio", source: "microphone", name: "", muted: false },
    { id: "client-1-t2", kind: "video", source: "screen", name: "slides", muted: false, layers: ["q", "h"] },
    { id: "client-1-t3", kind: "video", source: "camera", name: "", muted: false },
  ];
  expect(bob.take()).toEqual(published.map((track) => ({ type: "track-published", peer: ada.id, track })));
  expect(ada.take().map((told) => "mid" in told && told.mid)).toEqual(["0", "1", "2"]);
  const eve = bob;
  eve.say({ type: "leave" });
  eve.say({ type: "join", room: "atrium" });
  const joined = await eve.received.next((told) => told.type === "joined" && told.peers[0]?.tracks.length === 3);
  expect(joined).toMatchObject({ peers: [{ id: ada.id, tracks: published }] });
});

test("[RM43] a later offer may call a track something else", async () => {
  const { ada, bob, adaEngine, offer } = await startRoom();
  await offer(ada, { 0: { source: "screen" } }, () => void adaEngine.addRemoteTrack({ mid: "0", kind: "video" }));
  bob.take();
  await offer(ada);
  await offer(ada, { 0: { source: "screen" }, 7: { source: "nothing" } });
  expect(bob.take()).toEqual([]);
  await offer(ada, { 0: { source: "camera", name: "face" } });
  await offer(ada, { 0: { source: "camera", name: "face" } });
  await offer(ada);
  expect(bob.take()).toMatchObject([
    { type: "track-updated", peer: ada.id, track: { id: "client-1-t1", source: "camera", name: "face" } },
  ]);
});

test("[RM43] what an offer that is refused calls a track counts for nothing", async () => {
  const { ada, bob, adaEngine, offer } = await startRoom();
  await offer(ada, { 0: { source: "screen" } }, () => void adaEngine.addRemoteTrack({ mid: "0", kind: "video" }));
  bob.take();
  await offer(ada, { 0: { source: "camera" } }, () => {
    throw new SignalboxError("bad-sdp", "Cannot use the session description: no");
  });
  await offer(ada);
  expect(bob.take()).toEqual([]);
});

test("[RM43] what an offer that is dropped for the server's own calls a track counts for nothing", async () => {
  const { ada, bob, adaEngine } = await startRoom();
  adaEngine.addRemoteTrack({ mid: "0", kind: "video" });
  bob.take();
  adaEngine.options.report({ type: "negotiation.needed" });
  await ada.next("offer");
  ada.offer({ 0: { source: "screen" } });
  ada.say({ type: "answer", sdp: offerSdp.replace("s=-", "s=answer") });
  await ada.connect();
  expect(bob.take()).toEqual([]);
});

test("[RM43] what a track was called is forgotten with it", async () => {
  const { ada, bob, adaEngine, offer } = await startRoom();
  await offer(ada, { 0: { source: "screen" } }, () => void adaEngine.addRemoteTrack({ mid: "0", kind: "video" }).end());
  await offer(ada, undefined, () => void adaEngine.addRemoteTrack({ mid: "0", kind: "video" }));
  expect(bob.take().at(-1)).toMatchObject({ type: "track-published", track: { source: "camera" } });
});

test("[RM43] a track that came before the join keeps the name of its offer", async () => {
  const { ada, bob, adaEngine, offer } = await startConnected();
  await bob.join();
  await offer(ada, { 0: { source: "screen" } }, () => void adaEngine.addRemoteTrack({ mid: "0", kind: "video" }));
  await ada.join();
  expect(await bob.next("track-published")).toMatchObject({ track: { source: "screen" } });
});

test("[RM44] a track that ends is unpublished", async () => {
  const { bob, adaEngine } = await startRoom();
  const track = adaEngine.addRemoteTrack();
  track.end();
  expect(bob.take().map(({ type }) => type)).toEqual(["track-published", "track-unpublished"]);
});

test.each([
  ["a bye", (client: FakeClient) => client.say({ type: "bye" })],
  ["a crash", (_: FakeClient, engine: FakeEngine) => engine.options.media.handlerFailed(boom)],
])(
  "[RM44] %s unpublishes everything, and the client stays in the room with its next peer connection",
  async (_, end) => {
    const { ada, bob, adaEngine, bobEngine, engines } = await startRoom();
    adaEngine.addRemoteTrack({ mid: "0" });
    adaEngine.addRemoteTrack({ mid: "1" });
    bobEngine.addRemoteTrack({ mid: "0" });
    bob.take();
    end(ada, adaEngine);
    await eventually(() => adaEngine.closeCount === 1, { what: "the peer to close" });
    expect(trackIds(bob, "track-unpublished")).toEqual(["client-1-t1", "client-1-t2"]);
    await ada.connect();
    expect(engines.last).not.toBe(adaEngine);
    expect(engines.last.sentTracks).toHaveLength(1);
    engines.last.addRemoteTrack({ mid: "0" });
    expect(await bob.next("track-published")).toMatchObject({ peer: ada.id });
    expect(trackIds(bob, "track-published")).toMatchObject([{ id: "client-1-t3" }]);
  },
);

test("[RM44] a peer publishes no more than maxTracksPerPeer tracks, and a track that is refused is nobody's", async () => {
  const { ada, bob, adaEngine } = await startRoom({ limits: { maxTracksPerPeer: 1 } });
  adaEngine.addRemoteTrack({ mid: "0" });
  const refused = adaEngine.addRemoteTrack({ mid: "1" });
  expect(ada.take().at(-1)).toEqual({
    type: "error",
    code: "too-many-tracks",
    message: 'Cannot publish the audio track of media section "1": this peer publishes 1 of 1 tracks',
  });
  expect(refused.onended).toBeNull();
  expect(trackIds(bob, "track-published")).toHaveLength(1);
});

test("[RM45] a member gets every track of the others, and its offers say what each section carries", async () => {
  const { ada, bob, adaEngine, bobEngine } = await startRoom();
  adaEngine.addRemoteTrack({ mid: "0" });
  adaEngine.addRemoteTrack({ mid: "1", kind: "video" });
  const offered = await bob.next("offer");
  expect(offered).toMatchObject({
    tracks: { s0: { peer: ada.id, track: "client-1-t1" }, s1: { peer: ada.id, track: "client-1-t2" } },
  });
  expect(bobEngine.sentTracks.map(({ options }) => options)).toEqual([
    { streamId: ada.id, section: "own" },
    { streamId: ada.id, section: "own" },
  ]);
  expect(adaEngine.sentTracks).toEqual([]);
  bob.say({ type: "answer", sdp: offerSdp });
  await eventually(() => bobEngine.sentTracks[0]?.state === "sending", { what: "the answer to be applied" });
  await bob.connect();
  expect(bob.received.seen.findLast(({ type }) => type === "answer")).toMatchObject({ tracks: { s0: {}, s1: {} } });
});

test("[RM45] an offer in a room says what it carries, also when that is nothing; an answer only when it is something", async () => {
  const diary = new Diary();
  const { ada, adaEngine } = await startConnected({ application: diary.application });
  diary.peers[0]?.createDataChannel("x");
  adaEngine.options.report({ type: "negotiation.needed" });
  expect("tracks" in (await ada.next("offer"))).toBe(false);
  ada.say({ type: "answer", sdp: offerSdp });
  await ada.join();
  adaEngine.options.report({ type: "negotiation.needed" });
  expect(await ada.next("offer")).toMatchObject({ tracks: {} });
  ada.say({ type: "answer", sdp: offerSdp });
  await ada.connect();
  expect(ada.received.seen.some((told) => told.type === "answer" && "tracks" in told)).toBe(false);
});

test("[RM45] camera and microphone of a member are one stream, its screen another", async () => {
  const { ada, adaEngine, bobEngine, offer } = await startRoom();
  await offer(ada, { 1: { source: "screen" }, 2: { source: "screen-audio" } }, () => {
    adaEngine.addRemoteTrack({ mid: "0", kind: "video" });
    adaEngine.addRemoteTrack({ mid: "1", kind: "video" });
    adaEngine.addRemoteTrack({ mid: "2" });
  });
  expect(bobEngine.sentTracks.map(({ options }) => options.streamId)).toEqual([
    ada.id,
    `${ada.id}-screen`,
    `${ada.id}-screen`,
  ]);
});

test("[RM46] who joins without subscribing gets what it asks for, in the layer that it asks for", async () => {
  const { ada, bob, adaEngine, bobEngine } = await startConnected();
  await ada.join();
  await bob.join("atrium", { subscribe: "none" });
  adaEngine.addRemoteTrack({ mid: "0", kind: "video", layers: ["q", "h"] });
  expect(bobEngine.sentTracks).toHaveLength(0);
  const track = "client-1-t1";
  bob.say({ type: "subscribe", track, layer: "q" });
  const [sent] = bobEngine.sentTracks;
  expect(sent?.preferred).toEqual(["q"]);
  bob.say({ type: "subscribe", track });
  bob.say({ type: "subscribe", track, layer: "h" });
  bob.say({ type: "subscribe", track, layer: null });
  expect(sent?.preferred).toEqual(["q", "h", null]);
  expect(bobEngine.sentTracks).toHaveLength(1);
  bob.say({ type: "unsubscribe", track });
  expect(sent?.state).toBe("stopped");
  bob.say({ type: "unsubscribe", track });
  bob.say({ type: "subscribe", track });
  expect(bobEngine.sentTracks).toHaveLength(2);
  bob.take();
  bob.say({ type: "subscribe", track, layer: "f", ref: 1 });
  expect(bob.take()).toMatchObject([{ type: "error", code: "no-such-layer", ref: 1 }]);
});

test("[RM46] what somebody sends is sent to nobody any more when the subscriber or the publisher leaves", async () => {
  const { ada, bob, adaEngine, bobEngine } = await startRoom();
  adaEngine.addRemoteTrack({ mid: "0" });
  bobEngine.addRemoteTrack({ mid: "0" });
  ada.say({ type: "leave" });
  const states = (engine: FakeEngine): SentTrack["state"][] => engine.sentTracks.map(({ state }) => state);
  expect([states(adaEngine), states(bobEngine)]).toEqual([["stopped"], ["stopped"]]);
  expect(bob.take().at(-1)).toMatchObject({ type: "peer-left" });
});

test("[RM47] a track that its publisher mutes is passed on to nobody until it is unmuted", async () => {
  const { ada, bob, adaEngine } = await startRoom();
  const track = adaEngine.addRemoteTrack({ mid: "0" });
  const id = "client-1-t1";
  ada.say({ type: "mute", track: id, muted: true });
  expect(track.muted).toBe(true);
  bob.say({ type: "mute", track: id, muted: false, ref: 1 });
  expect(track.muted).toBe(true);
  ada.say({ type: "mute", track: id, muted: false });
  expect(track.muted).toBe(false);
  expect(bob.take().slice(1)).toMatchObject([
    { type: "track-updated", peer: ada.id, track: { id, muted: true } },
    { type: "error", code: "forbidden", ref: 1 },
    { type: "track-updated", peer: ada.id, track: { id, muted: false } },
  ]);
});

test("[RM48] channels of the room's protocol are relayed to the members, others are closed", async () => {
  const { ada, bob, adaEngine, bobEngine } = await startConnected();
  const before = adaEngine.openChannel("old");
  await ada.join();
  await bob.join();
  expect(before.readyState).toBe("closed");
  const [from, to] = [adaEngine.openChannel("chat", "signalbox.room"), bobEngine.openChannel("chat", "signalbox.room")];
  const other = adaEngine.openChannel("chat", "other");
  from.onmessage?.("hello");
  expect([to.sent, from.sent]).toEqual([[`${ada.id}\nhello`], []]);
  expect(other.readyState).toBe("closed");
});

test("[RM48] a message that is too long for somebody is told to its sender", async () => {
  const { ada, adaEngine, bobEngine } = await startRoom();
  const from = adaEngine.openChannel("chat", "signalbox.room");
  const to: FakeChannel = bobEngine.openChannel("chat", "signalbox.room");
  to.trySend = () => "message-too-large";
  from.onmessage?.("hello");
  expect(ada.take()).toMatchObject([{ type: "error", code: "message-too-large" }]);
});

test("[RM78] who comes and goes, and what is sent meanwhile, is logged at info, each once", async () => {
  const { ada, bob, adaEngine, log, offer } = await startConnected();
  const lines = () =>
    log.entries
      .filter(({ level, event }) => level === "info" && /^(member|track) /.test(event))
      .map(({ event, fields }) => [event, fields]);
  await ada.join("atrium", { name: "Ada" });
  await bob.join();
  await offer(ada, { 1: { source: "screen" } }, () => {
    adaEngine.addRemoteTrack({ mid: "0" });
    adaEngine.addRemoteTrack({ mid: "1", kind: "video", layers: ["q", "h"] });
  });
  ada.say({ type: "mute", track: "client-1-t2", muted: true });
  adaEngine.options.media.trackAdded(adaEngine.addRemoteTrack({ mid: "2" }));
  ada.say({ type: "leave" });
  bob.end();
  await eventually(() => lines().length >= 12, { what: "the last line" });
  const room = "atrium";
  const [peer, track] = [ada.id, "client-1-t1"];
  const video = { room, peer, track: "client-1-t2", kind: "video", source: "screen", layers: ["q", "h"] };
  expect(lines()).toEqual([
    ["member joined", { room, peer, name: "Ada" }],
    ["member joined", { room, peer: bob.id, name: "" }],
    ["track published", { room, peer, track, kind: "audio", source: "microphone" }],
    ["track published", video],
    ["track published", { room, peer, track: "client-1-t3", kind: "audio", source: "microphone" }],
    ["track unpublished", { room, peer, track: "client-1-t3" }],
    ["track published", { room, peer, track: "client-1-t4", kind: "audio", source: "microphone" }],
    ["track unpublished", { room, peer, track }],
    ["track unpublished", { room, peer, track: "client-1-t2" }],
    ["track unpublished", { room, peer, track: "client-1-t4" }],
    ["member left", { room, peer, reason: "left" }],
    ["member left", { room, peer: bob.id, reason: "left" }],
  ]);
});

test("[RM80] whoever opens a channel that nobody wants in the room is told how to open one, with the label cut", async () => {
  const { ada, adaEngine } = await startConnected();
  const before = adaEngine.openChannel("old");
  await ada.join();
  expect(before.readyState).toBe("closed");
  const after = adaEngine.openChannel("x".repeat(65), "other");
  expect(after.readyState).toBe("closed");
  adaEngine.openChannel("fine", "signalbox.room");
  const how = "in the room: open it with the protocol signalbox.room";
  expect(ada.take().filter(({ type }) => type === "error")).toEqual([
    { type: "error", code: "forbidden", message: `Cannot use the channel "old" ${how}` },
    { type: "error", code: "forbidden", message: `Cannot use the channel "${"x".repeat(64)}" ${how}` },
  ]);
});

test("[RM49] who speaks is told to everybody, as long as somebody can", async () => {
  const { ada, bob, adaEngine, tick, countTicks } = await startRoom();
  expect(countTicks()).toBe(0);
  const track = adaEngine.addRemoteTrack({ mid: "0" });
  bob.take();
  expect(countTicks()).toBe(1);
  track.level = 0.5;
  for (let nowMs = 0; nowMs <= 1_000; nowMs += 100) tick(nowMs);
  expect(bob.take()[0]).toMatchObject({ type: "speakers", peers: [{ peer: ada.id }] });
  track.end();
  for (let nowMs = 1_100; nowMs <= 4_000; nowMs += 100) tick(nowMs);
  expect(bob.take().at(-1)).toEqual({ type: "speakers", peers: [] });
  expect(countTicks()).toBe(0);
});

test("[RM49] video is not listened to", async () => {
  const { adaEngine, countTicks } = await startRoom();
  adaEngine.addRemoteTrack({ mid: "0", kind: "video" });
  expect(countTicks()).toBe(0);
});

test("[RM49] a fault while listening ends that room and no other", async () => {
  const { ada, bob, adaEngine, bobEngine, tick, log, supervisor } = await startConnected();
  await ada.join("atrium");
  await bob.join("cellar");
  const [bad, good] = [adaEngine.addRemoteTrack({ mid: "0" }), bobEngine.addRemoteTrack({ mid: "0" })];
  bad.takeAudioLevel = () => {
    throw boom;
  };
  good.level = 0.5;
  for (let nowMs = 0; nowMs <= 1_000; nowMs += 100) tick(nowMs);
  expect(log.errors).toMatchObject([{ event: "room failed", fields: { room: "atrium", error: boom } }]);
  expect(ada.take().map(({ type }) => type)).toEqual(["joined", "track-published", "error", "peer-left"]);
  expect(bob.take().at(-1)).toMatchObject({ type: "speakers" });
  expect(supervisor.roomCount).toBe(1);
});

test("[RM49] faults while listening count as crashes", async () => {
  const setup = startSupervisor();
  for (let i = 0; i < 21; i += 1) {
    const client = setup.openClient();
    await client.join(`room-${i}`);
    await client.connect();
    setup.engines.last.addRemoteTrack().takeAudioLevel = () => {
      throw boom;
    };
  }
  expect(setup.escalationCount).toBe(0);
  setup.tick(0);
  expect(setup.escalationCount).toBe(1);
});

test("[RM49] a room that is over says nothing more of who speaks", async () => {
  const told: number[] = [];
  const { openClient, engines, tick, countTicks } = startSupervisor({
    application: {
      roomOpened(room) {
        room.onspeakers = (speakers) => told.push(speakers.length);
      },
    },
  });
  const ada = openClient();
  await ada.join();
  await ada.connect();
  engines.last.addRemoteTrack().level = 0.5;
  for (let nowMs = 0; nowMs <= 1_000; nowMs += 100) tick(nowMs);
  ada.say({ type: "leave" });
  for (let nowMs = 1_100; nowMs <= 5_000; nowMs += 100) tick(nowMs);
  expect([told, countTicks()]).toEqual([[1], 0]);
});

test("[RM36] a subscription that crashes ends alone: its member is told and may subscribe anew", async () => {
  const { bob, adaEngine, bobEngine, log, supervisor } = await startRoom();
  const addTrack = bobEngine.addTrack.bind(bobEngine);
  bobEngine.addTrack = () => {
    throw boom;
  };
  adaEngine.addRemoteTrack({ mid: "0" });
  bobEngine.addTrack = addTrack;
  expect(bob.take().slice(-1)).toMatchObject([{ type: "error", code: "room-crashed" }]);
  expect(log.errors).toMatchObject([{ event: "subscription crashed" }]);
  bob.say({ type: "subscribe", track: "client-1-t1" });
  expect(bobEngine.sentTracks).toHaveLength(1);
  expect(supervisor.roomCount).toBe(1);
});
