import { h, type JSX } from "preact";
import { useState } from "preact/hooks";
import { icon } from "./icon.ts";

/** Copies a link, and says so for a moment. */
export function CopyButton({
  link,
  className = "",
}: {
  readonly link: () => string;
  readonly className?: string;
}): JSX.Element {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link());
      setState("copied");
    } catch {
      // Not over https, or refused: the address bar has it.
      setState("failed");
    }
    setTimeout(() => setState("idle"), 2_500);
  };
  const text = { idle: "Copy link", copied: "Link copied", failed: "Copy it from the address bar" }[state];
  return h(
    "button",
    { type: "button", class: `button ${className}`, onClick: () => void copy() },
    icon(state === "copied" ? "check" : "copy"),
    h("span", { "aria-live": "polite" }, text),
  );
}
