import type { ClusterRecords } from "../../actors/cluster_records.ts";
import { ConnectionRecord } from "../../protocol/connection_record.ts";
import { PeerList } from "../../protocol/peer_list.ts";
import type { ApiOperation } from "./api_operation.ts";
import { failure, type HttpAnswer, json } from "./http_routes.ts";

/** Longest id that is looked for. Ours are at most 64 characters, and a peer connection's has its number behind that. */
export const maxIdLength = 256;

/** What a pattern with `{id}` of a peer is about. */
export const peerIdParam = { id: "`peer` of the client's `joined`, or the id of a peer connection" } as const;

/** What operators can ask for of clients and their peer connections. */
export function peerOperations(records: Pick<ClusterRecords, "list" | "record">): readonly ApiOperation[] {
  return [
    {
      method: "GET",
      pattern: "/api/v1/peers",
      summary: "The clients that the nodes of the cluster remember: those that live, and those that ended lately",
      params: {},
      schema: PeerList,
      failures: {},
      handle: async () => json(200, await records.list()),
    },
    {
      method: "GET",
      pattern: "/api/v1/peers/{id}/record",
      summary:
        "What was recorded of a client or a peer connection, on all nodes, as a file that `npm run replay` reads",
      params: peerIdParam,
      schema: ConnectionRecord,
      failures: { 404: "No node that answered remembers it." },
      handle: async ({ id = "" }) => {
        const record = id.length > maxIdLength ? undefined : await records.record(id);
        if (record === undefined || record.actors.length === 0) return noSuchPeer(id, record?.missingNodes ?? []);
        const filename = `${id.replaceAll(/[^\w.-]/g, "_")}.record.json`;
        return json(200, record, { "content-disposition": `attachment; filename="${filename}"` });
      },
    },
  ];
}

/** The answer about somebody whom nobody remembers. `missingNodes` did not answer. */
export function noSuchPeer(id: string, missingNodes: readonly string[]): HttpAnswer {
  const missing = missingNodes.length === 0 ? "" : ` (${missingNodes.join(", ")} did not answer)`;
  const what = "GET /api/v1/peers lists whom the cluster remembers; what ended is forgotten after --record-timeout-ms";
  return failure(404, "no-such-peer", `Cannot find the record of ${id.slice(0, 64)}${missing}: ${what}`);
}
