import { expect, test } from "vitest";
import { createPinoLogger } from "../../../transport/log/pino_logger.ts";
import { relayLine } from "../../../transport/log/relay_line.ts";

function relay(line: string): string[] {
  const written: string[] = [];
  const output = { write: (text: string) => void written.push(text) };
  relayLine(line, { output, log: createPinoLogger({ level: "info", isPretty: false, ...output }), node: "w-1" });
  return written;
}

test("[CW9] a line of a node's log is passed on as it is", () => {
  const line = '{"level":"info","node":"w-1","event":"node ready"}';
  expect(relay(line)).toEqual([`${line}\n`]);
});

test.each(["FATAL ERROR: out of memory", '{"level":"info","node":', '{"a":1}', ""])(
  "[CW9] %j is said in a line with the node's name",
  (text) => {
    const [line, ...others] = relay(text);
    expect(JSON.parse(line ?? "")).toMatchObject({ level: "warn", event: "node said", node: "w-1", text });
    expect(others).toEqual([]);
  },
);
