import type { AnyStateMachine } from "xstate";

/** A machine's configuration as JSON: what is left of it on a wire. */
export type MachineDefinition = { readonly [key: string]: unknown };

/** Functions under these keys make values of the running actor: they say nothing by their names. */
const valueKeys = new Set(["input", "output", "params"]);

/**
 * The configuration that a machine was made of, as JSON: the format of the `definition` that `@statelyai/inspect` sends, in
 * which a function is an object with its name as `type`. More than there is kept here: what `and`, `or` and `not` hold
 * together, and what an inline `assign` assigns.
 */
export function definitionOf(machine: Pick<AnyStateMachine, "config">): MachineDefinition {
  const { context: _, ...config } = machine.config;
  return JSON.parse(
    JSON.stringify(config, (key, value: unknown) => {
      if (typeof value !== "function") return value;
      return valueKeys.has(key) ? undefined : namedFunction(value);
    }),
  ) as MachineDefinition;
}

function namedFunction(value: object): MachineDefinition {
  const type = "name" in value ? value.name : "";
  if ("guards" in value) return { type, guards: value.guards };
  if ("assignment" in value && typeof value.assignment === "object" && value.assignment !== null) {
    return { type, assigns: Object.keys(value.assignment) };
  }
  return { type };
}
