/** What the server is asked for. */
export interface FeedFilter {
  readonly node: readonly string[];
  readonly room: readonly string[];
  readonly peer: readonly string[];
  readonly kind: readonly string[];
}

/** The tabs beside the tree, by the names in the address. */
export const tabNames = ["statechart", "sequence", "messages", "network", "explain", "context"] as const;
export type TabName = (typeof tabNames)[number];

/** Everything that a link brings back. */
export interface ViewAddress {
  readonly filter: FeedFilter;
  readonly actorId: string | null;
  /** `<node>:<seq>`; null is now. */
  readonly step: string | null;
  readonly tab: TabName;
  readonly search: string;
  /** States and kinds that the tree is narrowed to. */
  readonly states: readonly string[];
  readonly kinds: readonly string[];
  readonly isEndedHidden: boolean;
}

const filterNames = ["node", "room", "peer", "kind"] as const;

/** Reads an address; what in it is nothing's is passed over. */
export function readAddress({ search, hash }: Pick<Location, "search" | "hash">): ViewAddress {
  const query = new URLSearchParams(search);
  const view = new URLSearchParams(hash.replace(/^#/, ""));
  const filter = Object.fromEntries(
    filterNames.map((name) => [name, query.getAll(name).filter((value) => value !== "")]),
  ) as unknown as FeedFilter;
  const tab = view.get("tab");
  return {
    filter,
    actorId: textOf(view.get("actor")),
    step: textOf(view.get("step")),
    tab: tabNames.find((name) => name === tab) ?? "statechart",
    search: view.get("find") ?? "",
    states: view.getAll("state"),
    kinds: view.getAll("show"),
    isEndedHidden: view.get("ended") === "hidden",
  };
}

/** The query that goes to `/inspect`; "" when everything is wanted. */
export function feedQuery(filter: FeedFilter): string {
  const query = new URLSearchParams();
  for (const name of filterNames) for (const value of filter[name]) query.append(name, value);
  return query.toString();
}

/** An address as it is written, from the `?` on; what is as it is anyway is left out. */
export function writeAddress(address: ViewAddress): string {
  const view = new URLSearchParams();
  if (address.actorId !== null) view.set("actor", address.actorId);
  if (address.step !== null) view.set("step", address.step);
  if (address.tab !== "statechart") view.set("tab", address.tab);
  if (address.search !== "") view.set("find", address.search);
  for (const state of address.states) view.append("state", state);
  for (const kind of address.kinds) view.append("show", kind);
  if (address.isEndedHidden) view.set("ended", "hidden");
  const query = feedQuery(address.filter);
  const hash = view.toString().replaceAll("%2F", "/").replaceAll("%3A", ":");
  return `${query === "" ? "" : `?${query}`}${hash === "" ? "" : `#${hash}`}`;
}

function textOf(text: string | null): string | null {
  return text === null || text === "" ? null : text;
}
