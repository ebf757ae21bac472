import { type TextStyle, textWidth } from "./text_width.ts";

/** What a piece of text is; the drawing has a style for each. */
export type SpanKind = "title" | "keyword" | "event" | "guard" | "action" | "target" | "note";

/** The size of each kind; what a drawing sets has to be the same. */
export const spanStyles: Readonly<Record<SpanKind, TextStyle>> = {
  title: { size: 14, isBold: true },
  keyword: { size: 11, isBold: false },
  event: { size: 12, isBold: true },
  guard: { size: 11, isBold: false },
  action: { size: 11, isBold: false },
  target: { size: 11, isBold: true },
  note: { size: 11, isBold: false },
};

/** A piece of text at its place: `x` is its left end, `y` its baseline. */
export interface Span {
  readonly kind: SpanKind;
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Lines of text, measured. */
export interface TextBlock {
  readonly width: number;
  readonly height: number;
  readonly spans: readonly Span[];
}

/** A piece of text that is not broken. */
export interface Token {
  readonly kind: SpanKind;
  readonly text: string;
  /** It begins a line. */
  readonly isOnNewLine?: boolean;
  /** It begins a line that belongs to the one above. */
  readonly isIndented?: boolean;
}

export interface FlowOptions {
  /** Where a line is broken. A token that is longer stands alone. */
  readonly maxWidth: number;
  /** How far a line that was broken goes on to the right. */
  readonly indent: number;
}

/** From one baseline to the next. */
export const lineHeight = 16;
/** From the upper edge of a line to its baseline. */
const ascent = 12;
const wordGap = 4;

/** Sets tokens in lines. */
export function flow(tokens: readonly Token[], { maxWidth, indent }: FlowOptions): TextBlock {
  const spans: Span[] = [];
  let x = 0;
  let line = 0;
  let width = 0;
  let further = indent;
  for (const { kind, text, isOnNewLine = false, isIndented = false } of tokens) {
    const length = textWidth(text, spanStyles[kind]);
    if (spans.length > 0 && (isOnNewLine || isIndented || x + length > maxWidth)) {
      line += 1;
      x = isOnNewLine ? 0 : isIndented ? indent : further;
      if (isIndented) further = 2 * indent;
    }
    spans.push({ kind, text, x, y: line * lineHeight + ascent, width: length });
    width = Math.max(width, x + length);
    x += length + wordGap;
  }
  return { width, height: spans.length === 0 ? 0 : (line + 1) * lineHeight, spans };
}

/** Blocks one below the other. */
export function stack(blocks: readonly TextBlock[], gap: number): TextBlock {
  const spans: Span[] = [];
  let y = 0;
  for (const block of blocks) {
    spans.push(...moved(block, 0, y));
    y += block.height + gap;
  }
  return { width: Math.max(0, ...blocks.map(({ width }) => width)), height: Math.max(0, y - gap), spans };
}

/** A block's spans somewhere else. */
export function moved(block: TextBlock, x: number, y: number): Span[] {
  return block.spans.map((span) => ({ ...span, x: span.x + x, y: span.y + y }));
}
