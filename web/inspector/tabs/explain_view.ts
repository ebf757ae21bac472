import { h, type JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Inspector } from "../model/inspector.ts";
import { type Answered, type Explanation, fetchExplanation, fetchRecord, peerIdOf } from "../model/peer_api.ts";
import { icon } from "../shell/icons.ts";

/** Why the connection that is looked at is as it is, as the server explains it, and its record as a file. */
export function ExplainView({ inspector }: { readonly inspector: Inspector }): JSX.Element {
  const { actor } = inspector.selected.value;
  const peerId = actor === null ? null : peerIdOf(actor, (id) => inspector.actors.get(id));
  const [answer, setAnswer] = useState<Answered<Explanation> | null>(null);
  const [asked, setAsked] = useState(0);
  const [refusal, setRefusal] = useState<string | null>(null);
  useEffect(() => {
    let isCurrent = true;
    setAnswer(null);
    setRefusal(null);
    if (peerId !== null)
      void fetchExplanation(peerId, inspector.token.headers).then((value) => {
        if (isCurrent) setAnswer(value);
      });
    return () => {
      isCurrent = false;
    };
  }, [peerId, asked]);
  if (peerId === null) return h("p", { class: "hint" }, "Choose a person or a connection in the tree.");
  const download = async () => {
    const record = await fetchRecord(peerId, inspector.token.headers);
    if ("refusal" in record) return setRefusal(record.refusal);
    setRefusal(null);
    save(record.value, `signalbox-record-${peerId}.json`);
  };
  return h(
    "div",
    { class: "explain-view", tabIndex: 0, role: "region", "aria-label": "Explanation" },
    h(
      "div",
      { class: "explain-tools" },
      h("button", { type: "button", class: "button", onClick: () => setAsked(asked + 1) }, "Explain anew"),
      h(
        "button",
        { type: "button", class: "button", onClick: () => void download() },
        icon("download"),
        "Export record",
      ),
    ),
    refusal === null ? null : h("p", { class: "refusal", role: "alert" }, refusal),
    answer === null
      ? h("p", { class: "hint", role: "status" }, "Asking the server …")
      : "refusal" in answer
        ? h("p", { class: "refusal", role: "alert" }, answer.refusal)
        : explained(answer.value),
  );
}

const parts = [
  ["cause", "The likely cause"],
  ["waitedFor", "What was waited for"],
  ["neverCame", "What never came"],
  ["remedy", "What helps"],
  ["evidence", "What says so"],
] as const;

function explained(explanation: Explanation): JSX.Element {
  const { summary, isWell } = explanation;
  return h(
    "article",
    { class: "explanation", "data-well": String(isWell === true) },
    h("p", { class: "summary" }, summary),
    parts.map(([name, title]) => {
      const value = explanation[name];
      const isEmpty =
        value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
      return isEmpty ? null : h("section", { key: name }, h("h3", null, title), inWords(value));
    }),
  );
}

/** Sentences as they are, many as a list, anything else by its fields. */
function inWords(value: unknown): JSX.Element {
  if (Array.isArray(value))
    return h(
      "ul",
      null,
      value.map((item, index) => h("li", { key: index }, inWords(item))),
    );
  if (typeof value === "object" && value !== null)
    return h(
      "dl",
      null,
      Object.entries(value)
        .filter(([, inner]) => inner !== null && inner !== undefined)
        .map(([key, inner]) => h("div", { key }, h("dt", null, key), h("dd", null, inWords(inner)))),
    );
  return h("span", null, String(value));
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
