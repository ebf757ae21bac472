import type { ConnectionState } from "../machines/peer_machine.ts";
import type { Logger } from "./logger.ts";

/** What became of one peer connection, each thing once: that it connected, and why it ended. */
export class PeerLog {
  readonly #log: Logger;
  readonly #fields: { readonly session: string; readonly peer: string };
  readonly #openedAtMs: number;
  #isConnected = false;
  #isEnded = false;

  /** @param openedAtMs when the offer that it began with came */
  constructor(log: Logger, fields: { readonly session: string; readonly peer: string }, openedAtMs: number) {
    this.#log = log;
    this.#fields = fields;
    this.#openedAtMs = openedAtMs;
  }

  /** @param cause the event that changed the state, with the code of what failed or the reason that was given, if any */
  stateChanged(state: ConnectionState, { cause, nowMs }: { readonly cause: Cause; readonly nowMs: number }): void {
    if (state === "connected" && !this.#isConnected) {
      this.#isConnected = true;
      this.#log.info("peer connected", { ...this.#fields, ms: Math.round(nowMs - this.#openedAtMs) });
    }
    if (state !== "closed" || this.#isEnded) return;
    this.#isEnded = true;
    this.#log.info(cause.code === undefined ? "peer closed" : "peer failed", {
      ...this.#fields,
      reason: reasonOf(cause),
    });
  }
}

interface Cause {
  readonly type: string;
  readonly code?: string;
  readonly reason?: string | undefined;
}

function reasonOf({ type, code, reason }: Cause): string {
  return code ?? reason ?? type;
}
