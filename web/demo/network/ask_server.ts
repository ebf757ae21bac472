import { type Gathered, type GatheredCandidate, gather } from "./gathering.ts";
import { type IceEntry, readIceUrl } from "./ice_url.ts";
import type { AskedServer, NetworkEvent } from "./network_facts.ts";

/** What asking a server needs. */
export interface AskServerOptions {
  readonly emit: (event: NetworkEvent) => void;
  readonly signal: AbortSignal;
}

/** Has the browser ask one STUN or TURN server for an address, and says what came of it. */
export async function askServer(entry: IceEntry, { emit, signal }: AskServerOptions): Promise<AskedServer> {
  const { kind } = readIceUrl(entry.url);
  const tell = (server: AskedServer): AskedServer => {
    emit({ type: "server.asked", server });
    return server;
  };
  const asking: AskedServer = { url: entry.url, kind, state: "asking", afterMs: null, candidate: null, trouble: null };
  if (kind === "other") return tell({ ...asking, state: "unusable" });
  tell(asking);
  const wanted = kind === "stun" ? "srflx" : "relay";
  let candidate: GatheredCandidate | null = null;
  let hasOwn = false;
  const gathered = await gather({
    configuration: { iceServers: [entry.server], iceTransportPolicy: kind === "stun" ? "all" : "relay" },
    signal,
    found: (one) => {
      hasOwn ||= one.protocol === "udp";
      if (one.type !== wanted) return false;
      candidate = one;
      return true;
    },
  });
  return tell({ ...asking, ...resultOf(gathered, kind === "stun" && hasOwn), candidate });
}

/** What an ended gathering says of the server. `mayBeSame`: it may have answered with an address that the browser had already. */
export function resultOf(
  { end, afterMs, trouble }: Gathered,
  mayBeSame: boolean,
): Pick<AskedServer, "state" | "afterMs" | "trouble"> {
  if (end === "found") return { state: "answered", afterMs, trouble: null };
  if (end === "unusable") return { state: "unusable", afterMs: null, trouble };
  if (trouble !== null) return { state: "failed", afterMs, trouble };
  if (end === "overdue") return { state: "silent", afterMs, trouble };
  return { state: mayBeSame ? "same" : "failed", afterMs, trouble };
}
