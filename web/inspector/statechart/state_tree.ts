import { type JsonObject, listOf, objectOf, textOf } from "./json_reading.ts";
import type { StateType } from "./statechart.ts";

/** A state of a definition with its place among the others. */
export interface TreeState {
  readonly id: string;
  readonly key: string;
  readonly type: StateType;
  readonly config: JsonObject;
  readonly parent: TreeState | null;
  readonly children: readonly TreeState[];
}

/** The states of a machine's definition. */
export function readStateTree(definition: unknown): TreeState {
  const config = objectOf(definition);
  const key = textOf(config["id"]) ?? "(machine)";
  return readState(config, key, null);
}

function readState(config: JsonObject, key: string, parent: TreeState | null): TreeState {
  const id = textOf(config["id"]) ?? (parent === null ? key : [...keysOf(parent), key].join("."));
  const children: TreeState[] = [];
  const entries = Object.entries(objectOf(config["states"]));
  const state: TreeState = { id, key, type: typeOf(config, entries.length > 0), config, parent, children };
  for (const [childKey, child] of entries) children.push(readState(objectOf(child), childKey, state));
  return state;
}

/** XState makes an id of the keys on the way, whatever ids stand there. */
function keysOf(state: TreeState): string[] {
  return state.parent === null ? [state.key] : [...keysOf(state.parent), state.key];
}

function typeOf(config: JsonObject, hasChildren: boolean): StateType {
  const type = config["type"];
  if (type === "parallel" || type === "final" || type === "history") return type;
  if (config["history"] !== undefined && config["history"] !== false) return "history";
  return hasChildren ? "compound" : "atomic";
}

/** `state` with all that is in it. */
export function withDescendants(state: TreeState): TreeState[] {
  return [state, ...state.children.flatMap(withDescendants)];
}

/**
 * The states that a transition's `target` names, as XState finds them: `#id`, `.child`, and from the parent on; null for one
 * without a target, and without those that there are not.
 */
export function resolveTargets(source: TreeState, target: unknown, byId: ReadonlyMap<string, TreeState>): TreeState[] {
  return listOf(target).flatMap((name) => {
    const found = typeof name === "string" ? resolveTarget(source, name, byId) : null;
    return found === null ? [] : [found];
  });
}

function resolveTarget(source: TreeState, name: string, byId: ReadonlyMap<string, TreeState>): TreeState | null {
  if (name.startsWith("#")) return resolveId(name.slice(1), byId);
  if (name.startsWith(".")) return descend(source, name.slice(1).split("."));
  return descend(source.parent ?? source, name.split("."));
}

function resolveId(name: string, byId: ReadonlyMap<string, TreeState>): TreeState | null {
  const whole = byId.get(name);
  if (whole !== undefined) return whole;
  const [id = "", ...path] = name.split(".");
  const start = byId.get(id);
  return start === undefined ? null : descend(start, path);
}

function descend(from: TreeState, path: readonly string[]): TreeState | null {
  let state: TreeState | null = from;
  for (const key of path) state = state?.children.find((child) => child.key === key) ?? null;
  return state;
}
