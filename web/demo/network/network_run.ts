import { askServer } from "./ask_server.ts";
import { gather } from "./gathering.ts";
import { entriesOf, type IceEntry, mappingUrls, readIceUrl } from "./ice_url.ts";
import type { AskedServer, NetworkEvent, PathFacts } from "./network_facts.ts";
import { PathCheck } from "./path_check.ts";
import { isRelay, type PathKind, pathKinds, type RelayKind } from "./path_kind.ts";
import { isCredentialTrouble, troubleText } from "./server_trouble.ts";
import { checkSignaling } from "./signaling_check.ts";
import { pause } from "./within.ts";

/** What a check of the network needs. */
export interface NetworkRunOptions {
  /** Of the WebSocket. */
  readonly url: string;
  readonly emit: (event: NetworkEvent) => void;
}

/** How long one way has for itself before the next one is tried beside it: enough for one that works. Ours. */
const headStartMs = 2_500;

/** One check of the network from the WebSocket to the last way; `close` ends it at any time, and nothing is said afterwards. */
export class NetworkRun {
  readonly #url: string;
  readonly #emit: (event: NetworkEvent) => void;
  readonly #ending = new AbortController();
  /** The end of the last measurement that was begun or waits for its turn. */
  #measured: Promise<void> = Promise.resolve();

  /** Begins at once. */
  constructor({ url, emit }: NetworkRunOptions) {
    this.#url = url;
    this.#emit = (event) => {
      if (!this.#ending.signal.aborted) emit(event);
    };
    void this.#run().catch((error: unknown) => {
      if (!this.#ending.signal.aborted) throw error;
    });
  }

  /** Lets go of everything. */
  close(): void {
    this.#ending.abort();
  }

  async #run(): Promise<void> {
    const hasWebRtc = typeof RTCPeerConnection === "function";
    this.#emit({ type: "check.started", hasWebRtc, isSecureContext, pageHost: location.hostname });
    if (hasWebRtc) await this.#check();
    this.#emit({ type: "check.ended" });
  }

  async #check(): Promise<void> {
    const signal = this.#ending.signal;
    const servers = await checkSignaling({ url: this.#url, emit: this.#emit, signal });
    if (servers === null) {
      for (const kind of pathKinds) this.#tell(kind, { state: "untested" });
      return await this.#gatherOwn([]);
    }
    const entries = servers === "refused" ? null : entriesOf(servers);
    const asked = entries?.map((entry) => ({ entry, answer: askServer(entry, { emit: this.#emit, signal }) })) ?? null;
    const all: Promise<unknown>[] = [this.#gatherOwn(entries ?? []), ...(asked ?? []).map(({ answer }) => answer)];
    for (const kind of pathKinds) {
      const way = isRelay(kind) ? this.#tryRelay(kind, asked) : this.#tryPath(kind, null);
      all.push(way);
      await Promise.race([way, pause(headStartMs, signal)]);
    }
    await Promise.all(all);
  }

  /** The browser's own addresses, and what STUN servers see of one and the same socket. */
  async #gatherOwn(entries: readonly IceEntry[]): Promise<void> {
    const { afterMs } = await gather({
      configuration: { iceServers: mappingUrls(entries).map((urls) => ({ urls })) },
      signal: this.#ending.signal,
      found: (candidate) => {
        this.#emit({ type: "candidate.found", candidate });
        return false;
      },
    });
    this.#emit({ type: "gathering.ended", afterMs });
  }

  /** Through the first TURN server of the kind that gave an address. */
  async #tryRelay(kind: RelayKind, all: readonly Asked[] | null): Promise<void> {
    if (all === null) return this.#tell(kind, { state: "untested" });
    const asked = all.filter(({ entry }) => readIceUrl(entry.url).kind === kind);
    if (asked.length === 0) return this.#tell(kind, { state: "not-offered" });
    this.#tell(kind, { state: "connecting" });
    const usable = asked.map(async ({ entry, answer }) => {
      const server = await answer;
      if (server.state !== "answered") throw new RelayFailure(server);
      return entry;
    });
    try {
      await this.#tryPath(kind, await Promise.any(usable));
    } catch (error) {
      if (!(error instanceof AggregateError)) throw error;
      const [first] = error.errors.filter((one) => one instanceof RelayFailure);
      if (first === undefined) throw error;
      this.#tell(kind, { state: "failed", ...relayFailure(first.server), relay: first.server.url });
    }
  }

  async #tryPath(kind: PathKind, entry: IceEntry | null): Promise<void> {
    const check = new PathCheck(kind, {
      url: this.#url,
      iceServers: entry === null ? [] : [entry.server],
      changed: (path) => this.#tell(kind, { ...path, relay: entry?.url ?? null }),
      signal: this.#ending.signal,
      turn: () => this.#turn(),
    });
    await check.run();
  }

  /** One way is measured at a time, so that none takes the network from another. */
  async #turn(): Promise<() => void> {
    const before = this.#measured;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#measured = promise;
    await before;
    return resolve;
  }

  #tell(kind: PathKind, path: Partial<PathFacts>): void {
    this.#emit({ type: "path.changed", kind, path });
  }
}

interface Asked {
  readonly entry: IceEntry;
  readonly answer: Promise<AskedServer>;
}

/** A TURN server that gave no address. */
class RelayFailure extends Error {
  readonly server: AskedServer;

  constructor(server: AskedServer) {
    super(`Cannot use the relay: it is ${server.state}`);
    this.server = server;
  }
}

/** Why a relay gave no address, as the way through it says so. */
export function relayFailure({ trouble, state }: AskedServer): Pick<PathFacts, "cause" | "detail"> {
  if (trouble === null) return { cause: state === "unusable" ? "relay-unreachable" : "relay-silent", detail: "" };
  const detail = troubleText(trouble);
  if (isCredentialTrouble(trouble)) return { cause: "relay-refused", detail };
  return { cause: trouble.code === 701 ? "relay-unreachable" : "relay-declined", detail };
}
