/** Where the lifelines stand, in CSS pixels from the left of what scrolls. */
export interface Columns {
  readonly count: number;
  /** From one lifeline to the next. */
  readonly step: number;
  /** Of everything. */
  readonly width: number;
  /** The middle of a lifeline. */
  readonly x: (index: number) => number;
}

/** The times stand here. Ours, as all of these: they are what is readable. */
export const timeWidth = 76;
const minColumn = 126;
const maxColumn = 240;
/** Beside the last lifeline, for the states that it takes. */
const rightEdge = 120;

/** Lifelines as far apart as there is room, and no closer than names can be read. */
export function columnsOf(count: number, availableWidth: number): Columns {
  const room = (availableWidth - timeWidth - rightEdge + minColumn / 2) / Math.max(1, count);
  const column = Math.max(minColumn, Math.min(maxColumn, Math.floor(room)));
  const x = (index: number) => timeWidth + minColumn / 2 + index * column;
  return { count, step: column, width: Math.max(availableWidth, x(Math.max(0, count - 1)) + rightEdge), x };
}
