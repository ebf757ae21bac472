import { probeServer } from "../server_probe.ts";
import { SignalingSocket } from "../signaling_socket.ts";
import type { NetworkEvent } from "./network_facts.ts";
import { within } from "./within.ts";

/** What a check of the signalling needs. */
export interface SignalingCheckOptions {
  readonly url: string;
  readonly emit: (event: NetworkEvent) => void;
  readonly signal: AbortSignal;
}

/** How long the socket may take to open, and the server to let the page into its room. Ours; the server's own bound is 10 s. */
const openingMs = 10_000;
const joiningMs = 12_000;
/** How many messages there and back are timed, and how long each may take. */
const roundTrips = 5;
const roundTripMs = 3_000;

/**
 * Opens the WebSocket, enters a room that nobody else can know, since ICE servers come with a room; times messages to itself there, and
 * leaves. Says what it found as events.
 *
 * @returns the ICE servers; `refused` where the server let the page into no room; null where the socket cannot be used
 */
export async function checkSignaling(
  options: SignalingCheckOptions,
): Promise<readonly RTCIceServer[] | "refused" | null> {
  const { url, emit, signal } = options;
  const startedAtMs = performance.now();
  const opened = Promise.withResolvers<void>();
  const joined = Promise.withResolvers<Joined>();
  const returned: PromiseWithResolvers<void>[] = [];
  emit({ type: "signaling.changed", signaling: { state: "connecting" } });
  const socket = new SignalingSocket(url, {
    opened: () => opened.resolve(),
    closed: (code, reason) => {
      const lost = new SocketLost({ code, reason });
      for (const waiting of [opened, joined, ...returned]) waiting.reject(lost);
    },
    received: (message) => {
      if (message.type === "joined") joined.resolve({ ...message, refusal: null });
      if (message.type === "error") joined.resolve({ peer: "", iceServers: [], refusal: message });
      if (message.type === "data" && message.topic === topic) returned[Number(message.payload)]?.resolve();
    },
  });
  // It is waited for below; that it may fail before its turn is no fault of its own.
  joined.promise.catch(() => undefined);
  try {
    await within(openingMs, { promise: opened.promise, signal });
    emit({ type: "signaling.changed", signaling: { state: "measuring", openedMs: performance.now() - startedAtMs } });
    socket.send({ type: "join", room: `check-${unguessable()}`, name: "Connection check", subscribe: "none" });
    const { peer, iceServers, refusal } = await within(joiningMs, { promise: joined.promise, signal });
    if (refusal !== null) {
      emit({ type: "servers.told", servers: { state: "refused", code: refusal.code, message: refusal.message } });
      emit({ type: "signaling.changed", signaling: { state: "works" } });
      return "refused";
    }
    emit({ type: "servers.told", servers: { state: "told", count: iceServers.length } });
    const times: number[] = [];
    for (let index = 0; index < roundTrips; index += 1) {
      const sentAtMs = performance.now();
      const waiting = Promise.withResolvers<void>();
      returned.push(waiting);
      socket.send({ type: "data", to: [peer], topic, payload: index });
      await within(roundTripMs, { promise: waiting.promise, signal });
      times.push(performance.now() - sentAtMs);
      emit({ type: "signaling.changed", signaling: { roundTripsMs: [...times] } });
    }
    emit({ type: "signaling.changed", signaling: { state: "works" } });
    return iceServers;
  } catch (error) {
    if (signal.aborted) return null;
    const close = error instanceof SocketLost ? error.close : null;
    const hasServerAnswered = await probeServer();
    emit({ type: "signaling.changed", signaling: { state: "failed", close, hasServerAnswered } });
    return null;
  } finally {
    socket.send({ type: "leave" });
    socket.close();
  }
}

const topic = "connection-check";

interface Joined {
  readonly peer: string;
  readonly iceServers: readonly RTCIceServer[];
  readonly refusal: { readonly code: string; readonly message: string } | null;
}

class SocketLost extends Error {
  readonly close: { readonly code: number; readonly reason: string };

  constructor(close: { readonly code: number; readonly reason: string }) {
    super(`Cannot use the socket: it was closed with ${close.code}`);
    this.close = close;
  }
}

/** As many bits as no one guesses. Not `randomUUID`, which a page without TLS does not have. */
function unguessable(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
