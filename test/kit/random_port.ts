const [first, count] = [20_000, 12_000];

/**
 * Below those that the system hands out by itself (on Linux from 32,768 on, on others from 49,152): it is given to nobody before the one
 * that asks for it by its number.
 */
export function randomPort(): number {
  return first + Math.floor(Math.random() * count);
}
