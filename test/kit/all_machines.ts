import { readdirSync } from "node:fs";
import type { AnyStateMachine } from "xstate";

const folder = new URL("../../machines/", import.meta.url);

/** Every machine that a file of `machines/` exports, by the name of the file without its ending. */
export async function allMachines(): Promise<ReadonlyMap<string, AnyStateMachine>> {
  const machines = new Map<string, AnyStateMachine>();
  for (const file of readdirSync(folder).sort()) {
    for (const value of Object.values((await import(new URL(file, folder).href)) as object)) {
      if (isMachine(value)) machines.set(file.replace(/\.ts$/, ""), value);
    }
  }
  return machines;
}

function isMachine(value: unknown): value is AnyStateMachine {
  return typeof value === "object" && value !== null && "root" in value && "config" in value && "transition" in value;
}
