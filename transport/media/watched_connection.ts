import type { RTCPeerConnection } from "werift";
import type { PeerEngineEvent } from "../../actors/ports.ts";
import type { Watched } from "./liveness.ts";

/** A peer connection of werift as its liveness is watched. It reports, and stops sending where nobody consents any more. */
export class WatchedConnection implements Watched {
  readonly #connection: RTCPeerConnection;
  readonly #report: (event: PeerEngineEvent) => void;

  constructor(connection: RTCPeerConnection, report: (event: PeerEngineEvent) => void) {
    this.#connection = connection;
    this.#report = report;
  }

  get lastHeardAtMs(): number {
    return Math.max(0, ...this.#ices.map(({ lastReceivedAt }) => lastReceivedAt ?? 0));
  }

  get consentedAtMs(): number {
    return Math.min(...this.#ices.map(({ consentedAt }) => consentedAt ?? Number.POSITIVE_INFINITY));
  }

  onSilence(isSilent: boolean): void {
    this.#report({ type: isSilent ? "transport.silent" : "transport.heard" });
  }

  onConsentExpired(sinceMs: number): void {
    this.#report({ type: "consent.expired" });
    for (const ice of this.#ices) if ((ice.consentedAt ?? Number.POSITIVE_INFINITY) <= sinceMs) ice.expireConsent();
  }

  get #ices() {
    return this.#connection.iceTransports.map(({ connection }) => connection);
  }
}
