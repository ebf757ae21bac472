import { readFileSync } from "node:fs";

/** Of Signalbox, as its package says. */
export const version: string = (
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { readonly version: string }
).version;
