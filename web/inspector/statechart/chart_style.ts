const fonts = `-apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, "Liberation Sans", sans-serif`;

interface Palette {
  readonly canvas: string;
  readonly box: string;
  readonly bar: string;
  readonly border: string;
  readonly text: string;
  readonly muted: string;
  readonly event: string;
  readonly label: string;
  readonly labelBorder: string;
  readonly line: string;
  readonly active: string;
  readonly activeBox: string;
  readonly last: string;
}

const light: Palette = {
  canvas: "#f6f8fa",
  box: "#ffffff",
  bar: "#eef1f5",
  border: "#b6bfca",
  text: "#1f2328",
  muted: "#59636e",
  event: "#0550ae",
  label: "#ddf0ff",
  labelBorder: "#a8d1f5",
  line: "#6e7781",
  active: "#1a7f37",
  activeBox: "#e6f8ea",
  last: "#bc4c00",
};

const dark: Palette = {
  canvas: "#0d1117",
  box: "#161b22",
  bar: "#212830",
  border: "#4b535d",
  text: "#f0f6fc",
  muted: "#9da7b3",
  event: "#a5d6ff",
  label: "#152a45",
  labelBorder: "#2f5583",
  line: "#8b949e",
  active: "#3fb950",
  activeBox: "#12261a",
  last: "#f0883e",
};

/** The rules that only colors differ in. */
function colors(palette: Palette): string {
  return `
.statechart .box { fill: ${palette.box}; stroke: ${palette.border} }
.statechart .depth-0 .box { fill: ${palette.canvas} }
.statechart .compound .box, .statechart .parallel .box { fill: ${palette.canvas} }
.statechart .bar { fill: ${palette.bar} }
.statechart .rule { stroke: ${palette.border} }
.statechart .inner { stroke: ${palette.border} }
.statechart .title { fill: ${palette.text} }
.statechart .keyword, .statechart .note { fill: ${palette.muted} }
.statechart .event { fill: ${palette.event} }
.statechart .guard { fill: ${palette.text} }
.statechart .action { fill: ${palette.muted} }
.statechart .target { fill: ${palette.text} }
.statechart .title { stroke: ${palette.bar} }
.statechart .mark { stroke: ${palette.last} }
.statechart .panel .box { fill: ${palette.box}; stroke: none }
.statechart .pill { fill: ${palette.label}; stroke: ${palette.labelBorder} }
.statechart .line { stroke: ${palette.line} }
.statechart .head, .statechart .initial { fill: ${palette.line} }
.statechart .others .box { fill: ${palette.canvas}; stroke: ${palette.line} }
.statechart .active .box { stroke: ${palette.active} }
.statechart .active.atomic .box, .statechart .active.final .box { fill: ${palette.activeBox} }
.statechart .active .bar { fill: ${palette.activeBox} }
.statechart .last .line { stroke: ${palette.last} }
.statechart .last .head { fill: ${palette.last} }
.statechart .last .pill { stroke: ${palette.last} }`;
}

/** The style sheet of a drawing, for light and for dark. */
export const chartStyle = `
.statechart text { font-family: ${fonts}; font-size: 11px; white-space: pre }
.statechart .title { font-size: 14px; font-weight: 600 }
.statechart .event { font-size: 12px; font-weight: 600 }
.statechart .target { font-weight: 600 }
.statechart .title { paint-order: stroke; stroke-width: 3px; stroke-linejoin: round }
.statechart .mark { fill: none; stroke-width: 1.5 }
.statechart .guard { font-style: italic }
.statechart .line, .statechart .inner, .statechart .rule { fill: none }
.statechart .line { stroke-width: 1.5 }
.statechart .region .box, .statechart .others .box { stroke-dasharray: 5 4 }
.statechart .active .box { stroke-width: 2.5 }
.statechart .last .line, .statechart .last .pill { stroke-width: 2.5 }
${colors(light).trim()}
@media (prefers-color-scheme: dark) {
${colors(dark).trim()}
}
`;
