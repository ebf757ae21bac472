import { stateText } from "../machines/state_text.ts";

/**
 * A connection that came to nothing in this time, in milliseconds, has failed for the client that leaves it. Ours: most are up within one second, and
 * the SDK makes another one after 15.
 */
export const gaveUpAfterMs = 10_000;

/** What was recorded of an actor, as far as it matters here. */
export interface Trace {
  readonly startedAtMs: number;
  readonly events: readonly {
    readonly atMs: number;
    readonly event: { readonly type: string; readonly [key: string]: unknown };
    readonly after?: { readonly value?: unknown } | undefined;
  }[];
}

/**
 * Whether the client gave a peer connection up: it left one that had failed, or that it had tried for a while. What became of one whose client
 * was gone before is no failure of the network.
 */
export function hasGivenUp(peer: Trace, session: Trace | undefined): boolean {
  const ending = peer.events.find(({ after }) => after?.value === "closing");
  if (ending === undefined || !isByClient(ending.event) || isClosedByNode(session, ending.atMs)) return false;
  const until = leftAt(session, ending.atMs) ?? ending.atMs;
  const { since, failedAt } = lastTry(peer, ending.atMs);
  return (failedAt !== undefined && failedAt <= until) || (since !== undefined && until - since >= gaveUpAfterMs);
}

/** `bye`, the end of its session, or the end of the transport. */
function isByClient({ type, isTold }: Trace["events"][number]["event"]): boolean {
  return type === "transport.ended" || (type === "peer.closed" && isTold === true);
}

function isClosedByNode(session: Trace | undefined, until: number): boolean {
  return session?.events.some(({ event, atMs }) => event.type === "session.closed" && atMs <= until) === true;
}

/** When its client was last there, if it went away before. */
function leftAt(session: Trace | undefined, until: number): number | undefined {
  const last = session?.events.findLast(({ event, atMs }) => atMs <= until && presence.has(event.type));
  return last?.event.type === "session.resumed" ? undefined : last?.atMs;
}

const presence: ReadonlySet<string> = new Set([
  "socket.closed",
  "session.resumed",
  "session.superseded",
  "session.absorbed",
]);

/** Since when it had been without a way in the end, and when it failed in that time. */
function lastTry(peer: Trace, until: number): { readonly since?: number | undefined; readonly failedAt?: number } {
  let since: number | undefined;
  let failedAt: number | undefined;
  for (const { atMs, after } of peer.events) {
    if (atMs > until || after?.value === "closing") break;
    if (after === undefined) continue;
    const state = stateText(after.value);
    if (state !== "open.connecting" && state !== "open.failed") [since, failedAt] = [undefined, undefined];
    else {
      since ??= atMs;
      if (state === "open.failed") failedAt ??= atMs;
    }
  }
  return { since, ...(failedAt === undefined ? {} : { failedAt }) };
}
