import { type ChartState, type ChartTransition, type Statechart, statesIn } from "../statechart/statechart.ts";
import { activeStates } from "./active_states.ts";

/** What happened to a machine. */
export interface Happening {
  /** State values. */
  readonly before: unknown;
  readonly after: unknown;
  readonly eventType: string;
}

/**
 * The transition that an event made a machine take; null when it took none. Nobody says which: it is one of a state that was
 * active, innermost first, whose targets are active after it. Of those that differ in guards alone it is the first; where the machine went
 * on at once, by an `always`, the first that leads anywhere.
 */
export function takenTransition(chart: Statechart, { before, after, eventType }: Happening): ChartTransition | null {
  const [was, is] = [activeStates(chart.root, before), activeStates(chart.root, after)];
  const depths = depthsOf(chart.root);
  const candidates = chart.transitions
    .filter(({ source, event }) => was.has(source) && event !== "" && isFor(event, eventType))
    .toSorted((a, b) => (depths.get(b.source) ?? 0) - (depths.get(a.source) ?? 0));
  const didMove = !isSame(was, is);
  const fits = ({ targets }: ChartTransition) =>
    targets.length === 0 ? !didMove : targets.every((target) => is.has(target));
  const moving = candidates.filter(({ source, targets }) =>
    targets.some((target) => target !== source && !was.has(target)),
  );
  if (!didMove) return candidates.find(fits) ?? null;
  return moving.find(fits) ?? candidates.find(({ targets }) => targets.length > 0) ?? null;
}

/** Whether a descriptor is for an event: the same, `*`, or `a.*`. */
function isFor(descriptor: string, eventType: string): boolean {
  if (descriptor === "*" || descriptor === eventType) return true;
  return descriptor.endsWith(".*") && eventType.startsWith(descriptor.slice(0, -1));
}

function depthsOf(root: ChartState): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  const enter = (state: ChartState, depth: number): void => {
    depths.set(state.id, depth);
    for (const child of state.children) enter(child, depth + 1);
  };
  enter(root, 0);
  return depths;
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id));
}

/** The transitions that have the same look as one: those of one arrow or one line. */
export function statesNamed(chart: Statechart): ReadonlyMap<string, ChartState> {
  return new Map(statesIn(chart.root).map((state) => [state.id, state]));
}
