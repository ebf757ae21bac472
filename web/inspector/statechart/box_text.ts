import { shownGuard } from "./chart_edges.ts";
import type { ChartState, ChartTransition } from "./statechart.ts";
import { flow, stack, type TextBlock, type Token } from "./text_block.ts";

/** Where the lines of an arrow's label are broken. */
const maxLabelWidth = 150;
/** Where the lines in a state's box are broken. */
const maxRowWidth = 230;
const rowGap = 4;

/** What stands at an arrow. Transitions that differ in their event alone are one entry. */
export function edgeLabel(transitions: readonly ChartTransition[]): TextBlock {
  const blocks = grouped(transitions).map(({ events, guard, actions }) =>
    flow(
      [
        ...events.map((text): Token => ({ kind: "event", text, isOnNewLine: true })),
        ...guardTokens(guard).map((token) => ({ ...token, isOnNewLine: true })),
        ...actionTokens(actions).map((token, index) => (index === 0 ? { ...token, isOnNewLine: true } : token)),
      ],
      { maxWidth: maxLabelWidth, indent: 8 },
    ),
  );
  return stack(blocks, rowGap + 2);
}

/** What stands in a state's box below its name: what it does, and on what without leaving. */
export function stateRows(state: ChartState, listed: readonly ChartTransition[]): TextBlock[] {
  const { description, entry, exit, invocations } = state;
  const options = { maxWidth: maxRowWidth, indent: 12 };
  const notes = description === null ? [] : [description.split(/\s+/).map((text): Token => ({ kind: "note", text }))];
  return [
    ...notes,
    ...(entry.length === 0 ? [] : [[keyword("entry"), ...actionTokens(entry)]]),
    ...(exit.length === 0 ? [] : [[keyword("exit"), ...actionTokens(exit)]]),
    ...invocations.map(({ id, src }) => [keyword("invoke"), action(id === src ? src : `${src} as ${id}`)]),
    ...grouped(listed).map(({ events, guard, actions, isSelf }) => [
      ...(isSelf ? [keyword("again on")] : []),
      ...events.map((text): Token => ({ kind: "event", text })),
      ...guardTokens(guard),
      ...actionTokens(actions),
    ]),
  ].map((tokens) => flow(tokens, options));
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
  readonly isSelf: boolean;
}

/** Entries in order; events that do the same stand together where no other transition of them comes between. */
function grouped(transitions: readonly ChartTransition[]): Entry[] {
  const counts = new Map<string, number>();
  for (const { label } of transitions) counts.set(label, (counts.get(label) ?? 0) + 1);
  const entries = new Map<string, Entry>();
  for (const transition of transitions) {
    const { id, label, actions, targets } = transition;
    const guard = shownGuard(transition);
    const isSelf = targets.length > 0;
    const isAlone = counts.get(label) === 1;
    const key = isAlone ? JSON.stringify([guard, actions, isSelf]) : id;
    const entry = entries.get(key) ?? { events: [], guard, actions, isSelf };
    entry.events.push(label);
    entries.set(key, entry);
  }
  return [...entries.values()];
}
