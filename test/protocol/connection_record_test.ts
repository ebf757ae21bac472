import { expect, test } from "vitest";
import { parseConnectionRecord, recordFormat } from "../../protocol/connection_record.ts";
import { codeOf } from "../kit/code_of.ts";

const actor = {
  ...{ node: "n", origin: "o", address: "session:x", kind: "session", name: "x", peers: ["x"] },
  ...{ startedAtMs: 1, startedAt: 1, forgotten: 0, events: [] },
};
const record = {
  format: recordFormat,
  version: "1",
  exportedAt: "2026-01-31T23:59:59.000Z",
  peer: "x",
  missingNodes: [],
};

test("[RR28] a file that is no record, or whose times are none, is refused with what is wrong", () => {
  const read = (change: object) => parseConnectionRecord(JSON.stringify({ ...record, actors: [actor], ...change }));
  expect(read({}).actors).toHaveLength(1);
  for (const wrong of [
    { exportedAt: "yesterday" },
    { exportedAt: "2026-13-01T00:00:00.000Z" },
    { actors: [{ ...actor, startedAt: 1e300 }] },
    { actors: [{ ...actor, events: [{ seq: 1, atMs: 1e300, event: { type: "a" }, repeats: 0 }] }] },
    { format: "signalbox.record/2" },
    { format: undefined },
  ]) {
    expect([wrong, codeOf(() => read(wrong))]).toEqual([wrong, "bad-message"]);
  }
  expect(() => parseConnectionRecord("{")).toThrow(/it is no JSON/);
});
