import { h, type JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Inspector } from "../model/inspector.ts";
import type { Tone } from "../model/state_words.ts";

/** Whether the page is up to date, and what it has not seen: it never claims more than is so. */
export function StatusView({ inspector }: { readonly inspector: Inspector }): JSX.Element {
  const status = inspector.status.value;
  const { lost, forgotten, waiting } = inspector.numbers.value;
  const isWaiting = status.kind === "waiting";
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!isWaiting) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [isWaiting]);
  const { text, tone } = words(inspector, now);
  return h(
    "div",
    { class: "status" },
    h(
      "span",
      {
        class: "state",
        "data-tone": tone,
        role: "status",
        "data-status": inspector.isLive.value ? status.kind : "paused",
      },
      h("i", { class: "dot", "aria-hidden": "true" }),
      text,
    ),
    isWaiting ? h("button", { type: "button", class: "link-button", onClick: () => inspector.retry() }, "Now") : null,
    waiting > 500 && inspector.isLive.value ? h("span", { class: "detail" }, `${count(waiting)} to read`) : null,
    lost > 0
      ? h("span", { class: "notice", "data-tone": "bad", title: lostTitle }, `${count(lost)} events lost`)
      : null,
    forgotten > 0
      ? h("span", { class: "notice", title: forgottenTitle }, `${count(forgotten)} older steps let go`)
      : null,
  );
}

const lostTitle = "They came too fast: what is shown has gaps. Narrow what is watched.";
const forgottenTitle = "The page is full: the oldest steps go first. The nodes may still have them.";

function words(
  { status: { value: status }, isLive, isFilled, numbers }: Inspector,
  now: number,
): { text: string; tone: Tone } {
  switch (status.kind) {
    case "live":
      if (!isLive.value) return { text: `Paused, ${count(numbers.value.waiting)} waiting`, tone: "working" };
      return isFilled.value ? { text: "Live", tone: "good" } : { text: "Reading what was recorded", tone: "working" };
    case "connecting":
      return { text: "Connecting", tone: "working" };
    case "waiting": {
      const seconds = Math.max(0, Math.ceil((status.retryAt - now) / 1000));
      return { text: `${status.reason}; once more in ${seconds} s`, tone: "bad" };
    }
    case "unauthorized":
      return { text: "A token is needed", tone: "bad" };
    case "refused":
      return { text: "Refused", tone: "bad" };
  }
}

function count(value: number): string {
  return value.toLocaleString("en");
}
