import { runAll } from "./run_all.ts";

/** Tells listeners what happened. `Events` holds what each event carries, by the event's name. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(value: never) => void>>();

  /** Has `listener` called at every event of the name, in the order of their coming; returns what ends that. */
  on<K extends keyof Events>(name: K, listener: (value: Events[K]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** @internal Tells everybody; a listener that throws disturbs nobody, and its error is reported as uncaught. */
  emit<K extends keyof Events>(name: K, value: Events[K]): void {
    const listeners = [...(this.#listeners.get(name) ?? [])] as ((value: Events[K]) => void)[];
    runAll(listeners.map((listener) => () => listener(value)));
  }
}
