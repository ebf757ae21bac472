import { readFileSync } from "node:fs";

/** Who made which offer: each with audio, video and a data channel, host candidates included. */
export const fixtures = ["chromium_offer", "firefox_offer", "aiortc_offer"] as const;

/** A session description as it was made by a real client. */
export function readFixture(name: (typeof fixtures)[number]): string {
  return readFileSync(new URL(`fixtures/${name}.sdp`, import.meta.url), "utf8");
}
