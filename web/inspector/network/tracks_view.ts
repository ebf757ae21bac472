import { h, type JSX } from "preact";
import { clockWords } from "../events/duration_words.ts";
import { bitrateWords, millisecondWords, shareWords } from "./measure_words.ts";
import { type ChartFrame, SparkView } from "./spark_view.ts";
import type { Series, TrackSeries } from "./track_series.ts";

/** So many of the newest measurements are in a table. Ours. */
const maxTableRows = 60;

/** Charts of what goes over a connection, with the same as a table. */
export function TracksView({
  tracks,
  path,
  frame,
}: {
  readonly tracks: readonly TrackSeries[];
  readonly path: Series;
  readonly frame: ChartFrame;
}): JSX.Element {
  return h(
    "div",
    { class: "net-tracks" },
    h(
      "div",
      { class: "net-track" },
      h("h4", null, "selected pair"),
      h(
        "div",
        { class: "net-charts" },
        h(SparkView, { title: "Round trip", series: path, frame, words: millisecondWords, least: 5 }),
      ),
    ),
    tracks.map((track) => h(TrackView, { key: track.key, track, frame })),
  );
}

function TrackView({ track, frame }: { readonly track: TrackSeries; readonly frame: ChartFrame }): JSX.Element {
  const { kind, direction, mid, bitrate, loss, roundTrip } = track;
  const head = h("h4", null, `${kind} ${direction} `, h("span", { class: "net-chip" }, `mid ${mid}`));
  if (track.isUnused)
    return h("div", { class: "net-track" }, head, h("p", { class: "net-note" }, "Nothing went over it."));
  const hasRoundTrip = roundTrip.some(({ value }) => value !== null);
  return h(
    "div",
    { class: "net-track" },
    head,
    h(
      "div",
      { class: "net-charts" },
      h(SparkView, { title: "Bitrate", series: bitrate, frame, words: bitrateWords, least: 1_000 }),
      h(SparkView, { title: "Packet loss", series: loss, frame, words: shareWords, least: 0.02 }),
      hasRoundTrip
        ? h(SparkView, { title: "Round trip", series: roundTrip, frame, words: millisecondWords, least: 5 })
        : null,
    ),
    h(
      "details",
      { class: "net-table" },
      h("summary", null, "As a table"),
      h(
        "table",
        null,
        h("caption", { class: "spoken" }, `${kind} ${direction}, mid ${mid}, newest first`),
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            ["time", "bitrate", "packet loss", "round trip"].map((name) => h("th", { key: name, scope: "col" }, name)),
          ),
        ),
        h(
          "tbody",
          null,
          bitrate
            .slice(-maxTableRows)
            .toReversed()
            .map(({ at }, index) => {
              const place = bitrate.length - 1 - index;
              return h(
                "tr",
                { key: at },
                h("th", { scope: "row" }, clockWords(at)),
                cell(bitrate[place]?.value, bitrateWords),
                cell(loss[place]?.value, shareWords),
                cell(roundTrip[place]?.value, millisecondWords),
              );
            }),
        ),
      ),
    ),
  );
}

function cell(value: number | null | undefined, words: (value: number) => string): JSX.Element {
  return h("td", null, value === null || value === undefined ? "–" : words(value));
}
