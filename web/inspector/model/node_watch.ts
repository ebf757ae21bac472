/** How often the nodes are asked for, in milliseconds. Ours. */
const pauseMs = 5_000;

export interface NodeWatchOptions {
  readonly fetch: () => Promise<Response>;
  /** Calls back after so many milliseconds. @returns what calls it off */
  readonly after: (ms: number, callback: () => void) => () => void;
  /** The names of all nodes that are there; one that was missing just once counts as there. */
  readonly onNodes: (nodes: ReadonlySet<string>) => void;
}

/** Which nodes there are: one that is gone tells nobody, so that what was on it would live for ever. */
export class NodeWatch {
  readonly #options: NodeWatchOptions;
  #before: ReadonlySet<string> | undefined;
  #stop: (() => void) | undefined;

  constructor(options: NodeWatchOptions) {
    this.#options = options;
  }

  /** Asks in a while, and then again and again. */
  ask(): void {
    this.#stop?.();
    this.#stop = this.#options.after(pauseMs, () => void this.#ask());
  }

  async #ask(): Promise<void> {
    const nodes = await this.#nodes();
    if (nodes !== undefined) {
      if (this.#before !== undefined) this.#options.onNodes(new Set([...this.#before, ...nodes]));
      this.#before = nodes;
    }
    this.ask();
  }

  /** Undefined when nobody says. */
  async #nodes(): Promise<ReadonlySet<string> | undefined> {
    try {
      const response = await this.#options.fetch();
      if (!response.ok) return undefined;
      const { nodes } = (await response.json()) as { readonly nodes: readonly { readonly id: string }[] };
      return new Set(nodes.map(({ id }) => id));
    } catch {
      return undefined;
    }
  }
}
