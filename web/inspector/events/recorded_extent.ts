import type { ActorView } from "../model/actor_view.ts";

/**
 * Tells whether anything was recorded of actors since it was last asked for: they change in place, and most of what a cluster records is not of
 * those that are looked at. Equal texts mean that nothing was.
 */
export function recordedExtent(actors: Iterable<ActorView>): string {
  let extent = "";
  for (const { id, steps, endedAt, room } of actors) {
    const last = steps.at(-1);
    // What a step led to comes after it.
    extent += `${id} ${steps.length} ${last?.seq} ${last?.snapshot === undefined} ${endedAt} ${room}\n`;
  }
  return extent;
}
