import { h, type JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { icon } from "../shell/icons.ts";
import { drawStatechart } from "../statechart/draw_statechart.ts";
import type { StatechartLayout } from "../statechart/placed_chart.ts";
import type { ChartMarks } from "./chart_drawing.ts";
import { svgNodes } from "./svg_nodes.ts";
import { fitted, revealing, type Size, type Viewport, zoomed } from "./viewport.ts";

/** What is clicked in a chart. */
export type ChartTarget =
  | { readonly kind: "state"; readonly id: string }
  | { readonly kind: "transitions"; readonly ids: readonly string[] };

export interface ChartCanvasProps {
  readonly layout: StatechartLayout;
  readonly marks: ChartMarks;
  readonly title: string;
  readonly onClick: (target: ChartTarget | null) => void;
}

/** Below that a chart is not read any more: what is active is shown instead of the whole. Ours. */
const readableScale = 0.6;
/** How far a press of a key moves or grows a chart. */
const keyShift = 60;
const keyZoom = 1.25;
/** A hand that moves so little clicks, in pixels. */
const stillPixels = 4;

/** A statechart that is moved and zoomed: drag, wheel (with Ctrl it zooms), arrow keys, `+`, `-` and `0`. */
export function ChartCanvas({ layout, marks, title, onClick }: ChartCanvasProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const size = useRef<Size>({ width: 0, height: 0 });
  const [view, setView] = useState<Viewport>({ scale: 1, x: 0, y: 0 });
  const hand = useRef<{ readonly x: number; readonly y: number; isMoving: boolean } | null>(null);
  const boxes = useMemo(() => boxesOf(layout), [layout]);
  const showAll = () => setView(fitted(layout, size.current));
  const begin = () => {
    const whole = fitted(layout, size.current);
    if (whole.scale >= readableScale) setView(whole);
    else {
      const wanted = {
        scale: Math.min(1, Math.max(readableScale, (size.current.width - 24) / layout.width)),
        x: 12,
        y: 12,
      };
      setView(revealed(wanted));
    }
  };
  const revealed = (from: Viewport): Viewport => {
    const part = innermost(marks.active, boxes);
    return part === undefined ? from : revealing(from, part, size.current);
  };
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      const isFirst = size.current.width === 0;
      size.current = { width: element.clientWidth, height: element.clientHeight };
      if (isFirst) begin();
    });
    observer.observe(element);
    // Preact listens passively.
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      const at = { x: event.clientX - left, y: event.clientY - top };
      setView((last) =>
        event.ctrlKey || event.metaKey
          ? zoomed(last, Math.exp(-event.deltaY / 300), at)
          : { ...last, x: last.x - event.deltaX, y: last.y - event.deltaY },
      );
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      observer.disconnect();
      element.removeEventListener("wheel", onWheel);
    };
  }, []);
  useLayoutEffect(() => {
    if (size.current.width > 0) begin();
  }, [layout]);
  // Where the machine goes, the eye follows.
  useLayoutEffect(() => {
    if (size.current.width > 0) setView(revealed);
  }, [[...marks.active].join("|")]);
  const zoom = (factor: number) =>
    setView((last) => zoomed(last, factor, { x: size.current.width / 2, y: size.current.height / 2 }));
  const onKeyDown = (event: KeyboardEvent) => {
    const shift = keyShifts[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (shift !== undefined) setView((last) => ({ ...last, x: last.x - shift[0], y: last.y - shift[1] }));
    else if (event.key === "+" || event.key === "=") zoom(keyZoom);
    else if (event.key === "-") zoom(1 / keyZoom);
    else if (event.key === "0") showAll();
    else return;
    event.preventDefault();
  };
  const drawing = useMemo(
    () => svgNodes(drawStatechart(layout, { ...marks, title, hasTransitionIds: true })),
    [layout, [...marks.active].join("|"), marks.lastTransition, title],
  );
  const button = (name: string, drawn: JSX.Element, act: () => void) =>
    h("button", { type: "button", class: "tool", title: name, "aria-label": name, onClick: act }, drawn);
  return h(
    "div",
    { class: "chart" },
    h(
      "div",
      {
        ref: place,
        class: "chart-place",
        tabIndex: 0,
        role: "group",
        "aria-label": `${title}: move with the arrow keys, zoom with + and -`,
        onKeyDown,
        onPointerDown: (event: PointerEvent) => {
          if (event.button === 0)
            hand.current = { x: event.clientX - view.x, y: event.clientY - view.y, isMoving: false };
        },
        onPointerMove: (event: PointerEvent) => {
          const held = hand.current;
          if (held === null) return;
          const to = { x: event.clientX - held.x, y: event.clientY - held.y };
          if (!held.isMoving && Math.hypot(to.x - view.x, to.y - view.y) < stillPixels) return;
          if (!held.isMoving) (event.currentTarget as Element).setPointerCapture(event.pointerId);
          held.isMoving = true;
          setView((last) => ({ ...last, ...to }));
        },
        onPointerUp: (event: PointerEvent) => {
          const wasMoving = hand.current?.isMoving === true;
          hand.current = null;
          if (!wasMoving) onClick(targetOf(event.target as Element));
        },
        onPointerCancel: () => {
          hand.current = null;
        },
      },
      h(
        "div",
        { class: "chart-drawing", style: { transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})` } },
        drawing,
      ),
    ),
    h(
      "div",
      { class: "chart-tools", role: "group", "aria-label": "Zoom" },
      button("Zoom out", icon("minus"), () => zoom(1 / keyZoom)),
      h("span", { class: "chart-scale" }, `${Math.round(view.scale * 100)} %`),
      button("Zoom in", icon("plus"), () => zoom(keyZoom)),
      button("Show all of it", icon("fit"), showAll),
    ),
  );
}

const keyShifts: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-keyShift, 0],
  ArrowRight: [keyShift, 0],
  ArrowUp: [0, -keyShift],
  ArrowDown: [0, keyShift],
};

type Boxes = ReadonlyMap<string, { readonly x: number; readonly y: number; readonly depth: number } & Size>;

function boxesOf({ nodes }: StatechartLayout): Boxes {
  return new Map(
    nodes.flatMap(({ node, box, depth }) =>
      node.kind === "state" ? [[node.state.id, { ...box, depth }] as const] : [],
    ),
  );
}

/** The box of the active state that lies deepest. */
function innermost(active: ReadonlySet<string>, boxes: Boxes) {
  return [...active]
    .flatMap((id) => boxes.get(id) ?? [])
    .toSorted((a, b) => b.depth - a.depth)
    .at(0);
}

function targetOf(element: Element): ChartTarget | null {
  const transitions = element.closest<SVGElement>("[data-transitions]")?.dataset["transitions"];
  if (transitions !== undefined) return { kind: "transitions", ids: transitions.split("\n") };
  const state = element.closest<SVGElement>("[data-state]")?.dataset["state"];
  return state === undefined ? null : { kind: "state", id: state };
}
