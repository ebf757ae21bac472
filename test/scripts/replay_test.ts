import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { exportActors } from "../../actors/export_actors.ts";
import { FlightRecorder } from "../../actors/flight_recorder.ts";
import { type ConnectionRecord, type ExportedActor, recordFormat } from "../../protocol/connection_record.ts";
import { startSupervisor } from "../actors/start_supervisor.ts";
import { runScript } from "../kit/run_script.ts";

/** Where vitest finds tests. */
const folderOfTests = fileURLToPath(new URL("..", import.meta.url));

/** A client that got connected, or whose DTLS handshake failed. */
async function recordOf(dtls: "connected" | "failed"): Promise<ConnectionRecord> {
  const recorder = new FlightRecorder();
  const node = startSupervisor({ recorder });
  const ada = node.openClient();
  await ada.connect();
  const { report } = node.engines.last.options;
  report({ type: "ice.changed", state: "connected" });
  report({ type: "dtls.changed", state: dtls });
  const where = { nodeId: "n1", origin: "o", epochMs: 0 };
  const actors = JSON.parse(exportActors(recorder.records, ada.id, where)) as ExportedActor[];
  return {
    format: recordFormat,
    version: "0.0.1",
    exportedAt: "2026-01-01T00:00:00.000Z",
    peer: ada.id,
    missingNodes: ["n2"],
    actors,
  };
}

let good: ConnectionRecord;
let failed: ConnectionRecord;
beforeAll(async () => {
  [good, failed] = [await recordOf("connected"), await recordOf("failed")];
});

/** Files in a folder below the tests, which is gone afterwards. */
function folderWith(files: Readonly<Record<string, unknown>>) {
  mkdirSync(join(folderOfTests, "replays"), { recursive: true });
  const folder = mkdtempSync(join(folderOfTests, "replays", "of_a_test_"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return (name: string) => join(folder, name);
}

const replay = (...args: readonly string[]) => runScript("scripts/replay.ts", args);

test("[RR25] a record is replayed with all its steps, what is missing in it, and where its connection ended", async () => {
  const file = folderWith({ "a.json": failed });
  const { code, stdout, stderr } = await replay(file("a.json"));
  expect([code, stderr]).toEqual([0, ""]);
  const lines = stdout.split("\n");
  expect(lines[0]).toMatch(
    /^record of client-1, exported 2026-01-01T00:00:00.000Z by Signalbox 0.0.1; these are the machines of /,
  );
  expect(lines[1]).toBe("node n2 did not answer: what it recorded is missing");
  expect(stdout).toMatch(/\+\d+ ms {2}session \(client-1\) 1: xstate\.init -> open\.outside\n/);
  expect(stdout).toContain("dtls.changed failed -> gathering.new, ice.connected, dtls.failed");
  expect(stdout).toContain("never to ice.connected and dtls.connected");
  expect(stdout).not.toContain("departs");
});

test("[RR25] a record of which a step departs ends with 1, and says which", async () => {
  const changed = JSON.stringify(good).replaceAll('"isDescribed":true', '"isDescribed":false');
  const file = folderWith({ "a.json": changed });
  const { code, stdout } = await replay(file("a.json"));
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /replay departs at step \d+ of peer \(client-1-1\): remote\.described led to context\.isDescribed true, recorded: context\.isDescribed false/,
  );
});

test("[RR25] what is no record ends with 2, and words", async () => {
  const file = folderWith({
    "text.json": "{ not json",
    "other.json": { a: 1 },
    "later.json": { ...good, format: "signalbox.record/9" },
    "broken.json": { ...good, actors: [{ ...good.actors[0], events: "none" }] },
  });
  const ends = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await replay(...args);
    expect([code, stdout]).toEqual([2, ""]);
    return stderr;
  };
  expect(await ends(file("text.json"))).toContain("Cannot read the record: it is no JSON");
  expect(await ends(file("other.json"))).toContain(
    "it has no `format`; expected what GET /api/v1/peers/{id}/record gives",
  );
  expect(await ends(file("later.json"))).toContain(
    'its format is "signalbox.record/9", and this version reads "signalbox.record/1"',
  );
  expect(await ends(file("broken.json"))).toContain("/actors/0/events");
  expect(await ends(file("none.json"))).toContain("ENOENT");
  expect(await ends()).toContain("Usage: npm run replay");
  expect(await ends("a", "b")).toContain("Usage: npm run replay");
});

test("[RR26] a written test fails as the connection did, with the steps, and one of a good connection passes", {
  timeout: 60_000,
}, async () => {
  const file = folderWith({ "bad.json": failed, "good.json": good });
  for (const name of ["bad", "good"]) {
    const { code, stdout } = await replay(file(`${name}.json`), "--test", file(`${name}_test.ts`));
    expect(code).toBe(0);
    expect(stdout).toContain(`npx vitest run test/replays/`);
  }
  const written = readFileSync(file("bad_test.ts"), "utf8");
  expect(written).toContain('import { connectionFailures } from "../../../machines/replay_report.ts";');
  const report = file("report.json");
  // Without the lock that the command of this name may have: this process may hold it.
  await runScript("node_modules/vitest/vitest.mjs", ["run", file(""), "--reporter=json", `--outputFile=${report}`]);
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as {
    readonly testResults: readonly {
      readonly name: string;
      readonly assertionResults: readonly { title: string; status: string; failureMessages: readonly string[] }[];
    }[];
  };
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const bad = results.find(({ status }) => status === "failed");
  expect(results.map(({ status }) => status).toSorted()).toEqual(["failed", "passed"]);
  expect(bad?.title).toMatch(
    /^connectivity \(peer client-1-1\) gets on; recorded: .*dtls\.failed.*, by dtls\.changed$/,
  );
  expect(bad?.failureMessages.join("")).toContain(
    "connectivity (peer client-1-1) should have come to ice.connected and dtls.connected",
  );
  expect(bad?.failureMessages.join("")).toMatch(/connectivity \(peer client-1-1\) \d+: dtls\.changed failed -> /);
});
