import { parseCandidate, type SeenCandidate } from "../candidate.ts";
import type { PairReading } from "../stats_reading.ts";

/** One kind of way between the browser and the server; each is tried by a peer connection of its own. */
export type PathKind = "udp" | "tcp" | "relay-udp" | "relay-tcp" | "relay-tls";

/** All of them, from the best to the last resort. */
export const pathKinds: readonly PathKind[] = ["udp", "tcp", "relay-udp", "relay-tcp", "relay-tls"];

/** A way through a TURN server, by what the browser speaks to it. */
export type RelayKind = Exclude<PathKind, "udp" | "tcp">;

/** Whether a way leads through a TURN server. */
export function isRelay(kind: PathKind): kind is RelayKind {
  return kind !== "udp" && kind !== "tcp";
}

/** Whether a candidate of either side may be told to the other one, so that this way is used and no other. */
export function belongsTo(kind: PathKind, candidate: SeenCandidate): boolean {
  if (isRelay(kind)) return true;
  return candidate.type !== "relay" && candidate.protocol === kind;
}

/** A session description without the candidates of other ways. */
export function onlyCandidatesOf(kind: PathKind, sdp: string): string {
  const isKept = (line: string): boolean => {
    const candidate = parseCandidate(line);
    return candidate === null || belongsTo(kind, candidate);
  };
  return sdp
    .split(/(?<=\n)/)
    .filter(isKept)
    .join("");
}

/** Whether the pair that is in use is of the way that was to be tried. */
export function isPairOf(kind: PathKind, { local, remote }: PairReading): boolean {
  if (isRelay(kind)) return local.type === "relay";
  return local.type !== "relay" && remote.type !== "relay" && local.protocol === kind;
}
