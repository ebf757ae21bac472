/** What an id says of its actor, for one whose introduction was lost. */
export interface ReadAddress {
  readonly node: string;
  readonly kind: string;
  readonly name: string;
  readonly parentId: string | undefined;
}

/** Reads `n1/session:<id>/<peer id>/negotiation`. The name of a room or node may hold what separates the others. */
export function readAddress(id: string): ReadAddress {
  const slash = id.indexOf("/");
  const node = id.slice(0, slash);
  const address = id.slice(slash + 1);
  const prefix = /^[a-z-]+/.exec(address)?.[0] ?? "";
  const name = address.slice(prefix.length + 1);
  if (prefix !== "session") {
    const parentId = prefix === "node" ? undefined : `${node}/node`;
    return { node, kind: kindOf(prefix), name: name === "" ? prefix : name, parentId };
  }
  const parts = address.split("/");
  const last = parts.at(-1) ?? "";
  if (parts.length === 1) return { node, kind: "session", name, parentId: `${node}/node` };
  const kind = last === "negotiation" || last === "connectivity" ? last : "peer";
  return { node, kind, name: last, parentId: `${node}/${parts.slice(0, -1).join("/")}` };
}

/** Kinds are called by their machines, `remotePart`, and ids begin with them as `remote-part`. */
function kindOf(prefix: string): string {
  return prefix.replace(/-./g, (each) => each.slice(1).toUpperCase());
}
