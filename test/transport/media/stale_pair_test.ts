import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

// In a process of its own: an engine that waits without letting go of the thread could not be stopped from within.
const program = `
import { Connection } from "werift";
const connection = new Connection(false, {});
Object.assign(connection, { generation: 1, localCandidatesEnd: true, remoteUsername: "user", remotePassword: "password" });
const pair = (generation) => ({
  state: 3, nominated: false, component: 1, localCandidate: { foundation: "1" }, remoteCandidate: { generation },
  updateState() {}, toJSON: () => ({}),
});
connection.checkList = [pair(0)];
connection.queryConsent = () => undefined;
const connected = connection.connect();
setTimeout(() => {
  process.stdout.write(connection.checkListDone ? "took the stale pair" : "waits; ");
  connection.checkList = [pair(1)];
  connection.endPace();
  connected.then(() => process.stdout.write("took the valid pair", () => process.exit(0)));
}, 600);
`;

test("[HM31] a pair from before an ICE restart is not taken for the new one, and waiting for that stops nobody", () => {
  const { stdout, stderr, error } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    encoding: "utf8",
    timeout: 12_000,
    killSignal: "SIGKILL",
  });
  expect({ stdout, stderr, error }).toEqual({ stdout: "waits; took the valid pair", stderr: "", error: undefined });
});
