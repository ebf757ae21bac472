import type { ConnectionObserved } from "../protocol/connection_observation.ts";
import type { ActorRecord } from "./actor_record.ts";
import type { FlightRecorder } from "./flight_recorder.ts";
import type { PeerParts } from "./peer_actor.ts";

/** Has recorded what the transports of peers are like, with the actors that look after their connectivity. */
export class PeerObservations {
  readonly #recorder: FlightRecorder;
  readonly #peers: ReadonlyMap<string, PeerParts>;

  constructor(recorder: FlightRecorder, peers: ReadonlyMap<string, PeerParts>) {
    this.#recorder = recorder;
    this.#peers = peers;
  }

  /** At a moment that tells something. Nothing for a peer that has none, or is not recorded. */
  observe(sessionId: string, peerId: string): void {
    const record = this.#recorder.find(`session:${sessionId}`, `${peerId}/connectivity`);
    if (record !== undefined) this.#observe(record, { peerId, isMoment: true });
  }

  /** Since time went on, and somebody watches. */
  observeAgain(record: ActorRecord): void {
    // Of `session:<id>/<peer>/connectivity`.
    const peerId = record.address.split("/").at(-2) ?? "";
    this.#observe(record, { peerId, isMoment: false });
  }

  #observe(record: ActorRecord, { peerId, isMoment }: { readonly peerId: string; readonly isMoment: boolean }): void {
    const parts = this.#peers.get(peerId);
    if (parts === undefined) return;
    const event: ConnectionObserved = { type: "connection.observed", observation: parts.engine.observe() };
    this.#recorder.observed(record, event, isMoment);
  }
}
