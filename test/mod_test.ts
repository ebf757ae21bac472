import { expect, test } from "vitest";
import { RTCRtpCodecParameters, RtcpPayloadSpecificFeedback, usePLI } from "werift";
import {
  type Application,
  type DataChannel,
  type Logger,
  type Peer,
  type RemoteTrack,
  readConfig,
  type Session,
  SignalboxError,
  startNode,
} from "../mod.ts";
import { eventually } from "./kit/eventually.ts";
import { Mailbox } from "./kit/mailbox.ts";
import { openSignallingSocket } from "./kit/signalling_socket.ts";
import { startProgram } from "./kit/start_program.ts";
import { WeriftChannel } from "./kit/werift_channel.ts";
import type { WeriftClient, WeriftClientOptions } from "./kit/werift_client.ts";

// A node inside of this process, as a program has one, and real clients on real sockets.

/** A program with channels that the server opens to its clients. */
async function start(application: Application, flags: readonly string[] = []) {
  const program = await startProgram(application, flags);
  const channels = new Mailbox<WeriftChannel>("a channel of the server", ({ channel }) => channel.label);
  const open = async (options: WeriftClientOptions = {}): Promise<WeriftClient> => {
    const client = await program.openClient(options);
    client.pc.onDataChannel.subscribe((channel) => channels.push(new WeriftChannel(channel)));
    return client;
  };
  return { ...program, open, channels };
}

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/** What a call throws: the code of an expected error. */
function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof SignalboxError) return error.code;
    throw error;
  }
  return "nothing";
}

test("[AP1] a program is told of sessions, peers and channels, and of their ends", async () => {
  const told: string[] = [];
  const { node, open } = await start({
    sessionOpened(session) {
      told.push(`session from ${session.remoteAddress}`);
      session.onclose = () => told.push("session closed");
    },
    peerOpened(peer) {
      told.push(`peer ${peer.connectionState} ${peer.id.startsWith(`${peer.session.id}-`)}`);
      peer.onconnectionstatechange = (state) => told.push(`${state} ${peer.connectionState === state}`);
      peer.onclose = () => told.push("peer closed");
      peer.ondatachannel = (channel) => {
        told.push(`channel ${channel.label} ${channel.protocol} ${channel.ordered} ${channel.readyState}`);
        channel.send("welcome");
        channel.onmessage = (data) => told.push(typeof data === "string" ? data : `bytes ${[...data].join(" ")}`);
        channel.onclose = () => told.push(`channel ${channel.readyState}`);
      };
    },
  });
  const client = await open();
  const channel = await client.openChannel("chat", { protocol: "lines" });
  expect(await channel.messages.next()).toBe("welcome");
  channel.channel.send("Grüße");
  channel.channel.send("");
  channel.channel.send(Buffer.from([1, 2, 255]));
  channel.channel.send(Buffer.alloc(0));
  await eventually(() => told.includes("bytes "), { what: "the messages", describe: () => told });
  expect([node.sessionCount, node.peerCount]).toEqual([1, 1]);
  await client.close();
  await eventually(() => told.includes("session closed"), { what: "the session's end", describe: () => told });
  expect(told).toEqual([
    "session from 127.0.0.1",
    "peer new true",
    "connecting true",
    "connected true",
    "channel chat lines true open",
    "Grüße",
    "",
    "bytes 1 2 255",
    "bytes ",
    "channel closed",
    "closed true",
    "peer closed",
    "session closed",
  ]);
  expect([node.sessionCount, node.peerCount]).toEqual([0, 0]);
});

test("[AP2] an answer waits for the promise of peerOpened", async () => {
  const { promise, resolve: accept } = Promise.withResolvers<void>();
  const { open } = await start({ peerOpened: () => promise });
  const client = await open();
  client.pc.createDataChannel("chat");
  const negotiated = client.negotiate();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(client.socket.messages.seen.filter(({ type }) => type === "answer")).toEqual([]);
  accept();
  await negotiated;
  await client.connectionState("connected");
});

test("[AP2] a promise that takes longer than the engine's time limit ends the peer", async () => {
  const { open, node } = await start({ peerOpened: () => new Promise(() => undefined) }, [
    "--engine-timeout-ms",
    "200",
  ]);
  const { pc, socket } = await open();
  pc.createDataChannel("chat");
  socket.send({ type: "offer", sdp: (await pc.createOffer()).sdp });
  expect(await socket.next("error")).toMatchObject({ code: "negotiation-timeout" });
  expect(await socket.next("bye")).toMatchObject({ reason: "negotiation-timeout" });
  await eventually(() => node.peerCount === 0, { what: "the peer to end" });
});

test.each([
  ["at once", (peer: Peer) => peer.close("not you")],
  ["later", (peer: Peer) => Promise.resolve().then(() => peer.close("not you"))],
])("[AP3] closing a peer in peerOpened, %s, refuses its offer", async (_, peerOpened) => {
  let isOpen = false;
  const { open, openSocket } = await start({ peerOpened: (peer) => (isOpen ? undefined : peerOpened(peer)) });
  const socket = await openSocket();
  const client = await open();
  client.pc.createDataChannel("chat");
  const offer = await client.pc.createOffer();
  socket.send({ type: "offer", sdp: offer.sdp });
  expect(await socket.next("bye")).toEqual({ type: "bye", reason: "not you" });
  isOpen = true;
  socket.send({ type: "offer", sdp: offer.sdp });
  await socket.next("answer");
  expect(socket.messages.seen.filter(({ type }) => type !== "candidate").map(({ type }) => type)).toEqual([
    "bye",
    "answer",
  ]);
});

test("[AP4] the server opens channels before the first answer and later, of every kind", async () => {
  let peer: Peer | undefined;
  const opened: string[] = [];
  const watch = (channel: DataChannel): void => {
    expect(channel.readyState).toBe("connecting");
    expect(codeOf(() => channel.send("early"))).toBe("bad-state");
    channel.onopen = () => {
      opened.push(`${channel.label} ${channel.readyState}`);
      channel.send(`hello on ${channel.label}`);
    };
  };
  const { open, channels } = await start({
    peerOpened(accepted) {
      peer = accepted;
      watch(accepted.createDataChannel("early"));
    },
  });
  const client = await open();
  await client.openChannel("chat");
  const early = await channels.next();
  expect(early.channel.label).toBe("early");
  expect(await early.messages.next()).toBe("hello on early");
  watch((peer as Peer).createDataChannel("unordered", { ordered: false, maxRetransmits: 0, protocol: "p" }));
  const late = await channels.next();
  expect(late.channel).toMatchObject({ label: "unordered", ordered: false, maxRetransmits: 0, protocol: "p" });
  expect(await late.messages.next()).toBe("hello on unordered");
  expect(opened).toEqual(["early open", "unordered open"]);
  expect(client.socket.messages.seen.filter(({ type }) => type === "offer")).toEqual([]);
});

test("[AP4] the server's first channel has it offer, when the client's offer had no place for one", async () => {
  let peer: Peer | undefined;
  const { open, channels } = await start({
    peerOpened(accepted) {
      peer = accepted;
    },
  });
  const client = await open();
  client.addTrack("audio");
  await client.negotiate();
  await client.connectionState("connected");
  const channel = (peer as Peer).createDataChannel("late");
  channel.onopen = () => channel.send("hello");
  // The client's werift does not start SCTP on a connection that is there already.
  await eventually(() => client.pc.signalingState === "stable" && client.pc.sctpRemotePort, { what: "the offer" });
  await client.pc.sctpTransport?.start(5_000);
  const late = await channels.next();
  expect(late.channel.label).toBe("late");
  expect(await late.messages.next()).toBe("hello");
  expect(client.socket.messages.seen.filter(({ type }) => type === "offer")).toHaveLength(1);
});

test("[AP4] a channel made in peerOpened waits for an offer of the server when the client's has no place for it", async () => {
  const { open, channels } = await start({
    peerOpened(peer) {
      const channel = peer.createDataChannel("early");
      channel.onopen = () => channel.send("hello");
    },
  });
  const client = await open();
  client.addTrack("audio");
  await client.negotiate();
  expect(await (await channels.next()).messages.next()).toBe("hello");
});

test("[AP5] a track of one client is sent to another, and its end stops it", { timeout: 20_000 }, async () => {
  let viewer: Peer | undefined;
  const tracks = new Mailbox<RemoteTrack>("a track", ({ kind }) => kind);
  const { open } = await start({
    peerOpened(peer) {
      viewer ??= peer;
      peer.ontrack = (track) => tracks.push(track);
    },
  });
  const b = await open();
  await b.openChannel("chat");
  const a = await open();
  const camera = a.addTrack("video");
  await a.negotiate();
  await a.connectionState("connected");
  const track = await tracks.next();
  expect(track).toMatchObject({ kind: "video", mid: camera.transceiver.mid });
  const sent = (viewer as Peer).addTrack(track);
  b.pc.onTrack.subscribe((remote) => camera.collect(remote));
  await eventually(() => sent.mid !== null, { what: "the server's offer" });
  await camera.sendUntilReturned(10);
  expect(b.socket.messages.seen.filter(({ type }) => type === "offer")).toHaveLength(1);
  const ended = new Promise<void>((resolve) => {
    track.onended = () => {
      sent.stop();
      resolve();
    };
  });
  await a.close();
  await ended;
  await eventually(() => b.socket.messages.seen.filter(({ type }) => type === "offer").length === 2, {
    what: "the offer that takes the track back",
  });
});

test("[AP5] a track that is sent back from ontrack is in the answer, its keyframes are asked for, and its end is told", {
  timeout: 20_000,
}, async () => {
  const ended = Promise.withResolvers<void>();
  const tracks = new Mailbox<RemoteTrack>("a track", ({ kind }) => kind);
  const { open } = await start({
    peerOpened(peer) {
      peer.ontrack = (track) => {
        expect(peer.addTrack(track).mid).toBe(track.mid);
        track.onended = ended.resolve;
        tracks.push(track);
      };
    },
  });
  const vp8 = new RTCRtpCodecParameters({ mimeType: "video/VP8", clockRate: 90_000, rtcpFeedback: [usePLI()] });
  const client = await open({ config: { codecs: { video: [vp8] } } });
  const camera = client.addTrack("video");
  await client.negotiate();
  await client.connectionState("connected");
  await camera.sendUntilReturned(10);
  // Looked for on the transport: the client's werift may give it to its receiver instead of its sender.
  const keyframeAsked = new Promise<void>((resolve) => {
    client.pc.dtlsTransports[0]?.onRtcp.subscribe(({ type }) => type === RtcpPayloadSpecificFeedback.type && resolve());
  });
  (await tracks.next()).requestKeyframe();
  await keyframeAsked;
  expect(client.socket.messages.seen.filter(({ type }) => type === "offer")).toEqual([]);
  camera.transceiver.setDirection("inactive");
  await client.negotiate();
  await ended.promise;
});

test("[AP5] a track of this node only can be sent", async () => {
  let peer: Peer | undefined;
  const { open } = await start({
    peerOpened(accepted) {
      peer = accepted;
    },
  });
  await (await open()).openChannel("chat");
  const strange = { id: "x", kind: "video", mid: "0", onended: null, requestKeyframe: () => undefined } as const;
  expect(() => peer?.addTrack(strange as RemoteTrack)).toThrow(TypeError);
});

test("[AP6] send says why it cannot: bad-state, message-too-large, buffer-full", async () => {
  const served = new Mailbox<DataChannel>("a channel", ({ label }) => label);
  const { open } = await start(
    {
      peerOpened(peer) {
        peer.ondatachannel = (channel) => served.push(channel);
      },
    },
    ["--max-channel-buffer-bytes", "300000"],
  );
  const client = await open({ config: { maxMessageSize: 10_000 } });
  await client.openChannel("chat");
  const channel = await served.next();
  expect(codeOf(() => channel.send("x".repeat(10_000)))).toBe("nothing");
  expect(codeOf(() => channel.send("x".repeat(10_001)))).toBe("message-too-large");
  expect(codeOf(() => channel.send(new Uint8Array(10_001)))).toBe("message-too-large");
  expect(codeOf(() => channel.send("x".repeat(1_000_000)))).toBe("message-too-large");
  const drained = new Promise<void>((resolve) => {
    channel.onbufferedamountlow = resolve;
  });
  channel.bufferedAmountLowThreshold = 1_000;
  expect(channel.bufferedAmountLowThreshold).toBe(1_000);
  let sentCount = 0;
  while (codeOf(() => channel.send("x".repeat(10_000))) === "nothing") sentCount += 1;
  expect(codeOf(() => channel.send("x".repeat(10_000)))).toBe("buffer-full");
  expect(channel.bufferedAmount).toBeLessThanOrEqual(300_000);
  expect(sentCount).toBeGreaterThan(20);
  await drained;
  expect(channel.bufferedAmount).toBeLessThanOrEqual(1_000);
  expect(codeOf(() => channel.send("again"))).toBe("nothing");
  channel.close();
  expect(codeOf(() => channel.send("too late"))).toBe("bad-state");
});

test("[AP7] closing a peer says bye with the reason; the session goes on and may have another peer", async () => {
  const peers = new Mailbox<Peer>("a peer", ({ id }) => id);
  const states: string[] = [];
  const { node, open } = await start({
    peerOpened(peer) {
      peers.push(peer);
      peer.onconnectionstatechange = (state) => states.push(state);
    },
  });
  const client = await open();
  await client.openChannel("chat");
  await client.connectionState("connected");
  const peer = await peers.next();
  peer.close("that is all");
  peer.close("and again");
  expect(await client.socket.next("bye")).toEqual({ type: "bye", reason: "that is all" });
  await eventually(() => node.peerCount === 0, { what: "the peer to end" });
  expect([peer.connectionState, node.sessionCount]).toEqual(["closed", 1]);
  expect(codeOf(() => peer.createDataChannel("late"))).toBe("bad-state");
  expect(codeOf(() => peer.addTrack({} as RemoteTrack))).toBe("bad-state");
  expect(codeOf(() => peer.restartIce())).toBe("bad-state");
  expect(states).toEqual(["connecting", "connected", "closed"]);
  expect(client.socket.messages.seen.filter(({ type }) => type === "bye")).toHaveLength(1);
  const other = await open();
  other.pc.createDataChannel("chat");
  client.socket.send({ type: "offer", sdp: (await other.pc.createOffer()).sdp });
  const second = await peers.next();
  expect([second.session === peer.session, second.id === peer.id]).toEqual([true, false]);
});

test("[AP8] an ICE restart by the server is negotiated, and data flows on", async () => {
  const peers = new Mailbox<Peer>("a peer", ({ id }) => id);
  const { open } = await start({
    peerOpened(peer) {
      peers.push(peer);
      peer.ondatachannel = (channel) => {
        channel.onmessage = (data) => channel.send(data);
      };
    },
  });
  const client = await open();
  const channel = await client.openChannel("chat");
  expect(await channel.echo("before")).toBe("before");
  const fragment = (): string | undefined => /a=ice-ufrag:(\S+)/.exec(client.pc.remoteDescription?.sdp ?? "")?.[1];
  const before = fragment();
  (await peers.next()).restartIce();
  await eventually(() => fragment() !== before && client.pc.signalingState === "stable", { what: "new credentials" });
  expect(await channel.echo("after")).toBe("after");
});

test("[AP9] closing a session shows its reason to the client and ends its peer without a crash", async () => {
  const sessions = new Mailbox<Session>("a session", ({ id }) => id);
  const closed: string[] = [];
  const { node, open } = await start({
    sessionOpened: (session) => {
      session.onclose = () => closed.push("session");
      sessions.push(session);
    },
    peerOpened: (peer) => {
      peer.onclose = () => closed.push("peer");
    },
  });
  const client = await open();
  await client.openChannel("chat");
  const session = await sessions.next();
  session.close("come back tomorrow");
  session.close("and again");
  expect(await client.socket.closed()).toEqual({ code: 1000, reason: "come back tomorrow" });
  await eventually(() => node.sessionCount === 0, { what: "the session to end" });
  expect(closed).toEqual(["peer", "session"]);
  session.close();
});

test.each([
  ["x".repeat(123), "x".repeat(123)],
  ["x".repeat(200), "x".repeat(123)],
  ["ü".repeat(100), "ü".repeat(61)],
])("[AP9] a reason longer than a close frame holds is cut at a whole character (%#)", async (given, shown) => {
  const { openSocket } = await start({ sessionOpened: (session) => queueMicrotask(() => session.close(given)) });
  const socket = await openSocket();
  expect((await socket.closed()).reason).toBe(shown);
});

test("[AP10] a stop ends sessions and peers and frees the port", async () => {
  const { node, open, wsUrl } = await start({});
  const client = await open();
  await client.openChannel("chat");
  const stopped = node.stop();
  expect(await client.socket.next("error")).toMatchObject({ code: "shutting-down" });
  expect((await client.socket.closed()).code).toBe(1012);
  await stopped;
  expect([node.sessionCount, node.peerCount]).toEqual([0, 0]);
  await expect(openSignallingSocket(wsUrl)).rejects.toThrow();
  await node.stop();
});

test("[AP10] a node that cannot listen says so as bad-config", async () => {
  const { node } = await start({});
  const port = new URL(node.url).port;
  const config = readConfig({ argv: ["--port", port], env: {}, cwd: "/nonexistent" });
  await expect(startNode({}, { config, log: silent })).rejects.toMatchObject({ code: "bad-config" });
});
