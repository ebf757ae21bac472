import { h, type JSX } from "preact";
import { type StateWords, tones } from "../model/state_words.ts";
import { type LiveActor, wordsNow } from "../model/words_now.ts";
import { icon } from "../shell/icons.ts";
import { stateMark } from "../shell/state_mark.ts";
import type { TreeRow } from "./tree_rows.ts";

export interface RowProps {
  readonly row: TreeRow;
  readonly isAt: boolean;
  readonly isChosen: boolean;
  /** What is in an actor's system. */
  readonly systemOf: (actor: LiveActor) => readonly LiveActor[];
  readonly style: { readonly transform: string };
}

/** A line of the tree. What is clicked in it is told by `data-part`. */
export function rowView({ row, isAt, isChosen, systemOf, style }: RowProps): JSX.Element {
  const { key, actor, label, detail, level, place, count, hasChildren, isOpen, isSought } = row;
  const system = actor === null ? [] : systemOf(actor);
  const words = actor === null ? null : wordsNow(actor, system);
  const within = actor !== null && !isOpen && hasChildren && words?.tone !== "bad" ? worstWithin(actor, system) : null;
  const classes = ["row", `kind-${actor?.kind ?? "heading"}`];
  if (isAt) classes.push("at");
  if (!isSought && actor !== null) classes.push("aside");
  if (actor?.endedAt !== undefined) classes.push("ended");
  return h(
    "div",
    {
      key,
      id: rowId(key),
      class: classes.join(" "),
      role: "treeitem",
      "aria-level": level,
      "aria-posinset": place,
      "aria-setsize": count,
      "aria-selected": isChosen,
      ...(hasChildren ? { "aria-expanded": isOpen } : {}),
      "data-key": key,
      style: { ...style, paddingLeft: `${(level - 1) * 14 + 6}px` },
    },
    h(
      "span",
      { class: "twist", "data-part": "twist", "data-open": String(isOpen) },
      hasChildren ? icon("chevron") : null,
    ),
    h("span", { class: "label" }, label),
    detail === "" ? null : h("span", { class: "detail" }, detail),
    h("span", { class: "space" }),
    within === null ? null : stateMark(within),
    words === null ? null : stateMark(words),
  );
}

/** The id of a row's element; keys hold whatever rooms are called. */
export function rowId(key: string): string {
  return `row-${key.replaceAll(/\s/g, "_")}`;
}

/** What is worst in a session or a peer connection that lives; null when there is nothing to tell. */
function worstWithin(actor: LiveActor, system: readonly LiveActor[]): StateWords | null {
  if (actor.kind !== "session" && actor.kind !== "peer") return null;
  let worst: StateWords | null = null;
  for (const each of system) {
    if (each.kind !== "peer" || each === actor || each.endedAt !== undefined) continue;
    const words = wordsNow(each, []);
    if (worst === null || tones.indexOf(words.tone) < tones.indexOf(worst.tone)) worst = words;
  }
  return worst;
}
