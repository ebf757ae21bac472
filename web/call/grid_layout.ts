/** Where something lies in the stage, in CSS pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The room that a grid has. */
export interface GridArea extends Box {
  /** Between two tiles. */
  readonly gap: number;
}

/** A grid: a box for each tile, and how high all of it is (more than the area when it has to be scrolled). */
export interface Grid {
  readonly columns: number;
  readonly boxes: readonly Box[];
  readonly contentHeight: number;
}

/** Faces are cut off in anything narrower or wider; a phone that is held upright has to be narrower. */
const minAspect = { upright: 3 / 4, wide: 4 / 3 } as const;
const maxAspect = 16 / 9;
/** Smaller than that nobody recognizes anybody: the grid is scrolled instead. */
const minTileWidth = 104;
const minTileHeight = 78;

/** Lays `count` tiles into an area so that they are as large as they can be; the last row is centered. */
export function layoutGrid(count: number, area: GridArea): Grid {
  if (count === 0 || area.width <= 0 || area.height <= 0) return { columns: 0, boxes: [], contentHeight: 0 };
  let best = { columns: 1, ...tileSize(count, 1, area) };
  for (let columns = 2; columns <= count; columns += 1) {
    const size = tileSize(count, columns, area);
    if (size.width * size.height > best.width * best.height + 1) best = { columns, ...size };
  }
  if (best.width < minTileWidth || best.height < minTileHeight) best = scrolled(area);
  return place(count, best, area);
}

function tileSize(count: number, columns: number, { width, height, gap }: GridArea) {
  const rows = Math.ceil(count / columns);
  const cellWidth = Math.max(0, (width - gap * (columns - 1)) / columns);
  const cellHeight = Math.max(0, (height - gap * (rows - 1)) / rows);
  return {
    width: Math.floor(Math.min(cellWidth, cellHeight * maxAspect)),
    height: Math.floor(Math.min(cellHeight, cellWidth / minAspect[width < height ? "upright" : "wide"])),
  };
}

function scrolled({ width, gap }: GridArea) {
  const columns = Math.max(1, Math.floor((width + gap) / (minTileWidth + gap)));
  const tileWidth = Math.floor((width - gap * (columns - 1)) / columns);
  return { columns, width: tileWidth, height: Math.max(minTileHeight, Math.floor((tileWidth * 3) / 4)) };
}

function place(count: number, tile: { columns: number; width: number; height: number }, area: GridArea): Grid {
  const { columns, width, height } = tile;
  const rows = Math.ceil(count / columns);
  const contentHeight = rows * height + (rows - 1) * area.gap;
  const top = area.top + Math.max(0, (area.height - contentHeight) / 2);
  const boxes = Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const rowWidth = inRow * width + (inRow - 1) * area.gap;
    return {
      left: Math.round(area.left + (area.width - rowWidth) / 2 + (index % columns) * (width + area.gap)),
      top: Math.round(top + row * (height + area.gap)),
      width,
      height,
    };
  });
  return { columns, boxes, contentHeight };
}
