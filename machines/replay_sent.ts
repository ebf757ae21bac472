import type { ExportedActor, ExportedEvent } from "../protocol/connection_record.ts";
import type { SentEvent } from "./pure_step.ts";
import type { ReplayedActor } from "./replay_actor.ts";
import { asRecorded, isSameValue } from "./replay_difference.ts";

/** The first event that one actor tells another one now and did not then, or the other way round. */
export interface SentDifference {
  readonly from: ExportedActor;
  readonly to: ExportedActor;
  /** Of the sender, that sends it now; undefined when nothing is sent any more. */
  readonly step: number | undefined;
  readonly replayed: string | undefined;
  readonly recorded: string | undefined;
}

interface Sent {
  readonly step: number;
  readonly event: SentEvent["event"];
}

/**
 * Holds what actors tell each other now against what they were told then. Only where it is exact: between two of which nothing is forgotten, of
 * which the sender does what it did.
 */
export function sentDifferences(actors: readonly ReplayedActor[]): readonly SentDifference[] {
  return actors.flatMap((sender) => {
    const { actor: from, steps } = sender;
    if (from.forgotten > 0 || steps.some(({ difference }) => difference !== undefined)) return [];
    return actors.flatMap(({ actor: to }) => {
      if (to.forgotten > 0 || to.origin !== from.origin || to === from) return [];
      const sent = sentTo(to, sender);
      const told = to.events.filter((event) => event.source === from.address && !isEnding(event));
      return firstDifference(sent, told, { from, to }) ?? [];
    });
  });
}

/** What a replayed actor tells another one. */
function sentTo({ address, name, parent }: ExportedActor, { actor, steps }: ReplayedActor): readonly Sent[] {
  const isChild = parent === actor.address;
  const isParent = address === actor.parent;
  if (!isChild && !isParent) return [];
  return steps.flatMap(({ number, sent }) =>
    sent
      .filter(({ to }) => (to === "parent" ? isParent : isChild && to.child === name))
      .map(({ event }) => ({ step: number, event })),
  );
}

/** XState tells a parent of the end of its child, by itself. */
function isEnding({ event: { type } }: ExportedEvent): boolean {
  return type.startsWith("xstate.done.actor.") || type.startsWith("xstate.error.actor.");
}

function firstDifference(
  sent: readonly Sent[],
  told: readonly ExportedEvent[],
  { from, to }: { readonly from: ExportedActor; readonly to: ExportedActor },
): SentDifference | undefined {
  for (let index = 0; index < Math.max(sent.length, told.length); index += 1) {
    const [now, then] = [sent[index], told[index]];
    if (now !== undefined && then !== undefined && isSameValue(asRecorded(now.event), then.event)) continue;
    // What is told to one that has ended is not handled, nor recorded.
    if (then === undefined && to.endedAtMs !== undefined) return undefined;
    return { from, to, step: now?.step, replayed: now?.event.type, recorded: then?.event.type };
  }
  return undefined;
}
