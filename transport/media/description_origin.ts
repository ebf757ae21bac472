import { randomInt } from "node:crypto";

/** Names the descriptions of one peer connection: one session, and a version that grows with each (RFC 9429, 5.2.1 and 5.2.2). */
export class DescriptionOrigin {
  readonly #sessionId = randomInt(1, 2 ** 47);
  #version = 0;

  /** The description with its origin line. */
  write(sdp: string): string {
    this.#version += 1;
    return sdp.replace(/^o=.*?(?=\r?$)/m, `o=- ${this.#sessionId} ${this.#version} IN IP4 0.0.0.0`);
  }
}
