import { expect, test } from "vitest";
import { treeMove, typedAhead } from "../../../../web/inspector/tree/tree_keys.ts";
import type { TreeRow } from "../../../../web/inspector/tree/tree_rows.ts";

const row = (key: string, level: number, more: Partial<TreeRow> = {}): TreeRow => ({
  ...{ key, label: key, level, detail: "", place: 1, count: 1, hasChildren: false, isOpen: false, isSought: true },
  actor: { id: key } as TreeRow["actor"],
  ...more,
});
const rows = [
  row("node", 1, { hasChildren: true, isOpen: true }),
  row("heading", 2, { hasChildren: true, actor: null }),
  row("Ada", 2, { hasChildren: true }),
  row("Bob", 2),
  row("Barbara", 2),
];

test("[IP23] arrows, Home and End go through the rows, and stop at the ends", () => {
  const to = (at: number, key: string) => treeMove(rows, at, key)?.to;
  expect([to(0, "ArrowDown"), to(0, "ArrowUp"), to(4, "ArrowDown"), to(3, "Home"), to(0, "End")]).toEqual([
    "heading",
    "node",
    "Barbara",
    "node",
    "Barbara",
  ]);
  expect(to(-1, "ArrowDown")).toBe("node");
});

test("[IP23] right opens, then goes in; left closes, then goes out", () => {
  expect(treeMove(rows, 2, "ArrowRight")).toEqual({ open: { key: "Ada", isOpen: true } });
  expect(treeMove(rows, 0, "ArrowRight")).toEqual({ to: "heading" });
  expect(treeMove(rows, 3, "ArrowRight")).toBeNull();
  expect(treeMove(rows, 0, "ArrowLeft")).toEqual({ open: { key: "node", isOpen: false } });
  expect(treeMove(rows, 4, "ArrowLeft")).toEqual({ to: "node" });
});

test("[IP23] Enter looks at an actor, and opens what is none; other keys do nothing", () => {
  expect(treeMove(rows, 2, "Enter")).toEqual({ isChosen: true });
  expect(treeMove(rows, 1, "Enter")).toEqual({ open: { key: "heading", isOpen: true } });
  expect(treeMove(rows, 2, "F2")).toBeNull();
});

test("[IP23] typing goes to the next row that begins so, around the end", () => {
  expect(typedAhead(rows, 0, "b")).toEqual({ to: "Bob" });
  expect(typedAhead(rows, 3, "b")).toEqual({ to: "Barbara" });
  expect(typedAhead(rows, 3, "ba")).toEqual({ to: "Barbara" });
  expect(typedAhead(rows, 4, "b")).toEqual({ to: "Bob" });
  expect(typedAhead(rows, 0, "x")).toBeNull();
});
