import { flagName } from "./setting_names.ts";

/** Of two limits, the first fits into the second. */
const pairs = [
  ["throttleBytes", "maxQueuedBytes"],
  ["maxMessageBytes", "maxChannelBufferBytes"],
] as const;

type Paired = (typeof pairs)[number][number];

/** Holds limits against each other, and blames the one that was given. @throws what `refuse` makes of it */
export function checkLimitPairs(
  limits: Readonly<Record<Paired, number>>,
  given: { has(name: string): boolean },
  refuse: (culprit: Paired, why: string) => Error,
): void {
  for (const [small, large] of pairs) {
    if (limits[small] <= limits[large]) continue;
    const culprit = given.has(small) ? small : large;
    const sizes = `${flagName(small)} (${limits[small]}) to be at most ${flagName(large)} (${limits[large]})`;
    throw refuse(culprit, `expected ${sizes}`);
  }
}
