import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** Bytes for each peer connection that may be the noise of code compiled meanwhile; one that stays takes 80,000. Ours. */
const maxBytesPerPeer = 2_000;

test("[ME17] a thousand peer connections, closed at every stage, leave no handle and no memory behind", {
  timeout: 120_000,
}, async () => {
  const program = join(import.meta.dirname, "open_and_close_peers.ts");
  const peerCount = 1_000;
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", program, String(peerCount), "100"], {
    timeout: 110_000,
  });
  const { before, after } = JSON.parse(stdout);
  expect(after.fds).toEqual(before.fds);
  expect(after.resources).toEqual(before.resources);
  expect(Object.values(after.objects)).toEqual([0, 0, 0, 0]);
  expect((after.heapBytes - before.heapBytes) / peerCount).toBeLessThan(maxBytesPerPeer);
});
