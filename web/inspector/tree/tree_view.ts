import { h, type JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Inspector } from "../model/inspector.ts";
import type { LiveActor } from "../model/words_now.ts";
import { VirtualList } from "../shell/virtual_list.ts";
import { rowId, rowView } from "./row_view.ts";
import { type TreeMove, treeMove, typedAhead } from "./tree_keys.ts";
import type { TreeModel } from "./tree_model.ts";

const rowHeight = 26;
/** What is typed within this belongs together. Ours. */
const typingMs = 700;

/** All actors as a tree, of which only what is seen is there. */
export function TreeView({
  inspector,
  tree,
}: {
  readonly inspector: Inspector;
  readonly tree: TreeModel;
}): JSX.Element {
  // States are live.
  inspector.version.value;
  const typed = useRef({ text: "", at: 0 });
  const rows = tree.rows.value;
  const atKey = tree.atKey.value;
  const at = atKey === null ? -1 : rows.findIndex(({ key }) => key === atKey);
  const { actorId } = inspector.address.value;
  const act = (move: TreeMove | null): boolean => {
    if (move === null) return false;
    if (move.to !== undefined) tree.atKey.value = move.to;
    if (move.open !== undefined) tree.open(move.open.key, move.open.isOpen);
    if (move.isChosen === true && atKey !== null) inspector.select(atKey);
    return true;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const now = Date.now();
    const isTyping = typed.current.text !== "" && now - typed.current.at < typingMs;
    const move = event.key === " " && isTyping ? null : treeMove(rows, at, event.key);
    if (act(move)) event.preventDefault();
    else if (/^[\p{L}\p{N}]$/u.test(event.key)) {
      typed.current = { text: isTyping ? typed.current.text + event.key : event.key, at: now };
      if (act(typedAhead(rows, at, typed.current.text))) event.preventDefault();
      event.stopPropagation();
    }
  };
  const onClick = ({ target }: MouseEvent) => {
    const element = target as Element;
    const key = element.closest<HTMLElement>("[data-key]")?.dataset["key"];
    const row = rows.find((each) => each.key === key);
    if (row === undefined) return;
    tree.atKey.value = row.key;
    if (element.closest('[data-part="twist"]') !== null || row.actor === null) tree.open(row.key, !row.isOpen);
    else inspector.select(row.key);
  };
  return h(VirtualList, {
    count: rows.length,
    rowHeight,
    kept: at,
    className: "tree",
    attributes: {
      role: "tree",
      "aria-label": "Actors of the cluster",
      tabIndex: 0,
      ...(at < 0 || atKey === null ? {} : { "aria-activedescendant": rowId(atKey) }),
      onKeyDown,
      onClick,
      onDblClick: ({ target }: MouseEvent) => {
        const key = (target as Element).closest<HTMLElement>("[data-key]")?.dataset["key"];
        const row = rows.find((each) => each.key === key);
        if (row?.hasChildren === true && row.actor !== null) tree.open(row.key, !row.isOpen);
      },
    },
    row: (index, style) => {
      const row = rows[index];
      if (row === undefined) return h("div", { key: index, style });
      const isChosen = row.key === actorId;
      const systemOf = (actor: LiveActor) => (actor.rootId === actor.id ? inspector.record.systemOf(actor.id) : []);
      return rowView({ row, isAt: index === at, isChosen, systemOf, style });
    },
  });
}
