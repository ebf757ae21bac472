import { expect, test } from "vitest";
import { definitionOf } from "../../../../machines/machine_definition.ts";
import { subscriptionMachine } from "../../../../machines/subscription_machine.ts";
import { describeMachine } from "../../../../web/inspector/statechart/describe_machine.ts";
import { type DrawingOptions, drawStatechart } from "../../../../web/inspector/statechart/draw_statechart.ts";
import { layOutStatechart } from "../../../../web/inspector/statechart/lay_out_statechart.ts";
import { transitionId } from "../../../../web/inspector/statechart/statechart.ts";
import { type SvgElement, svg, svgText } from "../../../../web/inspector/statechart/svg_element.ts";

const drawingTimeoutMs = 60_000;

async function draw(definition: unknown, options: DrawingOptions = {}): Promise<SvgElement> {
  return drawStatechart(await layOutStatechart(describeMachine(definition)), options);
}

const subscription = definitionOf(subscriptionMachine);

function elementsIn(element: SvgElement): SvgElement[] {
  return [element, ...element.children.flatMap((child) => (typeof child === "string" ? [] : elementsIn(child)))];
}

function textOf(element: SvgElement): string {
  return element.children.map((child) => (typeof child === "string" ? child : textOf(child))).join(" ");
}

/** The elements that have all of these classes. */
function find(drawing: SvgElement, ...classes: string[]): SvgElement[] {
  return elementsIn(drawing).filter(({ attributes }) => {
    const own = String(attributes["class"] ?? "").split(" ");
    return classes.every((name) => own.includes(name));
  });
}

/** What is wrong in XML of the kind that a drawing is: elements and text, nothing else. */
function xmlFaults(xml: string): string[] {
  const faults: string[] = [];
  const open: string[] = [];
  const tag = /<(\/?)([\w-]+)((?: [\w:-]+="[^"<]*")*)(\/?)>/g;
  const text = xml.replaceAll(tag, (_, isEnd: string, name: string, _attributes: string, isEmpty: string) => {
    if (isEnd === "/" && open.pop() !== name) faults.push(`</${name}> ends nothing`);
    if (isEnd === "" && isEmpty === "") open.push(name);
    return "";
  });
  if (open.length > 0) faults.push(`${open.join()} has no end`);
  if (/[<>]/.test(text)) faults.push("a bracket stands in text");
  if (/&(?!(?:amp|lt|gt|quot);)/.test(xml)) faults.push("an ampersand stands in text");
  return faults;
}

test("[CH8] text is text, whatever characters it has", () => {
  const element = svg("g", { "data-a": `"<&>'`, gone: null, n: 1 }, [
    svg("text", {}, ["</text><script>&amp;\u0000\u001b"]),
    null,
  ]);
  const xml = svgText(element);
  expect(xml).toBe(
    `<g data-a="&quot;&lt;&amp;&gt;'" n="1">\n<text>&lt;/text&gt;&lt;script&gt;&amp;amp;\ufffd\ufffd</text>\n</g>`,
  );
  expect(xmlFaults(xml)).toEqual([]);
});

test("[CH8] a drawing of names that are hostile is well-formed and says them", {
  timeout: drawingTimeoutMs,
}, async () => {
  const evil = `"><script>alert(1)</script>&`;
  const definition = {
    id: evil,
    initial: evil,
    states: {
      [evil]: {
        entry: evil,
        tags: [evil],
        description: evil,
        on: { [evil]: { target: "end", guard: evil, actions: [evil, evil] } },
      },
      end: { type: "final" },
    },
  };
  const drawing = await draw(definition, { title: evil, description: evil });
  const xml = svgText(drawing);
  expect(xmlFaults(xml)).toEqual([]);
  expect(xml).not.toContain("<script");
  expect(textOf(drawing)).toContain(evil);
  // The scan sees what it is there for.
  expect(xmlFaults(xml.replace("&lt;", "<"))).not.toEqual([]);
});

test("[CH8] a drawing is the same every time", { timeout: drawingTimeoutMs }, async () => {
  expect(svgText(await draw(subscription))).toBe(svgText(await draw(JSON.parse(JSON.stringify(subscription)))));
});

test("[CH8] a drawing says what a chart says", { timeout: drawingTimeoutMs }, async () => {
  const drawing = await draw(subscription, { title: "The title", description: "What it is" });
  const words = find(drawing, "event").map(textOf);
  for (const event of ["track.rejected", "peer.opened", "subscription.ended"]) expect(words).toContain(event);
  expect(find(drawing, "guard").map(textOf)).toContain("[not isPaused]");
  expect(find(drawing, "title").map(textOf).sort()).toEqual(
    ["active", "attached", "ended", "paused", "rejected", "requested", "subscription", "waiting"].sort(),
  );
  expect(drawing.children.slice(0, 2)).toEqual([svg("title", {}, ["The title"]), svg("desc", {}, ["What it is"])]);
  expect(find(drawing, "state", "final")).toHaveLength(1);
  expect(find(drawing, "initial")).toHaveLength(2);
});

test("[CH9] active states are marked, and no others", { timeout: drawingTimeoutMs }, async () => {
  const active = new Set(["subscription", "subscription.attached", "subscription.attached.paused"]);
  const marked = find(await draw(subscription, { active }), "active");
  expect(marked.map(({ attributes }) => attributes["data-state"])).toEqual([...active]);
  for (const state of marked) expect(textOf(state)).toMatch(/, active/);
  expect(find(await draw(subscription), "active")).toEqual([]);
});

test("[CH9] the last transition is marked on its arrow and its label", { timeout: drawingTimeoutMs }, async () => {
  const lastTransition = transitionId("subscription.attached.paused", "", 0);
  const marked = find(await draw(subscription, { lastTransition }), "last");
  expect(marked.map(({ attributes }) => attributes["class"])).toEqual(["edge last", "label last"]);
  expect(marked.map(textOf).join()).toContain("[not isPaused]");
  expect(find(await draw(subscription), "last")).toEqual([]);
});

test("[CH9] a last transition without an arrow is marked in its box", { timeout: drawingTimeoutMs }, async () => {
  const lastTransition = transitionId("subscription.attached", "layer.changed", 0);
  const [marked, ...others] = find(await draw(subscription, { lastTransition }), "last");
  expect(others).toEqual([]);
  expect(textOf(marked ?? expect.fail())).toContain("layer.changed");
});
