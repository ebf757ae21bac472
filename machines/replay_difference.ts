import { type ExportedState, recordBounds } from "../protocol/connection_record.ts";
import { redact } from "../protocol/redact.ts";
import { stateText } from "./state_text.ts";

/** What came where something else was recorded. */
export interface Difference {
  readonly of: "state" | "context" | "fault";
  readonly replayed: string;
  readonly recorded: string;
}

/** Lengths that a machine measures of texts that hold secrets: these are shorter in a record. */
const measured: ReadonlyMap<string, readonly string[]> = new Map([["session", ["waiting.length"]]]);
/** Of a value in a sentence. Ours. */
const maxShownLength = 120;

/** What stands in a record for a value: without secrets, bounded, as JSON has it. */
export function asRecorded(value: unknown): unknown {
  const text = JSON.stringify(redact(value, recordBounds));
  return text === undefined ? undefined : JSON.parse(text);
}

/** How a state differs from the recorded one; undefined when it does not. */
export function differenceOf(
  kind: string,
  replayed: { readonly status: string; readonly value: unknown; readonly context: unknown },
  recorded: ExportedState,
): Difference | undefined {
  const [stateNow, stateThen] = [replayed, recorded].map(({ status, value }) => describe(status, value));
  if (stateNow !== stateThen) return { of: "state", replayed: stateNow ?? "", recorded: stateThen ?? "" };
  const [now, then] = [asRecorded(replayed.context), recorded.context];
  const path = firstDifference(now, then, measured.get(kind) ?? []);
  if (path === undefined) return undefined;
  const shown = (context: unknown) => `context.${path} ${valueText(at(context, path))}`;
  return { of: "context", replayed: shown(now), recorded: shown(then) };
}

/** What a machine that throws where a state was recorded says. */
export function faultOf(fault: unknown, { status, value }: ExportedState): Difference {
  const message = fault instanceof Error ? fault.message : String(fault);
  return { of: "fault", replayed: message, recorded: describe(status, value) };
}

/** Whether a context of the machine holds what is computed of texts that a record does not hold as they were. */
export function isMeasuring(kind: string): boolean {
  return measured.has(kind);
}

/** Whether two values of a record are the same, in whatever order their fields stand. */
export function isSameValue(a: unknown, b: unknown): boolean {
  return firstDifference(a, b, []) === undefined;
}

/** The parts of a state in the order of their names: that in which they are listed says nothing. */
function describe(status: string, value: unknown): string {
  const text = stateText(value).split(", ").toSorted().join(", ");
  return status === "active" ? text : `${text} (${status})`;
}

/** The way to the first value that differs, as `waitingOffer.sdp`; "" when all of it does. */
function firstDifference(a: unknown, b: unknown, except: readonly string[], path = ""): string | undefined {
  if (Object.is(a, b) || except.includes(path)) return undefined;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return path;
  if (Array.isArray(a) !== Array.isArray(b)) return path;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const inside = firstDifference(left[name], right[name], except, path === "" ? name : `${path}.${name}`);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

function at(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((inside, name) => (inside as Record<string, unknown> | null | undefined)?.[name], value);
}

function valueText(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > maxShownLength ? `${text.slice(0, maxShownLength)}...` : text;
}
