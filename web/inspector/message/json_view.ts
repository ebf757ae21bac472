import { h, type JSX } from "preact";
import { redactedText } from "./redacted_text.ts";

/** So many entries of one object or array are shown. Ours: a room of a thousand is not read line by line. */
const maxEntries = 200;
/** Levels that are open at first. */
const openDepth = 2;
/** Texts longer than this are shown by their beginning; a description has a view of its own. */
const maxText = 400;

/** A value as a tree to unfold. */
export function JsonView({
  name,
  value,
  depth = 0,
}: {
  readonly name?: string;
  readonly value: unknown;
  readonly depth?: number;
}): JSX.Element {
  const key = name === undefined ? null : h("span", { class: "json-key" }, name);
  if (typeof value !== "object" || value === null) return h("div", { class: "json-leaf" }, key, leaf(value));
  const entries = Object.entries(value);
  const isList = Array.isArray(value);
  if (entries.length === 0)
    return h("div", { class: "json-leaf" }, key, h("span", { class: "json-none" }, isList ? "[ ]" : "{ }"));
  const count = isList ? `${entries.length} ${entries.length === 1 ? "item" : "items"}` : summary(entries);
  const inside = entries
    .slice(0, maxEntries)
    .map(([each, inner]) => h(JsonView, { key: each, name: each, value: inner, depth: depth + 1 }));
  const rest = entries.length - maxEntries;
  const more = rest > 0 ? h("div", { class: "json-leaf json-none" }, `${rest} more`) : null;
  // The event itself needs no fold.
  if (name === undefined) return h("div", { class: "json" }, inside, more);
  return h(
    "details",
    { class: "json-node", open: depth < openDepth },
    h("summary", null, key, h("span", { class: "json-none" }, count)),
    inside,
    more,
  );
}

function summary(entries: readonly (readonly [string, unknown])[]): string {
  const names = entries.slice(0, 4).map(([each]) => each);
  return `{ ${names.join(", ")}${entries.length > 4 ? ", …" : ""} }`;
}

function leaf(value: unknown): JSX.Element {
  if (typeof value !== "string")
    return h("span", { class: `json-${value === null ? "null" : typeof value}` }, String(value));
  const lines = value.split(/\r\n|\n/).length;
  if (lines > 2) return h("span", { class: "json-none" }, `text of ${lines - 1} lines`);
  const shown = value.length > maxText ? `${value.slice(0, maxText)}…` : value;
  return h("span", { class: "json-string" }, value === "" ? '""' : redactedText(shown));
}
