import type { Logger } from "../../actors/logger.ts";
import type { IceServerSource } from "../../actors/ports.ts";
import type { IceServer } from "../../protocol/ice_server.ts";
import { CombinedServers } from "./combined_servers.ts";
import { StaticServers } from "./static_servers.ts";

export interface IceSourcesOptions {
  readonly log: Logger;
}

/** All sources that a node was configured with, as one. */
export function openIceSources(configured: readonly IceServer[], { log }: IceSourcesOptions): IceServerSource {
  return new CombinedServers({
    sources: [new StaticServers(configured)],
    onFailure: (error) => log.error("ICE servers left out", { error }),
  });
}
