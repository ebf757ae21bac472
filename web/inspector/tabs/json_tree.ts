import { h, type JSX } from "preact";
import { redactedText } from "../message/redacted_text.ts";

export interface JsonTreeProps {
  readonly name: string;
  readonly value: unknown;
  /** What stood there before; the same value where nothing changed. */
  readonly before: unknown;
  /** Whether there was anything before to compare with. */
  readonly isCompared: boolean;
  readonly depth?: number;
}

/** What never changes, and is long. */
const folded = ["timeouts", "limits"];
/** Texts longer than this are shown by their beginning; a description has a view of its own. */
const maxText = 120;
/** So many entries of one object or array are shown. Ours: a room of a thousand is not read line by line. */
const maxEntries = 200;

/** A value as a tree that is folded and unfolded; what is another than before is marked, and says what it was. */
export function JsonTree({ name, value, before, isCompared, depth = 0 }: JsonTreeProps): JSX.Element {
  const isChanged = isCompared && value !== before;
  const changed = isChanged ? { "data-changed": "true" } : {};
  if (typeof value !== "object" || value === null)
    return h(
      "div",
      { class: "json-line", ...changed },
      h("span", { class: "json-key" }, name),
      scalar(value),
      isChanged ? h("span", { class: "json-was" }, "was ", scalar(before)) : null,
    );
  const entries = Object.entries(value);
  const isOpen = isChanged || (depth < 2 && entries.length > 0 && entries.length <= 24 && !folded.includes(name));
  return h(
    "details",
    { class: "json-branch", open: isOpen, ...changed },
    h(
      "summary",
      null,
      h("span", { class: "json-key" }, name),
      h("span", { class: "detail" }, sizeWords(value, entries.length)),
      isChanged ? h("span", { class: "json-mark" }, before === undefined ? "new" : "changed") : null,
    ),
    entries.slice(0, maxEntries).map(([key, inner]) =>
      h(JsonTree, {
        key,
        name: key,
        value: inner,
        before: within(before, key),
        isCompared: isChanged,
        depth: depth + 1,
      }),
    ),
    entries.length > maxEntries ? h("div", { class: "json-line detail" }, `${entries.length - maxEntries} more`) : null,
    isChanged ? goneFrom(before, value) : null,
  );
}

function goneFrom(before: unknown, value: object): JSX.Element[] {
  if (typeof before !== "object" || before === null) return [];
  return Object.keys(before)
    .filter((key) => !(key in value))
    .map((key) =>
      h(
        "div",
        { key: `gone-${key}`, class: "json-line", "data-changed": "true" },
        h("span", { class: "json-key" }, key),
        h("span", { class: "json-was" }, "gone, was ", scalar(within(before, key))),
      ),
    );
}

function within(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

/** Fields that say what an item of a list is. */
const naming = ["name", "id", "type"] as const;

function sizeWords(value: object, count: number): string {
  for (const field of naming) {
    const said = within(value, field);
    if (typeof said === "string" && said !== "") return said;
  }
  if (count === 0) return Array.isArray(value) ? "[ ]" : "{ }";
  return Array.isArray(value)
    ? `${count} ${count === 1 ? "item" : "items"}`
    : `${count} ${count === 1 ? "field" : "fields"}`;
}

function scalar(value: unknown): JSX.Element {
  if (typeof value === "string") {
    const isLong = value.length > maxText;
    const shown = isLong ? `${value.slice(0, maxText)}…` : value;
    return h("span", { class: "json-string", ...(isLong ? { title: value } : {}) }, '"', redactedText(shown), '"');
  }
  if (typeof value === "object" && value !== null)
    return h("span", { class: "detail" }, sizeWords(value, Object.keys(value).length));
  return h(
    "span",
    { class: `json-${value === null ? "null" : typeof value}` },
    value === undefined ? "nothing" : String(value),
  );
}
