import { h, type JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** A long list of which only what is seen is there. */
export interface VirtualListProps {
  readonly count: number;
  /** Pixels; all rows are as high. */
  readonly rowHeight: number;
  /** Of the row at an index, with a key. `style` places it. */
  readonly row: (index: number, style: { readonly transform: string }) => JSX.Element;
  /** A row that is there although it is not seen, and is scrolled to when it becomes another one. */
  readonly kept?: number;
  /** Goes on to show the last row when one is added, as long as that is where the reader is. */
  readonly followsEnd?: boolean;
  readonly className: string;
  /** What else the scrolled element has: its role, its name, its keys. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** Rows above and below what is seen. */
const spare = 6;
/** Before the first measure. */
const guessedHeight = 800;

export function VirtualList(props: VirtualListProps): JSX.Element {
  const { count, rowHeight, row, kept = -1, followsEnd = false, className, attributes = {} } = props;
  const scrolled = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: guessedHeight });
  const isAtEnd = useRef(true);
  const read = () => {
    const element = scrolled.current;
    if (element === null) return;
    const { scrollTop: top, clientHeight: height } = element;
    isAtEnd.current = top + height >= element.scrollHeight - rowHeight;
    setView((last) => (last.top === top && last.height === height ? last : { top, height }));
  };
  useLayoutEffect(() => {
    const element = scrolled.current;
    if (element === null) return;
    const observer = new ResizeObserver(read);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = scrolled.current;
    if (element === null || kept < 0) return;
    const [top, bottom] = [kept * rowHeight, (kept + 1) * rowHeight];
    if (top < element.scrollTop) element.scrollTop = top - rowHeight;
    else if (bottom > element.scrollTop + element.clientHeight)
      element.scrollTop = bottom - element.clientHeight + rowHeight;
  }, [kept]);
  useLayoutEffect(() => {
    const element = scrolled.current;
    if (element !== null && followsEnd && isAtEnd.current && kept < 0) element.scrollTop = element.scrollHeight;
  }, [count]);
  const first = Math.max(0, Math.floor(view.top / rowHeight) - spare);
  const end = Math.min(count, Math.ceil((view.top + view.height) / rowHeight) + spare);
  const indexes = Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index);
  if (kept >= 0 && kept < count && (kept < first || kept >= end)) indexes.push(kept);
  return h(
    "div",
    { ...attributes, class: className, ref: scrolled, onScroll: read },
    h(
      "div",
      { class: "virtual-space", role: "presentation", style: { height: `${count * rowHeight}px` } },
      indexes.map((index) => row(index, { transform: `translateY(${index * rowHeight}px)` })),
    ),
  );
}
