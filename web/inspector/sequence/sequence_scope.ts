import { orderSteps } from "../events/order_steps.ts";
import type { ActorView } from "../model/actor_view.ts";
import type { Step } from "../model/step.ts";
import { isFromOtherNode, nodesOfParts } from "./other_nodes.ts";
import { clientNames, concerns, isOfSession, sessionsOfRoom } from "./session_parts.ts";

/** Who has a lifeline, from left to right. */
export const lifelineKinds = [
  "client",
  "node",
  "session",
  // Left of what it tells, so that what the peer connection passes on goes one way.
  "engine",
  "peer",
  "negotiation",
  "connectivity",
  "subscription",
  "room",
  "busLink",
] as const;

export type LifelineKind = (typeof lifelineKinds)[number];

/** Someone who events go to or come from: an actor, all of one kind in a session, a client, or what is outside of the actors. */
export interface Lifeline {
  readonly key: string;
  readonly kind: LifelineKind;
  /** "Ada", "negotiation". */
  readonly name: string;
  /** The session or the node that it belongs to; "" where there is only one. */
  readonly detail: string;
}

/** An arrow: who sent a step, as the place of a lifeline, or null for what came from nobody that is known; and who got it. */
export interface Arrow {
  readonly from: number | null;
  readonly to: number;
}

/** What a sequence diagram is of. */
export interface SequenceScope {
  readonly lifelines: readonly Lifeline[];
  /** Those that it is of: while nothing is recorded of them, and there is no other one, it stays as it is. */
  readonly actors: readonly ActorView[];
  /** In true order. */
  readonly steps: readonly Step[];
  readonly arrowOf: (step: Step) => Arrow;
  /** The state that an actor had before its first step. */
  readonly valueBefore: (actorId: string) => unknown;
}

/** The lifeline of an actor, or of the client of a session. */
interface Place extends Omit<Lifeline, "detail"> {
  /** Of whose session it is; "" for what is of nobody. */
  readonly client: string;
  readonly node: string;
}

/**
 * What belongs to an actor that is looked at: of a room its clients and the nodes that it is on; of a client, or of what is part of its session,
 * the session on every node, its peer connections and what the room and the bus had to do with it; of another actor itself.
 */
export function scopeOf(actors: ReadonlyMap<string, ActorView>, selected: ActorView): SequenceScope {
  const all = [...actors.values()];
  const isRoom = selected.kind === "room" || selected.kind === "remotePart";
  if (isRoom) return roomScope(actors, all, selected.room ?? selected.name);
  const clients = new Set(selected.peers.length > 0 ? selected.peers : (actors.get(selected.rootId)?.peers ?? []));
  return clients.size > 0
    ? clientScope(actors, all, clients)
    : makeScope(actors, [selected], { steps: selected.steps, place: ownPlace });
}

function clientScope(
  actors: ReadonlyMap<string, ActorView>,
  all: readonly ActorView[],
  clients: ReadonlySet<string>,
): SequenceScope {
  const own = all.filter((actor) => isOfSession(actor) && actor.peers.some((peer) => clients.has(peer)));
  const subscriptions = all.filter(({ kind, peers }) => kind === "subscription" && peers.some((id) => clients.has(id)));
  const rooms = new Set([...own, ...subscriptions].map(({ room }) => room).filter((room) => room !== undefined));
  const nodes = new Set(own.map(({ node }) => node));
  const around = all.filter(
    ({ kind, room, node }) =>
      (kind === "room" && room !== undefined && rooms.has(room)) || (kind === "busLink" && nodes.has(node)),
  );
  const since = Math.min(...[...own, ...subscriptions].map(({ startedAt }) => startedAt));
  const aside = around.map(({ kind, steps }) => ({
    steps: steps.filter((step) => step.at >= since && (kind === "busLink" || concerns(step, clients))),
  }));
  const names = clientNames(own);
  const place = (actor: ActorView): Place => {
    if (!isOfSession(actor)) return ownPlace(actor);
    const kind = actor.kind as LifelineKind;
    return {
      key: `${kind} ${actor.rootId}`,
      kind,
      name: kindName(kind),
      client: clientOf(actor, names),
      node: actor.node,
    };
  };
  const steps = orderSteps([...own, ...subscriptions, ...aside]);
  return makeScope(actors, [...own, ...subscriptions, ...around], { steps, place, names });
}

function roomScope(actors: ReadonlyMap<string, ActorView>, all: readonly ActorView[], room: string): SequenceScope {
  const sessions = sessionsOfRoom(all, room);
  const inRoom = all.filter((actor) => actor.room === room || sessions.has(actor.id));
  const shown = inRoom.filter(({ kind }) => kind !== "negotiation" && kind !== "connectivity" && kind !== "peer");
  const names = clientNames(inRoom);
  const place = (actor: ActorView): Place => {
    if (actor.kind === "session") return nodePlace(actor.node);
    if (actor.kind === "subscription")
      return { key: `subscriptions ${actor.node}`, ...named("subscription", actor.node) };
    // What a node knows of the parts of others is its view of the room.
    return { key: `room ${actor.node}`, ...named("room", actor.node) };
  };
  const others = nodesOfParts(inRoom);
  const fromOutside = ({ event, actorId }: Step) =>
    isFromOtherNode(event) ? nodePlace(others.get(actorId) ?? `node ${originOf(actorId)}`) : undefined;
  return makeScope(actors, shown, { steps: orderSteps(shown), place, names, fromOutside });
}

function nodePlace(name: string): Place {
  return { key: `node ${name}`, kind: "node", name, client: "", node: "" };
}

/** Of `n1/remote-part:<room>/<start of the node>`. */
function originOf(partId: string): string {
  return partId.slice(partId.lastIndexOf("/") + 1).slice(0, 8);
}

function named(kind: LifelineKind, node: string): Omit<Place, "key"> {
  return { kind, name: kindName(kind), client: "", node };
}

function ownPlace(actor: ActorView): Place {
  const kind = (lifelineKinds as readonly string[]).includes(actor.kind) ? (actor.kind as LifelineKind) : "node";
  if (kind === "subscription") return { key: `subscriptions ${actor.node}`, ...named(kind, actor.node) };
  const name = kind === "room" ? `room ${actor.room ?? actor.name}` : kind === "node" ? actor.name : kindName(kind);
  return { key: actor.id, kind, name, client: "", node: kind === "node" ? "" : actor.node };
}

function kindName(kind: LifelineKind): string {
  const names: Partial<Record<LifelineKind, string>> = {
    peer: "peer connection",
    subscription: "subscriptions",
    busLink: "bus link",
  };
  return names[kind] ?? kind;
}

function clientOf(actor: ActorView, names: ReadonlyMap<string, string>): string {
  const id = actor.peers[0] ?? "";
  return names.get(id) ?? id.slice(0, 6);
}

interface ScopeParts {
  readonly steps: readonly Step[];
  readonly place: (actor: ActorView) => Place;
  /** Of clients, by their ids. */
  readonly names?: ReadonlyMap<string, string>;
  /** Who sent a step that no actor sent. */
  readonly fromOutside?: (step: Step) => Place | undefined;
}

function makeScope(
  actors: ReadonlyMap<string, ActorView>,
  shown: readonly ActorView[],
  { steps, place: placeOf, names = new Map(), fromOutside = () => undefined }: ScopeParts,
): SequenceScope {
  const places = new Map<string, Place>();
  const find = (id: string): Place | undefined => {
    const known = places.get(id);
    if (known !== undefined) return known;
    const session = id.endsWith("/client") ? actors.get(id.slice(0, -"/client".length)) : undefined;
    const actor = actors.get(id);
    const place = session === undefined ? actor && placeOf(actor) : clientPlace(session, names);
    if (place !== undefined) places.set(id, place);
    return place;
  };
  for (const actor of shown) find(actor.id);
  const ends = (step: Step): readonly [Place | undefined, Place | undefined] => {
    const to = find(step.actorId);
    if (step.sourceId !== undefined) return [find(step.sourceId), to];
    return [isOfEngine(step, actors.get(step.actorId)) ? enginePlace(step, to) : fromOutside(step), to];
  };
  const used = new Map<string, Place>();
  for (const step of steps) for (const place of ends(step)) if (place !== undefined) used.set(place.key, place);
  const rank = ({ kind }: Place) => lifelineKinds.indexOf(kind);
  const sorted = [...used.values()].sort((one, other) => rank(one) - rank(other) || one.node.localeCompare(other.node));
  const indexes = new Map(sorted.map(({ key }, index) => [key, index]));
  const areSeveral = (values: readonly string[]) => new Set(values.filter((value) => value !== "")).size > 1;
  const [clients, nodes] = [areSeveral(sorted.map(({ client }) => client)), areSeveral(sorted.map(({ node }) => node))];
  const detailOf = ({ client, node }: Place) =>
    [clients ? client : "", nodes ? node : ""].filter((part) => part !== "").join(" at ");
  return {
    lifelines: sorted.map((place) => ({ key: place.key, kind: place.kind, name: place.name, detail: detailOf(place) })),
    actors: shown,
    steps,
    arrowOf: (step) => {
      const [from, to] = ends(step).map((place) => (place === undefined ? undefined : indexes.get(place.key)));
      return { from: from ?? null, to: to ?? 0 };
    },
    valueBefore: (id) => actors.get(id)?.before.value,
  };
}

function clientPlace(session: ActorView, names: ReadonlyMap<string, string>): Place {
  const id = session.peers[0] ?? session.name;
  return {
    key: `client ${id}`,
    kind: "client",
    name: names.get(id) ?? `client ${id.slice(0, 6)}`,
    client: "",
    node: "",
  };
}

/** What reaches a peer connection or its parts from outside, and is no timer, is told by the media engine or decided by the application. */
function isOfEngine({ event, sourceId }: Step, target: ActorView | undefined): boolean {
  const isPart = target?.kind === "peer" || target?.kind === "negotiation" || target?.kind === "connectivity";
  return (
    isPart && sourceId === undefined && !/^xstate\.|^offer\.accepted$|^pranswer\.requested$|^peer\./.test(event.type)
  );
}

function enginePlace(step: Step, to: Place | undefined): Place {
  const root = step.actorId.split("/").slice(0, 2).join("/");
  return {
    key: `engine ${root}`,
    kind: "engine",
    name: "media engine",
    client: to?.client ?? "",
    node: to?.node ?? "",
  };
}
