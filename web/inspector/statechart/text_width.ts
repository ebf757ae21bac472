/** How text looks: what its width depends on. */
export interface TextStyle {
  /** In pixels. */
  readonly size: number;
  readonly isBold: boolean;
}

// Helvetica's widths in thousandths of the size, after Adobe's font metrics; Arial and Liberation Sans have the same.
const charactersByWidth: Readonly<Record<number, string>> = {
  191: "'",
  222: "ijl",
  260: "|",
  278: " !,./:;I[\\]ft",
  333: "()-`r",
  334: "{}",
  355: '"',
  389: "*",
  469: "^",
  500: "Jcksvxyz",
  556: "#$0123456789?L_abdeghnopqu",
  584: "+<=>~",
  611: "FTZ",
  667: "&ABEKPSVXY",
  722: "CDHNRUw",
  778: "GOQ",
  833: "Mm",
  889: "%",
  944: "W",
  1015: "@",
};

const widths = new Map(
  Object.entries(charactersByWidth).flatMap(([width, characters]) =>
    [...characters].map((character) => [character, Number(width)] as const),
  ),
);

/** Of a character that the table has not. */
const otherWidth = 1000;

/** Bold text is wider: Helvetica's by this much, on the mean of what is written here. */
const boldFactor = 1.07;

/**
 * The width of a line of text in pixels, from a fixed table: the same on every machine, and without a DOM. A drawing states it
 * as `textLength`, so that it holds whatever font there is.
 */
export function textWidth(text: string, style: TextStyle): number {
  let thousandths = 0;
  for (const character of text) thousandths += widths.get(character) ?? otherWidth;
  return Math.ceil((thousandths * style.size * (style.isBold ? boldFactor : 1)) / 1000);
}
