/** An element of a drawing as data: a page makes its own elements of it, `svgText` a file. */
export interface SvgElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly (SvgElement | string)[];
}

/** One element; a child or an attribute that is null is left out. */
export function svg(
  tag: string,
  attributes: Readonly<Record<string, string | number | null>> = {},
  children: readonly (SvgElement | string | null)[] = [],
): SvgElement {
  const kept: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(attributes)) if (value !== null) kept[name] = value;
  return { tag, attributes: kept, children: children.filter((child) => child !== null) };
}

/** An element as text. Whatever stands in names and labels, it is text there. */
export function svgText({ tag, attributes, children }: SvgElement): string {
  const named = Object.entries(attributes).map(([name, value]) => ` ${name}="${escaped(String(value))}"`);
  if (children.length === 0) return `<${tag}${named.join("")}/>`;
  const isLine = children.every((child) => typeof child === "string");
  const inner = children.map((child) => (typeof child === "string" ? escaped(child) : svgText(child)));
  return isLine
    ? `<${tag}${named.join("")}>${inner.join("")}</${tag}>`
    : `<${tag}${named.join("")}>\n${inner.join("\n")}\n</${tag}>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

function escaped(text: string): string {
  return (
    text
      .replaceAll(/[&<>"]/g, (character) => entities[character] ?? "")
      // What XML cannot hold at all.
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant.
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
  );
}
