import type { MachineName } from "./echo_event.ts";

/** One stretch of time that a machine spent in one state; the last one of a machine is still open. */
export interface Step {
  readonly state: string;
  readonly fromMs: number;
}

/** The way of every machine through its states, with the time of each change. */
export class StateHistory {
  readonly #steps = new Map<MachineName, Step[]>();

  /** Notes a state; the one that a machine is in already changes nothing. Says whether it was news. */
  record(machine: MachineName, state: string, atMs: number): boolean {
    const steps = this.#steps.get(machine) ?? [];
    if (steps.at(-1)?.state === state) return false;
    steps.push({ state, fromMs: atMs });
    this.#steps.set(machine, steps);
    return true;
  }

  /** The way of one machine, oldest first. */
  stepsOf(machine: MachineName): readonly Step[] {
    return this.#steps.get(machine) ?? [];
  }

  /** Every moment at which any machine changed, in order, each once. */
  moments(): readonly number[] {
    const all = [...this.#steps.values()].flatMap((steps) => steps.map((step) => step.fromMs));
    return [...new Set(all)].sort((a, b) => a - b);
  }

  clear(): void {
    this.#steps.clear();
  }
}
