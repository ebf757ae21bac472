import type { ActorRecord } from "./actor_record.ts";

export interface KeptRecordsOptions {
  /** All records, in bytes, about. */
  readonly maxRecordBytes: number;
  /** Of actors that ended. */
  readonly maxEndedRecords: number;
  /** One of an actor that ended is kept for this long, in milliseconds. */
  readonly recordTimeoutMs: number;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
}

/** The records of a node, of actors that live and of some that ended, within the memory that there is for all. */
export class KeptRecords {
  readonly #options: KeptRecordsOptions;
  readonly #live = new Map<string, ActorRecord>();
  /** Oldest end first. */
  readonly #ended = new Map<string, ActorRecord>();
  #bytes = 0;

  constructor(options: KeptRecordsOptions) {
    this.#options = options;
  }

  /** About what all records take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** All of them, those that ended first. */
  get all(): readonly ActorRecord[] {
    this.#expire();
    return [...this.#ended.values(), ...this.#live.values()];
  }

  /** Of an actor that lives. */
  find(address: string): ActorRecord | undefined {
    return this.#live.get(address);
  }

  add(record: ActorRecord): void {
    this.#live.set(record.address, record);
  }

  /** A record has grown by so many bytes. */
  grow(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#options.maxRecordBytes) this.#shrink();
  }

  /** The actor of a record has ended. */
  end(record: ActorRecord): void {
    if (!this.#live.delete(record.address)) return;
    record.end(this.#options.now());
    this.#ended.set(record.address, record);
    this.#expire();
  }

  /** The address, or, where another record has it, one that is made of it. */
  freeAddress(address: string): string {
    let free = address;
    for (let number = 2; this.#live.has(free) || this.#ended.has(free); number += 1) free = `${address}~${number}`;
    return free;
  }

  #expire(): void {
    const { maxEndedRecords, recordTimeoutMs, now } = this.#options;
    const expiredAtMs = now() - recordTimeoutMs;
    for (const record of this.#ended.values()) {
      const isKept = this.#ended.size <= maxEndedRecords && (record.endedAtMs ?? 0) >= expiredAtMs;
      if (isKept) break;
      this.#forget(record);
    }
  }

  /** Those that ended first; then the older half of each that lives. */
  #shrink(): void {
    const { maxRecordBytes } = this.#options;
    for (const record of this.#ended.values()) {
      if (this.#bytes <= maxRecordBytes) return;
      this.#forget(record);
    }
    for (const record of this.#live.values()) this.#bytes -= record.halve();
  }

  #forget(record: ActorRecord): void {
    this.#ended.delete(record.address);
    this.#bytes -= record.bytes;
  }
}
