import { type Box, layoutGrid } from "./grid_layout.ts";

/** What lies on the stage and how much room there is, in CSS pixels. */
export interface StageFacts {
  readonly width: number;
  readonly height: number;
  readonly gap: number;
  /** How many tiles there are, without the featured one. */
  readonly count: number;
  /** Whether something is shown large beside them. */
  readonly hasFeatured: boolean;
}

/** Where everything lies. */
export interface StageLayout {
  readonly featured: Box | null;
  /** One for each tile that is shown; fewer than `count` when the strip beside the featured one is full. */
  readonly boxes: readonly Box[];
  /** More than the stage's height when it is scrolled. */
  readonly contentHeight: number;
}

/** The tiles of the strip beside what is featured: as wide as a name needs. */
const stripTile = { minWidth: 132, maxWidth: 208 } as const;
/** How much of a wide stage the strip may take in one column or two, so that what is featured stays large. */
const stripShare = { 1: 0.18, 2: 0.25 } as const;
/** The narrowest tile below what is featured in a tall stage. */
const rowTile = { minWidth: 104, minHeight: 78 } as const;

/**
 * A grid, or something large with a strip of tiles beside it (in a wide stage) or below it (in a tall one).
 */
export function layoutStage(facts: StageFacts): StageLayout {
  const { width, height, gap, count, hasFeatured } = facts;
  if (!hasFeatured) {
    const { boxes, contentHeight } = layoutGrid(count, { left: 0, top: 0, width, height, gap });
    return { featured: null, boxes, contentHeight };
  }
  if (count === 0) return { featured: { left: 0, top: 0, width, height }, boxes: [], contentHeight: height };
  return width >= height * 1.1 ? besides(facts) : below(facts);
}

function besides(facts: StageFacts): StageLayout {
  const { width, height, gap, count } = facts;
  const strip = stripOf(facts);
  const tileHeight = Math.floor((strip.tileWidth * 9) / 16);
  const stripWidth = strip.columns * strip.tileWidth + (strip.columns - 1) * gap;
  const shown = Math.min(count, strip.columns * strip.rows);
  const rows = Math.ceil(shown / strip.columns);
  const top = Math.max(0, Math.round((height - rows * tileHeight - (rows - 1) * gap) / 2));
  const boxes = Array.from({ length: shown }, (_, index) => ({
    left: width - stripWidth + (index % strip.columns) * (strip.tileWidth + gap),
    top: top + Math.floor(index / strip.columns) * (tileHeight + gap),
    width: strip.tileWidth,
    height: tileHeight,
  }));
  return {
    featured: { left: 0, top: 0, width: width - stripWidth - gap, height },
    boxes,
    contentHeight: heightWith(boxes, height),
  };
}

/** Where the least that tiles need is more than there is, the stage is scrolled to the lowest of them. */
function heightWith(boxes: readonly Box[], height: number): number {
  return Math.max(height, ...boxes.map((box) => box.top + box.height));
}

/** The widest tiles of which all have a place, in one column or two; or else the most that have one. */
function stripOf({ width, height, gap, count }: StageFacts) {
  const options = ([1, 2] as const).map((columns) => {
    const share = Math.floor((width * stripShare[columns] - (columns - 1) * gap) / columns);
    const wanted = Math.ceil(count / columns);
    const fitting = Math.floor((((height - (wanted - 1) * gap) / wanted) * 16) / 9);
    const tileWidth = Math.max(stripTile.minWidth, Math.min(stripTile.maxWidth, share, fitting));
    const rows = Math.max(1, Math.floor((height + gap) / (Math.floor((tileWidth * 9) / 16) + gap)));
    return { columns, rows, tileWidth, isEnough: columns * rows >= count };
  });
  const [one, two] = options as [(typeof options)[0], (typeof options)[0]];
  return one.isEnough || width * stripShare[2] < 2 * stripTile.minWidth + gap ? one : two;
}

function below({ width, height, gap, count }: StageFacts): StageLayout {
  // A third is more than any of three tiles had in a grid; of two, it has to be more than half.
  const least = count === 1 ? 0.6 : 0.4;
  const featuredHeight = Math.round(Math.min(height * 0.6, Math.max(height * least, (width * 9) / 16)));
  const room = height - featuredHeight - gap;
  const columns = Math.max(1, Math.min(count, Math.floor((width + gap) / (rowTile.minWidth + gap))));
  const rows = Math.max(1, Math.floor((room + gap) / (rowTile.minHeight + gap)));
  const shown = Math.min(count, columns * rows);
  const { boxes } = layoutGrid(shown, { left: 0, top: featuredHeight + gap, width, height: room, gap });
  return {
    featured: { left: 0, top: 0, width, height: featuredHeight },
    boxes,
    contentHeight: heightWith(boxes, height),
  };
}

/** How much room two people have, and whether one of them is to be kept large. */
export interface PairFacts extends Pick<StageFacts, "width" | "height" | "gap"> {
  readonly isPinned?: boolean;
}

/** Two people: one as large as it gets, the other in a corner of that; below each other in a tall stage, where none is kept large. */
export function layoutPair({ width, height, gap, isPinned = false }: PairFacts): StageLayout {
  const area = { left: 0, top: 0, width, height, gap };
  const isTall = width < height * 1.1;
  if (isTall && !isPinned) {
    const [featured = null, ...boxes] = layoutGrid(2, area).boxes;
    return { featured, boxes, contentHeight: heightWith(boxes, height) };
  }
  const [featured = null] = isTall ? [{ left: 0, top: 0, width, height }] : layoutGrid(1, area).boxes;
  if (featured === null) return { featured, boxes: [], contentHeight: height };
  const ownWidth = Math.round(Math.min(stripTile.maxWidth, featured.width * (isTall ? 0.32 : 0.24)));
  const ownHeight = Math.round(isTall ? (ownWidth * 4) / 3 : (ownWidth * 9) / 16);
  const own = {
    left: featured.left + featured.width - ownWidth - gap,
    top: featured.top + featured.height - ownHeight - gap,
    width: ownWidth,
    height: ownHeight,
  };
  return { featured, boxes: [own], contentHeight: height };
}

/**
 * Which of `count` tiles are shown, each at its place: the first ones. Where only the first `inView` places are seen without scrolling,
 * the last of those is that of `wanted` (an index) if it would not be seen: the two change places, and nobody else moves.
 */
export function chooseShown(
  count: number,
  { places, inView, wanted }: { readonly places: number; readonly inView: number; readonly wanted: number },
): readonly number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  if (wanted >= inView && wanted < count && inView > 0) {
    order[wanted] = inView - 1;
    order[inView - 1] = wanted;
  }
  return order.slice(0, places);
}
