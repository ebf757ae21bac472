/** The part of a strip that is seen, in its places. */
export interface StripWindow {
  readonly from: number;
  readonly to: number;
}

/** The closest that one can look: a hundredth of a millisecond would show nothing more. Ours. */
const minLength = 2;

/** All of a strip. */
export function wholeOf(length: number): StripWindow {
  return { from: 0, to: Math.max(length, minLength) };
}

/** Within the strip, as long as it was where that can be. */
export function clampWindow({ from, to }: StripWindow, length: number): StripWindow {
  const whole = wholeOf(length);
  const size = Math.min(Math.max(to - from, minLength), whole.to);
  const start = Math.min(Math.max(from, 0), whole.to - size);
  return { from: start, to: start + size };
}

/** Closer by a factor above 1, farther by one below; what is at `anchor` stays where it is. */
export function zoomWindow(
  { from, to }: StripWindow,
  { factor, anchor, length }: { readonly factor: number; readonly anchor: number; readonly length: number },
): StripWindow {
  const size = Math.max((to - from) / factor, minLength);
  const share = to === from ? 0 : (anchor - from) / (to - from);
  const start = anchor - share * size;
  return clampWindow({ from: start, to: start + size }, length);
}

/** Moved by so many places. */
export function panWindow({ from, to }: StripWindow, by: number, length: number): StripWindow {
  return clampWindow({ from: from + by, to: to + by }, length);
}

/** Moved by as little as shows a place with some room beside it. */
export function windowShowing(window: StripWindow, place: number, length: number): StripWindow {
  const room = (window.to - window.from) * 0.05;
  if (place < window.from + room) return panWindow(window, place - room - window.from, length);
  return place > window.to - room ? panWindow(window, place + room - window.to, length) : window;
}
