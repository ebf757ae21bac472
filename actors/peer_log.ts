import type { ConnectionState } from "../machines/peer_machine.ts";
import type { LoggedExplanation } from "./failure_explainer.ts";
import type { LogFields, Logger } from "./logger.ts";

/** What became of one peer connection, each thing once: that it connected, and why it ended. */
export class PeerLog {
  readonly #log: Logger;
  readonly #fields: { readonly session: string; readonly peer: string };
  readonly #openedAtMs: number;
  readonly #place: () => LogFields;
  readonly #hasGivenUp: () => boolean;
  readonly #explain: () => LoggedExplanation | undefined;
  #lastState: ConnectionState = "new";
  #isConnected = false;
  #isEnded = false;

  constructor(
    log: Logger,
    fields: { readonly session: string; readonly peer: string },
    { openedAtMs, place, hasGivenUp, explain }: PeerLogOptions,
  ) {
    this.#log = log;
    this.#fields = fields;
    this.#openedAtMs = openedAtMs;
    this.#place = place;
    this.#hasGivenUp = hasGivenUp;
    this.#explain = explain;
  }

  /** @param cause the event that changed the state, with the code of what failed or the reason that was given, if any */
  stateChanged(state: ConnectionState, { cause, nowMs }: { readonly cause: Cause; readonly nowMs: number }): void {
    if (state === "connected" && !this.#isConnected) {
      this.#isConnected = true;
      this.#log.info("peer connected", { ...this.#fields, ms: Math.round(nowMs - this.#openedAtMs) });
    }
    const before = this.#lastState;
    this.#lastState = state;
    if (state !== "closed" || this.#isEnded) return;
    this.#isEnded = true;
    const fields = { ...this.#fields, reason: reasonOf(cause) };
    const isFailure = cause.code !== undefined || cause.type === "offer.refused";
    if (!isFailure && before !== "connecting" && before !== "failed") this.#log.info("peer closed", fields);
    // What is being handled now is recorded afterwards, and the client may be nowhere then.
    else {
      const place = this.#place();
      queueMicrotask(() => (isFailure ? this.#logFailure({ ...fields, ...place }) : this.#logLeaving(fields, place)));
    }
  }

  /** The client left before it worked, or after it had failed: perhaps that is why. */
  #logLeaving(fields: LogFields, place: LogFields): void {
    if (this.#hasGivenUp()) this.#logFailure({ ...fields, reason: "gave-up", ...place });
    else this.#log.info("peer closed", fields);
  }

  /** Of level `info`, as all that a client or its network can bring about by itself. */
  #logFailure(fields: LogFields): void {
    try {
      this.#log.info("peer failed", { ...fields, ...this.#explain() });
    } catch (error) {
      this.#log.error("peer failed, and cannot be explained", { ...fields, error });
    }
  }
}

/** What a peer's log goes by. */
export interface PeerLogOptions {
  /** When the offer that it began with came. */
  readonly openedAtMs: number;
  /** The room and the name of its client, where they are known; asked once, when it has failed. */
  readonly place: () => LogFields;
  /** Whether its client gave it up; asked once, when it has ended without a failure. */
  readonly hasGivenUp: () => boolean;
  /** Says why it failed, where that is known; asked once, when it has. */
  readonly explain: () => LoggedExplanation | undefined;
}

interface Cause {
  readonly type: string;
  readonly code?: string;
  readonly reason?: string | undefined;
}

function reasonOf({ type, code, reason }: Cause): string {
  return code ?? reason ?? type;
}
