import { parseIceServers, type RTCIceServer, type RTCIceTransport } from "werift";
import type { CandidateInit } from "../../protocol/client_message.ts";
import { announceCandidate } from "./host_addresses.ts";
import type { SharedUdpPort } from "./shared_port/shared_udp_port.ts";

export interface LocalCandidatesSettings {
  /** The servers of the node itself, with credentials that have not expired. */
  readonly issueServers: () => RTCIceServer[];
  readonly announceIps: readonly string[];
  /** How many host candidates a description waits for, and how long at most. */
  readonly hostCount: number;
  readonly hostTimeoutMs: number;
  /** What they are a part of, where all peer connections share it. */
  readonly sharedPort?: SharedUdpPort | undefined;
}

export interface LocalCandidatesOptions extends LocalCandidatesSettings {
  /** Takes each candidate that no description held, `null` for the end of them. */
  readonly trickle: (candidate: CandidateInit | null) => void;
}

/**
 * What this side gathers: host candidates go into the description, those of servers are trickled after it (RFC 8838), so that a
 * server that does not answer holds nothing up.
 */
export class LocalCandidates {
  readonly #options: LocalCandidatesOptions;
  /** Candidates that come while a description is made wait for it, since they belong to it. */
  #held: CandidateInit[] | undefined = [];
  #hasGathered = false;

  constructor(options: LocalCandidatesOptions) {
    this.#options = options;
  }

  /** Call it before a description is set; begins to gather, and resolves when the host candidates are there. */
  async gatherHosts(transports: readonly RTCIceTransport[]): Promise<void> {
    this.#held ??= [];
    const gatherers = transports.filter(({ gatheringState }) => gatheringState === "new");
    // The credentials that the connection began with may have expired when ICE restarts.
    if (this.#hasGathered && gatherers.length > 0) {
      const servers = parseIceServers(this.#options.issueServers());
      for (const transport of gatherers) transport.setIceServers(servers);
    }
    this.#hasGathered ||= gatherers.length > 0;
    await Promise.all(gatherers.map((transport) => this.#gatherHostsOf(transport)));
    for (const { connection } of transports) this.#options.sharedPort?.noteFragment(connection);
  }

  add(candidate: CandidateInit | undefined): void {
    const gathered = candidate ?? { candidate: "" };
    if (this.#held === undefined) this.#trickle(gathered);
    else this.#held.push(gathered);
  }

  /** A description was set. Those that it holds are told by it, the end of them too if nothing is left to say. */
  release(description: string): void {
    const described = new Set([...description.matchAll(/^a=(candidate:.*?)\r?$/gm)].map(([, candidate]) => candidate));
    const left = (this.#held ?? []).filter(({ candidate }) => !described.has(candidate));
    this.#held = undefined;
    if (left.every(({ candidate }) => candidate === "") && /^a=end-of-candidates/m.test(description)) return;
    for (const candidate of left) this.#trickle(candidate);
  }

  #trickle(gathered: CandidateInit): void {
    const { trickle, announceIps } = this.#options;
    if (gathered.candidate === "") {
      trickle(null);
      return;
    }
    for (const candidate of announceCandidate(gathered.candidate, announceIps)) trickle({ ...gathered, candidate });
  }

  async #gatherHostsOf(transport: RTCIceTransport): Promise<void> {
    const { hostCount, hostTimeoutMs } = this.#options;
    const hosts = Promise.withResolvers<void>();
    const timer = setTimeout(hosts.resolve, hostTimeoutMs);
    const { unSubscribe } = transport.onIceCandidate.subscribe(() => {
      const gathered = transport.localCandidates.filter(({ type }) => type === "host");
      if (gathered.length >= hostCount) hosts.resolve();
    });
    transport.gather().then(hosts.resolve, hosts.resolve);
    await hosts.promise;
    clearTimeout(timer);
    unSubscribe();
  }
}
