import type { GraphEdge, GraphNode } from "./elk_graph.ts";

/** A rectangle in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A box, outer ones first. */
export interface PlacedNode {
  readonly node: GraphNode;
  readonly box: Box;
  /** How many states it lies in. */
  readonly depth: number;
}

/** An arrow: its corners from its source to its target, and its label's place. */
export interface PlacedEdge {
  readonly edge: GraphEdge;
  readonly points: readonly Point[];
  readonly label: Box | null;
}

/** Where everything of a chart is. */
export interface StatechartLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

/** The same somewhere else, and deeper. */
export function movedLayout(layout: StatechartLayout, to: Point, deeper: number): StatechartLayout {
  const movedPoint = ({ x, y }: Point) => ({ x: x + to.x, y: y + to.y });
  const movedBox = (box: Box) => ({ ...box, ...movedPoint(box) });
  return {
    ...layout,
    nodes: layout.nodes.map(({ node, box, depth }) => ({ node, box: movedBox(box), depth: depth + deeper })),
    edges: layout.edges.map(({ edge, points, label }) => ({
      edge,
      points: points.map(movedPoint),
      label: label === null ? null : movedBox(label),
    })),
  };
}
