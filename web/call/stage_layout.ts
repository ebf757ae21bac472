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
const stripTile = { minWidth: 104, maxWidth: 240 } as const;

/** A grid, or something large with a strip of tiles beside it (in a wide stage) or below it (in a tall one). */
export function layoutStage({ width, height, gap, count, hasFeatured }: StageFacts): StageLayout {
  if (!hasFeatured) {
    const { boxes, contentHeight } = layoutGrid(count, { left: 0, top: 0, width, height, gap });
    return { featured: null, boxes, contentHeight };
  }
  if (count === 0) return { featured: { left: 0, top: 0, width, height }, boxes: [], contentHeight: height };
  return width >= height * 1.1
    ? besides({ width, height, gap, count, hasFeatured })
    : below({ width, height, gap, count, hasFeatured });
}

function besides({ width, height, gap, count }: StageFacts): StageLayout {
  const stripWidth = Math.round(Math.min(stripTile.maxWidth, Math.max(stripTile.minWidth, width * 0.2)));
  const tileHeight = Math.round((stripWidth * 9) / 16);
  const shown = Math.min(count, Math.max(1, Math.floor((height + gap) / (tileHeight + gap))));
  const left = width - stripWidth;
  const top = Math.max(0, Math.round((height - shown * tileHeight - (shown - 1) * gap) / 2));
  const boxes = Array.from({ length: shown }, (_, index) => ({
    left,
    top: top + index * (tileHeight + gap),
    width: stripWidth,
    height: tileHeight,
  }));
  return { featured: { left: 0, top: 0, width: left - gap, height }, boxes, contentHeight: height };
}

function below({ width, height, gap, count }: StageFacts): StageLayout {
  const featuredHeight = Math.round(Math.min(height * 0.6, Math.max(height * 0.35, (width * 9) / 16)));
  const room = height - featuredHeight - gap;
  const columns = Math.max(1, Math.min(count, Math.floor((width + gap) / (stripTile.minWidth + gap))));
  const rows = Math.max(1, Math.floor((room + gap) / (78 + gap)));
  const shown = Math.min(count, columns * rows);
  const { boxes } = layoutGrid(shown, { left: 0, top: featuredHeight + gap, width, height: room, gap });
  return { featured: { left: 0, top: 0, width, height: featuredHeight }, boxes, contentHeight: height };
}

/**
 * Which of `count` tiles are shown when only `places` are: the first ones; the last place is that of whoever speaks and
 * would not be seen (`wanted`, by index).
 */
export function chooseShown(count: number, places: number, wanted: readonly number[]): readonly number[] {
  const shown = Array.from({ length: Math.min(count, places) }, (_, index) => index);
  const hidden = wanted.find((index) => index >= places && index < count);
  if (hidden !== undefined && shown.length > 0) shown[shown.length - 1] = hidden;
  return shown;
}
