import type { RoomStats } from "../client/mod.ts";

/** A line of the statistics: what, and how much. */
export type StatsRow = readonly [what: string, value: string];

/** One's own statistics, in few words. */
export function statsRows({ roundTripMs, availableOutgoingBitrate, tracks }: RoomStats): readonly StatsRow[] {
  const of = (direction: "sent" | "received") => tracks.filter((track) => track.direction === direction);
  const sum = (direction: "sent" | "received") => of(direction).reduce((total, { bitrate }) => total + bitrate, 0);
  const loss = (direction: "sent" | "received") => Math.max(0, ...of(direction).map(({ packetLoss }) => packetLoss));
  const pictures = of("sent").filter(({ kind, width }) => kind === "video" && width > 0);
  const received = of("received").filter(({ kind, width }) => kind === "video" && width > 0);
  return [
    ["Round trip", roundTripMs === null ? "–" : `${Math.round(roundTripMs)} ms`],
    ["Sent", sayRate(sum("sent"))],
    ["Received", sayRate(sum("received"))],
    ["Available bandwidth", availableOutgoingBitrate === null ? "–" : sayRate(availableOutgoingBitrate)],
    ["Lost on the way out", sayShare(loss("sent"))],
    ["Lost on the way in", sayShare(loss("received"))],
    ["Jitter", `${Math.round(Math.max(0, ...of("received").map(({ jitterMs }) => jitterMs)))} ms`],
    ["Pictures sent", pictures.map(sayPicture).join(", ") || "none"],
    [
      "Pictures received",
      received.length === 0 ? "none" : `${received.length}, the largest ${sayPicture(largest(received))}`,
    ],
  ];
}

/** Bits in a second, for people. */
export function sayRate(bitrate: number): string {
  if (bitrate < 1_000_000) return `${Math.round(bitrate / 1000)} kbit/s`;
  return `${(bitrate / 1_000_000).toFixed(1)} Mbit/s`;
}

function sayShare(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
}

function sayPicture({ width, height, framesPerSecond }: Picture): string {
  return `${width} × ${height}, ${Math.round(framesPerSecond)}/s`;
}

function largest(pictures: readonly Picture[]): Picture {
  return pictures.reduce((one, other) => (other.width * other.height > one.width * one.height ? other : one));
}
