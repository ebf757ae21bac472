/** Rows of a long list that are drawn. */
export interface RowWindow {
  readonly start: number;
  /** The first one after them. */
  readonly end: number;
}

/** So many rows beyond each edge are drawn too, so that a scroll of a frame shows no hole. Ours. */
const overscan = 12;

/** The rows that can be seen, all of one height, with some beyond the edges. */
export function rowWindow(
  count: number,
  { scrollTop, height, rowHeight }: { readonly scrollTop: number; readonly height: number; readonly rowHeight: number },
): RowWindow {
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight) - overscan;
  const last = Math.ceil((Math.max(0, scrollTop) + height) / rowHeight) + overscan;
  const end = Math.min(count, last);
  return { start: Math.max(0, Math.min(first, end)), end };
}

/** Where to scroll to so that a row is seen whole; the place itself when it is. */
export function scrollTopFor(
  index: number,
  { scrollTop, height, rowHeight }: { readonly scrollTop: number; readonly height: number; readonly rowHeight: number },
): number {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  const bottom = top + rowHeight;
  return bottom > scrollTop + height ? bottom - height : scrollTop;
}
