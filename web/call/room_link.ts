/** Longest name of a room (docs/protocol.md). */
const maxLength = 64;

/** The room that a link leads to, from its fragment as of `location.hash`; "" when it names none. */
export function roomOfHash(hash: string): string {
  let name = hash.replace(/^#\/?/, "");
  try {
    name = decodeURIComponent(name);
  } catch {
    // Not encoded: taken as it is.
  }
  return toRoomName(name);
}

/** The link that leads to a room, from where a page is. */
export function linkOf(
  room: string,
  { origin, pathname }: { readonly origin: string; readonly pathname: string },
): string {
  return `${origin}${pathname}#${room}`;
}

/** A name of a room from whatever somebody writes: what a room may not have becomes a hyphen; "" when nothing is left. */
export function toRoomName(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^A-Za-z0-9_-]+/g, "-")
    .replaceAll(/-{2,}/g, "-")
    .replace(/^-+/, "")
    .slice(0, maxLength)
    .replace(/-+$/, "");
}
