import type { ActorView } from "../model/actor_view.ts";
import { type LiveActor, wordsNow } from "../model/words_now.ts";
import { isNarrowed, isSought, type TreeFilter } from "./tree_filter.ts";

/** A line of the tree. */
export interface TreeRow {
  /** The id of its actor; of a heading without an actor `<node>/#<what>`. */
  readonly key: string;
  readonly actor: LiveActor | null;
  readonly label: string;
  /** Beside the label, softer. */
  readonly detail: string;
  /** From 1, as `aria-level`. */
  readonly level: number;
  /** Its place among those beside it, from 1, and how many they are. */
  readonly place: number;
  readonly count: number;
  readonly hasChildren: boolean;
  readonly isOpen: boolean;
  /** It is what is looked for; else it only leads there. */
  readonly isSought: boolean;
}

export interface TreeInput {
  readonly actors: Iterable<LiveActor>;
  /** Of a client or a track. */
  readonly nameOf: (id: string | undefined) => string | undefined;
  readonly filter: TreeFilter;
  /** Rows that were opened (true) or closed (false) by hand. */
  readonly opened: ReadonlyMap<string, boolean>;
}

interface Branch {
  readonly key: string;
  actor: LiveActor | null;
  readonly label: string;
  readonly children: Branch[];
}

/** So that a small cluster is seen whole. Ours. */
const maxOpenSessions = 8;

/** The lines of the tree from top to bottom: nodes, rooms in them, people in those, their peer connections, and what those consist of. */
export function treeRows(input: TreeInput): TreeRow[] {
  const roots = branchesOf(input);
  const isSmall = countOf(roots, "session") <= maxOpenSessions;
  const rows: TreeRow[] = [];
  const isSearching = isNarrowed(input.filter);
  const found = new Map<Branch, Found>();
  for (const root of roots) look(root, input, found);
  const walk = (branches: readonly Branch[], level: number) => {
    const shown = branches.filter((branch) => found.get(branch)?.isShown === true);
    for (const [index, branch] of shown.entries()) {
      const { key, actor, label, children } = branch;
      const { isSelf = false, isBelow = false } = found.get(branch) ?? {};
      const hasChildren = children.some((child) => found.get(child)?.isShown === true);
      const isOpen = hasChildren && (input.opened.get(key) ?? (isSearching ? isBelow : isOpenAnyway(branch, isSmall)));
      const [place, count] = [index + 1, shown.length];
      const detail = actor === null ? "" : detailOf(actor, input);
      rows.push({ key, actor, label, detail, level, place, count, hasChildren, isOpen, isSought: isSelf });
      if (isOpen) walk(children, level + 1);
    }
  };
  walk(roots, 1);
  return rows;
}

interface Found {
  readonly isSelf: boolean;
  readonly isBelow: boolean;
  readonly isShown: boolean;
}

/** What is shown: what is looked for, what leads there, and what is in it. */
function look(branch: Branch, input: TreeInput, found: Map<Branch, Found>, isWithin = false): Found {
  const { actor, children } = branch;
  const person = input.nameOf(personOf(actor));
  const inside = children.flatMap((child) => child.actor ?? []);
  const isSelf = actor !== null && isSought({ actor, person, words: wordsNow(actor, inside) }, input.filter);
  const isIn =
    isWithin || (isSelf && isNarrowed(input.filter) && input.filter.states.length + input.filter.kinds.length === 0);
  let isBelow = false;
  let isAnyShown = false;
  for (const child of children) {
    const below = look(child, input, found, isIn);
    if (below.isSelf || below.isBelow) isBelow = true;
    if (below.isShown) isAnyShown = true;
  }
  const isHidden = input.filter.isEndedHidden && actor?.endedAt !== undefined;
  const isShown = isSelf || isBelow || isAnyShown || (isIn && !isHidden);
  const result = { isSelf, isBelow, isShown };
  found.set(branch, result);
  return result;
}

function isOpenAnyway({ actor, key }: Branch, isSmall: boolean): boolean {
  if (actor === null) return key.includes("/#");
  return (
    actor.kind === "node" ||
    actor.kind === "room" ||
    (isSmall && actor.kind === "session" && actor.endedAt === undefined)
  );
}

function countOf(branches: readonly Branch[], kind: string): number {
  return branches.reduce(
    (sum, { actor, children }) => sum + (actor?.kind === kind ? 1 : 0) + countOf(children, kind),
    0,
  );
}

/** The forest of all that there is. */
function branchesOf({ actors, nameOf }: TreeInput): Branch[] {
  const byId = new Map<string, Branch>();
  for (const actor of actors) byId.set(actor.id, { key: actor.id, actor, label: labelOf(actor, nameOf), children: [] });
  const roots = new Map<string, Branch>();
  const headings = new Map<string, Branch>();
  const rootOf = (node: string): Branch => {
    const known = roots.get(node) ?? byId.get(`${node}/node`);
    const root = known ?? { key: `${node}/#node`, actor: null, label: node, children: [] };
    roots.set(node, root);
    return root;
  };
  const headingOf = (node: string, what: string, label: string): Branch => {
    const key = `${node}/#${what}`;
    const known = headings.get(key);
    if (known !== undefined) return known;
    const heading = { key, actor: null, label, children: [] };
    headings.set(key, heading);
    rootOf(node).children.push(heading);
    return heading;
  };
  const rooms = new Map<string, Branch[]>();
  for (const branch of byId.values()) {
    if (branch.actor?.kind !== "room") continue;
    const key = `${branch.actor.node}/${branch.actor.name}`;
    const sameName = rooms.get(key);
    if (sameName === undefined) rooms.set(key, [branch]);
    else sameName.push(branch);
  }
  const roomOf = ({ node, endedAt }: LiveActor, room: string): Branch =>
    roomAt(rooms.get(`${node}/${room}`) ?? [], endedAt) ?? headingOf(node, `room:${room}`, room);
  for (const branch of byId.values()) {
    const actor = branch.actor;
    if (actor === null) continue;
    if (actor.kind === "node") roots.set(actor.node, branch);
    else parentOf(actor, { byId, rootOf, headingOf, roomOf }).children.push(branch);
  }
  const all = [...roots.values()];
  for (const root of all) sort(root);
  return all.sort((a, b) => compare(a.label, b.label));
}

interface Places {
  readonly byId: ReadonlyMap<string, Branch>;
  readonly rootOf: (node: string) => Branch;
  readonly headingOf: (node: string, what: string, label: string) => Branch;
  readonly roomOf: (actor: LiveActor, room: string) => Branch;
}

/** Of rooms by one name, which was closed and opened anew, the one that was there at a moment; without a moment the newest. */
function roomAt(rooms: readonly Branch[], at = Number.POSITIVE_INFINITY): Branch | undefined {
  const startOf = ({ actor }: Branch) => actor?.startedAt ?? 0;
  const byStart = rooms.toSorted((a, b) => startOf(a) - startOf(b));
  return byStart.findLast((branch) => startOf(branch) <= at) ?? byStart[0];
}

function parentOf(actor: LiveActor, { byId, rootOf, headingOf, roomOf }: Places): Branch {
  const { kind, node, room, peers, parentId } = actor;
  if (kind === "session")
    return room === undefined ? headingOf(node, "lobby", "Outside of rooms") : roomOf(actor, room);
  if (kind === "room" || kind === "busLink") return rootOf(node);
  // With whom they are for: there one looks for why somebody sees nothing.
  if (kind === "subscription") {
    const session = byId.get(`${node}/session:${peers[0] ?? ""}`);
    return session ?? (room === undefined ? rootOf(node) : roomOf(actor, room));
  }
  const parent = parentId === undefined ? undefined : byId.get(parentId);
  return parent ?? (room === undefined ? rootOf(node) : roomOf(actor, room));
}

const order = [
  "busLink",
  "room",
  "heading",
  "session",
  "peer",
  "negotiation",
  "connectivity",
  "subscription",
  "remotePart",
];

/** Kinds in their order, who lives first, then by name. */
function sort(branch: Branch): void {
  const rank = ({ actor }: Branch) => order.indexOf(actor?.kind ?? "heading");
  branch.children.sort((a, b) => {
    const [endA, endB] = [a.actor?.endedAt === undefined ? 0 : 1, b.actor?.endedAt === undefined ? 0 : 1];
    return rank(a) - rank(b) || endA - endB || compare(a.label, b.label);
  });
  for (const child of branch.children) sort(child);
}

const collator = new Intl.Collator("en", { numeric: true });

function compare(a: string, b: string): number {
  return collator.compare(a, b);
}

function personOf(actor: LiveActor | null): string | undefined {
  return actor?.kind === "subscription" ? actor.peers[1] : actor?.peers[0];
}

/** What an actor is called in the tree. */
export function labelOf(actor: ActorView, nameOf: TreeInput["nameOf"]): string {
  switch (actor.kind) {
    case "node":
      return actor.node;
    case "session":
      return nameOf(actor.peers[0]) ?? actor.name;
    case "peer":
      return `Connection ${/-(\d+)$/.exec(actor.name)?.[1] ?? actor.name}`;
    case "negotiation":
      return "Negotiation";
    case "connectivity":
      return "Connectivity";
    case "busLink":
      return "Bus";
    case "subscription":
      return `From ${nameOf(actor.peers[1]) ?? actor.peers[1] ?? actor.name}`;
    case "remotePart":
      return "Room on another node";
    default:
      return actor.name;
  }
}

/** What a subscription's track shows: its source, "camera". */
function trackOf({ state }: LiveActor, nameOf: TreeInput["nameOf"]): string | undefined {
  const { trackId } = (state.context ?? {}) as { readonly trackId?: string };
  return nameOf(trackId);
}

/** Who is in a room on another node, which says only the start of that node by itself. */
function membersOf({ state }: LiveActor, nameOf: TreeInput["nameOf"]): readonly string[] {
  const { peers } = (state.context ?? {}) as { readonly peers?: unknown };
  return typeof peers === "object" && peers !== null ? Object.keys(peers).map((id) => nameOf(id) ?? id) : [];
}

function detailOf(actor: LiveActor, { nameOf }: TreeInput): string {
  switch (actor.kind) {
    case "session":
      return nameOf(actor.peers[0]) === undefined ? "" : actor.name;
    case "room":
      return "room";
    case "node":
      return "node";
    case "subscription":
      return [trackOf(actor, nameOf), actor.name.slice(actor.name.lastIndexOf("-") + 1)].join(" ").trim();
    case "remotePart":
      return membersOf(actor, nameOf).join(", ");
    default:
      return "";
  }
}
