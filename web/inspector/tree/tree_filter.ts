import type { ActorView } from "../model/actor_view.ts";
import type { StateWords } from "../model/state_words.ts";

/** What the tree is narrowed to. */
export interface TreeFilter {
  /** Words that all must be found together: in the name, the id or the room, or in the person, the kind and the state. */
  readonly search: string;
  /** States of which one must fit; none fits all. */
  readonly states: readonly string[];
  readonly kinds: readonly string[];
  readonly isEndedHidden: boolean;
}

/** What is asked of an actor. */
export interface Sought {
  readonly actor: Pick<ActorView, "id" | "kind" | "name" | "room" | "endedAt">;
  /** What the person that it is about is called. */
  readonly person: string | undefined;
  readonly words: StateWords;
}

/** Whether an actor is what is looked for. */
export function isSought({ actor, person = "", words }: Sought, filter: TreeFilter): boolean {
  const { search, states, kinds, isEndedHidden } = filter;
  if (isEndedHidden && actor.endedAt !== undefined) return false;
  if (kinds.length > 0 && !kinds.includes(actor.kind)) return false;
  if (states.length > 0 && !states.some((state) => words.text.split(" ").includes(state))) return false;
  if (search === "") return true;
  const sought = search.toLowerCase().split(/\s+/);
  return [actor.name, actor.id, actor.room ?? "", `${person} ${actor.kind} ${words.text}`].some((field) =>
    sought.every((word) => field.toLowerCase().includes(word)),
  );
}

/** Whether anything is looked for at all, beside who lives. */
export function isNarrowed({ search, states, kinds }: TreeFilter): boolean {
  return search.trim() !== "" || states.length > 0 || kinds.length > 0;
}
