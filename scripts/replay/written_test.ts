import { basename, dirname, relative } from "node:path";
import { connectionOutcomes } from "../../machines/connection_outcome.ts";
import { replayRecord } from "../../machines/replay_record.ts";
import { actorText } from "../../machines/replay_words.ts";
import { stateText } from "../../machines/state_text.ts";
import type { ConnectionRecord } from "../../protocol/connection_record.ts";

/** Where the files of a test are. */
export interface WrittenTestPlace {
  /** The folder of the project. */
  readonly root: string;
  readonly testFile: string;
  /** Beside it. */
  readonly recordFile: string;
}

/**
 * A test of a record. Where a peer connection came to no good, it asks that it does, and so fails as it did, until the machines
 * make more of what they are told; else it asks that they do again what was recorded.
 */
export function writtenTest(record: ConnectionRecord, { root, testFile, recordFile }: WrittenTestPlace): string {
  const from = (path: string) => {
    const way = relative(dirname(testFile), `${root}/${path}`).replaceAll("\\", "/");
    return JSON.stringify(way.startsWith(".") ? way : `./${way}`);
  };
  const failed = connectionOutcomes(replayRecord(record)).filter(({ isGood }) => !isGood);
  const isGood = failed.length === 0;
  const name = isGood ? "replayDepartures" : "connectionFailures";
  const title = isGood
    ? `the machines do again what was recorded of ${record.peer}`
    : failed
        .map(({ actor, step, reached }) => {
          const by = step === undefined ? "" : `, by ${step.recorded.event.type}`;
          return `${actorText(actor)} gets on; recorded: ${stateText(step?.state?.value) || reached}${by}`;
        })
        .join("; ");
  const why = isGood
    ? ["Fails where a machine leads elsewhere than it did, and says at which step."]
    : [
        "Fails as the connection did, with the steps that led to it. It passes once the machines bring the connection to a good state by what they",
        "were told then. Where nothing that a machine does can help, as when the client never answered, ask for what should have",
        "come instead: connectionOutcomes(replayRecord(record)) has where each machine came to.",
      ];
  return [
    `import { readFileSync } from "node:fs";`,
    `import { expect, test } from "vitest";`,
    `import { ${name} } from ${from("machines/replay_report.ts")};`,
    `import { parseConnectionRecord } from ${from("protocol/connection_record.ts")};`,
    "",
    `// Of the record of ${record.peer}, exported ${record.exportedAt} by Signalbox ${record.version}.`,
    ...why.map((line) => `// ${line}`),
    "",
    `const file = new URL(${JSON.stringify(encodeURI(basename(recordFile)))}, import.meta.url);`,
    `const record = parseConnectionRecord(readFileSync(file, "utf8"));`,
    "",
    `test(${JSON.stringify(title)}, () => {`,
    `  const found = ${name}(record);`,
    `  expect(found, found.join("\\n\\n")).toEqual([]);`,
    "});",
    "",
  ].join("\n");
}
