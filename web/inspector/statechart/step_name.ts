import { listOf, objectOf, textOf } from "./json_reading.ts";

/** Longest value of a parameter that is shown; a longer one is a sentence. Ours. */
const maxShownLength = 28;

/** An action as a reader knows it: `tellIce(checking)`, `assign(isMuted)`. */
export function actionName(action: unknown): string {
  if (typeof action === "string") return action;
  const { type, params, assigns } = objectOf(action);
  return `${shortType(type)}${inBrackets([...listOf(assigns), ...Object.values(objectOf(params))])}`;
}

/** A guard as a reader knows it: `not isDescribed`, `isFull and isClientJoining`, `isState(connected)`. */
export function guardName(guard: unknown): string | null {
  if (guard === undefined || guard === null) return null;
  if (typeof guard === "string") return guard;
  const { type, params, guards } = objectOf(guard);
  const parts = listOf(guards).map((part) => ({ name: guardName(part) ?? "", isOne: !isComposed(part) }));
  const within = parts.map(({ name, isOne }) => (isOne ? name : `(${name})`));
  if (type === "not" && within.length > 0) return `not ${within.join(", ")}`;
  if (within.length > 0) return within.join(` ${shortType(type)} `);
  return `${shortType(type)}${inBrackets(Object.values(objectOf(params)))}`;
}

function isComposed(guard: unknown): boolean {
  const { type, guards } = objectOf(guard);
  return type !== "not" && listOf(guards).length > 1;
}

function shortType(type: unknown): string {
  const name = textOf(type) ?? "";
  return name === "" ? "(unnamed)" : name.replace(/^xstate\./, "");
}

/** What of the parameters is a name. */
function inBrackets(values: readonly unknown[]): string {
  const names = values.filter(
    (value) => typeof value === "string" && value.length <= maxShownLength && /^\S+$/.test(value),
  );
  return names.length === 0 ? "" : `(${names.join(", ")})`;
}
