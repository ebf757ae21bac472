import type { IceServerSource, IssuedServers } from "../../actors/ports.ts";
import type { IceServer } from "../../protocol/ice_server.ts";

/** Servers that were configured by name: the same for everybody, for ever. */
export class StaticServers implements IceServerSource {
  readonly #issued: IssuedServers;

  constructor(iceServers: readonly IceServer[]) {
    this.#issued = { iceServers };
  }

  issue(): IssuedServers {
    return this.#issued;
  }
}
