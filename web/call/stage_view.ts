import { h, type JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Box } from "./grid_layout.ts";
import type { Person } from "./person.ts";
import { chooseShown, layoutPair, layoutStage } from "./stage_layout.ts";
import { arrangeTiles, indexAfterKey, type Tile } from "./stage_tiles.ts";
import { TileView } from "./tile_view.ts";

/** How near to the view a tile is there already, so that scrolling shows pictures and no gaps; in CSS pixels. */
const nearby = 80;

/** Who is on the stage. */
export interface StageProps {
  readonly people: readonly Person[];
  readonly speakers: ReadonlySet<string>;
  /** The key of the tile that is kept large. */
  readonly pinned: string | null;
  readonly togglePin: (key: string) => void;
}

/** Everybody, as large as the window allows; what is pinned, or a shared screen, is shown large. */
export function StageView({ people, speakers, pinned, togglePin }: StageProps): JSX.Element {
  const stage = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [scrollTop, setScrollTop] = useState(0);
  const lateSpeaker = useRef<string | undefined>(undefined);
  const [focused, setFocused] = useState<string | null>(null);
  useLayoutEffect(() => {
    if (stage.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(stage.current);
    return () => observer.disconnect();
  }, []);
  const { featured, tiles } = arrangeTiles(people, pinned);
  const gap = size.width < 600 ? 6 : 10;
  const isPair = tiles.length === 1 && featured?.shows === "person" && tiles[0]?.shows === "person";
  const hasFeatured = featured !== null;
  const layout = isPair
    ? layoutPair({ ...size, gap, isPinned: featured.key === pinned })
    : layoutStage({ ...size, gap, count: tiles.length, hasFeatured });
  const { boxes } = layout;
  // The last place says how many have none; a single place is too dear for that.
  const isCut = boxes.length < tiles.length;
  const places = isCut && boxes.length > 1 ? boxes.length - 1 : boxes.length;
  const wanted = tiles.flatMap(({ person, shows }, index) =>
    shows === "person" && speakers.has(person.id) ? [index] : [],
  );
  // Whoever spoke last and would not be seen keeps that place, so that it does not change at every pause.
  const inView = Math.min(places, boxes.filter((box) => box.top + box.height <= size.height).length);
  const late = wanted.find((index) => index >= inView);
  // Whoever has scrolled looks at somebody: nobody changes places meanwhile.
  if (late !== undefined && scrollTop === 0) lateSpeaker.current = tiles[late]?.key;
  const kept = tiles.findIndex(({ key }) => key === lateSpeaker.current);
  const shown = chooseShown(tiles.length, { places, inView, wanted: kept });
  const placed = new Map<string, Box>();
  if (featured !== null && layout.featured !== null) placed.set(featured.key, layout.featured);
  for (const [place, index] of shown.entries()) {
    const [tile, box] = [tiles[index], boxes[place]];
    if (tile !== undefined && box !== undefined) placed.set(tile.key, box);
  }
  const all = featured === null ? tiles : [featured, ...tiles];
  // Whoever is not seen need not be sent, and small pictures need few bits.
  useLayoutEffect(() => {
    if (size.height === 0) return;
    for (const { key, person, shows } of all) {
      const picture = shows === "screen" ? person.screen : person.camera;
      picture?.show(heightInView(placed.get(key), { scrollTop, height: size.height }));
    }
  });
  const lastBox = boxes.at(-1);
  const keys = [...placed.keys()];
  const reachable = focused !== null && placed.has(focused) ? focused : keys[0];
  const hidden = tiles.filter(({ key }) => !placed.has(key));
  const view = ({ key, person, shows }: Tile) => {
    const box = placed.get(key);
    if (box === undefined) return [];
    const pin = {
      isPinned: key === pinned,
      isReachable: key === reachable,
      toggle: () => togglePin(key),
      focused: () => setFocused(key),
    };
    return [
      h(TileView, {
        key,
        person,
        shows,
        box,
        isFeatured: key === featured?.key,
        isFloating: isPair && key !== featured?.key,
        isSpeaking: speakers.has(person.id),
        pin: all.length > 1 ? pin : null,
      }),
    ];
  };
  return h(
    "div",
    {
      class: "stage",
      ref: stage,
      // Until the tiles follow a stage that became lower they reach beyond it: no reason for a scroll bar, which the Tab key would stop at.
      style: { overflowY: layout.contentHeight >= size.height + 1 ? "auto" : "hidden" },
      onScroll: (event: Event) => setScrollTop((event.currentTarget as HTMLElement).scrollTop),
    },
    h(
      "ul",
      {
        class: "tiles",
        "aria-label": "People",
        style: { height: `${Math.max(layout.contentHeight, size.height)}px` },
        // One stop for the Tab key, and arrows inside: 25 people would be in the way of the buttons.
        onKeyDown: (event: KeyboardEvent) => {
          const next = indexAfterKey(event.key, keys.indexOf(reachable ?? ""), keys.length);
          if (next === undefined) return;
          event.preventDefault();
          (event.currentTarget as HTMLElement).querySelector<HTMLElement>(`[data-key="${keys[next]}"]`)?.focus();
        },
      },
      all.flatMap(view),
    ),
    lastBox !== undefined && hidden.length > 0 ? h(MoreView, { hidden, box: lastBox, isTile: boxes.length > 1 }) : null,
  );
}

/** How many have no place. */
function MoreView({
  hidden,
  box,
  isTile,
}: {
  readonly hidden: readonly Tile[];
  readonly box: Box;
  readonly isTile: boolean;
}): JSX.Element {
  const style = {
    left: `${box.left}px`,
    top: `${box.top}px`,
    width: `${box.width}px`,
    ...(isTile ? { height: `${box.height}px` } : {}),
  };
  return h(
    "p",
    { class: `stage-more${isTile ? " tile" : ""}`, style, title: hidden.map(({ person }) => person.name).join(", ") },
    `${hidden.length} more`,
  );
}

/** How high a picture is seen, in device pixels; 0 when it is scrolled out of view or has no place. */
function heightInView(box: Box | undefined, view: { readonly scrollTop: number; readonly height: number }): number {
  const [top, bottom] = [view.scrollTop - nearby, view.scrollTop + view.height + nearby];
  if (box === undefined || box.top + box.height <= top || box.top >= bottom) return 0;
  // A tile that is as high as it is wide shows the middle of the picture: what counts is the larger of the two.
  return Math.max(box.height, (box.width * 9) / 16) * devicePixelRatio;
}
