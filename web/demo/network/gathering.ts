import { parseCandidate, type SeenCandidate } from "../candidate.ts";
import type { ServerTrouble } from "./network_facts.ts";
import { within } from "./within.ts";

/** A candidate as it was gathered. */
export interface GatheredCandidate extends SeenCandidate {
  readonly afterMs: number;
  readonly relatedPort: number;
}

/** What a gathering is for. */
export interface GatheringOptions {
  readonly configuration: RTCConfiguration;
  readonly signal: AbortSignal;
  /** Told each candidate at once; true ends the gathering, since nothing else is wanted. */
  readonly found: (candidate: GatheredCandidate) => boolean;
}

/** How a gathering ended. */
export interface Gathered {
  readonly end: "found" | "complete" | "overdue" | "unusable";
  readonly afterMs: number;
  /** The last error of a server. */
  readonly trouble: ServerTrouble | null;
}

/** How long a server may take. Ours: Chromium gives a silent one up after 40 s. */
const gatheringMs = 8_000;

/** Has the browser look for its addresses, with a peer connection that connects to nobody. */
export async function gather({ configuration, signal, found }: GatheringOptions): Promise<Gathered> {
  const startedAtMs = performance.now();
  let trouble: ServerTrouble | null = null;
  const ended = (end: Gathered["end"]): Gathered => ({ end, afterMs: performance.now() - startedAtMs, trouble });
  let peer: RTCPeerConnection;
  try {
    peer = new RTCPeerConnection(configuration);
  } catch {
    // A URL that this browser does not take.
    return ended("unusable");
  }
  try {
    const over = Promise.withResolvers<"found" | "complete">();
    peer.addEventListener("icecandidateerror", ({ errorCode, errorText }) => {
      trouble = { code: errorCode, text: errorText };
    });
    peer.addEventListener("icecandidate", ({ candidate }) => {
      const seen = parseCandidate(candidate?.candidate ?? "");
      if (seen === null) return;
      const relatedPort = candidate?.relatedPort ?? 0;
      if (found({ ...seen, relatedPort, afterMs: performance.now() - startedAtMs })) over.resolve("found");
    });
    peer.addEventListener("icegatheringstatechange", () => {
      if (peer.iceGatheringState === "complete") over.resolve("complete");
    });
    peer.createDataChannel("gathering");
    await peer.setLocalDescription();
    return ended(await within(gatheringMs, { promise: over.promise, signal }));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DOMException && error.name === "TimeoutError") return ended("overdue");
    return ended("unusable");
  } finally {
    peer.close();
  }
}
