import type { NodeDrains } from "../../actors/node_drains.ts";
import { DrainedNode, NodeList } from "../../protocol/node_list.ts";
import type { ApiOperation } from "./api_operation.ts";
import { failure, json } from "./http_routes.ts";

/** What operators can ask of nodes. */
export function nodeOperations(drains: Pick<NodeDrains, "list" | "request">): readonly ApiOperation[] {
  return [
    {
      method: "GET",
      pattern: "/api/v1/nodes",
      summary: "The nodes of the cluster that are there, the one that answers first",
      params: {},
      schema: NodeList,
      failures: {},
      handle: async () => json(200, { nodes: drains.list() } satisfies NodeList),
    },
    {
      method: "POST",
      pattern: "/api/v1/nodes/{id}/drain",
      summary:
        "Has a node send its clients to the others and then stop, as SIGTERM does; answered as soon as the node was told",
      params: { id: "`id` of the node in `GET /api/v1/nodes`" },
      schema: DrainedNode,
      failures: { 404: "There is no such node.", 504: "The node did not say that it was told." },
      handle: async ({ id = "" }) => {
        const outcome = await drains.request(id);
        if (outcome === "draining") return json(200, { id, state: outcome });
        const shown = id.slice(0, 64);
        if (outcome === "unanswered") {
          return failure(504, "unanswered", `Cannot drain ${shown}: it did not answer; ask again, or send it SIGTERM`);
        }
        const known = drains.list().map((node) => node.id);
        return failure(404, "no-such-node", `Cannot drain ${shown}: there is ${known.join(", ")}`);
      },
    },
  ];
}
