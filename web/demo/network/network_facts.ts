import type { SeenCandidate } from "../candidate.ts";
import type { PairReading } from "../stats_reading.ts";
import type { IceUrl } from "./ice_url.ts";
import { type PathKind, pathKinds } from "./path_kind.ts";

/** The WebSocket to the server. */
export interface SignalingFacts {
  readonly state: "waiting" | "connecting" | "measuring" | "works" | "failed";
  readonly openedMs: number | null;
  readonly roundTripsMs: readonly number[];
  /** What a socket that failed was closed with; null where it never opened in time. */
  readonly close: { readonly code: number; readonly reason: string } | null;
  /** Whether the server answered over HTTP when the socket failed; null where it was not asked. */
  readonly hasServerAnswered: boolean | null;
}

/** Whether the server told its ICE servers: they come with a room, which it may refuse to let this page into. */
export type ServersFacts =
  | { readonly state: "unknown" }
  | { readonly state: "told"; readonly count: number }
  | { readonly state: "refused"; readonly code: string; readonly message: string };

/** An address that the browser found for itself. */
export interface FoundCandidate extends SeenCandidate {
  readonly afterMs: number;
  /** The port that a NAT maps to this candidate's; 0 where the browser hides it. */
  readonly relatedPort: number;
}

/** What the browser said when a server gave it no address (W3C WebRTC, 4.8.2). */
export interface ServerTrouble {
  /** A STUN error code (RFC 8489, 14.8), or 701: the server could not be reached. */
  readonly code: number;
  readonly text: string;
}

/** One STUN or TURN server under one of its URLs. */
export interface AskedServer {
  readonly url: string;
  readonly kind: IceUrl["kind"];
  /** `same`: it was asked and had nothing to add, as a STUN server has that no NAT stands before. */
  readonly state: "asking" | "answered" | "same" | "failed" | "silent" | "unusable";
  readonly afterMs: number | null;
  readonly candidate: SeenCandidate | null;
  readonly trouble: ServerTrouble | null;
}

/** Why a way does not work. */
export type PathCause =
  | "no-socket"
  | "no-answer"
  | "refused"
  | "no-own-address"
  | "relay-refused"
  | "relay-declined"
  | "relay-unreachable"
  | "relay-silent"
  | "no-way"
  | "dtls"
  | "not-echoed"
  | "other-way";

/** What is known of one way. */
export interface PathFacts {
  /** `not-offered`: the server has nothing of the kind. `untested`: whether it has is not known. */
  readonly state: "waiting" | "connecting" | "measuring" | "works" | "failed" | "not-offered" | "untested";
  readonly cause: PathCause | null;
  /** What the server or the browser said about it. */
  readonly detail: string;
  /** From the offer to a channel that is open. */
  readonly connectedMs: number | null;
  readonly roundTripsMs: readonly number[];
  readonly burst: { readonly sent: number; readonly returned: number } | null;
  readonly pair: PairReading | null;
  readonly sent: readonly SeenCandidate[];
  readonly received: readonly SeenCandidate[];
  readonly checks: { readonly sent: number; readonly answered: number } | null;
  /** The URL of the TURN server that was tried. */
  readonly relay: string | null;
}

/** Everything that is known of the network between this browser and the server. Plain data: all words are made from it. */
export interface NetworkFacts {
  readonly phase: "idle" | "running" | "done";
  readonly hasWebRtc: boolean;
  /** Whether the page may ask for a camera and a microphone at all (W3C Secure Contexts). */
  readonly isSecureContext: boolean;
  readonly pageHost: string;
  readonly signaling: SignalingFacts;
  readonly servers: ServersFacts;
  readonly found: readonly FoundCandidate[];
  /** How long the browser looked for addresses; null while it does. */
  readonly gatheredMs: number | null;
  readonly asked: readonly AskedServer[];
  readonly paths: Readonly<Record<PathKind, PathFacts>>;
}

/** One thing that was learned. */
export type NetworkEvent =
  | ({ readonly type: "check.started" } & Pick<NetworkFacts, "hasWebRtc" | "isSecureContext" | "pageHost">)
  | { readonly type: "signaling.changed"; readonly signaling: Partial<SignalingFacts> }
  | { readonly type: "servers.told"; readonly servers: ServersFacts }
  | { readonly type: "candidate.found"; readonly candidate: FoundCandidate }
  | { readonly type: "gathering.ended"; readonly afterMs: number }
  | { readonly type: "server.asked"; readonly server: AskedServer }
  | { readonly type: "path.changed"; readonly kind: PathKind; readonly path: Partial<PathFacts> }
  | { readonly type: "check.ended" };

const noPath: PathFacts = {
  state: "waiting",
  cause: null,
  detail: "",
  connectedMs: null,
  roundTripsMs: [],
  burst: null,
  pair: null,
  sent: [],
  received: [],
  checks: null,
  relay: null,
};

/** Before any check. */
export const noNetworkFacts: NetworkFacts = {
  phase: "idle",
  hasWebRtc: true,
  isSecureContext: true,
  pageHost: "",
  signaling: { state: "waiting", openedMs: null, roundTripsMs: [], close: null, hasServerAnswered: null },
  servers: { state: "unknown" },
  found: [],
  gatheredMs: null,
  asked: [],
  paths: Object.fromEntries(pathKinds.map((kind) => [kind, noPath])) as Record<PathKind, PathFacts>,
};

/** Folds one event into what is known. */
export function learnNetwork(facts: NetworkFacts, event: NetworkEvent): NetworkFacts {
  switch (event.type) {
    case "check.started": {
      const { hasWebRtc, isSecureContext, pageHost } = event;
      return { ...noNetworkFacts, phase: "running", hasWebRtc, isSecureContext, pageHost };
    }
    case "signaling.changed":
      return { ...facts, signaling: { ...facts.signaling, ...event.signaling } };
    case "servers.told":
      return { ...facts, servers: event.servers };
    case "candidate.found":
      return { ...facts, found: [...facts.found, event.candidate] };
    case "gathering.ended":
      return { ...facts, gatheredMs: event.afterMs };
    case "server.asked":
      return { ...facts, asked: withServer(facts.asked, event.server) };
    case "path.changed":
      return { ...facts, paths: { ...facts.paths, [event.kind]: { ...facts.paths[event.kind], ...event.path } } };
    case "check.ended":
      return { ...facts, phase: "done" };
  }
}

function withServer(asked: readonly AskedServer[], server: AskedServer): readonly AskedServer[] {
  const isKnown = asked.some(({ url }) => url === server.url);
  return isKnown ? asked.map((one) => (one.url === server.url ? server : one)) : [...asked, server];
}
