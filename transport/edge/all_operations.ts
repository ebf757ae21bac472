import type { ClusterRecords } from "../../actors/cluster_records.ts";
import type { NodeDrains } from "../../actors/node_drains.ts";
import type { IceSources } from "../ice/open_ice_sources.ts";
import type { ApiOperation } from "./api_operation.ts";
import { explainOperation } from "./explain_operation.ts";
import { iceOperations } from "./ice_operations.ts";
import { nodeOperations } from "./node_operations.ts";
import { peerOperations } from "./peer_operations.ts";

/** What a node has that operators may ask of. */
export interface OperationsOptions {
  readonly records: ClusterRecords;
  readonly drains: NodeDrains;
  readonly iceServers: IceSources;
}

/** Everything that operators can ask of a node, in the order in which `openapi.json` tells it. */
export function allOperations({ records, drains, iceServers }: OperationsOptions): readonly ApiOperation[] {
  return [
    ...peerOperations(records),
    explainOperation(records),
    ...nodeOperations(drains),
    ...iceOperations({ servers: iceServers, credentials: iceServers.credentials }),
  ];
}
