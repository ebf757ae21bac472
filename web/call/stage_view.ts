import { h, type JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Box } from "./grid_layout.ts";
import type { Person } from "./person.ts";
import { chooseShown, layoutStage } from "./stage_layout.ts";
import { TileView } from "./tile_view.ts";

/** How near to the view a tile is there already, so that scrolling shows pictures and no gaps; in CSS pixels. */
const nearby = 80;

/** Who is on the stage. */
export interface StageProps {
  readonly people: readonly Person[];
  readonly speakers: ReadonlySet<string>;
}

interface Tile {
  readonly key: string;
  readonly person: Person;
  readonly shows: "person" | "screen";
}

/** Everybody, as large as the window allows; a shared screen is shown large. */
export function StageView({ people, speakers }: StageProps): JSX.Element {
  const stage = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [scrollTop, setScrollTop] = useState(0);
  useLayoutEffect(() => {
    if (stage.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(stage.current);
    return () => observer.disconnect();
  }, []);
  const screens = people.filter(({ screen }) => screen !== null).map((person) => tileOf(person, "screen"));
  const featured = screens.at(-1);
  const tiles = [...screens.slice(0, -1), ...people.map((person) => tileOf(person, "person"))];
  const layout = layoutStage({
    ...size,
    gap: size.width < 600 ? 6 : 10,
    count: tiles.length,
    hasFeatured: featured !== undefined,
  });
  const wanted = tiles.flatMap(({ person, shows }, index) =>
    shows === "person" && speakers.has(person.id) ? [index] : [],
  );
  const shown = chooseShown(tiles.length, layout.boxes.length, wanted);
  const placed = new Map<string, Box>();
  for (const [place, index] of shown.entries()) {
    const [tile, box] = [tiles[index], layout.boxes[place]];
    if (tile !== undefined && box !== undefined) placed.set(tile.key, box);
  }
  if (featured !== undefined && layout.featured !== null) placed.set(featured.key, layout.featured);
  const all = featured === undefined ? tiles : [featured, ...tiles];
  // Whoever is not seen need not be sent, and small pictures need few bits.
  useEffect(() => {
    if (size.height === 0) return;
    for (const { key, person, shows } of all) {
      const picture = shows === "screen" ? person.screen : person.camera;
      picture?.show(heightInView(placed.get(key), { scrollTop, height: size.height }));
    }
  });
  const hidden = tiles.length - shown.length;
  return h(
    "div",
    {
      class: "stage",
      ref: stage,
      // What is scrolled must be reached by the keyboard, too.
      ...(layout.contentHeight > size.height
        ? { tabIndex: 0, role: "region", "aria-label": "People in the call" }
        : {}),
      onScroll: (event: Event) => setScrollTop((event.currentTarget as HTMLElement).scrollTop),
    },
    h(
      "ul",
      { class: "tiles", "aria-label": "People", style: { height: `${Math.max(layout.contentHeight, size.height)}px` } },
      all.flatMap(({ key, person, shows }) => {
        const box = placed.get(key);
        if (box === undefined) return [];
        const isFeatured = key === featured?.key;
        return [h(TileView, { key, person, shows, box, isFeatured, isSpeaking: speakers.has(person.id) })];
      }),
    ),
    hidden > 0 ? h("p", { class: "stage-more" }, `and ${hidden} more`) : null,
  );
}

function tileOf(person: Person, shows: "person" | "screen"): Tile {
  return { key: `${shows}:${person.id}`, person, shows };
}

/** How high a picture is seen, in device pixels; 0 when it is scrolled out of view or has no place. */
function heightInView(box: Box | undefined, view: { readonly scrollTop: number; readonly height: number }): number {
  const [top, bottom] = [view.scrollTop - nearby, view.scrollTop + view.height + nearby];
  if (box === undefined || box.top + box.height <= top || box.top >= bottom) return 0;
  // A tile that is as high as it is wide shows the middle of the picture: what counts is the larger of the two.
  return Math.max(box.height, (box.width * 9) / 16) * devicePixelRatio;
}
