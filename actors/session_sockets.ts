import { errorCodes } from "../protocol/signalbox_error.ts";
import type { SignallingSocket } from "./ports.ts";

/** Close codes of a client that will not come back: it said goodbye (RFC 6455, 7.4.1), or was closed for what it did. */
const farewells: ReadonlySet<number> = new Set([
  1000,
  1001,
  errorCodes["frame-too-large"].closeCode ?? 1000,
  errorCodes["too-many-errors"].closeCode ?? 1000,
]);

/** Which socket is whose: a session has one at a time, or none for a while. */
export class SessionSockets {
  readonly #maxDetached: number;
  readonly #sessions = new Map<SignallingSocket, string>();
  /** Sessions that are waited for. */
  readonly #detached = new Set<string>();

  constructor(maxDetached: number) {
    this.#maxDetached = maxDetached;
  }

  /** The session that a socket is of now. */
  sessionOf(socket: SignallingSocket): string | undefined {
    return this.#sessions.get(socket);
  }

  attach(socket: SignallingSocket, sessionId: string): void {
    this.#sessions.set(socket, sessionId);
    this.#detached.delete(sessionId);
  }

  /**
   * A socket is closed. Whether its client may come back. One that went on to another node, as it was told to (`isSentAway`), closes this
   * socket in order, and needs its media here for a moment.
   */
  lose(
    socket: SignallingSocket,
    { code, isSentAway }: { readonly code: number; readonly isSentAway: boolean },
  ): boolean {
    this.#sessions.delete(socket);
    if (isSentAway && code === 1000) return true;
    return !farewells.has(code) && this.#detached.size < this.#maxDetached;
  }

  waitFor(sessionId: string): void {
    this.#detached.add(sessionId);
  }

  /** Another socket has its session: it is told so, and closed. */
  replace(socket: SignallingSocket, peerId: string): void {
    if (!this.#sessions.delete(socket)) return;
    socket.send({ type: "peer-left", peer: peerId, reason: "replaced" });
    socket.close(errorCodes.replaced.closeCode ?? 1000, "replaced");
  }

  forget(sessionId: string, socket: SignallingSocket | undefined): void {
    this.#detached.delete(sessionId);
    if (socket !== undefined && this.#sessions.get(socket) === sessionId) this.#sessions.delete(socket);
  }
}
