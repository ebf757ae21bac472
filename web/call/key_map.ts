/** What a key does in a call. */
export type CallAction = "microphone" | "camera" | "screen" | "chat" | "people" | "settings" | "statistics";

/** The keys, for the map and for the tooltips. */
export const callKeys: Readonly<Record<CallAction, string>> = {
  microphone: "M",
  camera: "V",
  screen: "S",
  chat: "C",
  people: "P",
  settings: "D",
  statistics: "I",
};

/** What the keys do, in a few words. */
export const keyWords =
  "M: microphone, V: camera, S: share screen, C: chat, P: people, D: devices and settings, I: statistics";

/** What counts of a key press: a `KeyboardEvent`, and what has the focus. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  readonly repeat: boolean;
  /** The tag of the focused element, in upper case, and whether one can write in it. */
  readonly tag: string;
  readonly isEditable: boolean;
}

/** What a key press means; undefined where it means nothing, as while somebody writes. */
export function actionOf(press: KeyPress): CallAction | undefined {
  if (press.ctrlKey || press.altKey || press.metaKey || press.repeat) return undefined;
  if (press.isEditable || press.tag === "TEXTAREA" || press.tag === "SELECT" || press.tag === "INPUT") return undefined;
  const key = press.key.toUpperCase();
  return (Object.keys(callKeys) as CallAction[]).find((action) => callKeys[action] === key);
}
