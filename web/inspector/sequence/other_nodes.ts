import type { ActorView } from "../model/actor_view.ts";
import type { StepEvent } from "../model/step.ts";

/**
 * The names of the nodes whose parts of a room are known elsewhere, by the ids of the actors that know them. A part says the start of its
 * node, not its name: who is in it and has a session on another node tells the name. Of a part in which nobody is known, nothing.
 */
export function nodesOfParts(actors: Iterable<ActorView>): ReadonlyMap<string, string> {
  const all = [...actors];
  const homes = new Map<string, string[]>();
  for (const { kind, peers, node } of all) {
    const [id] = peers;
    if (kind === "session" && id !== undefined) homes.set(id, [...(homes.get(id) ?? []), node]);
  }
  const nodes = new Map<string, string>();
  for (const { kind, id, node, steps } of all) {
    if (kind !== "remotePart") continue;
    const clients = steps.flatMap(({ event }) => clientsOf(event));
    const found = clients.flatMap((client) => homes.get(client) ?? []).find((home) => home !== node);
    if (found !== undefined) nodes.set(id, found);
  }
  return nodes;
}

/** Whether an event came from the node whose part it is about. */
export function isFromOtherNode({ type }: StepEvent): boolean {
  return type === "part.changed" || type === "part.told" || type === "part.beat" || type === "part.ended";
}

/** The ids of the clients that a node told of. */
function clientsOf(event: StepEvent): readonly string[] {
  if (event.type === "part.told" && Array.isArray(event["peers"])) return event["peers"].flatMap(idOf);
  if (event.type !== "part.changed") return [];
  const { change } = event as { readonly change?: unknown };
  return typeof change === "object" && change !== null && "peer" in change ? idOf(change.peer) : [];
}

function idOf(peer: unknown): readonly string[] {
  if (typeof peer !== "object" || peer === null || !("info" in peer)) return [];
  const { info } = peer;
  return typeof info === "object" && info !== null && "id" in info && typeof info.id === "string" ? [info.id] : [];
}
