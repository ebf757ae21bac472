import { isIPv6 } from "node:net";
import type { AcceptingAgent } from "werift";

/** The ICE agents behind one TCP port, by their user fragments. */
export class AcceptingAgents {
  /** Those of one fragment are of one peer: one for each address, and while its offer is answered for each section. */
  readonly #byFragment = new Map<string, AcceptingAgent[]>();

  readonly #isExact: boolean;

  /** @param options `isExact`: an agent has the connections to its own address alone */
  constructor({ isExact = false } = {}) {
    this.#isExact = isExact;
  }

  get size(): number {
    return this.#byFragment.size;
  }

  /** Returns what takes it away again. */
  add(agent: AcceptingAgent): () => void {
    const { fragment } = agent;
    this.#byFragment.set(fragment, [...(this.#byFragment.get(fragment) ?? []), agent]);
    return () => {
      const left = (this.#byFragment.get(fragment) ?? []).filter((other) => other !== agent);
      if (left.length > 0) this.#byFragment.set(fragment, left);
      else this.#byFragment.delete(fragment);
    };
  }

  /** Who a connection to `localAddress` is for: the agent of this address; else, as an address may be new, one of its family. */
  find(fragment: string, localAddress: string): AcceptingAgent | undefined {
    const agents = this.#byFragment.get(fragment) ?? [];
    const exact = agents.find((agent) => agent.localAddress === localAddress);
    if (exact !== undefined || this.#isExact) return exact;
    return agents.find((agent) => isIPv6(agent.localAddress) === isIPv6(localAddress));
  }
}
