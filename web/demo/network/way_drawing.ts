const svg = "http://www.w3.org/2000/svg";

/** Draws a way: the browser on the left, the server on the right, and in between a relay where it leads through one. */
export function drawWay(hasRelay: boolean): SVGElement {
  const drawing = document.createElementNS(svg, "svg");
  drawing.setAttribute("viewBox", "0 0 128 24");
  drawing.setAttribute("aria-hidden", "true");
  drawing.classList.add("route-drawing");
  drawing.append(
    shape("line", { x1: "16", y1: "12", x2: "112", y2: "12", class: "line" }),
    shape("rect", { x: "2", y: "5", width: "14", height: "14", rx: "4", class: "end" }),
    shape("rect", { x: "112", y: "5", width: "14", height: "14", rx: "4", class: "end" }),
  );
  if (hasRelay) drawing.append(shape("path", { d: "M64 4l8 8-8 8-8-8z", class: "relay" }));
  // Moved by style to where a way breaks that leads through a relay.
  drawing.append(shape("path", { d: "M59 7l10 10M69 7l-10 10", class: "cross" }));
  return drawing;
}

function shape(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const made = document.createElementNS(svg, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
