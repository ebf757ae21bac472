import { ClientError } from "./client_error.ts";
import type { Platform } from "./platform.ts";

/** How long a peer connection may be `disconnected` before ICE is restarted: most gaps end by themselves sooner. Ours. */
export const restartAfterMs = 2_500;
/** How long a restart may take before a new connection is made. Ours: three times what a slow one takes. */
export const restartTakesMs = 8_000;
/** How long a new connection may take to work at all. Ours; ICE tries for about as long. */
export const connectingTakesMs = 15_000;

/** What a recovery orders, and needs to know. */
export interface IceRecoveryPorts {
  restart(): void;
  broke(error: ClientError): void;
  /** Whether the server can be asked: without a socket nothing that is tried can help. */
  isReachable(): boolean;
}

/** Restarts ICE when the way to the server broke, and asks for a new connection when that does not help. */
export class IceRecovery {
  readonly #platform: Platform;
  readonly #ports: IceRecoveryPorts;
  #cancelTimer: (() => void) | undefined;
  #isRestarting = false;
  /** What was told last. */
  #state: RTCPeerConnectionState = "new";

  constructor(platform: Platform, ports: IceRecoveryPorts) {
    this.#platform = platform;
    this.#ports = ports;
  }

  /** Takes the W3C's `connectionState` of the peer connection. */
  stateChanged(state: RTCPeerConnectionState): void {
    this.#state = state;
    switch (state) {
      case "connected":
        this.stop();
        break;
      case "connecting":
        // Also on the way of a restart, whose time is running.
        if (!this.#isRestarting) this.#after(connectingTakesMs, "no candidate pair works");
        break;
      case "disconnected":
        if (!this.#isRestarting) this.#startTimer(restartAfterMs, () => this.#restart());
        break;
      case "failed":
        if (!this.#isRestarting) this.#restart();
        break;
      case "closed":
        this.giveUp("the server closed it");
        break;
    }
  }

  /** Nothing helps here; a new connection is asked for. */
  giveUp(why: string): void {
    this.stop();
    this.#ports.broke(new ClientError("media-failed", `Cannot keep the media connection: ${why}`));
  }

  /**
   * The server can be asked again: what was tried while it could not says nothing, and the state of now counts. What is broken has
   * waited long enough, and what belongs to another network is as good as broken, though a browser says so only seconds later.
   */
  renew(state: RTCPeerConnectionState, isNetworkNew: boolean): void {
    this.stop();
    if (isNetworkNew || state === "disconnected") this.#restart();
    else this.stateChanged(state);
  }

  /** Stops all waiting. */
  stop(): void {
    this.#isRestarting = false;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #restart(): void {
    this.#isRestarting = true;
    this.#ports.restart();
    this.#after(restartTakesMs, "an ICE restart did not help");
  }

  #after(delayMs: number, why: string): void {
    this.#startTimer(delayMs, () => {
      // One that was restarted for another network may have been connected all the time.
      if (this.#state === "connected") this.stop();
      else if (this.#ports.isReachable()) this.giveUp(why);
    });
  }

  #startTimer(delayMs: number, callback: () => void): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#platform.startTimer(delayMs, callback);
  }
}
