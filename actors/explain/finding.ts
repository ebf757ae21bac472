import type { ConnectionCause } from "../../protocol/connection_cause.ts";
import type { ExplainedEvidence } from "../../protocol/connection_explanation.ts";
import type { ConnectionFacts } from "./connection_facts.ts";
import type { LostPart } from "./lost_part.ts";
import type { SessionFacts } from "./session_facts.ts";

/** All that rules look at: the session of the client where it was last, and the peer connection that is explained, if there was one. */
export interface Facts {
  /** Unix time in milliseconds of the record. */
  readonly now: number;
  readonly session: SessionFacts | undefined;
  readonly connection: ConnectionFacts | undefined;
  /** Sessions of the same client before, on whichever node, oldest first. */
  readonly earlierSessions: readonly SessionFacts[];
  /** What others last knew of it, where no node that answered had its session. */
  readonly lostPart: LostPart | undefined;
}

/** What a rule found. */
export interface Finding {
  readonly cause: ConnectionCause;
  /** `certain`: the record shows it. `likely`: it explains what the record shows. `possible`: it would. `note`: it is so, but breaks nothing. */
  readonly likelihood: "certain" | "likely" | "possible" | "note";
  readonly summary: string;
  readonly remedy: string;
  readonly evidence: readonly ExplainedEvidence[];
  readonly waitedFor?: readonly Waited[];
  readonly neverCame?: readonly string[];
}

/** What was waited for; `until` is undefined while it still is. */
export interface Waited {
  readonly what: string;
  readonly since: number;
  readonly until: number | undefined;
}

/** A cause: what it looks for in the record. */
export type Rule = (facts: Facts) => Finding | readonly Finding[] | undefined;
