/** Where a drawing is seen: `scale` pixels for each of its own, its corner at `x` and `y`. */
export interface Viewport {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How small and how large a drawing may get. Ours. */
export const scales = { min: 0.15, max: 3 } as const;
/** Around a drawing that fills its place. */
const margin = 12;

/** All of a drawing in the middle of its place, no larger than it is. */
export function fitted(drawing: Size, place: Size): Viewport {
  const wanted = Math.min((place.width - 2 * margin) / drawing.width, (place.height - 2 * margin) / drawing.height, 1);
  const scale = clamped(wanted);
  return {
    scale,
    x: (place.width - drawing.width * scale) / 2,
    y: Math.max(margin, (place.height - drawing.height * scale) / 2),
  };
}

/** Larger or smaller by a factor; what is at a point of the place stays there. */
export function zoomed(view: Viewport, factor: number, at: { readonly x: number; readonly y: number }): Viewport {
  const scale = clamped(view.scale * factor);
  const by = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by };
}

/** Moved so that a part of the drawing is within the place, if it was not. */
export function revealing(
  view: Viewport,
  part: Size & { readonly x: number; readonly y: number },
  place: Size,
): Viewport {
  const shift = (start: number, length: number, room: number): number => {
    if (start < margin) return margin - start;
    if (start + length > room - margin) return Math.max(room - margin - length - start, margin - start);
    return 0;
  };
  const dx = shift(view.x + part.x * view.scale, part.width * view.scale, place.width);
  const dy = shift(view.y + part.y * view.scale, part.height * view.scale, place.height);
  return dx === 0 && dy === 0 ? view : { ...view, x: view.x + dx, y: view.y + dy };
}

function clamped(scale: number): number {
  return Math.min(scales.max, Math.max(scales.min, scale));
}
