import type { Logger } from "../../actors/logger.ts";
import type { IceServerSource } from "../../actors/ports.ts";
import type { IceEntry } from "../../config/ice_servers.ts";
import { CombinedServers } from "./combined_servers.ts";
import { StaticServers } from "./static_servers.ts";
import { TurnRestServers } from "./turn_rest_servers.ts";

export interface IceSourcesOptions {
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** All sources that a node was configured with, as one. */
export function openIceSources(entries: readonly IceEntry[], { log, now }: IceSourcesOptions): IceServerSource {
  return new CombinedServers({
    sources: entries.map((entry) =>
      "source" in entry ? new TurnRestServers({ ...entry, now }) : new StaticServers([entry]),
    ),
    onFailure: (error) => log.error("ICE servers left out", { error }),
  });
}
