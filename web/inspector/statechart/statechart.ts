/** What a state can be (SCXML 3.3 to 3.10, in XState's words). */
export type StateType = "atomic" | "compound" | "parallel" | "final" | "history";

/** An actor that lives as long as the state is active. */
export interface ChartInvocation {
  readonly id: string;
  readonly src: string;
}

/** One state with all that is in it. */
export interface ChartState {
  /** As XState names it: the keys from the machine's id on, with dots, or the `id` that the state was given. */
  readonly id: string;
  readonly key: string;
  readonly type: StateType;
  /** The id of the state that is entered with it; of a compound state only. */
  readonly initial: string | null;
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  readonly invocations: readonly ChartInvocation[];
  readonly tags: readonly string[];
  readonly description: string | null;
  readonly children: readonly ChartState[];
}

/** One way from a state to others, or one thing that it does without leaving. */
export interface ChartTransition {
  /** Of its source, its event and its place among those of both: `peer.open|peer.closed|1`. */
  readonly id: string;
  /** A state's id. */
  readonly source: string;
  /** States' ids; none when it stays where it is. */
  readonly targets: readonly string[];
  /** As XState names it: `remote.offered`, `xstate.after.answerTimeout.negotiation.…`; empty when it needs none. */
  readonly event: string;
  /** The event as a reader knows it: `remote.offered`, `after answerTimeout`, `always`. */
  readonly label: string;
  /** Its place among those of the same source and event: the first whose guard holds is taken. */
  readonly index: number;
  readonly guard: string | null;
  readonly actions: readonly string[];
  /** It leaves and enters its source anew. */
  readonly reenters: boolean;
  readonly description: string | null;
}

/** A machine as it is drawn; JSON-safe. */
export interface Statechart {
  readonly root: ChartState;
  /** Of all states, outer ones first, in the order in which they are tried. */
  readonly transitions: readonly ChartTransition[];
}

/** Every state of `state`, itself first. */
export function statesIn(state: ChartState): ChartState[] {
  return [state, ...state.children.flatMap(statesIn)];
}

/** How a transition is named: `index` counts those of the same source and event. */
export function transitionId(source: string, event: string, index: number): string {
  return `${source}|${event}|${index}`;
}
