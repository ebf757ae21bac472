import { errorCodes } from "../../protocol/signalbox_error.ts";
import { generatedNote, markdownTable } from "./markdown.ts";

/** docs/errors.md: the closed list of error codes. */
export function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, entry]) => [
    `\`${code}\``,
    entry.meaning,
    yesOrNo(entry.isTold),
    entry.closeCode === undefined ? "" : `${entry.closeCode}`,
    yesOrNo(entry.isRetryable),
  ]);
  return `${generatedNote}

# Error codes

The list is closed: a program may switch over it. "Told" says whether clients get it, in an \`error\` message or with the
close of their socket; the others are for the log and for programs built on a node. A close code means that the error ends
the socket: 4400 to 4499 mean abuse, the others are those of RFC 6455 and its registry. "Retry" says whether the same request
may succeed later.

${markdownTable(["code", "meaning", "told", "close code", "retry"], rows)}
`;
}

function yesOrNo(value: boolean): string {
  return value ? "yes" : "no";
}
