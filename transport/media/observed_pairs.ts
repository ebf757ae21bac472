import type { RTCIceTransport } from "werift";
import type { ObservedCandidate, ObservedPair } from "../../protocol/connection_observation.ts";

type IceConnection = RTCIceTransport["connection"];
type Pair = NonNullable<IceConnection["nominated"]>;
type Candidate = Pair["remoteCandidate"];

/** So many of one connection are shown. Ours: a client has a handful of candidates, and who sends many is none to learn from. */
export const maxObservedPairs = 32;

/** werift's numbers. */
const stateNames = ["frozen", "waiting", "in-progress", "succeeded", "failed"] as const;
const candidateTypes: readonly string[] = ["host", "srflx", "prflx", "relay"] satisfies ObservedCandidate["type"][];

/** The candidate pairs of a peer connection's transports, as werift has them. */
export function observePairs(transports: readonly RTCIceTransport[]): readonly ObservedPair[] {
  const pairs: ObservedPair[] = [];
  for (const { connection } of transports) {
    // While ICE restarts, the pair from before goes on (patch 014).
    const selected = connection.nominated ?? (connection as { readonly previousPair?: Pair }).previousPair;
    const others = connection.checkList.filter((pair) => pair !== selected);
    for (const pair of selected === undefined ? others : [selected, ...others]) {
      const local = pair.protocol.localCandidate;
      if (pairs.length >= maxObservedPairs) return pairs;
      if (local !== undefined) pairs.push(observePair(pair, local, pair === selected));
    }
  }
  return pairs;
}

function observePair(pair: Pair, local: Candidate, isSelected: boolean): ObservedPair {
  const { remoteCandidate, rtt, requestsReceived, requestsSent } = pair;
  const state = stateNames[pair.state] ?? "frozen";
  return {
    local: observeCandidate(local),
    remote: observeCandidate(remoteCandidate),
    // werift fails those that another one came before.
    state: state === "failed" && requestsSent === 0 ? "waiting" : state,
    isSelected,
    requestsReceived,
    roundTripTimeMs: rtt === undefined ? undefined : rtt * 1_000,
  };
}

function observeCandidate({ type, transport, host, port }: Candidate): ObservedCandidate {
  return {
    type: candidateTypes.includes(type) ? (type as ObservedCandidate["type"]) : "prflx",
    protocol: transport.toLowerCase() === "tcp" ? "tcp" : "udp",
    address: host,
    port,
  };
}
