import type { ClusterRecords } from "../../actors/cluster_records.ts";
import { explain } from "../../actors/explain/explain.ts";
import { writeReport } from "../../actors/explain/explanation_report.ts";
import { ConnectionExplanation } from "../../protocol/connection_explanation.ts";
import type { ConnectionRecord } from "../../protocol/connection_record.ts";
import type { ApiOperation } from "./api_operation.ts";
import { type HttpAnswer, json, text } from "./http_routes.ts";
import { maxIdLength, noSuchPeer, peerIdParam } from "./peer_operations.ts";

/** What operators ask for when a call failed: why, in words. */
export function explainOperation(records: Pick<ClusterRecords, "record">): ApiOperation {
  return {
    method: "GET",
    pattern: "/api/v1/peers/{id}/explain",
    summary:
      "Why a client's connection is as it is, in words: what was waited for, what never came, the likely cause and what to do. As text with `?format=text` or `accept: text/plain`",
    params: peerIdParam,
    schema: ConnectionExplanation,
    failures: { 404: "No node that answered remembers it." },
    handle: async ({ id = "" }, query, { accept }) => {
      const record = id.length > maxIdLength ? undefined : await wholeRecord(records, id);
      if (record === undefined || record.actors.length === 0) return noSuchPeer(id, record?.missingNodes ?? []);
      return answerIn(wantsText(query, accept), record);
    },
  };
}

/** Of a peer connection alone the record does not say what became of its client: that is asked for, too. */
async function wholeRecord(records: Pick<ClusterRecords, "record">, id: string): Promise<ConnectionRecord> {
  const record = await records.record(id);
  if (record.actors.some(({ kind }) => kind === "session")) return record;
  const parent = record.actors.find(({ kind }) => kind === "peer")?.parent;
  const session = /^session:([^/~]+)/.exec(parent ?? "")?.[1];
  return session === undefined ? record : { ...(await records.record(session)), peer: id };
}

function answerIn(isText: boolean, record: ConnectionRecord): HttpAnswer {
  const explanation = explain(record);
  return isText ? text(200, writeReport(explanation)) : json(200, explanation);
}

/** The query has the last word. What is named first is wanted most; browsers and scripts that take anything get JSON. */
function wantsText(query: URLSearchParams, accept: string): boolean {
  const format = query.get("format");
  if (format !== null) return format === "text";
  const wanted = accept.split(",").map((type) => type.split(";", 1)[0]?.trim().toLowerCase());
  const [plain, object] = [wanted.indexOf("text/plain"), wanted.indexOf("application/json")];
  return plain >= 0 && (object < 0 || plain < object);
}
