/** Longest name of a room (docs/protocol.md). */
const maxLength = 64;

/** Where a link leads. */
export interface RoomLink {
  /** "" when it names none. */
  readonly room: string;
  /** The same as somebody wrote it, which may be no name that a room can have. */
  readonly written: string;
  /** What lets its owner in, where the server wants a token; "" when there is none. */
  readonly token: string;
}

/** Reads `#room` or `#room?token=...`, as of `location.hash`. */
export function parseHash(hash: string): RoomLink {
  const [place = "", ...rest] = hash.replace(/^#\/?/, "").split("?");
  let name = place;
  try {
    name = decodeURIComponent(place);
  } catch {
    // Not encoded: taken as it is.
  }
  return { room: toRoomName(name), written: name, token: new URLSearchParams(rest.join("?")).get("token") ?? "" };
}

/** The link that leads to a room, from where a page is. Never with a token, which is one person's. */
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
