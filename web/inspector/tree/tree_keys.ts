import type { TreeRow } from "./tree_rows.ts";

/** What a key does in the tree (WAI-ARIA, "Tree View Pattern"). */
export interface TreeMove {
  /** The key of the row that is at hand then. */
  readonly to?: string;
  readonly open?: { readonly key: string; readonly isOpen: boolean };
  /** It is looked at. */
  readonly isChosen?: boolean;
}

/** Rows of a page up or down. */
const pageRows = 12;

/** The move of a key from the row at `at`; null for one that does nothing here. */
export function treeMove(rows: readonly TreeRow[], at: number, key: string): TreeMove | null {
  const row = rows[at];
  if (row === undefined)
    return /^(?:Arrow|Home$|End$)/.test(key) ? toIndex(rows, key === "End" ? rows.length : 0) : null;
  switch (key) {
    case "ArrowDown":
      return toIndex(rows, at + 1);
    case "ArrowUp":
      return toIndex(rows, at - 1);
    case "PageDown":
      return toIndex(rows, at + pageRows);
    case "PageUp":
      return toIndex(rows, at - pageRows);
    case "Home":
      return toIndex(rows, 0);
    case "End":
      return toIndex(rows, rows.length - 1);
    case "ArrowRight":
      if (!row.hasChildren) return null;
      return row.isOpen ? toIndex(rows, at + 1) : { open: { key: row.key, isOpen: true } };
    case "ArrowLeft":
      return row.isOpen ? { open: { key: row.key, isOpen: false } } : toParent(rows, at);
    case "Enter":
    case " ":
      return row.actor === null ? { open: { key: row.key, isOpen: !row.isOpen } } : { isChosen: true };
    default:
      return null;
  }
}

/** The next row, around the end, whose label begins with what was typed; the same one as long as it does. */
export function typedAhead(rows: readonly TreeRow[], at: number, typed: string): TreeMove | null {
  const sought = typed.toLowerCase();
  // One letter again and again goes through all that begin with it.
  const start = typed.length > 1 ? at : at + 1;
  for (let offset = 0; offset < rows.length; offset += 1) {
    const row = rows[(Math.max(0, start) + offset) % rows.length];
    if (row?.label.toLowerCase().startsWith(sought)) return { to: row.key };
  }
  return null;
}

function toIndex(rows: readonly TreeRow[], index: number): TreeMove | null {
  const row = rows[Math.min(rows.length - 1, Math.max(0, index))];
  return row === undefined ? null : { to: row.key };
}

function toParent(rows: readonly TreeRow[], at: number): TreeMove | null {
  const level = rows[at]?.level ?? 1;
  for (let index = at - 1; index >= 0; index -= 1) {
    const row = rows[index];
    if (row !== undefined && row.level < level) return { to: row.key };
  }
  return null;
}
