import { toRoomName } from "./room_link.ts";

/** Says what a room's name may hold, and what became of one that holds something else. `written` is "" where the name was not written by anybody. */
export function sayRoomName(written: string): string {
  const kept = toRoomName(written);
  const text = written.trim();
  if (text === kept) return "Letters A to Z, digits, - and _, up to 64.";
  const shown = [...text].length > 40 ? `${[...text].slice(0, 40).join("")}…` : text;
  if (kept === "")
    return `“${shown}” has none of the letters A to Z and digits that a room's name is made of: another name was chosen.`;
  return `“${shown}” becomes “${kept}”: letters A to Z, digits, - and _ only, up to 64.`;
}
