import type { CandidateInit } from "../protocol/client_message.ts";
import { readUsernameFragment } from "../protocol/session_description.ts";

/** The ICE generations that a connection has had, by the user fragments of their descriptions (RFC 8445, 2.4 and RFC 8839, 5.4). */
export interface IceGenerations {
  /** The generation in force; empty before the first. */
  readonly usernameFragments: readonly string[];
  /** Those of older generations, the latest of them. */
  readonly pastUsernameFragments: readonly string[];
  /** A description is being applied, which candidates without a user fragment may belong to. */
  readonly isDescribing: boolean;
}

/** How many older fragments are remembered; a candidate of one still older waits until its peer closes. Ours. */
const maxPastUsernameFragments = 16;

/** The generations after a description with these user fragments came into force. */
export function beginGeneration(
  generations: IceGenerations,
  usernameFragments: readonly string[],
): Pick<IceGenerations, "usernameFragments" | "pastUsernameFragments"> {
  const past = [...generations.pastUsernameFragments, ...generations.usernameFragments].filter(
    (fragment) => !usernameFragments.includes(fragment),
  );
  return { usernameFragments, pastUsernameFragments: past.slice(-maxPastUsernameFragments) };
}

/** Which generation a candidate belongs to: `unknown` is one whose description has not come yet. */
export function generationOf(candidate: CandidateInit, generations: IceGenerations): "past" | "current" | "unknown" {
  const { usernameFragments, pastUsernameFragments, isDescribing } = generations;
  const fragment = readUsernameFragment(candidate);
  if (fragment === undefined) return usernameFragments.length === 0 || isDescribing ? "unknown" : "current";
  if (usernameFragments.includes(fragment)) return "current";
  return pastUsernameFragments.includes(fragment) ? "past" : "unknown";
}
