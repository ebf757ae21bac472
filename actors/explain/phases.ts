import type { ConnectionFacts } from "./connection_facts.ts";
import { durationText } from "./duration_text.ts";

/** A part of connecting. */
export interface Phase {
  readonly name: string;
  readonly ms: number;
}

/**
 * How long each part of connecting took, in their order; together they are the time from the client's offer to the end of DTLS. Empty where
 * it never connected, or where the beginning is not recorded any more.
 */
export function phasesOf({
  connectedAt,
  isWhole,
  startedAt,
  descriptions,
  ice,
  dtls,
}: ConnectionFacts): readonly Phase[] {
  if (connectedAt === undefined || !isWhole) return [];
  const answered = descriptions.find(({ by }) => by === "node")?.moment.at ?? startedAt;
  const reached = ice.find(({ state }) => state === "connected")?.from ?? connectedAt;
  const secured = dtls.find(({ state }) => state === "connected")?.from ?? connectedAt;
  return [
    { name: "answer", ms: answered - startedAt },
    { name: "ICE", ms: reached - answered },
    { name: "DTLS", ms: secured - reached },
  ].map(({ name, ms }) => ({ name, ms: Math.max(0, Math.round(ms)) }));
}

/** `the node's answer took 40 ms, ICE 310 ms, DTLS 70 ms`. */
export function phaseText(phases: readonly Phase[]): string {
  return phases
    .map(({ name, ms }, index) => {
      if (name === "answer") return `the node's answer took ${durationText(ms)}`;
      return `${name}${index === 0 ? " took" : ""} ${durationText(ms)}`;
    })
    .join(", ");
}
