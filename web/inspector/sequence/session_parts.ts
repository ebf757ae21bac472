import { messageOf } from "../events/event_kind.ts";
import type { ActorView } from "../model/actor_view.ts";
import type { Step } from "../model/step.ts";

/** Whether an actor is a session or lives in one. */
export function isOfSession({ kind }: Pick<ActorView, "kind">): boolean {
  return kind === "session" || kind === "peer" || kind === "negotiation" || kind === "connectivity";
}

/** What clients called themselves when they joined, by their ids; of those whose join is forgotten, nothing. */
export function clientNames(actors: Iterable<ActorView>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { kind, peers, steps } of actors) {
    const id = peers[0];
    if (kind !== "session" || id === undefined) continue;
    for (const { event } of steps) {
      const message = messageOf(event);
      const name = message?.["type"] === "join" ? message["name"] : undefined;
      if (typeof name === "string" && name !== "") names.set(id, name);
    }
  }
  return names;
}

/** The ids of the sessions that were in a room: by their peer connections, or by what their clients asked for. */
export function sessionsOfRoom(actors: Iterable<ActorView>, room: string): ReadonlySet<string> {
  const sessions = new Set<string>();
  for (const actor of actors) {
    if (!isOfSession(actor)) continue;
    const isIn = actor.room === room || (actor.kind === "session" && actor.steps.some((step) => isJoinOf(step, room)));
    if (isIn) sessions.add(actor.rootId);
  }
  return sessions;
}

function isJoinOf({ event }: Step, room: string): boolean {
  const message = messageOf(event);
  return message?.["type"] === "joined" && message["room"] === room;
}

const idFields = ["memberId", "peerId", "subscriberId", "publisherId", "sessionId"] as const;
const peerFields = ["member", "peer"] as const;

/** Whether an event names one of the clients. */
export function concerns({ event }: Pick<Step, "event">, clients: ReadonlySet<string>): boolean {
  const isOne = (value: unknown) => typeof value === "string" && clients.has(value);
  if (idFields.some((field) => isOne(event[field]))) return true;
  return peerFields.some((field) => {
    const value = event[field];
    return isOne(value) || (typeof value === "object" && value !== null && "id" in value && isOne(value.id));
  });
}
