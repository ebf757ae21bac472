import type { ConnectionRecord, ExportedActor, ExportedEvent } from "../../protocol/connection_record.ts";
import type { InspectionMessage } from "../../protocol/inspection.ts";
import { eventually } from "./eventually.ts";

/** What a node recorded of a client, made of what `/inspect` shows first. */
export async function recordOf(node: { readonly url: string }, peer: string): Promise<ConnectionRecord> {
  const socket = new WebSocket(`${node.url.replace("http", "ws")}/inspect?definitions=once&peer=${peer}`);
  const seen: InspectionMessage[] = [];
  let lastAt = performance.now();
  socket.addEventListener("message", ({ data }) => {
    lastAt = performance.now();
    seen.push(JSON.parse(String(data)) as InspectionMessage);
  });
  await eventually(() => seen.length > 0 && performance.now() - lastAt > 150, { what: `a record of ${peer}` });
  socket.close();
  const actors = new Map<string, ExportedActor & { events: ExportedEvent[] }>();
  for (const message of seen) {
    if (message.type === "@xstate.actor") {
      actors.set(message.sessionId, {
        node: message.node,
        origin: message.node,
        address: message.sessionId.slice(message.node.length + 1),
        kind: message.kind,
        name: message.name,
        ...(message.parentId === undefined ? {} : { parent: message.parentId }),
        ...(message.room === undefined ? {} : { room: message.room }),
        peers: [...message.peers],
        startedAtMs: message.atMs,
        startedAt: Number(message.createdAt),
        ...(message.endedAt === undefined
          ? {}
          : { endedAtMs: message.atMs + message.endedAt - Number(message.createdAt) }),
        forgotten: message.forgotten,
        events: [],
      });
    } else if (message.type === "@xstate.event") {
      const isTold = message.sessionId.endsWith("/client");
      const actor = actors.get(isTold ? (message.sourceId ?? "") : message.sessionId);
      actor?.events.push({ seq: message.seq, atMs: message.atMs, event: message.event, repeats: 0 });
    } else {
      const event = actors.get(message.sessionId)?.events.findLast(({ seq }) => seq === message.seq);
      if (event !== undefined) Object.assign(event, { after: message.snapshot });
    }
  }
  return {
    format: "signalbox.record/1",
    version: "0",
    exportedAt: new Date().toISOString(),
    peer,
    missingNodes: [],
    actors: [...actors.values()].filter(({ kind }) => /^(session|peer|negotiation|connectivity)$/.test(kind)),
  };
}
