import { ClientError } from "./client_error.ts";
import type { Platform } from "./platform.ts";
import type { SignalingSocket } from "./signaling_socket.ts";

/** A socket on which nothing came for so long is asked. Ours; a quiet room is the only one that costs anything. */
export const quietMs = 15_000;
/** How long the answer may take. Ours: three times the round trip of a bad mobile network. */
export const answerMs = 5_000;

/** Whom the liveness asks and tells. */
export interface LivenessOptions {
  /** Sends a request whose answer must come. */
  probe(socket: SignalingSocket): void;
  /** There is no socket, or none any more: the network or the page is back. */
  woke(isNetworkNew: boolean): void;
}

/**
 * Finds sockets that are dead without having said so: browsers hide pings, and a network that changed closes nothing. When nothing
 * came for a while, or the page woke up, a request is sent whose answer must come. On another network none can come.
 */
export class Liveness {
  readonly #platform: Platform;
  readonly #options: LivenessOptions;
  #socket: SignalingSocket | undefined;
  #cancelTimer: (() => void) | undefined;
  #stopWaking: (() => void) | undefined;
  #isAsking = false;

  constructor(platform: Platform, options: LivenessOptions) {
    this.#platform = platform;
    this.#options = options;
  }

  /** Begins to listen to the network and the page. */
  begin(): void {
    this.#stopWaking ??= this.#platform.onWake((isNetworkNew) => {
      const socket = this.#socket;
      if (socket !== undefined && !isNetworkNew) return this.#ask(socket);
      socket?.abandon(new ClientError("unreachable", "The connection to the server ended: the network changed"));
      this.#options.woke(isNetworkNew);
    });
  }

  /** Watches a socket, until another one or `stop()`. */
  watch(socket: SignalingSocket): void {
    this.stop();
    this.#socket = socket;
    this.#waitForQuiet(socket);
  }

  /** Watches no socket any more. */
  stop(): void {
    this.#cancelTimer?.();
    this.#isAsking = false;
    this.#socket = undefined;
  }

  /** Stops everything. */
  end(): void {
    this.stop();
    this.#stopWaking?.();
    this.#stopWaking = undefined;
  }

  #waitForQuiet(socket: SignalingSocket): void {
    const leftMs = socket.heardAtMs + quietMs - this.#platform.now();
    this.#cancelTimer = this.#platform.startTimer(Math.max(0, leftMs), () => {
      if (this.#platform.now() - socket.heardAtMs >= quietMs) this.#ask(socket);
      else this.#waitForQuiet(socket);
    });
  }

  #ask(socket: SignalingSocket): void {
    const heardBefore = socket.heardCount;
    this.#options.probe(socket);
    // A page that wakes up again and again does not put the decision off.
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#cancelTimer?.();
    this.#cancelTimer = this.#platform.startTimer(answerMs, () => {
      this.#isAsking = false;
      if (socket.heardCount > heardBefore) return this.#waitForQuiet(socket);
      socket.abandon(
        new ClientError(
          "silent",
          `The server was silent for ${Math.round((this.#platform.now() - socket.heardAtMs) / 1000)} s`,
        ),
      );
    });
  }
}
