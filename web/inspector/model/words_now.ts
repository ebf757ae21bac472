import type { ActorView } from "./actor_view.ts";
import { type StateWords, stateWords } from "./state_words.ts";
import type { ActorState } from "./step.ts";

/** An actor with its state at hand. */
export type LiveActor = ActorView & { readonly state: ActorState };

/** What a peer connection is closed by that it failed with. */
const failures = ["offer.refused", "negotiation.failed", "connectivity.failed"];

/** The state of an actor as it is now. A connection that failed is said to have as long as it is known, and so is a person whose newest one did. */
export function wordsNow(actor: LiveActor, system: Iterable<LiveActor>): StateWords {
  const words = stateWords(actor, actor.state);
  if (actor.kind === "peer") return hasFailed(actor) ? { text: "failed", tone: "bad" } : words;
  if (actor.kind !== "session") return words;
  let newest: LiveActor | undefined;
  for (const each of system)
    if (each.kind === "peer" && (newest === undefined || each.startedAt >= newest.startedAt)) newest = each;
  return newest !== undefined && hasFailed(newest) ? { text: `${words.text}, failed`, tone: "bad" } : words;
}

function hasFailed({ before, steps }: ActorView): boolean {
  const openAt = steps.findLastIndex(({ snapshot }) => typeof snapshot?.value === "object");
  const { open } = ((steps[openAt]?.snapshot ?? before).value ?? {}) as { readonly open?: unknown };
  if (open === "failed") return true;
  const closing = steps.slice(openAt + 1).find(({ snapshot }) => snapshot !== undefined);
  return closing !== undefined && failures.includes(closing.event.type);
}
