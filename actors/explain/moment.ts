import type { ExplainedEvidence } from "../../protocol/connection_explanation.ts";
import type { ExportedActor, ExportedEvent, ExportedState } from "../../protocol/connection_record.ts";

/** Something that was recorded, on the clock of everybody. */
export interface Moment {
  /** Unix time in milliseconds. */
  readonly at: number;
  readonly seq: number;
  readonly node: string;
  readonly event: ExportedEvent["event"];
  /** None for what was only told or observed. */
  readonly after: ExportedState | undefined;
}

/** What an actor went through, oldest first. */
export function momentsOf(actor: ExportedActor | undefined): readonly Moment[] {
  if (actor === undefined) return [];
  return actor.events.map(({ atMs, seq, event, after }) => ({
    at: unixTimeOf(actor, atMs),
    seq,
    node: actor.node,
    event,
    after,
  }));
}

/** Unix time of a moment on the clock of the actor's node. */
export function unixTimeOf({ startedAt, startedAtMs }: ExportedActor, atMs: number): number {
  return startedAt + (atMs - startedAtMs);
}

/** A field of what was recorded, which may be anything; undefined where there is none. */
export function fieldOf(value: unknown, ...path: readonly string[]): unknown {
  let inner = value;
  for (const name of path) {
    if (typeof inner !== "object" || inner === null) return undefined;
    inner = (inner as Readonly<Record<string, unknown>>)[name];
  }
  return inner;
}

/** The same for a text; "" for what is none. */
export function textOf(value: unknown, ...path: readonly string[]): string {
  const field = fieldOf(value, ...path);
  return typeof field === "string" ? field : "";
}

/** The same for a number. */
export function numberOf(value: unknown, ...path: readonly string[]): number | undefined {
  const field = fieldOf(value, ...path);
  return typeof field === "number" ? field : undefined;
}

/** The same for a list; empty for what is none. */
export function listOf(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const field = fieldOf(value, ...path);
  return Array.isArray(field) ? field : [];
}

/** A moment as what shows something. */
export function evidenceOf({ at, node, event }: Moment, text: string): ExplainedEvidence {
  return { at: Math.round(at), node, event: event.type, text };
}
