import { durationWords } from "../events/duration_words.ts";
import type { SequenceRow } from "./sequence_rows.ts";
import type { Lifeline } from "./sequence_scope.ts";

/** A row in words, for those who do not see it. */
export function rowWords(row: SequenceRow, lifelines: readonly Lifeline[]): string {
  const name = (index: number) => {
    const line = lifelines[index];
    return line === undefined ? "" : [line.name, line.detail].filter((part) => part !== "").join(" of ");
  };
  if (row.kind === "gap") return `${durationWords(row.size)} later`;
  if (row.kind === "lost") return `${row.size} events were lost`;
  const tags = row.tags.map(({ lifeline, words }) => `${name(lifeline)} is ${words}`);
  if (row.kind === "fold") return [`${row.label}, ${row.isOpen ? "unfolded" : "folded"}`, ...tags].join("; ");
  const way = row.arrows.map(({ from, to }) =>
    from === null ? `at ${name(to)}` : from === to ? `in ${name(to)}` : `from ${name(from)} to ${name(to)}`,
  );
  const times = row.count > 1 ? `, ${row.count} times` : "";
  return [`${row.label} ${way.join(", ")}${times}`, ...tags].join("; ");
}
