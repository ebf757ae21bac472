/** One thing that went wrong, in words for the person in front of the page. */
export interface Finding {
  /** Stable and kebab-case, for tests and for a bug report. */
  readonly code: string;
  /** `error`: the test cannot do its work; `warning`: it does, for now; `note`: worth knowing, nothing is broken. */
  readonly severity: "error" | "warning" | "note";
  /** What happened, in one sentence. */
  readonly title: string;
  /** Why it matters or where it comes from. */
  readonly why: string;
  /** What to do about it. */
  readonly remedy: string;
}
