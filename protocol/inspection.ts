import Type, { type Static } from "typebox";
import { Compile } from "typebox/compile";
import { Id } from "./room.ts";
import { SignalboxError } from "./signalbox_error.ts";

// What `/inspect` sends: the shapes of `@statelyai/inspect` 0.7, each with fields of ours beside them.

/** Whose events are asked for; of each kind of filter one must fit, and a kind that is empty fits all. */
export type InspectionFilter = Readonly<Static<typeof Filter>>;

/** The kinds of actors that there are: the ids of their machines. */
export const inspectedKinds = [
  "node",
  "busLink",
  "iceSource",
  "session",
  "peer",
  "negotiation",
  "connectivity",
  "room",
  "remotePart",
  "subscription",
] as const;

const Word = Type.String({ minLength: 1, maxLength: 256 });
const Words = Type.Array(Word, { maxItems: 32 });
const Filter = Type.Object({
  /** Names of nodes. */
  node: Words,
  room: Words,
  /** Ids of peers: of the clients, or of peer connections. */
  peer: Words,
  /** Kinds of actors, by the id of the machine: `session`, `peer`, `negotiation` ... */
  kind: Words,
  /** With `each` actor goes the definition of its machine, or just `once` for each kind. */
  definitions: Type.Union([Type.Literal("each"), Type.Literal("once")]),
});

const listNames = ["node", "room", "peer", "kind"] as const;

/**
 * Reads the query of `/inspect`: `room=atrium&kind=peer&kind=negotiation`.
 *
 * @throws {SignalboxError} `bad-message` for what is no filter
 */
export function parseInspectionQuery(query: string): InspectionFilter {
  const params = new URLSearchParams(query);
  const known = [...listNames, "definitions", "access_token"];
  for (const name of params.keys()) {
    if (!known.includes(name)) {
      throw new SignalboxError(
        "bad-message",
        `Cannot filter by ${name.slice(0, 64)}: expected ${listNames.join(", ")}`,
      );
    }
  }
  const stranger = params.getAll("kind").find((kind) => !(inspectedKinds as readonly string[]).includes(kind));
  if (stranger !== undefined) {
    const kinds = inspectedKinds.join(", ");
    throw new SignalboxError("bad-message", `Cannot filter by kind ${stranger.slice(0, 64)}: expected ${kinds}`);
  }
  const lists = Object.fromEntries(listNames.map((name) => [name, params.getAll(name)]));
  const filter: unknown = { ...lists, definitions: params.get("definitions") ?? "each" };
  if (filterValidator.Check(filter)) return filter;
  const expected =
    "up to 32 values for each name, none of them empty or above 256 characters, definitions=each or once";
  throw new SignalboxError("bad-message", `Cannot read the filter: expected ${expected}`);
}

/** In every message. */
interface InspectionBase {
  /** The actor: `<node>/<address>`, unique in the cluster. */
  readonly sessionId: string;
  readonly rootId: string;
  /** Unix time in milliseconds, as text. */
  readonly createdAt: string;
  readonly id: string;
  readonly _version: string;
  readonly node: string;
  /** Orders what one node recorded. */
  readonly seq: number;
  /** Milliseconds on the node's monotonic clock. */
  readonly atMs: number;
  /** It was recorded before the watcher came. */
  readonly isHistory: boolean;
  /** So many events of this node were lost since it was last said, as the watcher did not take what was there. */
  readonly lost?: number;
}

/** An actor that is there. */
export interface InspectedActor extends InspectionBase {
  readonly type: "@xstate.actor";
  readonly name: string;
  readonly parentId: string | undefined;
  /** The machine's configuration as JSON. */
  readonly definition: string | undefined;
  /** The oldest state that is known. */
  readonly snapshot: InspectedSnapshot;
  /** The id of its machine, or `client`. */
  readonly kind: string;
  readonly room: string | undefined;
  readonly peers: readonly string[];
  /** Unix time in milliseconds, of one that has ended. */
  readonly endedAt: number | undefined;
  /** Events of it that are not kept any more. */
  readonly forgotten: number;
}

/** An event that was sent to an actor. */
export interface InspectedEvent extends InspectionBase {
  readonly type: "@xstate.event";
  readonly event: { readonly type: string };
  readonly sourceId: string | undefined;
}

/** What it led to. */
export interface InspectedTransition extends InspectionBase {
  readonly type: "@xstate.snapshot";
  readonly event: { readonly type: string };
  readonly snapshot: InspectedSnapshot;
}

export interface InspectedSnapshot {
  readonly status: string;
  readonly value: unknown;
  readonly context: unknown;
}

export type InspectionMessage = InspectedActor | InspectedEvent | InspectedTransition;

// Between nodes, as JSON. A node is asked on `cluster("inspect")`, and sends what it has as requests on `node(origin, "inspect")`.

const v = Type.Literal(1);
const watchSchema = Type.Object({ v, feed: Id, origin: Id, filter: Filter });

/** Somebody watches at a node: said again and again, for those that come later. */
export type InspectionWatch = Readonly<Static<typeof watchSchema>>;

const filterValidator = Compile(Filter);
const watchValidator = Compile(watchSchema);

export function encodeInspectionWatch(watch: Omit<InspectionWatch, "v">): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ v: 1, ...watch }));
}

/** Undefined for what is none, or one of another version. */
export function parseInspectionWatch(bytes: Uint8Array): InspectionWatch | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return watchValidator.Check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const headerSchema = Type.Object({ v, feed: Id });
const headerValidator = Compile(headerSchema);

/** A batch for a watcher: a line that says whose it is, then one message in each line. */
export function encodeInspectionBatch(feed: string, messages: readonly string[]): Uint8Array {
  return new TextEncoder().encode([JSON.stringify({ v: 1, feed }), ...messages].join("\n"));
}

/** Undefined for what is none. The messages are as another node wrote them: JSON, each without a line break. */
export function parseInspectionBatch(
  bytes: Uint8Array,
): { readonly feed: string; readonly messages: readonly string[] } | undefined {
  try {
    const [header = "", ...messages] = new TextDecoder().decode(bytes).split("\n");
    const value: unknown = JSON.parse(header);
    return headerValidator.Check(value) ? { feed: value.feed, messages } : undefined;
  } catch {
    return undefined;
  }
}
