import type { ObservedPair } from "../../protocol/connection_observation.ts";
import type { ConnectionFacts } from "./connection_facts.ts";
import type { Facts, Waited } from "./finding.ts";
import type { Moment } from "./moment.ts";
import { addressKindOf } from "./named_candidate.ts";

/** What lasts longer than this, in milliseconds, is late: most connections are up within one second. Ours. */
export const lateMs = 5_000;

/** ICE looks for a way, and finds none. */
export interface IceTrouble {
  readonly connection: ConnectionFacts;
  readonly since: number;
  /** Undefined while it still looks. */
  readonly until: number | undefined;
  readonly forMs: number;
  readonly hasFailed: boolean;
  /** It was interrupted before: this is about coming back. */
  readonly wasConnected: boolean;
  /** Where it began, and where it failed. */
  readonly begun: Moment | undefined;
  readonly failed: Moment | undefined;
  /** A packet of the client came through: from an address that it had not named, or in answer to a check. */
  readonly hasArrival: boolean;
  /** TURN servers are configured on the node. */
  readonly hasTurn: boolean;
}

/** Undefined where ICE works, or has not looked for long. */
export function iceTroubleOf({ connection, now }: Facts): IceTrouble | undefined {
  if (connection === undefined) return undefined;
  const { ice, endedAt, ending, pairs, iceServerUrls } = connection;
  const at = ice.findLastIndex(({ state }) => state === "checking");
  const [checking, next] = [ice[at], ice[at + 1]];
  if (checking === undefined || ice.slice(at + 1).some(({ state }) => state === "connected")) return undefined;
  const hasFailed = next?.state === "failed";
  const until = next?.from ?? ending?.at ?? endedAt;
  const forMs = (until ?? now) - checking.from;
  if (!hasFailed && forMs < lateMs) return undefined;
  return {
    connection,
    since: checking.from,
    until,
    forMs,
    hasFailed,
    wasConnected: ice.slice(0, at).some(({ state }) => state === "connected"),
    begun: checking.moment,
    failed: hasFailed ? next.moment : undefined,
    hasArrival: pairs.some(hasArrived),
    hasTurn: iceServerUrls.some((url) => /^turns?:/i.test(url)),
  };
}

/** What was waited for all that time. */
export function waitForWay({ since, until }: IceTrouble): readonly Waited[] {
  return [{ what: "a candidate pair that works", since, until }];
}

/** How it went on, for the end of a sentence. */
export function outcomeText({ hasFailed, until, connection }: IceTrouble): string {
  if (until === undefined) return "the node still tries";
  if (hasFailed) return "then the node gave up";
  return connection.isGivenUp ? "then the client gave up" : "then the connection was closed";
}

/** Whether all of some addresses, at least one, are of a kind. */
export function areAll(addresses: readonly string[], ...kinds: readonly ReturnType<typeof addressKindOf>[]): boolean {
  return addresses.length > 0 && addresses.every((address) => kinds.includes(addressKindOf(address)));
}

/** Whether a packet of the client came by this pair: a check, or an answer to one. */
export function hasArrived({ remote, state, requestsReceived }: ObservedPair): boolean {
  return requestsReceived > 0 || remote.type === "prflx" || state === "succeeded";
}
