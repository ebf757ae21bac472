import type * as werift from "werift";
import { ClientError } from "../client/mod.ts";

/** The release that this was made for and is tested with: it works on parts of werift that are not for others. */
const version = "0.25.2";

/**
 * werift, which a program brings itself: the client needs it in Node alone.
 *
 * @throws {ClientError} `unsupported`, to whoever imports this: it is not installed.
 */
export const engine: typeof werift = await import("werift").catch((cause: unknown) => {
  throw new ClientError("unsupported", `Cannot run in Node without werift: npm install werift@${version}`, { cause });
});
