import type { ExportedActor } from "../protocol/connection_record.ts";
import type { ReplayedActor, ReplayedStep } from "./replay_actor.ts";
import type { Replay } from "./replay_record.ts";
import { stateText } from "./state_text.ts";

/** What became of the negotiation or the connectivity of a peer connection in a replay, beside what should have. */
export interface ConnectionOutcome {
  readonly actor: ExportedActor;
  readonly isGood: boolean;
  /** Where it should have come to. */
  readonly wanted: string;
  /** Where it came to. */
  readonly reached: string;
  /** The step with which it failed; the last one, when it just never came there. */
  readonly step: ReplayedStep | undefined;
}

interface Aim {
  readonly wanted: string;
  readonly isReached: (state: string) => boolean;
  readonly isFailed: (state: string) => boolean;
}

const aims: ReadonlyMap<string, Aim> = new Map([
  [
    "negotiation",
    {
      wanted: "stable.settled, after a description",
      isReached: (state) => state === "stable.settled",
      isFailed: (state) => state === "failed",
    },
  ],
  [
    "connectivity",
    {
      wanted: "ice.connected and dtls.connected",
      isReached: (state) => hasParts(state, "ice.connected", "dtls.connected"),
      isFailed: (state) => hasParts(state, "ice.failed") || hasParts(state, "dtls.failed"),
    },
  ],
]);

/** Whether each peer connection got to a good state and did not end in a bad one. */
export function connectionOutcomes({ actors }: Pick<Replay, "actors">): readonly ConnectionOutcome[] {
  return actors.flatMap((replayed) => {
    const aim = aims.get(replayed.actor.kind);
    return aim === undefined ? [] : [outcomeOf(replayed, aim)];
  });
}

function outcomeOf({ actor, steps }: ReplayedActor, { wanted, isReached, isFailed }: Aim): ConnectionOutcome {
  const states = steps.map(({ state }) => stateText(state?.value));
  const reached = states.at(-1) ?? "";
  // It begins where it should come to.
  const left = Math.max(
    0,
    states.findIndex((state) => !isReached(state)),
  );
  const isGood = states.slice(left).some(isReached) && !isFailed(reached) && steps.at(-1)?.state !== undefined;
  const failedAt = states.findIndex(isFailed);
  return { actor, isGood, wanted, reached, step: isGood ? undefined : steps.at(failedAt < 0 ? -1 : failedAt) };
}

function hasParts(state: string, ...parts: readonly string[]): boolean {
  const all = state.split(", ");
  return parts.every((part) => all.includes(part));
}
