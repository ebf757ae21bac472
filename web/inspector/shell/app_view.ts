import { type FunctionComponent, h, type JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ChartLayouts } from "../chart/chart_layouts.ts";
import { ChartView } from "../chart/chart_view.ts";
import { StepsView } from "../chart/steps_view.ts";
import { MessageView } from "../message/message_view.ts";
import type { Inspector } from "../model/inspector.ts";
import type { ViewProps } from "../model/inspector_model.ts";
import type { TabName } from "../model/view_address.ts";
import { NetworkView } from "../network/network_view.ts";
import { SequenceView } from "../sequence/sequence_view.ts";
import { ContextView } from "../tabs/context_view.ts";
import { ExplainView } from "../tabs/explain_view.ts";
import { TimelineView } from "../timeline/timeline_view.ts";
import type { TreeModel } from "../tree/tree_model.ts";
import { isWritten, TreeSearchView } from "../tree/tree_search_view.ts";
import { TreeView } from "../tree/tree_view.ts";
import { AccessView } from "./access_view.ts";
import { HeaderView } from "./header_view.ts";
import type { LayoutMemory } from "./layout_sizes.ts";
import { Splitter } from "./splitter.ts";
import { StepBar, walk } from "./step_bar.ts";
import { TabsView } from "./tabs_view.ts";
// Has components follow the signals that they read.
import "@preact/signals";

/** What the page is made of. */
export interface AppProps {
  readonly inspector: Inspector;
  readonly tree: TreeModel;
  readonly layouts: ChartLayouts;
  readonly memory: LayoutMemory;
}

/** The page. */
export function AppView(props: AppProps): JSX.Element {
  const { inspector } = props;
  const { kind } = inspector.status.value;
  useEffect(() => listenForKeys(inspector), [inspector]);
  return h(
    "div",
    { class: "page" },
    h(HeaderView, { inspector }),
    kind === "unauthorized" || kind === "refused" ? h(AccessView, { inspector }) : h(Workbench, props),
  );
}

function Workbench({ inspector, tree, layouts, memory }: AppProps): JSX.Element {
  const sizes = memory.sizes.value;
  const { actorId } = inspector.address.value;
  // Where there is room for one of both, what was chosen has it.
  const [isFolded, setFolded] = useState(false);
  useEffect(() => setFolded(actorId !== null), [actorId]);
  return h(
    "main",
    { class: "workbench", style: { "--tree-width": `${sizes.tree}px`, "--timeline-height": `${sizes.timeline}px` } },
    h(
      "section",
      { class: `side${isFolded ? " folded" : ""}`, "aria-label": "Actors" },
      h(
        "button",
        { type: "button", class: "button unfold", "aria-expanded": !isFolded, onClick: () => setFolded(!isFolded) },
        "Actors",
      ),
      h(TreeSearchView, { inspector }),
      h(TreeStateView, { inspector, tree }),
      h(TreeView, { inspector, tree }),
    ),
    h(Splitter, {
      name: "Width of the tree",
      direction: "columns",
      size: sizes.tree,
      min: 220,
      max: 720,
      onSize: (size: number) => memory.set({ tree: size }),
    }),
    h(
      "section",
      { class: "middle", "aria-label": "What is looked at" },
      h(StepBar, { inspector }),
      h(TabsView, { inspector, panel: (tab: TabName) => panelOf(tab, inspector, layouts) }),
    ),
    h(
      "div",
      { class: "foot" },
      h(Splitter, {
        name: "Height of the timeline",
        direction: "rows",
        size: sizes.timeline,
        min: 80,
        max: 500,
        isAfter: true,
        onSize: (size: number) => memory.set({ timeline: size }),
      }),
      h("div", { class: "timeline-place" }, h(TimelineView, { model: inspector })),
    ),
  );
}

function panelOf(tab: TabName, inspector: Inspector, layouts: ChartLayouts): JSX.Element {
  switch (tab) {
    case "sequence":
      return h(SequenceView, { model: inspector });
    case "network":
      return h(NetworkView, { model: inspector });
    case "messages":
      return h(BesideSteps, { inspector, view: MessageView });
    case "context":
      return h(BesideSteps, { inspector, view: ContextView });
    case "explain":
      return h(ExplainView, { inspector });
    default:
      return h(ChartView, { model: inspector, layouts });
  }
}

/** A view of a moment beside the moments that there are. */
function BesideSteps({
  inspector,
  view,
}: {
  readonly inspector: Inspector;
  readonly view: FunctionComponent<ViewProps>;
}) {
  const { actor } = inspector.selected.value;
  return h(
    "div",
    { class: "beside-steps" },
    h("div", { class: "moment-view" }, h(view, { model: inspector })),
    actor === null ? null : h(StepsView, { model: inspector, actor, fits: null, about: null, onClear: nothing }),
  );
}

function nothing(): void {
  // All steps are shown: there is nothing to clear.
}

/** Says so where the tree is empty, and why. */
function TreeStateView({ inspector, tree }: Pick<AppProps, "inspector" | "tree">): JSX.Element | null {
  if (tree.rows.value.length > 0) return null;
  const isEmpty = inspector.actors.size === 0;
  const words = isEmpty
    ? inspector.isFilled.value
      ? "No actor fits what is asked for, or nothing is recorded (--max-recorded-events 0)."
      : "Nothing has come yet."
    : "Nothing in the tree fits.";
  return h("p", { class: "hint" }, words);
}

/** Keys that work wherever nothing is written. */
function listenForKeys(inspector: Inspector): () => void {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isWritten(event.target)) return;
    if (event.key === "p") inspector.follow(!inspector.isLive.peek());
    else if (event.key === "[") walk(inspector, -1);
    else if (event.key === "]") walk(inspector, 1);
    else if (event.key === "n") inspector.selectStep(null);
    else return;
    event.preventDefault();
  };
  addEventListener("keydown", onKeyDown);
  return () => removeEventListener("keydown", onKeyDown);
}
