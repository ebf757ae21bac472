import { once } from "node:events";
import { connect } from "node:net";
import { expect } from "vitest";
import { RTCPeerConnection } from "werift";
import { errorCodes } from "../../protocol/signalbox_error.ts";
import { e2e } from "../kit/e2e.ts";
import { waitForHandles } from "../kit/handles.ts";
import { openSignallingSocket, type SignallingMessage, type SignallingSocket } from "../kit/signalling_socket.ts";
import { startTcpProxy } from "../kit/start_tcp_proxy.ts";
import { openWeriftClient } from "../kit/werift_client.ts";

const test = e2e
  .extend("baseline", { scope: "file" }, async ({ node }) => {
    await expectEcho(node.wsUrl);
    return await waitForHandles(node.pid, { udpSockets: 0 });
  })
  .extend("socket", async ({ node, baseline }, { onCleanup }) => {
    expect(baseline.fds).toBeGreaterThan(0);
    const socket = await openSignallingSocket(node.wsUrl);
    onCleanup(() => socket.close());
    return socket;
  })
  .extend("proxy", async ({ node, baseline }, { onCleanup }) => {
    expect(baseline.fds).toBeGreaterThan(0);
    const proxy = await startTcpProxy(node.wsUrl);
    onCleanup(() => proxy.close());
    return proxy;
  });

const NOT_JSON = ["", "hello", "{", '{"type":', "\u0000", "undefined", "{'type':'offer'}"];
const NOT_A_MESSAGE = [
  "null",
  "42",
  "[]",
  '"offer"',
  "{}",
  { type: "nonsense" },
  { type: 7 },
  { type: "__proto__" },
  { type: "constructor" },
  { type: "offer" },
  { type: "offer", sdp: 7 },
  { type: "offer", sdp: { type: "offer", sdp: "v=0" } },
  { type: "answer", sdp: null },
  { type: "candidate" },
  { type: "candidate", candidate: 7 },
  { type: "candidate", candidate: { candidate: 7 } },
  { type: "candidate", candidate: { candidate: "", sdpMLineIndex: "first" } },
];

for (const [code, what, frames] of [
  ["bad-json", "a frame that is not JSON", NOT_JSON],
  ["bad-message", "a message of an unknown type or with wrong fields", NOT_A_MESSAGE],
] as const) {
  test(`[E2E70] ${what} gets ${code} and the socket stays open`, async ({ node }) => {
    for (const frame of frames) {
      // A socket for each: too many errors on one are abuse, and close it.
      const socket = await openSignallingSocket(node.wsUrl);
      try {
        socket.send(frame);
        expect(await socket.next("error"), JSON.stringify(frame)).toMatchObject({ code });
        await expectAlive(socket);
      } finally {
        await socket.close();
      }
    }
  });
}

test("[E2E72] an error repeats the ref of its request", async ({ socket }) => {
  for (const ref of ["a ref", 7]) {
    socket.send({ type: "nonsense", ref });
    expect(await socket.next("error")).toMatchObject({ ref });
  }
});

test("[E2E73] a binary frame gets an error and the socket stays open", async ({ socket }) => {
  socket.send(new TextEncoder().encode('{"type":"offer"}'));
  await expectError(socket);
  socket.send(new Uint8Array(1_000).fill(255));
  await expectError(socket);
  await expectAlive(socket);
});

test("[E2E74] an answer that nobody asked for gets an error and the socket stays open", async ({ socket }) => {
  socket.send({ type: "answer", sdp: await createSdp() });
  await expectError(socket);
  await expectAlive(socket);
  socket.send({ type: "offer", sdp: await createSdp() });
  await socket.next("answer");
  socket.send({ type: "answer", sdp: await createSdp() });
  await expectError(socket);
  await expectAlive(socket);
});

test("[E2E75] two offers sent in one breath get two replies", async ({ socket }) => {
  const sdp = await createSdp();
  socket.send({ type: "offer", sdp });
  socket.send({ type: "offer", sdp });
  await socket.next(isReply);
  await socket.next(isReply);
  await expectAlive(socket);
});

const BAD_SDP: Record<string, (sdp: string) => string> = {
  empty: () => "",
  "one line": () => "v=0",
  "cut off in its first fingerprint": (sdp) => sdp.slice(0, sdp.indexOf("a=fingerprint:") + 40),
  "cut off after the first media line": (sdp) => sdp.slice(0, sdp.indexOf("m=") + 20),
  "without fingerprint": (sdp) => sdp.replaceAll(/^a=fingerprint:.*\r\n/gm, ""),
  "with a fingerprint of nonsense": (sdp) => sdp.replaceAll(/^a=fingerprint:.*/gm, "a=fingerprint:sha-256 nonsense"),
  "without ICE credentials": (sdp) => sdp.replaceAll(/^a=ice-(ufrag|pwd):.*\r\n/gm, ""),
  "of binary rubbish": () => String.fromCharCode(...Array.from({ length: 2_000 }, (_, index) => index % 256)),
  "with 500 media sections": (sdp) => withSections(sdp, 500),
};

for (const [name, spoil] of Object.entries(BAD_SDP)) {
  test(`[E2E76] an offer ${name} gets bad-sdp, and a good one on the same socket an answer`, async ({ socket }) => {
    const sdp = await createSdp();
    expect(await socket.ask({ type: "offer", sdp: spoil(sdp) })).toMatchObject({ type: "error", code: "bad-sdp" });
    socket.send({ type: "offer", sdp });
    await socket.next("answer");
  });
}

test("[E2E87] wherever an offer is cut off, the reply is bad-sdp or an answer", async ({ node }) => {
  const sdp = await createSdp();
  const outcomes = new Set<string>();
  for (let length = 10; length < sdp.length; length += Math.ceil(sdp.length / 60)) {
    const socket = await openSignallingSocket(node.wsUrl);
    try {
      const cut = sdp.slice(0, length);
      const what = `a reply to an offer that ends with ${JSON.stringify(cut.slice(-60))}`;
      socket.send({ type: "offer", sdp: cut });
      const { type, code } = await socket.next(isReply, { what, timeoutMs: 5_000 });
      expect(type === "answer" || code === "bad-sdp", `${code} for ${what}`).toBe(true);
      outcomes.add(type);
    } finally {
      await socket.close();
    }
  }
  expect(outcomes).toContain("error");
});

test("[E2E88] a section of nothing but a codec that the server does not know is rejected in the answer", async ({
  socket,
}) => {
  const [session = "", audio = "", ...others] = (await createSdp()).split(/(?=^m=)/m);
  const sdp = [session, unknownCodec(audio), ...others].join("");
  socket.send({ type: "offer", sdp });
  const { type, sdp: answer } = await socket.next(isReply);
  expect(type).toBe("answer");
  expect(answer).toMatch(/^m=audio 0 /m);
});

test("[E2E88] an offer of nothing but such a section is refused, and a good one on the same socket answered", async ({
  socket,
}) => {
  const [session = "", audio = ""] = (await createSdp()).replace(/^(a=group:BUNDLE).*$/m, "$1 0").split(/(?=^m=)/m);
  socket.send({ type: "offer", sdp: session + unknownCodec(audio) });
  expect(await socket.next(isReply)).toMatchObject({ type: "error", code: "bad-sdp" });
  socket.send({ type: "offer", sdp: await createSdp() });
  expect(await socket.next("answer")).toBeDefined();
});

function unknownCodec(section: string): string {
  const bare = section
    .replace(/^m=audio.*$/m, "m=audio 9 UDP/TLS/RTP/SAVPF 100")
    .replaceAll(/^a=(rtpmap|fmtp|rtcp-fb):.*\r\n/gm, "");
  return `${bare}a=rtpmap:100 iLBC/8000\r\n`;
}

test("[E2E77] a frame over the limit closes the socket with frame-too-large, and nobody else notices", async ({
  node,
  socket,
}) => {
  socket.send({ type: "offer", sdp: "a=x:0123456789\r\n".repeat(20_000) });
  expect((await socket.closed()).code).toBe(errorCodes["frame-too-large"].closeCode);
  await expectEcho(node.wsUrl);
});

for (const megabytes of [1, 8]) {
  test(`[E2E78] a frame of ${megabytes} MB, far over the limit, is cut off, and nobody else notices`, async ({
    node,
    socket,
  }) => {
    socket.send({ type: "offer", sdp: "x".repeat(megabytes * 1_048_576) });
    expect((await socket.closed()).code).toSatisfy(isRefusal);
    await expectEcho(node.wsUrl);
  });
}

const BAD_CANDIDATES: unknown[] = [
  "rubbish",
  "candidate:",
  "candidate:1 1 udp 1 999.999.999.999 99999 typ host",
  { candidate: "candidate:1 1 udp 2122260223 192.0.2.9 -1 typ host", sdpMid: "0" },
  { candidate: "candidate:1 1 udp 2122260223 192.0.2.9 4000 typ host", sdpMid: "no such mid" },
  { candidate: "candidate:1 1 udp 2122260223 192.0.2.9 4000 typ host", sdpMLineIndex: 400 },
  { candidate: "candidate:1 1 udp 2122260223 no-such-host.invalid 4000 typ host", sdpMid: "0" },
  { candidate: "x".repeat(1_000), sdpMid: "0" },
];

test("[E2E79] candidates of rubbish disturb neither the socket nor the connection", async ({ node, socket }) => {
  const client = await openWeriftClient(node.wsUrl);
  try {
    const channel = await client.openChannel("chat");
    for (const candidate of BAD_CANDIDATES) client.socket.send({ type: "candidate", candidate });
    client.socket.send({ type: "candidate", candidate: null });
    await expectAlive(client.socket);
    expect(await channel.echo("hello")).toBe("hello");
  } finally {
    await client.close();
  }
  for (const candidate of BAD_CANDIDATES) socket.send({ type: "candidate", candidate });
  await expectAlive(socket);
});

test("[E2E80] candidates and answers after a bye disturb nobody, and a second bye neither", async ({ socket }) => {
  const sdp = await createSdp();
  socket.send({ type: "offer", sdp });
  await socket.next("answer");
  socket.send({ type: "bye" });
  const candidate = "candidate:1 1 udp 2122260223 192.0.2.9 4000 typ host";
  socket.send({ type: "candidate", candidate: { candidate, sdpMid: "0", sdpMLineIndex: 0 } });
  socket.send({ type: "candidate", candidate: null });
  socket.send({ type: "answer", sdp });
  socket.send({ type: "bye" });
  await expectAlive(socket);
  socket.send({ type: "offer", sdp });
  await socket.next("answer");
});

test("[E2E81] a flood of bad messages ends with a close code of ours, and nobody else notices", async ({
  node,
  socket,
}) => {
  const closed = socket.closed(20_000);
  for (let count = 0; count < 5_000 && socket.isOpen; count++) {
    socket.send({ type: "nonsense" });
    if (count % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await closed).code).toSatisfy(isOurCloseCode);
  await expectEcho(node.wsUrl);
});

test("[E2E82] connections that vanish before or during the WebSocket handshake leave nothing behind", async ({
  node,
  baseline,
}) => {
  const { hostname, port } = new URL(node.url);
  const request = `GET /ws HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`;
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  // Nothing, half a request, a whole one, and a whole one with the head of a frame that never ends.
  const beginnings = ["", request, `${request}${key}`, `${request}${key}\u0001\u007e\u0000`];
  for (const beginning of beginnings) {
    const connection = connect(Number(port), hostname);
    await once(connection, "connect");
    if (beginning !== "") await new Promise((resolve) => connection.write(beginning, "latin1", resolve));
    connection.resetAndDestroy();
  }
  await waitForHandles(node.pid, { fds: baseline.fds });
});

test("[E2E83] a socket that vanishes right after its offer leaves nothing behind", async ({
  node,
  baseline,
  proxy,
}) => {
  const socket = await openSignallingSocket(proxy.wsUrl);
  socket.send({ type: "offer", sdp: await createSdp() });
  await socket.next("answer");
  proxy.cut();
  const hasty = await openSignallingSocket(proxy.wsUrl);
  hasty.send({ type: "offer", sdp: await createSdp() });
  hasty.send({ type: "candidate", candidate: null });
  proxy.cut();
  await waitForHandles(node.pid, { fds: baseline.fds, udpSockets: baseline.udpSockets });
});

test("[E2E84] a connected client whose socket vanishes leaves nothing behind", async ({ node, baseline, proxy }) => {
  const client = await openWeriftClient(proxy.wsUrl);
  const channel = await client.openChannel("chat");
  await channel.echo("hello");
  proxy.cut();
  await client.close();
  await waitForHandles(node.pid, { fds: baseline.fds, udpSockets: baseline.udpSockets });
});

test("[E2E85] after all of this the node works, holds nothing and has logged no crash", async ({ node, baseline }) => {
  await expectEcho(node.wsUrl);
  await waitForHandles(node.pid, { fds: baseline.fds, udpSockets: baseline.udpSockets });
  expect(node.process.exitCode).toBeNull();
  expect(node.stderr()).toBe("");
  expect(node.log.seen.filter((line) => /uncaught|unhandled|crash/i.test(JSON.stringify(line)))).toEqual([]);
});

/** The socket answers: even nonsense gets its error with its ref. */
async function expectAlive(socket: SignallingSocket): Promise<void> {
  expect(await socket.ask({ type: "are you alive?" })).toMatchObject({ type: "error", code: "bad-message" });
}

function isReply({ type }: SignallingMessage): boolean {
  return type === "answer" || type === "error";
}

async function expectError(socket: SignallingSocket): Promise<void> {
  const { code } = await socket.next("error");
  expect(errorCodes).toHaveProperty(String(code));
}

/** A fresh client is served. */
async function expectEcho(wsUrl: string): Promise<void> {
  const client = await openWeriftClient(wsUrl);
  try {
    const channel = await client.openChannel("chat");
    expect(await channel.echo("hello")).toBe("hello");
  } finally {
    await client.close();
  }
}

function isOurCloseCode(code: unknown): boolean {
  return typeof code === "number" && code >= 4400 && code <= 4499;
}

/** A code of ours, or what the WebSocket layer says when it has read enough: 1009 (RFC 6455, 7.4.1) or no code at all. */
function isRefusal(code: unknown): boolean {
  return isOurCloseCode(code) || code === 1009 || code === 1006;
}

/** A good offer of audio, video and data; no socket is opened for it. */
async function createSdp(): Promise<string> {
  const pc = new RTCPeerConnection({ iceServers: [] });
  try {
    pc.addTransceiver("audio");
    pc.addTransceiver("video");
    pc.createDataChannel("chat");
    return (await pc.createOffer()).sdp;
  } finally {
    await pc.close();
  }
}

/** The same offer with its first section, at its shortest, repeated under new mids, all in the bundle. */
function withSections(sdp: string, count: number): string {
  const [session = "", long = ""] = sdp.split(/(?=^m=)/m);
  const first = long.replaceAll(/^a=(candidate|extmap|rtcp-fb|fmtp|ssrc|msid|end-of).*\r\n/gm, "");
  const mids = Array.from({ length: count }, (_, index) => `m${index}`);
  const bundled = session.replace(/^a=group:BUNDLE.*$/m, `a=group:BUNDLE ${mids.join(" ")}`);
  return bundled + mids.map((mid) => first.replace(/^a=mid:.*$/m, `a=mid:${mid}`)).join("");
}
