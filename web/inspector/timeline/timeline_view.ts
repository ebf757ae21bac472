import { h, type JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { clockWords } from "../events/duration_words.ts";
import { labelOfEvent } from "../events/event_label.ts";
import { indexAtOrBefore, indexAtTime, orderSteps } from "../events/order_steps.ts";
import { recordedExtent } from "../events/recorded_extent.ts";
import type { ActorView } from "../model/actor_view.ts";
import type { InspectorModel, ViewProps } from "../model/inspector_model.ts";
import type { Step } from "../model/step.ts";
import { type Lane, lanesOf } from "./lanes.ts";
import { AxisView, LanesView, type StripLayout, xOf } from "./strip_view.ts";
import { clampWindow, panWindow, type StripWindow, wholeOf, windowShowing, zoomWindow } from "./strip_window.ts";
import { elapsedWords } from "./time_marks.ts";
import { timeScale } from "./time_scale.ts";
import { timelineKey } from "./timeline_keys.ts";
import { timelineScope } from "./timeline_scope.ts";

/** What happened over time, to scrub through: a lane of states for each actor, with its events. */
export function TimelineView({ model }: ViewProps): JSX.Element {
  const version = model.version.value;
  const { actor } = model.selected.value;
  const scope = useMemo(() => (actor === null ? null : timelineScope(model, actor)), [actor, version]);
  const extent = scope === null ? "" : recordedExtent(scope.actors);
  const lanes = useMemo(() => (scope === null ? [] : lanesOf(scope.actors, scope.nameOf)), [extent]);
  const steps = useMemo(() => (scope === null ? [] : orderSteps(scope.actors)), [extent]);
  if (actor === null) return h("p", { class: "view-empty" }, "Choose a client, a peer connection or a room.");
  if (steps.length === 0) return h("p", { class: "view-empty" }, "Nothing was recorded of it.");
  return h(TimelineStrip, { key: actor.rootId, model, actor, lanes, steps });
}

interface StripProps {
  readonly model: InspectorModel;
  readonly actor: ActorView;
  readonly lanes: readonly Lane[];
  readonly steps: readonly Step[];
}

function TimelineStrip({ model, actor, lanes, steps }: StripProps): JSX.Element {
  const { step: selected } = model.selected.value;
  const isNow = selected === null;
  const strip = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  const [isTrue, setTrue] = useState(false);
  /** Null for all of it, however long it gets. */
  const [zoomed, setZoomed] = useState<StripWindow | null>(null);
  const [brush, setBrush] = useState<readonly [number, number] | null>(null);
  const scale = useMemo(
    () =>
      timeScale(
        steps.map(({ at }) => at),
        isTrue,
      ),
    [steps, isTrue],
  );
  useLayoutEffect(() => {
    const element = strip.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, []);

  const whole = wholeOf(scale.length);
  const index = selected === null ? steps.length - 1 : Math.max(0, indexAtOrBefore(steps, selected));
  const current = steps[index];
  const place = current === undefined ? 0 : scale.place(current.at);
  // What is looked at stays in sight: the newest while what comes is shown.
  const window = zoomed === null ? whole : windowShowing(clampWindow(zoomed, scale.length), place, scale.length);
  const layout: StripLayout = { scale, window, width };
  const zoom = (factor: number, anchor = place) => {
    const next = zoomWindow(window, { factor, anchor, length: scale.length });
    setZoomed(next.from <= 0 && next.to >= whole.to ? null : next);
  };
  const placeAt = (x: number) => window.from + (x / width) * (window.to - window.from);
  const scrubTo = (x: number) => {
    const found = steps[Math.max(0, indexAtTime(steps, scale.at(placeAt(x))))];
    if (found !== undefined) model.selectStep(found);
  };
  const xOfEvent = (event: PointerEvent | WheelEvent) =>
    Math.min(Math.max(event.clientX - (strip.current?.getBoundingClientRect().left ?? 0), 0), width);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const pressed = timelineKey(event, index, steps.length);
    if (pressed === null) return;
    event.preventDefault();
    if (pressed.kind === "step") model.selectStep(steps[pressed.index] ?? null);
    else if (pressed.kind === "now") model.selectStep(isNow ? (current ?? null) : null);
    else if (pressed.kind === "zoom") zoom(pressed.factor);
    else setZoomed(null);
  };
  const onPointerDown = (event: PointerEvent & { readonly currentTarget: HTMLElement }) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const x = xOfEvent(event);
    const isOnAxis = event.target instanceof Element && event.target.closest(".time-axis") !== null;
    if (isOnAxis || event.shiftKey) setBrush([x, x]);
    else scrubTo(x);
  };
  const onPointerMove = (event: PointerEvent & { readonly currentTarget: HTMLElement }) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const x = xOfEvent(event);
    if (brush === null) scrubTo(x);
    else setBrush([brush[0], x]);
  };
  const onPointerUp = () => {
    if (brush === null) return;
    setBrush(null);
    const [from, to] = brush.toSorted((a, b) => a - b);
    // A click is no brush.
    if (from === undefined || to === undefined || to - from < 4) return;
    setZoomed(clampWindow({ from: placeAt(from), to: placeAt(to) }, scale.length));
  };
  const onWheel = (event: WheelEvent) => {
    if (event.ctrlKey || event.metaKey) zoom(event.deltaY < 0 ? 1.25 : 0.8, placeAt(xOfEvent(event)));
    else if (event.deltaX !== 0 && zoomed !== null)
      setZoomed(panWindow(window, (event.deltaX / width) * (window.to - window.from), scale.length));
    else return;
    event.preventDefault();
  };

  const playhead = isNow || current === undefined ? null : xOf(layout, current.at);
  const said = current === undefined ? "" : momentWords(current, steps);
  return h(
    "section",
    { class: "time", "aria-label": "Timeline" },
    h(
      "header",
      { class: "time-bar-tools" },
      h(
        "button",
        {
          type: "button",
          class: "time-now",
          "aria-pressed": isNow,
          title: "Back to now (n)",
          onClick: () => model.selectStep(null),
        },
        "Now",
      ),
      h("span", { class: "time-said" }, h("b", null, `${index + 1} / ${steps.length}`), ` ${said}`),
      h(
        "span",
        { class: "time-zoom", role: "group", "aria-label": "Zoom" },
        toolButton("−", "Farther (-)", () => zoom(1 / 1.6)),
        toolButton("+", "Closer (+)", () => zoom(1.6)),
        toolButton("All", "All of it (0)", () => setZoomed(null)),
        h(
          "button",
          {
            type: "button",
            "aria-pressed": isTrue,
            title: "Draw pauses as long as they were",
            onClick: () => {
              setTrue(!isTrue);
              setZoomed(null);
            },
          },
          "To scale",
        ),
      ),
    ),
    h(
      "div",
      { class: "time-scroll" },
      h(
        "div",
        { class: "time-names", "aria-hidden": true },
        h("span", { class: "time-corner" }),
        lanes.map(({ key, actorId, actor: name, region }) =>
          h(
            "span",
            { key, class: actorId === actor.id ? "is-chosen" : "", title: [name, region].join(" ").trim() },
            h("b", null, name),
            h("i", null, region),
          ),
        ),
      ),
      h(
        "div",
        {
          ref: strip,
          class: "time-strip",
          role: "slider",
          tabIndex: 0,
          "aria-label": "Moment that is looked at",
          "aria-orientation": "horizontal",
          "aria-valuemin": 1,
          "aria-valuemax": steps.length,
          "aria-valuenow": index + 1,
          "aria-valuetext": isNow ? `now, ${said}` : said,
          onKeyDown,
          onPointerDown,
          onPointerMove,
          onPointerUp,
          onPointerCancel: () => setBrush(null),
          onDblClick: () => setZoomed(null),
          onWheel,
        },
        h(AxisView, { layout }),
        h(LanesView, { lanes, layout, playhead }),
        brush === null
          ? null
          : h("span", {
              class: "time-brush",
              style: { left: `${Math.min(...brush)}px`, width: `${Math.abs(brush[1] - brush[0])}px` },
            }),
      ),
    ),
  );
}

function toolButton(text: string, title: string, onClick: () => void): JSX.Element {
  return h("button", { type: "button", title, "aria-label": title, onClick }, text);
}

function momentWords(step: Step, steps: readonly Step[]): string {
  const ms = step.at - (steps[0]?.at ?? step.at);
  return `${labelOfEvent(step.event)} at ${elapsedWords(ms, 1)}, ${clockWords(step.at)}`;
}
