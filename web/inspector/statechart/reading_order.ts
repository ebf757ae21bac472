import { type ChartState, type Statechart, statesIn } from "./statechart.ts";

/**
 * Says of an arrow whether it goes back in the order in which a chart is read: from where a state begins on, what is fewer steps away
 * first, and what was written first; ends last. An arrow from an inner state to one around it goes back.
 */
export function readingOrder(chart: Statechart): (source: string, target: string) => boolean {
  const paths = new Map<string, readonly string[]>();
  notePaths(chart.root, [], paths);
  const pathOf = (id: string) => paths.get(id) ?? [];
  const ranks = new Map<string, number>();
  for (const state of statesIn(chart.root)) {
    const depth = pathOf(state.id).length;
    const arrows = chart.transitions.flatMap(({ source, targets }) => {
      const from = pathOf(source);
      if (!from.includes(state.id)) return [];
      // From the state itself, or from one of its children, to one of them.
      return targets.map((target) => ({ from: from[depth] ?? state.initial, to: pathOf(target)[depth] }));
    });
    for (const [index, id] of ranked(state, arrows).entries()) ranks.set(id, index);
  }
  return (source, target) => {
    const from = pathOf(source);
    const to = pathOf(target);
    const fork = from.findIndex((id, index) => id !== to[index]);
    if (fork === -1) return false;
    const end = to[fork];
    return end === undefined || (ranks.get(from[fork] ?? "") ?? 0) > (ranks.get(end) ?? 0);
  };
}

/** Of each state, the ids on the way to it, its own last. */
function notePaths(state: ChartState, above: readonly string[], paths: Map<string, readonly string[]>): void {
  const path = [...above, state.id];
  paths.set(state.id, path);
  for (const child of state.children) notePaths(child, path, paths);
}

interface Arrow {
  readonly from: string | null | undefined;
  readonly to: string | undefined;
}

/** The children of a state, by how many arrows there are from where it begins; ends last. */
function ranked(state: ChartState, arrows: readonly Arrow[]): string[] {
  const all = state.children.map(({ id }) => id);
  const begin = all.find((id) => state.initial === id || state.initial?.startsWith(`${id}.`)) ?? all[0];
  const reached = new Set(begin === undefined ? [] : [begin]);
  let size = -1;
  while (size !== reached.size) {
    size = reached.size;
    const now = new Set(reached);
    // By the order in which they are written, not that of the arrows.
    for (const id of all) if (arrows.some(({ from, to }) => to === id && now.has(from ?? ""))) reached.add(id);
  }
  const order = [...reached, ...all.filter((id) => !reached.has(id))];
  const ends = new Set(state.children.filter(({ type }) => type === "final").map(({ id }) => id));
  return [...order.filter((id) => !ends.has(id)), ...order.filter((id) => ends.has(id))];
}
