import { expect, test } from "vitest";
import { FailureExplainer } from "../../actors/failure_explainer.ts";
import { FlightRecorder } from "../../actors/flight_recorder.ts";
import { startSupervisor } from "./start_supervisor.ts";

test("[XP40] where more fail than are explained, nobody looks through the records for the others", () => {
  let lookCount = 0;
  const recorder = {
    recordsOf: () => {
      lookCount += 1;
      return [];
    },
  };
  const failures = new FailureExplainer(recorder, () => 1_000);
  for (let count = 0; count < 100; count += 1) failures.explain(`s${count}`, `s${count}-1`);
  expect(lookCount).toBe(5);
});

test("[XP40] a failure is explained without what the session's earlier peer connections went through", async () => {
  const recorder = new FlightRecorder();
  const { openClient, engines } = startSupervisor({ recorder });
  const client = openClient();
  for (let count = 0; count < 2; count += 1) {
    await client.connect();
    engines.last.options.report({ type: "dtls.changed", state: "failed" });
    await client.next("bye");
  }
  const records = recorder.recordsOf(`session:${client.id}`);
  const earlier = records.filter(({ address }) => address.includes(`/${client.id}-1`));
  expect(earlier).toHaveLength(3);
  for (const record of earlier) {
    Object.defineProperty(record, "events", {
      get: () => {
        throw new Error(`${record.address} was read`);
      },
    });
  }
  const failures = new FailureExplainer({ recordsOf: () => records });
  expect(failures.explain(client.id, `${client.id}-2`)).toMatchObject({ cause: expect.stringContaining("dtls") });
  expect(() => failures.explain(client.id, `${client.id}-1`)).toThrow("was read");
});
