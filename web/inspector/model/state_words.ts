import type { ActorView } from "./actor_view.ts";
import type { ActorState } from "./step.ts";

/** How it is going, as a color says it beside the word. */
export type Tone = "good" | "working" | "bad" | "idle" | "ended";

/** The state of an actor in a word or two. */
export interface StateWords {
  readonly text: string;
  readonly tone: Tone;
}

/** Worst first: what of many is shown for all. */
export const tones: readonly Tone[] = ["bad", "working", "good", "idle", "ended"];

const good = [
  "connected",
  "ready",
  "occupied",
  "active",
  "stable",
  "attached",
  "current",
  "settled",
  "joined",
  "heard",
];
const bad = ["failed", "disconnected", "rejected", "silent", "aborting", "error", "detached", "reconnecting"];
const idle = ["new", "outside", "empty", "paused"];
const ended = ["closed", "ended", "stopped", "superseded"];

/** The states of an actor in words: of one that is in several at a time, those that tell how it is going. */
export function stateWords(actor: Pick<ActorView, "kind" | "endedAt">, state: ActorState): StateWords {
  const words = wordsOf(actor.kind, state.value);
  if (state.status === "error") return { text: "crashed", tone: "bad" };
  if (state.status === "done" || state.status === "stopped" || actor.endedAt !== undefined) {
    const last = words.at(-1) ?? state.status;
    // That it failed is what one looks for, however long ago.
    if (last.endsWith("failed")) return { text: last, tone: "bad" };
    return { text: ended.includes(last) ? last : `ended, was ${words.join(" ")}`, tone: "ended" };
  }
  if (words.length === 0) return { text: state.status, tone: "idle" };
  return { text: words.join(" "), tone: toneOf(words) };
}

/** Of one word it depends on the word; of several the worst counts. */
function toneOf(words: readonly string[]): Tone {
  const each = words.map((word): Tone => {
    if (bad.includes(word) || word.endsWith("failed")) return "bad";
    if (good.includes(word)) return "good";
    if (idle.includes(word)) return "idle";
    return ended.includes(word) ? "ended" : "working";
  });
  return tones.find((tone) => each.includes(tone)) ?? "idle";
}

function wordsOf(kind: string, value: unknown): string[] {
  if (kind === "connectivity") return connectivityWords(value);
  const path = pathOf(value);
  // What lies in the state of the W3C tells how far a negotiation is; that all is settled goes without saying.
  if (kind === "negotiation") return path.filter((word) => word !== "settled");
  // That a client in a room has its socket goes without saying, too.
  if (kind === "session") return path.filter((word) => word !== "open" && word !== "attached");
  return path.slice(-1);
}

function connectivityWords(value: unknown): string[] {
  const { ice, dtls } = (value ?? {}) as { readonly ice?: unknown; readonly dtls?: unknown };
  const [iceWord, dtlsWord] = [pathOf(ice).at(-1), pathOf(dtls).at(-1)];
  if (iceWord === undefined) return pathOf(value).slice(-1);
  // Encryption comes after ICE: before, only ICE tells.
  return iceWord !== "connected" || dtlsWord === undefined || dtlsWord === "connected"
    ? [iceWord]
    : [`DTLS ${dtlsWord}`];
}

/** The keys of a state value from the outermost on; of several regions those of the first. */
function pathOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  const [entry] = Object.entries(value);
  return entry === undefined ? [] : [entry[0], ...pathOf(entry[1])];
}
