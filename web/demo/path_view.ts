import { isHidden, type SeenCandidate } from "./candidate.ts";
import { setText } from "./dom.ts";
import { durationText } from "./duration_text.ts";
import type { PairReading, VideoReading } from "./stats_reading.ts";

/** The elements that show the way in use. */
export interface PathElements {
  readonly container: HTMLElement;
  readonly localAddress: HTMLElement;
  readonly localType: HTMLElement;
  readonly remoteAddress: HTMLElement;
  readonly remoteType: HTMLElement;
  readonly protocol: HTMLElement;
  readonly roundTrip: HTMLElement;
  readonly summary: HTMLElement;
}

/** What the candidate types mean (RFC 8445, section 5.1.1), seen from the machine that has the address. */
const typeWords: Readonly<Record<string, string>> = {
  host: "host: its own address",
  srflx: "srflx: its address beyond a NAT",
  prflx: "prflx: its address as the other side saw it",
  relay: "relay: an address of a TURN server",
};

/** Shows the candidate pair in use: both ends, what runs between them, and in a sentence what that means. */
export function showPath(elements: PathElements, pair: PairReading): void {
  const { local, remote } = pair;
  elements.container.dataset["local"] = local.type;
  elements.container.dataset["remote"] = remote.type;
  elements.container.dataset["protocol"] = local.protocol;
  setText(elements.localAddress, addressText(local));
  setText(elements.localType, typeWords[local.type] ?? local.type);
  setText(elements.remoteAddress, addressText(remote));
  setText(elements.remoteType, typeWords[remote.type] ?? remote.type);
  setText(elements.protocol, local.protocol.toUpperCase());
  setText(elements.roundTrip, pair.roundTripMs === null ? "–" : durationText(pair.roundTripMs));
  const isRelayed = local.type === "relay" || remote.type === "relay";
  const way = isRelayed ? "Through a TURN server" : "Direct, without a relay";
  setText(elements.summary, `${way}. ${bytesText(pair.bytesSent)} sent, ${bytesText(pair.bytesReceived)} received.`);
}

/** Says what a picture is made of: `640 × 360, 30 fps, VP8`. */
export function videoText(video: VideoReading | null): string {
  if (video === null) return "";
  const parts = [`${video.width} × ${video.height}`];
  if (video.framesPerSecond > 0) parts.push(`${video.framesPerSecond}\u00a0fps`);
  if (video.codec !== "") parts.push(video.codec);
  return parts.join(", ");
}

function addressText(candidate: SeenCandidate): string {
  if (candidate.address === "") return `hidden by the browser, port ${candidate.port}`;
  if (isHidden(candidate)) return `hidden (.local name), port ${candidate.port}`;
  return candidate.address.includes(":")
    ? `[${candidate.address}]:${candidate.port}`
    : `${candidate.address}:${candidate.port}`;
}

function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_500) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
