import { h, type JSX } from "preact";
import { useState } from "preact/hooks";
import { icon } from "./icons.ts";

/** Copies the address, which holds all that is looked at, and says so for a moment. */
export function CopyLink({ link }: { readonly link: () => string }): JSX.Element {
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
  const text = { idle: "Copy link", copied: "Copied", failed: "It is in the address bar" }[state];
  return h(
    "button",
    {
      type: "button",
      class: "button",
      "data-action": "copy",
      title: "A link that opens just what is shown",
      onClick: () => void copy(),
    },
    icon(state === "copied" ? "check" : "link"),
    h("span", { "aria-live": "polite" }, text),
  );
}
