import type {
  InspectedActor,
  InspectedEvent,
  InspectedTransition,
  InspectionMessage,
} from "../../../protocol/inspection.ts";
import { readAddress } from "./actor_address.ts";
import { KnownActor } from "./known_actor.ts";
import { PeopleNames } from "./people_names.ts";
import type { ActorState, StepEvent } from "./step.ts";

/** What the page keeps at most. */
export interface RecordLimits {
  /** Of all steps, in the characters that they came as; when it is more, the older half of each actor's goes, of those that ended first. Ours. */
  readonly maxCharacters: number;
  /** When there are more, those go that ended first. Ours. */
  readonly maxActors: number;
}

export const recordLimits: RecordLimits = { maxCharacters: 96_000_000, maxActors: 20_000 };

const unknownState: ActorState = { status: "active", value: undefined, context: undefined };
/** An actor keeps its last steps whatever is full. Ours. */
const minSteps = 4;

/** Everything that the server told of the cluster's actors, as far as there is room for it. It knows no network and no time. */
export class ClusterRecord {
  readonly actors = new Map<string, KnownActor>();
  readonly names = new PeopleNames();
  /** Counts what changes the tree beside states: who is there, who ended, where they are and what they are called. */
  shape = 0;
  /** Events that were lost on the way. */
  lost = 0;
  /** Steps that there was no room for any more. */
  forgotten = 0;
  #characters = 0;
  #generation = 0;
  readonly #limits: RecordLimits;
  readonly #definitions = new Map<string, unknown>();
  readonly #systems = new Map<string, Set<KnownActor>>();

  constructor(limits: RecordLimits = recordLimits) {
    this.#limits = limits;
  }

  /** All of one system, in the order in which they began. */
  systemOf(rootId: string): readonly KnownActor[] {
    return [...(this.#systems.get(rootId) ?? [])];
  }

  /** Another connection to the server begins: it tells of everything that there is once more. */
  beginHistory(): void {
    this.#generation += 1;
  }

  /** All that there is was told of: who lived before and was not told of has ended meanwhile. `now` in Unix milliseconds. */
  endHistory(now: number): void {
    for (const actor of this.actors.values()) {
      if (actor.endedAt !== undefined || actor.generation === this.#generation) continue;
      actor.endedAt = now;
      this.shape += 1;
    }
  }

  /** Only these nodes are there: what was on others has ended with them. `now` in Unix milliseconds. */
  keepNodes(nodes: ReadonlySet<string>, now: number): void {
    for (const actor of this.actors.values()) {
      if (actor.endedAt !== undefined || nodes.has(actor.node)) continue;
      actor.endedAt = now;
      this.shape += 1;
    }
  }

  /**
   * Takes one message of `/inspect` as it came.
   *
   * @returns whether it was recorded before the page came
   * @throws SyntaxError for what is no JSON
   */
  take(text: string): boolean {
    const message = JSON.parse(text) as InspectionMessage;
    const lost = message.lost ?? 0;
    this.lost += lost;
    if (message.type === "@xstate.actor") this.#takeActor(message);
    else if (message.type === "@xstate.event") this.#takeEvent(message, { size: text.length, lost });
    else this.#takeTransition(message, text.length);
    if (this.#characters > this.#limits.maxCharacters) this.#shrink();
    return message.isHistory;
  }

  #takeActor(message: InspectedActor): void {
    const { sessionId: id, kind, definition, snapshot, room, peers, endedAt, forgotten } = message;
    if (definition !== undefined && !this.#definitions.has(kind)) {
      this.#definitions.set(kind, JSON.parse(definition));
      this.shape += 1;
    }
    const startedAt = Number(message.createdAt);
    const known = this.actors.get(id);
    const isKnown =
      known !== undefined && known.startSeq === message.seq && Math.abs(known.startedAt - startedAt) < 2_000;
    if (known !== undefined && !isKnown) this.#replace(known, startedAt);
    const before = { ...snapshot, status: statusOf(snapshot.status) };
    const { node, name, parentId, rootId, seq: startSeq } = message;
    const actor = isKnown
      ? known
      : this.#add({ id, node, kind, name, parentId, rootId, peers, startedAt, before, startSeq });
    if (!isKnown) actor.forgotten = forgotten;
    actor.generation = this.#generation;
    actor.peers = peers;
    if (room !== undefined) actor.ownRoom = room;
    actor.endedAt = endedAt;
    this.shape += 1;
  }

  #add(input: ConstructorParameters<typeof KnownActor>[0]): KnownActor {
    const actor = new KnownActor(input, { definitions: this.#definitions, actorOf: (id) => this.actors.get(id) });
    this.actors.set(actor.id, actor);
    const system = this.#systems.get(actor.rootId);
    if (system === undefined) this.#systems.set(actor.rootId, new Set([actor]));
    else system.add(actor);
    if (this.actors.size > this.#limits.maxActors) this.#forgetEnded();
    this.shape += 1;
    return actor;
  }

  /** Another start of a node ends all that was on it before. */
  #replace(known: KnownActor, at: number): void {
    this.#forget(known);
    if (known.kind !== "node") return;
    for (const actor of this.actors.values()) if (actor.node === known.node) actor.endedAt ??= at;
  }

  #takeEvent(message: InspectedEvent, { size, lost }: { readonly size: number; readonly lost: number }): void {
    const { sessionId, sourceId, node, seq, atMs } = message;
    const isTold = sessionId.endsWith("/client") && sourceId !== undefined;
    const owner = this.#ownerOf(isTold ? sourceId : sessionId, message);
    // After a reconnect it comes once more.
    if ((owner.lastStep?.seq ?? 0) >= seq) return;
    // A node that was thought to be gone speaks.
    if (owner.endedAt !== undefined && owner.state.status === "active" && !message.isHistory) {
      owner.endedAt = undefined;
      this.shape += 1;
    }
    const { repeats = 0, ...event } = message.event as StepEvent & { readonly repeats?: number };
    const [at, actorId] = [Number(message.createdAt), sessionId];
    this.#characters += owner.add(
      { seq, node, at, atMs, actorId, sourceId, event, snapshot: undefined, repeats, lost },
      size,
    );
    if (owner.kind === "session" && this.names.readEvent(owner.peers[0], event)) this.shape += 1;
  }

  #takeTransition(message: InspectedTransition, size: number): void {
    const { snapshot, seq } = message;
    const owner = this.#ownerOf(message.sessionId, message);
    const step = owner.lastStep;
    if (step?.seq !== seq || step.snapshot !== undefined) return;
    const state = { ...snapshot, status: statusOf(snapshot.status) };
    const contextBefore = owner.state.context;
    this.#characters += owner.became(state, size);
    if (owner.state.context !== contextBefore) this.#readContext(owner);
    if (state.status !== "active") this.#end(owner, step.at);
  }

  /** What in a context says where somebody is, and what they are called. */
  #readContext(actor: KnownActor): void {
    const context = actor.state.context as { readonly join?: { readonly room?: string } | null } | undefined;
    if (actor.kind === "session" && context?.join?.room !== undefined && context.join.room !== actor.ownRoom) {
      actor.ownRoom = context.join.room;
      this.shape += 1;
    }
    if (actor.kind === "room" && this.names.readRoom(context)) this.shape += 1;
  }

  #end(actor: KnownActor, at: number): void {
    const ended = actor.rootId === actor.id ? (this.#systems.get(actor.id) ?? []) : [actor];
    for (const each of ended) each.endedAt ??= at;
    this.shape += 1;
  }

  /** The actor of a message; one whose introduction was lost is known by its id alone. */
  #ownerOf(id: string, message: InspectionMessage): KnownActor {
    const known = this.actors.get(id);
    if (known !== undefined) return known;
    const { rootId, seq: startSeq, createdAt } = message;
    const peers = rootId.includes("/session:") ? [rootId.slice(rootId.indexOf(":") + 1)] : [];
    const actor = this.#add({
      ...readAddress(id),
      id,
      rootId,
      peers,
      startSeq,
      startedAt: Number(createdAt),
      before: unknownState,
    });
    actor.generation = this.#generation;
    return actor;
  }

  #forget(actor: KnownActor): void {
    this.#characters -= actor.size;
    this.forgotten += actor.steps.length;
    this.actors.delete(actor.id);
    const system = this.#systems.get(actor.rootId);
    system?.delete(actor);
    if (system?.size === 0) this.#systems.delete(actor.rootId);
    this.shape += 1;
  }

  #forgetEnded(): void {
    const ended = [...this.actors.values()].filter(({ endedAt }) => endedAt !== undefined);
    ended.sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0));
    const count = Math.ceil(this.#limits.maxActors / 10);
    for (const actor of ended.slice(0, count)) this.#forget(actor);
  }

  #shrink(): void {
    const all = [...this.actors.values()];
    const order = [
      ...all.filter(({ endedAt }) => endedAt !== undefined),
      ...all.filter(({ endedAt }) => endedAt === undefined),
    ];
    const enough = this.#limits.maxCharacters * 0.75;
    for (const actor of order) {
      if (this.#characters <= enough) return;
      const count = Math.min(Math.ceil(actor.steps.length / 2), actor.steps.length - minSteps);
      if (count <= 0) continue;
      this.#characters -= actor.forget(count);
      this.forgotten += count;
    }
  }
}

function statusOf(status: string): ActorState["status"] {
  return status === "done" || status === "error" || status === "stopped" ? status : "active";
}
