import { shownGuard } from "./chart_edges.ts";
import type { ChartState, ChartTransition } from "./statechart.ts";
import { flow, stack, type TextBlock, type Token } from "./text_block.ts";

/** Where the lines of an arrow's label are broken. */
const labelFlow = { maxWidth: 150, indent: 8 };
/** Where the lines in a state's box are broken. */
const rowFlow = { maxWidth: 250, indent: 14 };
const entryGap = 6;

/** What a state's box says of one thing that it does, at its place in the box. */
export interface BoxRow {
  readonly x: number;
  readonly y: number;
  readonly text: TextBlock;
  /** Those that it tells of. */
  readonly transitions: readonly ChartTransition[];
}

/** All that a state's box says below its name; its size has what is around the rows. */
export interface BoxRows {
  readonly width: number;
  readonly height: number;
  readonly rows: readonly BoxRow[];
}

/** Around rows, in pixels. */
const rowPadding = { side: 10, top: 6, bottom: 8 };
const rowGap = 4;
const columnGap = 24;
/** How high rows may stand before they go on in another column. Ours. */
const columnHeight = 380;
const maxColumns = 2;

/** What stands at an arrow. Transitions that differ in their event alone are one entry. */
export function edgeLabel(transitions: readonly ChartTransition[]): TextBlock {
  const blocks = grouped(transitions).map(({ events, guard, actions }) =>
    flow(
      [
        ...events.map((text): Token => ({ kind: "event", text, isOnNewLine: true })),
        ...guardTokens(guard).map((token) => ({ ...token, isOnNewLine: true })),
        ...actionTokens(actions).map((token, index) => (index === 0 ? { ...token, isOnNewLine: true } : token)),
      ],
      labelFlow,
    ),
  );
  return stack(blocks, entryGap);
}

/**
 * What stands in a state's box below its name: what it does, and on what without an arrow. `nameOf` says how a state is called
 * that a listed transition goes to.
 */
export function stateRows(
  state: ChartState,
  listed: readonly ChartTransition[],
  nameOf: (id: string) => string,
): BoxRows {
  const { description, entry, exit, invocations } = state;
  const notes = description === null ? [] : [description.split(/\s+/).map((text): Token => ({ kind: "note", text }))];
  const doings = [
    ...notes,
    ...(entry.length === 0 ? [] : [[keyword("entry"), ...actionTokens(entry)]]),
    ...(exit.length === 0 ? [] : [[keyword("exit"), ...actionTokens(exit)]]),
    ...invocations.map(({ id, src }) => [keyword("invoke"), action(id === src ? src : `${src} as ${id}`)]),
  ];
  const texts = [
    ...doings.map((tokens) => ({ text: flow(tokens, rowFlow), transitions: [] })),
    ...branched(grouped(listed)).map((entries) => ({
      text: flow(
        entries.flatMap((item, index) => entryTokens(item, index, entries.length, nameOf)),
        rowFlow,
      ),
      transitions: entries.flatMap(({ transitions }) => transitions),
    })),
  ];
  return placeRows(texts, state.children.length > 0 ? maxColumns : 1);
}

function placeRows(texts: readonly Pick<BoxRow, "text" | "transitions">[], columns: number): BoxRows {
  if (texts.length === 0) return { width: 0, height: 0, rows: [] };
  const whole = texts.reduce((sum, { text }) => sum + text.height + rowGap, 0);
  const high = Math.max(columnHeight, whole / columns);
  const rows: BoxRow[] = [];
  let x = rowPadding.side;
  let y = rowPadding.top;
  let width = 0;
  let height = 0;
  for (const { text, transitions } of texts) {
    if (columns > 1 && y > rowPadding.top + high - text.height / 2) {
      x = width + columnGap;
      y = rowPadding.top;
    }
    rows.push({ x, y, text, transitions });
    y += text.height + rowGap;
    width = Math.max(width, x + text.width);
    height = Math.max(height, y);
  }
  return { width: width + rowPadding.side, height: height - rowGap + rowPadding.bottom, rows };
}

/** Entries of one event stand below each other, as branches. */
function branched(entries: readonly Entry[]): Entry[][] {
  const rows: Entry[][] = [];
  for (const entry of entries) {
    const last = rows.at(-1);
    if (last?.[0]?.events.join() === entry.events.join()) last.push(entry);
    else rows.push([entry]);
  }
  return rows;
}

function entryTokens(entry: Entry, index: number, count: number, nameOf: (id: string) => string): Token[] {
  const { events, guard, actions, target, isSelf } = entry;
  const named =
    index > 0
      ? []
      : events.map((text, place): Token => ({ kind: "event", text: place < events.length - 1 ? `${text},` : text }));
  const rest = [
    ...guardTokens(guard),
    ...actionTokens(actions),
    ...(isSelf ? [keyword("anew")] : []),
    ...(target === null || isSelf ? [] : [{ kind: "target", text: `→ ${nameOf(target)}` } as const]),
    ...(actions.length === 0 && target === null ? [keyword("nothing")] : []),
  ];
  const [first, ...others] = rest;
  return [...named, ...(first === undefined ? [] : [{ ...first, isIndented: count > 1 }]), ...others];
}

function keyword(text: string): Token {
  return { kind: "keyword", text };
}

function action(text: string): Token {
  return { kind: "action", text };
}

function guardTokens(guard: string | null): Token[] {
  return guard === null ? [] : [{ kind: "guard", text: `[${guard}]` }];
}

function actionTokens(actions: readonly string[]): Token[] {
  return actions.map((name, index) => {
    const end = index === actions.length - 1 ? "" : ",";
    return action(index === 0 ? `/ ${name}${end}` : `${name}${end}`);
  });
}

interface Entry {
  readonly events: string[];
  readonly guard: string | null;
  readonly actions: readonly string[];
  readonly target: string | null;
  readonly isSelf: boolean;
  readonly transitions: ChartTransition[];
}

/** Entries in order; events that do the same stand together where no other transition of them comes between. */
function grouped(transitions: readonly ChartTransition[]): Entry[] {
  const counts = new Map<string, number>();
  for (const { label } of transitions) counts.set(label, (counts.get(label) ?? 0) + 1);
  const entries = new Map<string, Entry>();
  for (const transition of transitions) {
    const { id, label, actions, source, targets, reenters } = transition;
    const guard = shownGuard(transition);
    const [target = null] = targets;
    const key = counts.get(label) === 1 ? JSON.stringify([guard, actions, target, reenters]) : id;
    const entry = entries.get(key) ?? {
      events: [],
      guard,
      actions,
      target,
      isSelf: target === source && reenters,
      transitions: [],
    };
    entry.events.push(label);
    entry.transitions.push(transition);
    entries.set(key, entry);
  }
  return [...entries.values()];
}
