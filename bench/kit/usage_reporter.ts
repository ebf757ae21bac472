import { readUsage } from "./usage.ts";

// Loaded into a measured server before its own program (`--import`): tells its usage when it is asked, and is otherwise not there.

process.on("message", (message) => {
  if (message !== "usage" && message !== "usage after collection") return;
  if (message === "usage after collection") collectGarbage();
  process.send?.(readUsage());
});
process.channel?.unref();

/** Twice, since what a finalizer frees is only found the second time. */
function collectGarbage(): void {
  globalThis.gc?.();
  globalThis.gc?.();
}
