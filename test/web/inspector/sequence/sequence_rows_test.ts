import { expect, test } from "vitest";
import type { ActorView } from "../../../../web/inspector/model/actor_view.ts";
import type { Step } from "../../../../web/inspector/model/step.ts";
import { rowWindow, scrollTopFor } from "../../../../web/inspector/sequence/row_window.ts";
import { rowWords } from "../../../../web/inspector/sequence/row_words.ts";
import { rowBeside, rowOfStep } from "../../../../web/inspector/sequence/sequence_place.ts";
import {
  type SequenceOptions,
  type SequenceRow,
  sequenceRows,
} from "../../../../web/inspector/sequence/sequence_rows.ts";
import { scopeOf } from "../../../../web/inspector/sequence/sequence_scope.ts";
import { actorOf, actorsOf, type StepSketch } from "../actor_of.ts";

const folded: SequenceOptions = { isFolding: true, hidden: new Set(), opened: new Set() };
const plain: SequenceOptions = { ...folded, isFolding: false };

const said = (seq: number, type: string, more: Partial<StepSketch> = {}): StepSketch => ({
  seq,
  from: "n1/session:a/client",
  event: { type: "message.received", message: { type } },
  ...more,
});

function rowsOf(
  steps: readonly StepSketch[],
  options = folded,
  others: readonly ActorView[] = [],
): readonly SequenceRow[] {
  const session = actorOf("session", "n1/session:a", { peers: ["a"], steps });
  return sequenceRows(scopeOf(actorsOf(session, ...others), session), options);
}

const shown = (rows: readonly SequenceRow[]) =>
  rows.map((row) => ("label" in row ? row.label : `${row.kind} ${row.size}`));

test("[IP43] candidates and what XState sends by itself are one row until it is opened or folding is off", () => {
  const steps = [
    said(1, "join"),
    said(2, "candidate"),
    said(3, "candidate"),
    { seq: 4, event: "xstate.init" },
    said(5, "offer"),
  ];
  const rows = rowsOf(steps);
  expect(shown(rows)).toEqual(["join", "2 candidates, 1 internal", "offer"]);
  const fold = rows[1];
  const opened = rowsOf(steps, { ...folded, opened: new Set([fold?.key ?? ""]) });
  expect(shown(opened)).toEqual(["join", "2 candidates, 1 internal", "candidate", "candidate", "start", "offer"]);
  expect(shown(rowsOf(steps, plain))).toEqual(["join", "candidate", "candidate", "start", "offer"]);
});

test("[IP43] three alike in a row that change nothing are counted, two are not, and a change of state stands alone", () => {
  const alike = [said(1, "speakers"), said(2, "speakers"), said(3, "speakers")];
  expect(shown(rowsOf(alike))).toEqual(["speakers ×3"]);
  expect(shown(rowsOf(alike.slice(1)))).toEqual(["speakers", "speakers"]);
  const changing = alike.map((step, index) => ({ ...step, value: index < 2 ? "one" : "two" }));
  expect(shown(rowsOf(changing))).toHaveLength(3);
  expect(rowsOf([said(1, "data", { repeats: 6 })])[0]).toMatchObject({ label: "data", count: 7 });
});

test("[IP43] what is passed on the same way is one row with an arrow for each hop, and two rows where it turns", () => {
  const peer = "n1/session:a/a-1";
  const inner = (kind: string, steps: readonly StepSketch[]) =>
    actorOf(kind, kind === "peer" ? peer : `${peer}/${kind}`, { peers: ["a"], steps });
  const changed = { type: "ice.changed", state: "connected" };
  const on = rowsOf([], folded, [
    inner("peer", [{ seq: 1, event: changed }]),
    inner("connectivity", [{ seq: 2, from: peer, event: changed, value: { ice: "connected", dtls: "new" } }]),
  ]);
  expect(on).toMatchObject([
    {
      label: "ice.changed connected",
      arrows: [
        { from: 0, to: 1 },
        { from: 1, to: 2 },
      ],
    },
  ]);
  const back = rowsOf([], folded, [
    inner("peer", [{ seq: 1, from: `${peer}/negotiation`, event: "remote.described" }]),
    inner("negotiation", []),
    inner("connectivity", [{ seq: 2, from: peer, event: "remote.described" }]),
  ]);
  expect(back).toMatchObject([{ arrows: [{ from: 1, to: 0 }] }, { arrows: [{ from: 0, to: 2 }] }]);
});

test("[IP43] kinds that are left out have no rows, and an open fold stays open beside them", () => {
  const steps = [said(1, "offer"), said(2, "error"), said(3, "candidate"), { seq: 4, event: "xstate.after.9.a" }];
  expect(shown(rowsOf(steps, { ...folded, hidden: new Set(["error", "timer"]) }))).toEqual(["offer", "candidate"]);
});

test("[IP44] a pause of half a second or more is marked with its length by the node's own clock, and so is what was lost", () => {
  const steps = [
    said(1, "join", { atMs: 10 }),
    said(2, "offer", { atMs: 509 }),
    said(3, "bye", { atMs: 1_709, at: 5, lost: 4 }),
  ];
  expect(shown(rowsOf(steps))).toEqual(["join", "offer", "gap 1200", "lost 4", "bye"]);
});

test("[IP42] a state is told where it changed, by region and without what stayed, and not where a machine begins", () => {
  const rows = rowsOf(
    [
      { seq: 1, event: "xstate.init", value: { open: "outside" } },
      said(2, "join", { value: { open: "joining" } }),
      said(3, "hello", { value: { open: { joined: "attached" } } }),
      said(4, "again", { value: { open: { joined: "attached" } } }),
    ],
    plain,
  );
  const tags = rows.map((row) => ("tags" in row ? row.tags.map(({ words }) => words) : []));
  expect(tags).toEqual([[], ["joining"], ["joined.attached"], []]);
});

test("[IP45] a step is found in its row, in its fold, or at the last row that is no later", () => {
  const steps = [said(1, "join"), said(2, "candidate"), said(3, "candidate"), said(5, "offer", { atMs: 2_000 })];
  const rows = rowsOf(steps);
  const first = rows[0]?.kind === "step" ? rows[0].steps[0] : undefined;
  if (first === undefined) throw new Error("there is no first step");
  const at = (seq: number): Step => ({ ...first, seq, at: 1_000_000 + seq });
  expect(shown(rows)).toEqual(["join", "2 candidates", "gap 1997", "offer"]);
  expect([1, 2, 3, 4, 5].map((seq) => rowOfStep(rows, at(seq)))).toEqual([0, 1, 1, 1, 3]);
  expect(rowOfStep(rows, at(0))).toBe(-1);
});

test("[IP45] keys walk from event to event, past pauses and heads of open folds, and stop at the ends", () => {
  const rows = rowsOf([said(1, "join"), said(2, "offer", { atMs: 2_000 }), said(3, "answer", { atMs: 2_001 })]);
  expect(shown(rows)).toEqual(["join", "gap 1999", "offer", "answer"]);
  expect([rowBeside(rows, 0, 1), rowBeside(rows, 2, -1), rowBeside(rows, 0, 99), rowBeside(rows, 3, -99)]).toEqual([
    2, 0, 3, 0,
  ]);
  expect([rowBeside(rows, 0, -1), rowBeside(rows, 3, 1), rowBeside(rows, rows.length, -1)]).toEqual([0, 3, 3]);
});

test("[IP45] of a hundred thousand rows only those that can be seen are drawn", () => {
  const view = { scrollTop: 260_000, height: 520, rowHeight: 26 };
  const { start, end } = rowWindow(100_000, view);
  expect(start).toBeLessThanOrEqual(10_000);
  expect(end).toBeGreaterThanOrEqual(10_020);
  expect(end - start).toBeLessThan(60);
  expect(rowWindow(5, { ...view, scrollTop: 9_999 })).toEqual({ start: 5, end: 5 });
  expect(rowWindow(0, view)).toEqual({ start: 0, end: 0 });
});

test("[IP45] a row that is chosen is scrolled to by as little as shows it whole", () => {
  const view = { scrollTop: 100, height: 200, rowHeight: 20 };
  expect([scrollTopFor(0, view), scrollTopFor(5, view), scrollTopFor(14, view), scrollTopFor(15, view)]).toEqual([
    0, 100, 100, 120,
  ]);
});

test("[IP45] every row says in words who told whom what, how often, and what came of it", () => {
  const session = actorOf("session", "n1/session:a", {
    peers: ["a"],
    steps: [said(1, "join", { value: "joining" }), { seq: 2, atMs: 1_501, event: "room.joined", repeats: 1 }],
  });
  const scope = scopeOf(actorsOf(session), session);
  expect(sequenceRows(scope, folded).map((row) => rowWords(row, scope.lifelines))).toEqual([
    "join from client a to session; session is joining",
    "1.5 s later",
    "room.joined at session, 2 times",
  ]);
});
