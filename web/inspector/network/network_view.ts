import { h, type JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { clockWords, durationWords } from "../events/duration_words.ts";
import { type ActorView, isLater } from "../model/actor_view.ts";
import type { ViewProps } from "../model/inspector_model.ts";
import type { Step } from "../model/step.ts";
import { observationsIn } from "./observation.ts";
import { PairsView } from "./pairs_view.ts";
import { pathSeries, trackSeries } from "./track_series.ts";
import { TracksView } from "./tracks_view.ts";
import { connectivityOf, transportStates } from "./transport_states.ts";

/** Charts show so much time before the moment that is looked at, in milliseconds. Ours. */
const chartMs = 120_000;
/** However little there is, a chart is as wide as this. */
const minChartMs = 10_000;

/** What became of the ways between a client and this server: ICE, DTLS, candidate pairs and what went over them, as of the moment that is looked at. */
export function NetworkView({ model }: ViewProps): JSX.Element {
  const version = model.version.value;
  const { actor, step } = model.selected.value;
  const connectivity = actor === null ? undefined : connectivityOf(model.systemOf(actor), actor, step);
  if (connectivity === undefined) {
    const words = actor === null ? "Choose a client or a peer connection." : "It has no peer connection.";
    return h("p", { class: "view-empty" }, words);
  }
  return h(ConnectionView, { key: connectivity.id, model, connectivity, step, version });
}

interface ConnectionProps extends ViewProps {
  readonly connectivity: ActorView;
  readonly step: Step | null;
  readonly version: number;
}

function ConnectionView({ model, connectivity, step, version }: ConnectionProps): JSX.Element {
  const [pointed, setPointed] = useState<number | null>(null);
  const observations = useMemo(() => {
    const all = observationsIn(connectivity.steps);
    return step === null ? all : all.filter((each) => !isLater(each.step, step));
  }, [connectivity, step, version]);
  const tracks = useMemo(() => trackSeries(observations), [observations]);
  const states = useMemo(() => transportStates(connectivity, step), [connectivity, step, version]);
  const last = observations.at(-1);
  const now = step?.at ?? last?.step.at ?? connectivity.startedAt;
  const first = observations[0]?.step.at ?? now;
  const frame = {
    from: Math.min(Math.max(first, now - chartMs), now - minChartMs),
    to: now,
    pointed,
    point: setPointed,
    selectStep: (each: Step) => model.selectStep(each),
  };
  return h(
    "section",
    { class: "net", "aria-label": "Network" },
    h(
      "dl",
      { class: "net-states" },
      states.map(({ region, state, tone, since }) =>
        h(
          "div",
          { key: region },
          h("dt", null, regionWords[region] ?? region),
          h(
            "dd",
            null,
            h("span", { class: "state", "data-tone": tone }, h("i", { class: "dot" }), state),
            h("small", { title: clockWords(since) }, `since ${clockWords(since)}${sinceWords(step, since)}`),
          ),
        ),
      ),
    ),
    last === undefined
      ? h(
          "p",
          { class: "net-note" },
          "Nothing was measured yet: it is when ICE or DTLS changes, and each second while it is looked at here.",
        )
      : [
          h(
            "header",
            { key: "pairs", class: "net-head" },
            h("h3", null, "Candidate pairs"),
            h(
              "button",
              { type: "button", class: "text-button", onClick: () => model.selectStep(last.step) },
              `as of ${clockWords(last.step.at)}`,
            ),
          ),
          h(PairsView, { key: "table", pairs: last.pairs }),
          h(
            "header",
            { key: "tracks", class: "net-head" },
            h("h3", null, "What went over it"),
            h("span", { class: "net-note" }, `the last ${durationWords(frame.to - frame.from)}`),
          ),
          h(TracksView, { key: "charts", tracks, path: pathSeries(observations), frame }),
        ],
  );
}

const regionWords: Readonly<Record<string, string>> = {
  gathering: "Gathering",
  ice: "ICE",
  dtls: "DTLS",
  remoteCandidates: "Remote candidates",
};

/** For how long by the moment that is looked at; of what lasts, nothing that grows under the eyes. */
function sinceWords(step: Step | null, since: number): string {
  return step === null ? "" : `, for ${durationWords(Math.max(0, step.at - since))}`;
}
