import type { RTCDtlsTransport, RTCIceServer, RTCIceTransport, RTCPeerConnection } from "werift";
import type { PeerEngineEvent } from "../../actors/ports.ts";
import type { DtlsChanged, IceServerFailed } from "../../machines/connectivity_events.ts";
import type { IceServer } from "../../protocol/ice_server.ts";

// What an engine reports of its transports for whoever reads the record: why something failed, and what it went by.

/** What is kept of the words of an engine. Ours. */
const maxMessageLength = 128;

type Report = (event: PeerEngineEvent) => void;

/** What gathering goes by. */
export interface GatheringSettings {
  readonly announceIps: readonly string[];
  readonly iceServerUrls: readonly string[];
  /** The servers of the node itself, with credentials that have not expired. */
  readonly issueServers: () => RTCIceServer[];
}

/** The URLs of ICE servers, which hold no credentials. */
export function urlsOf(servers: readonly IceServer[]): readonly string[] {
  return servers.flatMap(({ urls }) => [urls].flat());
}

/** Reports how gathering goes on. */
export function reportGathering(connection: RTCPeerConnection, settings: GatheringSettings, report: Report): void {
  const { announceIps, iceServerUrls } = settings;
  const goesBy = {
    ...(announceIps.length === 0 ? {} : { announceIps }),
    ...(iceServerUrls.length === 0 ? {} : { iceServerUrls }),
  };
  connection.iceGatheringStateChange.subscribe((state) => report({ type: "gathering.changed", state, ...goesBy }));
}

/** Reports that the other side moved to another candidate pair, and TURN servers that failed. */
export function reportIce(transports: readonly RTCIceTransport[], report: Report): void {
  for (const { connection } of transports) {
    connection.onSelectedPairChanged = () => report({ type: "selectedPair.changed" });
  }
  reportTurnFailures(transports, report);
}

/** Reports each TURN server that was asked for a relay candidate and gives none. */
function reportTurnFailures(transports: readonly RTCIceTransport[], report: Report): void {
  for (const { connection } of transports) {
    connection.onTurnFailed = (error, url = "") =>
      report({ type: "iceServer.failed", kind: "turn", url, ...failureOf(error) });
  }
}

/** What is reported of the state that a DTLS transport is in. */
export function dtlsChangeOf({ failure }: RTCDtlsTransport, state: DtlsChanged["state"]): DtlsChanged {
  const type = "dtls.changed";
  if (state !== "failed") return { type, state };
  const message = failure instanceof Error ? failure.message : "";
  if (message === "remote certificate fingerprint mismatch") return { type, state, reason: "certificate-mismatch" };
  return { type, state, ...(message === "" ? {} : { reason: message.slice(0, maxMessageLength) }) };
}

/** A STUN response that says no (RFC 8489, 14.8), or whatever came instead of one. */
function failureOf(error: unknown): Pick<IceServerFailed, "reason" | "status" | "message"> {
  const { response, code, message } = (error ?? {}) as {
    readonly response?: { getAttributeValue(name: string): unknown };
    readonly code?: unknown;
    readonly message?: unknown;
  };
  const said = response?.getAttributeValue("ERROR-CODE");
  if (Array.isArray(said) && typeof said[0] === "number") {
    return { reason: "refused", status: said[0], message: String(said[1] ?? "").slice(0, maxMessageLength) };
  }
  return { reason: "unreachable", message: String(code ?? message ?? "").slice(0, maxMessageLength) };
}
