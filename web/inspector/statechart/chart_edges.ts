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
  /** By the id of the state: those that stay where they are, which are listed in its box. */
  readonly listed: ReadonlyMap<string, readonly ChartTransition[]>;
}

/** From how many states an arrow is shared; two are drawn. Ours. */
const minShared = 3;

/** Sorts the transitions of a chart by how they are shown. */
export function chartEdges(chart: Statechart): ChartEdges {
  const shared = statesIn(chart.root).flatMap((state) => sharedWithin(state, chart.transitions));
  const sharedIds = new Set(shared.flatMap(({ transitions }) => transitions.map(({ id }) => id)));
  const listed = new Map<string, ChartTransition[]>();
  const edges = new Map<string, ChartEdge & { transitions: ChartTransition[] }>();
  for (const transition of chart.transitions) {
    const { source, targets } = transition;
    if (sharedIds.has(transition.id)) continue;
    if (isListed(transition)) listed.set(source, [...(listed.get(source) ?? []), transition]);
    for (const target of isListed(transition) ? [] : targets) {
      const key = `${source}|${target}`;
      const edge = edges.get(key) ?? { source, target, transitions: [] };
      edge.transitions.push(transition);
      edges.set(key, edge);
    }
  }
  return { edges: [...edges.values()], shared, listed };
}

function isListed({ source, targets }: ChartTransition): boolean {
  return targets.every((target) => target === source);
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
