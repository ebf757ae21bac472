import type { SeenCandidate } from "../../../web/demo/candidate.ts";
import {
  type AskedServer,
  learnNetwork,
  type NetworkEvent,
  type NetworkFacts,
  noNetworkFacts,
  type PathFacts,
} from "../../../web/demo/network/network_facts.ts";
import { type PathKind, pathKinds } from "../../../web/demo/network/path_kind.ts";

/** A candidate, of this device unless it is said otherwise. */
export function candidate(address: string, more: Partial<SeenCandidate> = {}): SeenCandidate {
  return { type: "host", protocol: "udp", address, port: 50_000, ...more };
}

/** A way that works, as it was measured. */
export const working: Partial<PathFacts> = {
  state: "works",
  connectedMs: 84,
  roundTripsMs: [11, 12, 13],
  burst: { sent: 100, returned: 100 },
  pair: {
    local: candidate("198.51.100.7", { type: "srflx" }),
    remote: candidate("203.0.113.9", { port: 40_000 }),
    roundTripMs: 12,
    bytesSent: 1,
    bytesReceived: 1,
  },
};

/** A server that was asked. */
export function asked(url: string, more: Partial<AskedServer>): AskedServer {
  return { url, kind: "stun", state: "answered", afterMs: 30, candidate: null, trouble: null, ...more };
}

/** A check that has ended: each way as given, and not offered otherwise. */
export function factsOf(
  paths: Partial<Record<PathKind, Partial<PathFacts>>>,
  events: readonly NetworkEvent[] = [],
): NetworkFacts {
  const all: readonly NetworkEvent[] = [
    { type: "check.started", hasWebRtc: true, isSecureContext: true, pageHost: "signalbox.example" },
    { type: "signaling.changed", signaling: { state: "works", openedMs: 20, roundTripsMs: [5] } },
    { type: "servers.told", servers: { state: "told", count: 1 } },
    ...pathKinds.map((kind) => ({
      type: "path.changed" as const,
      kind,
      path: paths[kind] ?? { state: "not-offered" as const },
    })),
    ...events,
    { type: "check.ended" },
  ];
  return all.reduce(learnNetwork, noNetworkFacts);
}
