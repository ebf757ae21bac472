import type { LayoutOptions } from "elkjs/lib/elk-api.js";

const spacing = {
  "elk.spacing.nodeNode": "22",
  "elk.spacing.edgeNode": "14",
  "elk.spacing.edgeEdge": "10",
  "elk.spacing.edgeLabel": "4",
  "elk.spacing.labelNode": "8",
  "elk.spacing.labelLabel": "6",
  "elk.layered.spacing.nodeNodeBetweenLayers": "26",
  "elk.layered.spacing.edgeNodeBetweenLayers": "14",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "10",
};

/** Between a state's edge and what lies in it, in pixels. */
const innerPadding = 18;

/** How ELK lays out a chart as a whole (https://eclipse.dev/elk/reference/algorithms/org-eclipse-elk-layered.html). */
export function layoutOptions(direction: "DOWN" | "RIGHT"): LayoutOptions {
  return {
    "elk.algorithm": "layered",
    "elk.direction": direction,
    "elk.hierarchyHandling": "INCLUDE_CHILDREN",
    "elk.edgeRouting": "ORTHOGONAL",
    "elk.json.shapeCoords": "ROOT",
    "elk.json.edgeCoords": "ROOT",
    "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
    "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
    "elk.layered.thoroughness": "20",
    "elk.randomSeed": "1",
    "elk.padding": "[top=0,left=0,bottom=0,right=0]",
    ...spacing,
  };
}

/** How a state with others in it is laid out: below a bar as high as `bar`, and no narrower. */
export function nestedOptions(bar: { readonly width: number; readonly height: number }): LayoutOptions {
  const top = bar.height + innerPadding;
  return {
    "elk.padding": `[top=${top},left=${innerPadding},bottom=${innerPadding},right=${innerPadding}]`,
    "elk.nodeSize.constraints": "MINIMUM_SIZE",
    "elk.nodeSize.minimum": `(${bar.width},${top})`,
    ...spacing,
  };
}
