import { setTimeout as sleep } from "node:timers/promises";
import { type DataChannel, initLogger, PeerConnection } from "node-datachannel";
import { withDeadline } from "../../test/kit/with_deadline.ts";

/** How long a set-up may take before it counts as failed. Ours: more than any server's own retries take. */
const timeoutMs = 10_000;

/** So often a set-up is begun again that the client itself has spoiled. */
const maxAgain = 3;

/** What libdatachannel took last for a wrong certificate, in `performance.now()`. */
let refusedAtMs = Number.NEGATIVE_INFINITY;
let isLogging = false;

/** A connection that is up. Whoever opened it closes it. */
export interface OpenConnection {
  /** From sending the offer to the open data channel. */
  readonly latencyMs: number;
  /** How many tries it took that the client itself spoiled. */
  readonly spoiled: number;
  /** Whether it still is. */
  isConnected(): boolean;
  close(): void;
}

interface ServerSays {
  readonly type: string;
  readonly sdp?: string;
  readonly code?: string;
  readonly candidate?: { readonly candidate: string; readonly sdpMid?: string | null } | null;
}

/**
 * Sets up one connection as a browser would: a WebSocket, an offer with a data channel, candidates as they are found.
 *
 * libdatachannel 0.24 asks for the fingerprint of an answer before it has noted that one: on a busy machine, where ICE and the first messages
 * of DTLS are through meanwhile, it takes the right certificate for a wrong one. It gets a few more tries then.
 *
 * @throws Error when the channel is not open within 10 s or the server says that something went wrong.
 */
export async function setUpOne(wsUrl: string): Promise<OpenConnection> {
  if (!isLogging) initLogger("Error", (_, message) => noteRefusal(message));
  isLogging = true;
  for (let again = 0; ; again += 1) {
    const beganAtMs = performance.now();
    try {
      return { ...(await setUp(wsUrl)), spoiled: again };
    } catch (error) {
      if (!(error instanceof ConnectionFailed)) throw error;
      // Its log comes by a way of its own.
      await sleep(50);
      if (refusedAtMs < beganAtMs || again === maxAgain) throw error;
    }
  }
}

function noteRefusal(message: string): void {
  if (message.includes("certificate verify failed")) refusedAtMs = performance.now();
}

/** The peer connection itself, whatever the server says. */
class ConnectionFailed extends Error {}

async function setUp(wsUrl: string): Promise<Omit<OpenConnection, "spoiled">> {
  const socket = new WebSocket(wsUrl);
  const pc = new PeerConnection("client", { iceServers: [] });
  let channel: DataChannel | undefined;
  const close = () => {
    // Held until here: libdatachannel closes a channel that is collected.
    channel?.close();
    pc.close();
    socket.close();
  };
  const failed = Promise.withResolvers<never>();
  try {
    socket.addEventListener("error", () => failed.reject(new Error("the WebSocket failed")));
    socket.addEventListener("close", ({ code }) => failed.reject(new Error(`the WebSocket closed with ${code}`)));
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as ServerSays;
      if (message.type === "error" || message.type === "bye") failed.reject(new Error(`the server says ${data}`));
      try {
        hear(pc, message);
      } catch (error) {
        failed.reject(new ConnectionFailed(`the client takes no ${message.type}: ${error}`));
      }
    });
    await before(failed.promise, "the WebSocket", (done) => socket.addEventListener("open", () => done()));
    const say = (message: object) => socket.send(JSON.stringify(message));
    let sentAtMs = Number.NaN;
    pc.onLocalDescription((sdp, type) => {
      sentAtMs = performance.now();
      say({ type, sdp });
    });
    pc.onLocalCandidate((candidate, sdpMid) =>
      say({ type: "candidate", candidate: { candidate: candidate.replace(/^a=/, ""), sdpMid } }),
    );
    pc.onStateChange((state) => state === "failed" && failed.reject(new ConnectionFailed("the connection failed")));
    await before(failed.promise, "the data channel", (done) => {
      channel = pc.createDataChannel("bench");
      channel.onOpen(done);
    });
    const isConnected = () => pc.state() === "connected";
    return { latencyMs: performance.now() - sentAtMs, isConnected, close };
  } catch (error) {
    close();
    throw error;
  }
}

function hear(pc: PeerConnection, { type, sdp, candidate }: ServerSays): void {
  if (type === "answer" && sdp !== undefined) pc.setRemoteDescription(sdp, "answer");
  // `null` and the empty string say that no more will come.
  if (type === "candidate" && candidate?.candidate) pc.addRemoteCandidate(candidate.candidate, candidate.sdpMid ?? "0");
}

function before(failed: Promise<never>, what: string, start: (done: () => void) => void): Promise<void> {
  const done = new Promise<void>((resolve) => start(resolve));
  return withDeadline(Promise.race([done, failed]), { what, timeoutMs });
}
