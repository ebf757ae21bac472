import type { AnyStateMachine } from "xstate";
import { definitionOf } from "../machines/machine_definition.ts";
import type { InspectionFilter, InspectionMessage } from "../protocol/inspection.ts";
import type { ActorRecord, RecordedEvent } from "./actor_record.ts";
import { isAbout, writtenEvent, writtenState } from "./record_writer.ts";
import { isTold } from "./recorded_event.ts";

/** The version of `@statelyai/inspect` whose shapes these are. */
const shapesVersion = "0.7.2";

/** Something that was recorded: that an actor is there, or an event of it. */
export interface RecordedItem {
  readonly record: ActorRecord;
  readonly event: RecordedEvent | undefined;
  readonly isHistory: boolean;
}

/** Writes what was recorded on one node as the messages of `/inspect`. */
export class InspectionMessages {
  readonly #node: string;
  /** Unix time at the zero of the monotonic clock. */
  readonly #epochMs: number;
  readonly #definitions = new WeakMap<object, string>();

  constructor(node: string, epochMs: number) {
    this.#node = node;
    this.#epochMs = epochMs;
  }

  /** Whether somebody asked for it. */
  fits({ node, room, peer, kind }: InspectionFilter, record: ActorRecord): boolean {
    const { labels } = record;
    const isOne = (wanted: readonly string[], is: string | undefined) =>
      wanted.length === 0 || (is !== undefined && wanted.includes(is));
    return (
      isOne(node, this.#node) &&
      isOne(room, labels.room) &&
      isOne(kind, record.kind) &&
      (peer.length === 0 || isAbout(record, peer))
    );
  }

  /** One, or two for an event that the actor handled. `hasDefinition` is for actors. */
  write({ record, event, isHistory }: RecordedItem, hasDefinition: boolean): InspectionMessage[] {
    const base = {
      sessionId: this.#idOf(record.address),
      rootId: this.#idOf(record.root),
      _version: shapesVersion,
      node: this.#node,
      isHistory,
    };
    if (event === undefined) return [this.#actor(record, base, hasDefinition)];
    const { seq, atMs, after } = event;
    const when = { seq, atMs, createdAt: this.#timeOf(atMs), id: `${this.#node}:${seq}` };
    const shown = writtenEvent(event);
    const client = `${this.#idOf(record.root)}/client`;
    if (isTold(event)) {
      const told = { ...base, ...when, sessionId: client, sourceId: base.sessionId };
      return [{ ...told, type: "@xstate.event", event: shown }];
    }
    if (after === undefined) return [{ ...base, ...when, type: "@xstate.event", event: shown, sourceId: undefined }];
    const isFromClient = event.source === undefined && event.event.type === "message.received";
    const source = event.source === undefined ? undefined : this.#idOf(event.source);
    return [
      { ...base, ...when, type: "@xstate.event", event: shown, sourceId: isFromClient ? client : source },
      { ...base, ...when, type: "@xstate.snapshot", event: shown, snapshot: writtenState(after) },
    ];
  }

  #actor(
    record: ActorRecord,
    base: Pick<InspectionMessage, "sessionId" | "rootId" | "_version" | "node" | "isHistory">,
    hasDefinition: boolean,
  ): InspectionMessage {
    const { seq, startedAtMs: atMs, endedAtMs, labels, kind, name, parent, lostCount } = record;
    return {
      ...base,
      type: "@xstate.actor",
      seq,
      atMs,
      createdAt: this.#timeOf(atMs),
      id: `${this.#node}:${seq}`,
      kind,
      name,
      parentId: parent === undefined ? undefined : this.#idOf(parent),
      definition: hasDefinition ? this.#definitionOf(record) : undefined,
      snapshot: writtenState(record.before ?? { status: "active", value: undefined, context: undefined }),
      room: labels.room,
      peers: labels.peers ?? [],
      endedAt: endedAtMs === undefined ? undefined : this.#epochMs + endedAtMs,
      forgotten: lostCount,
    };
  }

  #idOf(address: string): string {
    return `${this.#node}/${address}`;
  }

  #timeOf(atMs: number): string {
    return String(Math.round(this.#epochMs + atMs));
  }

  #definitionOf({ config, kind }: ActorRecord): string {
    if (typeof config !== "object" || config === null) return JSON.stringify({ id: kind });
    const known = this.#definitions.get(config);
    if (known !== undefined) return known;
    const written = JSON.stringify(definitionOf({ config: config as AnyStateMachine["config"] }));
    this.#definitions.set(config, written);
    return written;
  }
}
