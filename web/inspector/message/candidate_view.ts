import { h, type JSX } from "preact";
import { candidateTypeWords } from "./explain_sdp_line.ts";
import { endpointWords, parseIceCandidate } from "./ice_candidate.ts";

/** A candidate in its parts. */
export function CandidateView({ text, mid }: { readonly text: string; readonly mid: string | null }): JSX.Element {
  const candidate = parseIceCandidate(text);
  if (candidate === null) return h("p", { class: "message-note" }, "A candidate that cannot be read.");
  const { type, protocol, tcpType, relatedAddress, relatedPort } = candidate;
  const related = relatedAddress === null ? null : endpointWords(relatedAddress, relatedPort ?? 0);
  const cells: readonly (readonly [string, string | number | null])[] = [
    ["type", type],
    ["protocol", tcpType === null ? protocol : `${protocol} ${tcpType}`],
    ["address:port", endpointWords(candidate.address, candidate.port)],
    ["priority", candidate.priority],
    ["generation", candidate.generation],
    ["relatedAddress", related],
    ["ufrag", candidate.usernameFragment],
    ["mid", mid],
  ];
  const shown = cells.filter(([, value]) => value !== null);
  return h(
    "section",
    { class: "candidate", "aria-label": "Candidate" },
    h(
      "div",
      { class: "table-scroll" },
      h(
        "table",
        null,
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            shown.map(([name]) => h("th", { key: name, scope: "col" }, name)),
          ),
        ),
        h(
          "tbody",
          null,
          h(
            "tr",
            null,
            shown.map(([name, value]) => h("td", { key: name }, value)),
          ),
        ),
      ),
    ),
    h("p", { class: "message-note" }, candidateTypeWords(type)),
  );
}
