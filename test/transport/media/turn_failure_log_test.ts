import { expect, test } from "vitest";
import { TurnFailureLog } from "../../../transport/media/turn_failure_log.ts";
import { KeptLog } from "../../actors/start_supervisor.ts";

const refused = (url = "turn:turn.example.org") =>
  ({ type: "iceServer.failed", kind: "turn", url, reason: "refused", status: 401, message: "Unauthorized" }) as const;

function start() {
  const [log, clock] = [new KeptLog(), { nowMs: 1_000 }];
  return { log, clock, failures: new TurnFailureLog(log, () => clock.nowMs) };
}

test("[XP16] of the failures of a server the 1st, 2nd, 4th, 8th ... are logged, of each server by itself", () => {
  const { log, failures } = start();
  for (let count = 0; count < 20; count += 1) failures.failed(refused());
  expect(log.entries.map(({ fields }) => fields["attempts"])).toEqual([1, 2, 4, 8, 16]);
  expect(log.entries[0]).toEqual({
    level: "warn",
    event: "no relay from a TURN server",
    fields: { url: "turn:turn.example.org", reason: "refused the node (401 Unauthorized)", attempts: 1 },
  });
  failures.failed({
    type: "iceServer.failed",
    kind: "turn",
    url: "turn:other.example.org",
    reason: "unreachable",
    message: "",
  });
  expect(log.entries.at(-1)?.fields).toEqual({
    url: "turn:other.example.org",
    reason: "did not answer the node",
    attempts: 1,
  });
});

test("[XP16] a server that fails again after a long time is told of at once", () => {
  const { log, clock, failures } = start();
  for (let count = 0; count < 3; count += 1) failures.failed(refused());
  clock.nowMs += 10 * 60_000;
  failures.failed(refused());
  expect(log.entries.map(({ fields }) => fields["attempts"])).toEqual([1, 2, 1]);
});

test("[XP16] servers without number take no memory without end, and make room for others in time", () => {
  const { log, clock, failures } = start();
  for (let count = 0; count < 2_000; count += 1) failures.failed(refused(`turn:t${count}.example.org`));
  expect(log.entries).toHaveLength(512);
  clock.nowMs += 10 * 60_000;
  failures.failed(refused("turn:last.example.org"));
  expect(log.entries).toHaveLength(513);
});
