import { readUsage } from "./usage.ts";

// Loaded into a measured server before its own program (`--import`): tells its usage when it is asked, and is otherwise not there.

process.on("message", (message) => {
  if (message !== "usage" && message !== "usage after collection") return;
  if (message === "usage after collection") collectGarbage();
  process.send?.(readUsage());
});
process.channel?.unref();

/** As when memory runs out: empty pages go back to the system, so that what is left is what is used. */
function collectGarbage(): void {
  void globalThis.gc?.({ execution: "sync", flavor: "last-resort", type: "major" });
}
