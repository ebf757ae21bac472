import { h, type VNode } from "preact";
import type { SvgElement } from "../statechart/svg_element.ts";

/** A drawing as the page's own elements, without its style sheet: the page has one, and its policy allows no other. */
export function svgNodes({ tag, attributes, children }: SvgElement): VNode | null {
  if (tag === "style") return null;
  return h(
    tag,
    attributes,
    children.map((child) => (typeof child === "string" ? child : svgNodes(child))),
  ) as VNode;
}
