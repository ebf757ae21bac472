import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EdgeLimits } from "../../../transport/edge/edge_limits.ts";

/** The defaults of a node, which no test comes near by chance. */
export const limits: EdgeLimits = {
  maxFrameBytes: 262_144,
  maxSessions: 10_000,
  maxMessagesPerSecond: 100,
  maxErrorsPerMinute: 60,
  idleTimeoutMs: 30_000,
  throttleBytes: 65_536,
  maxQueuedBytes: 1_048_576,
  slowConsumerTimeoutMs: 10_000,
};

/** A new folder with these files, removed when the process ends. */
export function folderWith(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-edge-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}
