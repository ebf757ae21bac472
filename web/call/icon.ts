import { h, type JSX } from "preact";

/** Drawn with lines in a square of 24; all of them ours. */
const paths = {
  microphone: "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21",
  "microphone-off":
    "M9 5.5A3 3 0 0 1 15 6v5c0 .5-.1.9-.3 1.3M13 13.8A3 3 0 0 1 9 11V9M5.5 11a6.5 6.5 0 0 0 10.6 5M18.2 13a6.5 6.5 0 0 0 .3-2M12 17.5V21M3.5 3.5l17 17",
  camera: "M4.5 6.5h9a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2zM15.5 11l6-3.5v9l-6-3.5",
  "camera-off":
    "M9.5 6.5h4a2 2 0 0 1 2 2v4M15.5 13l6 3.5v-9l-4.7 2.7M15 16.8a2 2 0 0 1-1.5.7h-9a2 2 0 0 1-2-2v-7a2 2 0 0 1 1.6-2M3.5 3.5l17 17",
  screen: "M3.5 4.5h17v11.5h-17zM8.5 20h7M12 13.5v-6M9 10l3-3 3 3",
  "screen-off": "M3.5 4.5h17v11.5h-17zM8.5 20h7M9.5 8l5 5M14.5 8l-5 5",
  chat: "M4 5h16v11.5h-9L6.5 20v-3.5H4z",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.8v4.4M9 14.8v4.4",
  statistics: "M5 20v-6M12 20V4M19 20V9.5",
  leave:
    "M3 14.5c0-1 .4-2 1.2-2.6a13 13 0 0 1 15.6 0c.8.6 1.2 1.6 1.2 2.6v1.2c0 .7-.7 1.2-1.4 1l-3-.9a1.2 1.2 0 0 1-.9-1.1v-1.9a12 12 0 0 0-7.4 0v1.9c0 .5-.4 1-.9 1.1l-3 .9c-.7.2-1.4-.3-1.4-1z",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h11v11H9zM5.5 15H4V4h11v1.5",
  check: "M5 12.5l4.5 4.5L19 7",
  shuffle: "M4 7h3.5l9 10H20M4 17h3.5l2.7-3M13.8 10l2.7-3H20M17.5 4.5L20 7l-2.5 2.5M17.5 14.5L20 17l-2.5 2.5",
  send: "M4 12l16-7.5-5 15.5-3.5-6zM11.5 14L20 4.5",
  speaker: "M4 9.5h3.5L12 5.5v13l-4.5-4H4zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11",
  pulse: "M3 12h4l2.5-6.5 5 13L17 12h4",
  pin: "M8.5 3.5h7l-1 7 3 3V15h-11v-1.5l3-3zM12 15v6",
  people:
    "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c0-3 2.9-5 6.5-5s6.5 2 6.5 5M16 4.9a3.5 3.5 0 0 1 0 6.2M18.5 15c1.8.8 3 2.4 3 4.5",
  invite: "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c0-3 2.9-5 6.5-5s6.5 2 6.5 5M19 7v6M16 10h6",
  share: "M12 15V3.5M8 7l4-3.5L16 7M6.5 11H5v9.5h14V11h-1.5",
  expand: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  alert: "M12 4l9 16H3zM12 10v4.5M12 17.3v.2",
} as const;

/** Which drawings there are. */
export type IconName = keyof typeof paths;

/** A small drawing beside words or in a button that has a name of its own: never read out. */
export function icon(name: IconName): JSX.Element {
  return h(
    "svg",
    { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    h("path", { d: paths[name] }),
  );
}

/** The three bars of a connection's quality. */
export function qualityBars(bars: number): JSX.Element {
  return h(
    "svg",
    { class: "icon bars", viewBox: "0 0 24 24", "aria-hidden": "true", "data-bars": String(bars) },
    [0, 1, 2].map((bar) =>
      h("rect", {
        x: 4 + bar * 6,
        y: 14 - bar * 4.5,
        width: 4,
        height: 6 + bar * 4.5,
        rx: 1,
        class: bar < bars ? "on" : "",
      }),
    ),
  );
}

/** The sign of the house. */
export function brand(): JSX.Element {
  return h(
    "span",
    { class: "brand" },
    h("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, h("path", { d: "M3 1v18M3 4h11l3 3-3 3H3" })),
    "Signalbox",
  );
}
