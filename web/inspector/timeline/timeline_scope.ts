import type { ActorView } from "../model/actor_view.ts";
import type { InspectorModel } from "../model/inspector_model.ts";
import { clientNames, isOfSession, sessionsOfRoom } from "../sequence/session_parts.ts";

/** The actors whose lanes a timeline has, and whose each is. */
export interface TimelineScope {
  readonly actors: readonly ActorView[];
  readonly nameOf: (actor: ActorView) => string;
}

const kindNames: Readonly<Record<string, string>> = {
  peer: "peer connection",
  busLink: "bus link",
  remotePart: "another node",
};

/** Of a room its nodes' parts and the peer connections in it; of another actor its system. */
export function timelineScope(model: Pick<InspectorModel, "actors" | "systemOf">, selected: ActorView): TimelineScope {
  const kindOf = ({ kind }: ActorView) => kindNames[kind] ?? kind;
  if (selected.kind !== "room" && selected.kind !== "remotePart")
    return { actors: model.systemOf(selected), nameOf: kindOf };
  const all = [...model.actors.values()];
  const room = selected.room ?? selected.name;
  const sessions = sessionsOfRoom(all, room);
  const names = clientNames(all.filter(({ id }) => sessions.has(id)));
  const parts = all.filter((actor) => actor.room === room && (actor.kind === "room" || actor.kind === "remotePart"));
  const peers = all.filter(({ kind, rootId }) => kind === "peer" && sessions.has(rootId));
  const isOnOneNode = new Set(parts.map(({ node }) => node)).size < 2;
  return {
    actors: [...parts, ...peers],
    nameOf: (actor) => {
      if (!isOfSession(actor)) return isOnOneNode ? kindOf(actor) : `${kindOf(actor)} at ${actor.node}`;
      const [client = ""] = actor.peers;
      return names.get(client) ?? `client ${client.slice(0, 6)}`;
    },
  };
}
