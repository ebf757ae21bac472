import { h, type JSX } from "preact";
import type { ObservedCandidate, ObservedPair } from "../../../protocol/connection_observation.ts";
import { endpointWords } from "../message/ice_candidate.ts";
import { millisecondWords } from "./measure_words.ts";
import { foldPairs, sortPairs } from "./observation.ts";

const tones: Readonly<Record<ObservedPair["state"], string>> = {
  succeeded: "good",
  "in-progress": "working",
  waiting: "idle",
  frozen: "idle",
  failed: "bad",
};

/** The candidate pairs that were tried, the one that packets take first. */
export function PairsView({ pairs }: { readonly pairs: readonly ObservedPair[] }): JSX.Element {
  if (pairs.length === 0) return h("p", { class: "net-note" }, "There was no candidate pair.");
  const areChecksKnown = pairs.some((pair) => checksReceived(pair) !== null);
  return h(
    "div",
    { class: "net-scroll", tabIndex: 0, role: "region", "aria-label": "Candidate pairs" },
    h(
      "table",
      { class: "net-pairs" },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          h("th", { scope: "col" }, "state"),
          h("th", { scope: "colgroup", colSpan: 2 }, "local"),
          h("th", { scope: "colgroup", colSpan: 2 }, "remote"),
          areChecksKnown ? h("th", { scope: "col", class: "is-number" }, "checks received") : null,
          h("th", { scope: "col", class: "is-number" }, "round trip"),
        ),
      ),
      h(
        "tbody",
        null,
        foldPairs(sortPairs(pairs)).map(([pair, count], index) =>
          h(
            "tr",
            { key: index, class: pair.isSelected ? "is-selected" : "" },
            h(
              "td",
              null,
              h("span", { class: "state", "data-tone": tones[pair.state] }, h("i", { class: "dot" }), pair.state),
              pair.isSelected ? h("b", { class: "net-chip" }, "selected") : null,
              count > 1 ? h("b", { class: "net-chip" }, `×${count}`) : null,
            ),
            candidateCells(pair.local),
            candidateCells(pair.remote),
            areChecksKnown ? h("td", { class: "is-number" }, checksReceived(pair) ?? "–") : null,
            h(
              "td",
              { class: "is-number" },
              pair.roundTripTimeMs === undefined ? "–" : millisecondWords(pair.roundTripTimeMs),
            ),
          ),
        ),
      ),
    ),
  );
}

function candidateCells({ type, protocol, address, port }: ObservedCandidate): readonly JSX.Element[] {
  return [
    h("td", { key: "type", class: "net-type" }, `${type} ${protocol}`),
    h("td", { key: "address", class: "net-address" }, endpointWords(address, port)),
  ];
}

/** Checks of the other side that came by a pair: of one that failed they tell that only the way there is blocked. Null of a node that does not say. */
function checksReceived(pair: ObservedPair): number | null {
  const count: unknown = "requestsReceived" in pair ? pair.requestsReceived : null;
  return typeof count === "number" ? count : null;
}
