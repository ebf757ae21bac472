import { type ComponentChildren, h } from "preact";

/** As protocol/redact.ts writes it; what clients say to each other is left out as its length alone. */
const leftOut = /\[redacted\]|\[\d+ characters\]|\[deep\]/g;

/** A text with what was left out of it marked as such, so that nobody takes it for what was sent. */
export function redactedText(text: string): ComponentChildren {
  const parts: ComponentChildren[] = [];
  let end = 0;
  for (const match of text.matchAll(leftOut)) {
    parts.push(text.slice(end, match.index));
    const words = match[0].slice(1, -1);
    parts.push(
      h("span", { key: match.index, class: "redacted", title: "Left out when it was recorded or shown" }, words),
    );
    end = match.index + match[0].length;
  }
  return end === 0 ? text : [...parts, text.slice(end)];
}
