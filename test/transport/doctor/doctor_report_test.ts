import { expect, test } from "vitest";
import { failed, passed, time, warning } from "../../../transport/doctor/check.ts";
import { DoctorOutput, type ReportOutput } from "../../../transport/doctor/doctor_output.ts";
import { formatResult, formatSummary, plainStyle, toJson, wrap } from "../../../transport/doctor/doctor_report.ts";
import type { CheckResult } from "../../../transport/doctor/run_checks.ts";

const results: readonly CheckResult[] = [
  { group: "ports", name: "HTTP port", ...passed("nobody listens on 0.0.0.0:8080"), tookMs: 1.4 },
  { group: "ports", name: "UDP ports", ...warning("one is taken", "Stop that program."), tookMs: 20 },
  {
    group: "TURN",
    name: "turn:turn.example.org:3478?transport=tcp",
    ...failed("nothing listens", "Start it."),
    tookMs: 3,
  },
];

/** An output that a test reads. */
function collect(of: Omit<ReportOutput, "write">) {
  const written: string[] = [];
  return { output: { ...of, write: (text: string) => written.push(text) }, text: () => written.join("") };
}

test("[DOC3] verdict, name and text stand in columns, what to do below, and a long name has a line for itself", () => {
  expect(results.map((result) => formatResult(result, { ...plainStyle, columns: 76 })).join("")).toBe(`\
  passed    HTTP port               nobody listens on 0.0.0.0:8080
  warning   UDP ports               one is taken
                                    -> Stop that program.
  failed    turn:turn.example.org:3478?transport=tcp
                                    nothing listens
                                    -> Start it.
`);
});

test("[DOC3] text is broken at spaces, and a word that is longer than a line stays whole", () => {
  expect(wrap("open 50000-50999 for UDP", 11)).toEqual(["open", "50000-50999", "for UDP"]);
  expect(wrap("see https://example.org/a/long/way now", 10)).toEqual(["see", "https://example.org/a/long/way", "now"]);
});

test("[DOC3] the last line counts, and says what to mend or whether users may come", () => {
  expect(formatSummary(results, 4_210, plainStyle)).toBe(
    "\n1 passed, 1 warning, 1 failed in 4.2 s: not ready: mend TURN\n",
  );
  expect(formatSummary(results.slice(0, 2), 90, plainStyle)).toBe(
    "\n1 passed, 1 warning in 90 ms: ready, if the warnings are meant to be so\n",
  );
  expect(formatSummary(results.slice(0, 1), 0.2, plainStyle)).toBe("\n1 passed in 0.2 ms: ready for users\n");
  expect([time(0.04), time(43.4), time(1_000)]).toEqual(["0.0 ms", "43 ms", "1.0 s"]);
});

test("[DOC3] on a terminal there are colors, unless they are not wanted, and a line that says what is waited for", () => {
  const show = (isTTY: boolean, isColored: boolean) => {
    const { output, text } = collect({ isTTY, columns: 100 });
    const report = new DoctorOutput(output, { isColored });
    report.waiting([
      { group: "TURN", name: "servers", run: async () => passed("") },
      { group: "NATS", name: "nats-1:4222", run: async () => passed("") },
    ]);
    for (const result of results) report.ended(result);
    report.waiting([]);
    report.end(results, 10);
    return text();
  };
  const [onTerminal, plain, toFile] = [show(true, true), show(true, false), show(false, true)];
  expect(onTerminal).toContain("\u001b[31mfailed\u001b[39m");
  expect(plain).toContain("\r\u001b[K  waiting for TURN, NATS: nats-1:4222\r\u001b[K");
  expect(plain).not.toContain("\u001b[3");
  expect(toFile).not.toContain("\u001b");
  expect(toFile).not.toContain("waiting");
  // Each group has one heading.
  expect(toFile.match(/^(?:Ports|TURN)$/gm)).toEqual(["Ports", "TURN"]);
});

test("[DOC4] the object for machines has every check with its verdict, and what to do where it did not pass", () => {
  expect(toJson(results, 4_210.4)).toEqual({
    format: "signalbox-doctor/1",
    isReady: false,
    counts: { passed: 1, warning: 1, failed: 1, skipped: 0 },
    tookMs: 4_210,
    checks: [
      { group: "ports", name: "HTTP port", verdict: "passed", saw: "nobody listens on 0.0.0.0:8080", tookMs: 1 },
      {
        group: "ports",
        name: "UDP ports",
        verdict: "warning",
        saw: "one is taken",
        advice: "Stop that program.",
        tookMs: 20,
      },
      {
        group: "TURN",
        name: "turn:turn.example.org:3478?transport=tcp",
        verdict: "failed",
        saw: "nothing listens",
        advice: "Start it.",
        tookMs: 3,
      },
    ],
  });
});
