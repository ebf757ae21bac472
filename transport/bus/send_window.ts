import type { NatsConnection } from "nats";

/** How much is sent between two questions to the server whether it has it all. Ours. */
const bytesPerProbe = 262_144;
/** What NATS adds to a message, about: verb, length, line ends. */
const overheadBytes = 16;

/**
 * Bounds what is on its way to a server. The client buffers without a bound and never says how much; so we ask the server (a PING) after
 * so many bytes, and what no answer covers yet is on its way.
 */
export class SendWindow {
  readonly #maxBytes: number;
  #connection: NatsConnection | undefined;
  #sinceProbe = 0;
  #unconfirmed = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Begins anew, with nothing on its way. */
  reset(connection: NatsConnection): void {
    this.#connection = connection;
    this.#sinceProbe = 0;
    this.#unconfirmed = 0;
  }

  /** Takes a message of this length, or says that there is no room for it. */
  take(length: number): boolean {
    const bytes = length + overheadBytes;
    if (this.#unconfirmed + bytes > this.#maxBytes) return false;
    this.#unconfirmed += bytes;
    this.#sinceProbe += bytes;
    if (this.#sinceProbe >= bytesPerProbe) this.#probe();
    return true;
  }

  #probe(): void {
    const connection = this.#connection;
    const covered = this.#sinceProbe;
    this.#sinceProbe = 0;
    connection?.flush().then(
      () => {
        if (connection === this.#connection) this.#unconfirmed -= covered;
      },
      // Lost, which is told elsewhere; then all begins anew.
      () => undefined,
    );
  }
}
