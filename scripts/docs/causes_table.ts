import { connectionCauses } from "../../protocol/connection_cause.ts";
import { markdownTable } from "./markdown.ts";

const [begin, end] = ["<!-- causes -->", "<!-- /causes -->"] as const;

/** docs/inspect.md with the table of causes as the code says it. */
export function withCausesTable(page: string): string {
  const [before = "", rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`Cannot write the causes: docs/inspect.md has no ${begin} and ${end}`);
  const rows = Object.entries(connectionCauses).map(([code, { meaning, remedy, isWell }]) => [
    `\`${code}\``,
    isWell ? "yes" : "no",
    meaning,
    remedy,
  ]);
  return `${before}${begin}\n\n${markdownTable(["cause", "well", "what it means", "what to do"], rows)}\n\n${end}${after}`;
}
