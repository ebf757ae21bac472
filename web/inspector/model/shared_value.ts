/**
 * `next` with each part of it that says the same as in `last` taken from there: contexts change little from step to step, so that
 * most of each is kept once, and what changed is told by identity. Both are JSON; neither is changed.
 */
export function sharedWith(last: unknown, next: unknown): unknown {
  if (last === next || typeof last !== "object" || typeof next !== "object" || last === null || next === null)
    return next;
  if (Array.isArray(last) !== Array.isArray(next)) return next;
  return Array.isArray(next) ? sharedList(last as unknown[], next) : sharedObject(last as Json, next as Json);
}

type Json = { readonly [key: string]: unknown };

function sharedList(last: readonly unknown[], next: readonly unknown[]): readonly unknown[] {
  let isSame = last.length === next.length;
  const made = next.map((item, index) => {
    const shared = sharedWith(last[index], item);
    if (shared !== last[index]) isSame = false;
    return shared;
  });
  return isSame ? last : made;
}

function sharedObject(last: Json, next: Json): Json {
  const keys = Object.keys(next);
  let isSame = keys.length === Object.keys(last).length;
  const made: Record<string, unknown> = {};
  for (const key of keys) {
    const shared = sharedWith(last[key], next[key]);
    if (shared !== last[key] || !(key in last)) isSame = false;
    made[key] = shared;
  }
  return isSame ? last : made;
}
