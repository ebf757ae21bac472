const moods = [
  "amber",
  "blue",
  "brave",
  "bright",
  "calm",
  "clear",
  "early",
  "gentle",
  "golden",
  "green",
  "kind",
  "lucky",
];
const more = [
  "mellow",
  "misty",
  "quick",
  "quiet",
  "rosy",
  "silver",
  "sunny",
  "swift",
  "velvet",
  "warm",
  "wild",
  "young",
];
const things = [
  "atlas",
  "badger",
  "birch",
  "brook",
  "canyon",
  "cedar",
  "comet",
  "coral",
  "falcon",
  "fern",
  "harbor",
  "heron",
];
const others = [
  "island",
  "lantern",
  "lark",
  "maple",
  "meadow",
  "otter",
  "pebble",
  "river",
  "robin",
  "summit",
  "willow",
  "wren",
];

/**
 * A name for a room that is easy to say on the phone, and hard to come upon: 24 x 24 x 9,000 of them. `random` is from 0
 * to 1, as of `Math.random`.
 */
export function suggestRoomName(random: () => number): string {
  const number = 1_000 + Math.floor(random() * 9_000);
  return `${pick([...moods, ...more], random)}-${pick([...things, ...others], random)}-${number}`;
}

function pick(words: readonly string[], random: () => number): string {
  return words[Math.floor(random() * words.length)] ?? "room";
}
