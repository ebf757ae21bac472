import { type ChartState, type ChartTransition, type Statechart, statesIn } from "./statechart.ts";

/** An arrow: all transitions from one state to another. */
export interface ChartEdge {
  readonly source: string;
  readonly target: string;
  readonly transitions: readonly ChartTransition[];
}

/** What all states of a parent but the target do alike is one arrow, from `parent`'s sign for any other of its states. */
export interface SharedEdge {
  readonly parent: string;
  readonly target: string;
  /** One for each state that the arrow stands for, all alike. */
  readonly transitions: readonly ChartTransition[];
}

/** The transitions of a chart, by how they are shown. */
export interface ChartEdges {
  readonly edges: readonly ChartEdge[];
  readonly shared: readonly SharedEdge[];
  /** By the id of the state: those that stay where they are or that many states have, which are listed in its box. */
  readonly listed: ReadonlyMap<string, readonly ChartTransition[]>;
}

/** From how many states an arrow is shared; two are drawn. Ours. */
const minShared = 3;
/** From how many states one and the same transition is listed in their boxes: so many arrows say less than the words. Ours. */
const minListed = 5;

/** Sorts the transitions of a chart by how they are shown. */
export function chartEdges(chart: Statechart): ChartEdges {
  const shared = statesIn(chart.root).flatMap((state) => sharedWithin(state, chart.transitions));
  const sharedIds = new Set(shared.flatMap(({ transitions }) => transitions.map(({ id }) => id)));
  const common = commonTransitions(chart.transitions.filter(({ id }) => !sharedIds.has(id)));
  const listed = new Map<string, ChartTransition[]>();
  const edges = new Map<string, ChartEdge & { transitions: ChartTransition[] }>();
  for (const transition of chart.transitions) {
    const { source, targets } = transition;
    if (sharedIds.has(transition.id)) continue;
    const isListed = targets.every((target) => target === source) || common.has(transition.id);
    if (isListed) listed.set(source, [...(listed.get(source) ?? []), transition]);
    for (const target of isListed ? [] : targets) {
      const key = `${source}|${target}`;
      const edge = edges.get(key) ?? { source, target, transitions: [] };
      edge.transitions.push(transition);
      edges.set(key, edge);
    }
  }
  return { edges: [...edges.values()], shared, listed };
}

/** The ids of those that many states have, wherever they are. */
function commonTransitions(transitions: readonly ChartTransition[]): Set<string> {
  const groups = new Map<string, ChartTransition[]>();
  for (const transition of transitions) {
    const look = `${transition.targets.join()}|${lookOf(transition)}`;
    if (transition.targets.length === 1) groups.set(look, [...(groups.get(look) ?? []), transition]);
  }
  const many = [...groups.values()].filter((group) => new Set(group.map(({ source }) => source)).size >= minListed);
  return new Set(many.flat().map(({ id }) => id));
}

function sharedWithin(parent: ChartState, transitions: readonly ChartTransition[]): SharedEdge[] {
  const sources = parent.children.filter(({ type }) => type !== "final" && type !== "history").map(({ id }) => id);
  return parent.children.flatMap(({ id: target }) => {
    const others = sources.filter((id) => id !== target);
    if (others.length < minShared) return [];
    const groups = new Map<string, ChartTransition[]>();
    for (const transition of transitions) {
      if (!others.includes(transition.source) || transition.targets.join() !== target) continue;
      const look = lookOf(transition);
      groups.set(look, [...(groups.get(look) ?? []), transition]);
    }
    return [...groups.values()]
      .filter((group) => new Set(group.map(({ source }) => source)).size === others.length)
      .map((group) => ({ parent: parent.id, target, transitions: group }));
  });
}

/** What two transitions have in common that are written alike. */
function lookOf(transition: ChartTransition): string {
  const { label, actions, reenters } = transition;
  return JSON.stringify([label, shownGuard(transition), actions, reenters]);
}

/** A transition without a guard that others come before is taken else (UML 2.5.1, 14.2.3.9). */
export function shownGuard({ guard, index }: ChartTransition): string | null {
  return guard ?? (index > 0 ? "else" : null);
}
