import { effect, signal } from "@preact/signals";
import type { Inspector } from "../model/inspector.ts";
import { isNarrowed } from "./tree_filter.ts";
import { type TreeRow, treeRows } from "./tree_rows.ts";

/** The tree takes no more than one part in so many of the time; while the history is read, which has the time for itself, of more. Ours. */
const restFactors = { filled: 6, filling: 15 } as const;
/** What is searched by state is looked at again so often. Ours. */
const statePauseMs = 250;

/** The lines of the tree as they are now; made anew when something came or went, as often as the page has time for it. */
export class TreeModel {
  readonly rows = signal<readonly TreeRow[]>([]);
  /** The key of the row that the keyboard is at. */
  readonly atKey = signal<string | null>(null);
  readonly #opened = signal<ReadonlyMap<string, boolean>>(new Map());
  readonly #inspector: Inspector;
  #isPlanned = false;
  #restUntil = 0;

  constructor(inspector: Inspector) {
    this.#inspector = inspector;
  }

  /** Follows what there is. */
  start(): void {
    effect(() => {
      const { address, shape, version } = this.#inspector;
      const { search, states, kinds } = address.value;
      shape.value;
      if (isNarrowed({ search, states, kinds, isEndedHidden: false })) version.value;
      this.#opened.value;
      this.#plan();
    });
    let lastActor: string | null = null;
    effect(() => {
      const { actorId } = this.#inspector.address.value;
      const isThere = actorId !== null && this.#inspector.selected.value.actor !== null;
      if (!isThere || actorId === lastActor) return;
      lastActor = actorId;
      this.#reveal(actorId);
    });
  }

  open(key: string, isOpen: boolean): void {
    this.#opened.value = new Map([...this.#opened.peek(), [key, isOpen]]);
  }

  /** Opens what an actor is in, and goes to its row. */
  #reveal(actorId: string): void {
    const { actors } = this.#inspector;
    const opened = new Map(this.#opened.peek());
    const actor = actors.get(actorId);
    if (actor === undefined) return;
    for (let id = actor.parentId; id !== undefined; id = actors.get(id)?.parentId) opened.set(id, true);
    const root = actors.get(actor.rootId);
    if (actor.kind === "subscription") opened.set(`${actor.node}/session:${actor.peers[0] ?? ""}`, true);
    const room = root?.room ?? actor.room;
    opened.set(`${actor.node}/#${room === undefined ? "lobby" : `room:${room}`}`, true);
    for (const { id, kind, node, name } of actors.values())
      if (kind === "room" && node === actor.node && name === room) opened.set(id, true);
    opened.set(`${actor.node}/node`, true);
    this.#opened.value = opened;
    this.atKey.value = actorId;
  }

  #plan(): void {
    if (this.#isPlanned) return;
    const pauseMs = this.#restUntil - performance.now();
    if (pauseMs <= 0) {
      this.#make();
      return;
    }
    this.#isPlanned = true;
    setTimeout(() => {
      this.#isPlanned = false;
      this.#make();
    }, pauseMs);
  }

  #make(): void {
    const startedAt = performance.now();
    const { record, address } = this.#inspector;
    const { search, states, kinds, isEndedHidden } = address.peek();
    const filter = { search: search.trim(), states, kinds, isEndedHidden };
    this.rows.value = treeRows({
      actors: record.actors.values(),
      nameOf: (id) => record.names.get(id),
      filter,
      opened: this.#opened.peek(),
    });
    const now = performance.now();
    const restFactor = restFactors[this.#inspector.isFilled.peek() ? "filled" : "filling"];
    this.#restUntil = now + Math.max((now - startedAt) * restFactor, isNarrowed(filter) ? statePauseMs : 0);
  }
}
