import { readdirSync, readlinkSync } from "node:fs";
import { queryObjects } from "node:v8";
import { RTCDtlsTransport, RTCIceTransport, RTCPeerConnection, RTCSctpTransport } from "werift";
import type { PeerEngine, PeerEngineFactory } from "../../../actors/ports.ts";
import { StaticServers } from "../../../transport/ice/static_servers.ts";
import { WeriftEngineFactory } from "../../../transport/media/werift_engine_factory.ts";

// A process of its own, for what is left behind to be its own: opens and closes peer connections at every stage, in batches, and
// prints what it holds before and after as one line of JSON. Run with `--expose-gc`.

declare const gc: (options?: object) => Promise<void> | undefined;

/** What a process holds. */
interface Held {
  readonly fds: Record<string, number>;
  readonly resources: Record<string, number>;
  /** Objects of werift that something still refers to. */
  readonly objects: Record<string, number>;
  readonly heapBytes: number;
}

const kinds = [RTCPeerConnection, RTCIceTransport, RTCDtlsTransport, RTCSctpTransport];
const batchSize = 20;
const peerCount = Number(process.argv[2] ?? 1_000);
const connectedCount = Number(process.argv[3] ?? 100);
const media = { channelOpened: () => undefined, trackAdded: () => undefined, handlerFailed: () => undefined };

const factory: PeerEngineFactory = await WeriftEngineFactory.create({
  announceIps: [],
  iceServers: new StaticServers([]),
  interfaces: [],
  isIceLite: false,
  relayCandidates: "auto",
  silenceTimeoutMs: 8_000,
  consentTimeoutMs: 30_000,
  maxDataChannels: 256,
  maxMediaSections: 128,
  maxMessageBytes: 262_144,
  maxChannelBufferBytes: 1_048_576,
  onFailure: (error) => {
    throw error;
  },
});

/** An offer that all who never connect may use; nothing is opened for it. */
const offer = await makeOffer();

async function makeOffer(): Promise<string> {
  const client = new RTCPeerConnection({ iceServers: [] });
  client.createDataChannel("chat");
  client.addTransceiver("video", { direction: "sendrecv" });
  const { sdp } = await client.createOffer();
  await client.close();
  return sdp;
}

/** The stages that a peer connection may be closed at; each leaves it to the caller to close the engine. */
const stages: readonly ((engine: PeerEngine) => Promise<unknown> | undefined)[] = [
  () => undefined,
  // In the midst of taking the offer, and just after.
  (engine) => void engine.applyRemoteDescription({ type: "offer", sdp: offer }).catch(() => undefined),
  (engine) => engine.applyRemoteDescription({ type: "offer", sdp: offer }),
  // In the midst of making the answer, a turn later, and just after.
  async (engine) => {
    await engine.applyRemoteDescription({ type: "offer", sdp: offer });
    void engine.createLocalDescription("answer", { isIceRestart: false }).catch(() => undefined);
  },
  async (engine) => {
    await engine.applyRemoteDescription({ type: "offer", sdp: offer });
    void engine.createLocalDescription("answer", { isIceRestart: false }).catch(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
  },
  async (engine) => {
    await engine.applyRemoteDescription({ type: "offer", sdp: offer });
    await engine.createLocalDescription("answer", { isIceRestart: false });
  },
  // Checks go to an address where nobody answers.
  async (engine) => {
    await engine.applyRemoteDescription({ type: "offer", sdp: offer });
    await engine.createLocalDescription("answer", { isIceRestart: false });
    await engine.addRemoteCandidate({ candidate: "candidate:1 1 udp 1 127.0.0.1 9 typ host", sdpMid: "0" });
  },
  // The server's own offer, with a channel of its own.
  async (engine) => {
    await engine.applyRemoteDescription({ type: "offer", sdp: offer });
    await engine.createLocalDescription("answer", { isIceRestart: false });
    engine.createDataChannel("late", {});
    await engine.createLocalDescription("offer", { isIceRestart: true });
  },
];

async function openAndClose(index: number): Promise<void> {
  const engine = factory.create({ peerId: `peer-${index}`, report: () => undefined, media });
  await stages[index % stages.length]?.(engine);
  await engine.close();
}

/** A real connection, with a message there and back; the server or the client closes first, by turns. */
async function connectAndClose(index: number): Promise<void> {
  const client = new RTCPeerConnection({ iceServers: [] });
  const channel = client.createDataChannel("chat");
  const engine = factory.create({
    peerId: `peer-${index}`,
    report: (event) => {
      if (event.type === "candidate.gathered") void client.addIceCandidate(event.candidate ?? undefined);
    },
    media: {
      ...media,
      channelOpened: (opened) => {
        opened.onmessage = (data) => opened.send(data);
      },
    },
  });
  await client.setLocalDescription(await client.createOffer());
  await engine.applyRemoteDescription({ type: "offer", sdp: client.localDescription?.sdp ?? "" });
  const { sdp } = await engine.createLocalDescription("answer", { isIceRestart: false });
  const echoed = new Promise<void>((resolve) => {
    channel.onMessage.subscribe(() => resolve());
    channel.stateChanged.subscribe((state) => state === "open" && channel.send("hello"));
  });
  await client.setRemoteDescription({ type: "answer", sdp });
  // Some are closed in the midst of ICE, DTLS or SCTP.
  const isCutOff = index % 3 === 1;
  await (isCutOff ? new Promise((resolve) => setTimeout(resolve, index % 50)) : echoed);
  await (index % 2 === 0 ? engine : client).close();
  await (index % 2 === 0 ? client : engine).close();
}

async function run(total: number, connected: number): Promise<void> {
  for (let start = 0; start < total; start += batchSize) {
    const batch = Array.from({ length: Math.min(batchSize, total - start) }, (_, offset) => start + offset);
    const every = Math.max(1, Math.floor(total / Math.max(1, connected)));
    await Promise.all(
      batch.map((index) => (index % every === 0 && connected > 0 ? connectAndClose(index) : openAndClose(index))),
    );
  }
}

async function measure(): Promise<Held> {
  // What was closed is let go of in the turns after.
  for (let round = 0; round < 4; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    await gc({ type: "major", execution: "async" });
  }
  const links = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).replace(/[\d[\]]+/g, "");
    } catch {
      return "gone";
    }
  });
  return {
    fds: count(links.filter((link) => link !== "gone")),
    resources: count(process.getActiveResourcesInfo()),
    objects: Object.fromEntries(
      kinds.map((kind) => [kind.name, Number(queryObjects(kind as never, { format: "count" }))]),
    ),
    heapBytes: process.memoryUsage().heapUsed,
  };
}

function count(kinds: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of kinds.toSorted()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

// What is loaded and cached at the first use is not left behind by the rest.
await run(2 * stages.length * batchSize, batchSize);
const before = await measure();
await run(peerCount, connectedCount);
const after = await measure();
process.stdout.write(`${JSON.stringify({ before, after })}\n`);
