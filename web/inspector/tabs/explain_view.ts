import { h, type JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Inspector } from "../model/inspector.ts";
import {
  type Answered,
  type Evidence,
  type Explanation,
  fetchExplanation,
  fetchRecord,
  peerIdOf,
} from "../model/peer_api.ts";
import { icon } from "../shell/icons.ts";
import { ExplanationView } from "./explanation_view.ts";

/** Why the connection that is looked at is as it is, as the server explains it, and its record as a file. */
export function ExplainView({ inspector }: { readonly inspector: Inspector }): JSX.Element {
  const { actor, step } = inspector.selected.value;
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
      // The server explains what it knows now, whatever is looked at.
      step === null ? null : h("span", { class: "notice" }, "as of now"),
    ),
    refusal === null ? null : h("p", { class: "refusal", role: "alert" }, refusal),
    answer === null
      ? h("p", { class: "hint", role: "status" }, "Asking the server …")
      : "refusal" in answer
        ? h("p", { class: "refusal", role: "alert" }, answer.refusal)
        : h(ExplanationView, { explanation: answer.value, onEvidence: (shown: Evidence) => lookAt(inspector, shown) }),
  );
}

/** Goes to the step that shows something, where it is still known. */
function lookAt(inspector: Inspector, { at, node, event }: Evidence): void {
  const { actor } = inspector.selected.peek();
  const steps = actor === null ? [] : inspector.systemOf(actor).flatMap((each) => each.steps);
  const near = steps
    .filter((step) => step.node === node && Math.abs(step.at - at) < 50)
    .toSorted((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at));
  const step = near.find((each) => each.event.type === event) ?? near[0];
  if (step !== undefined) inspector.selectStep(step);
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
