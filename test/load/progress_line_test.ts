import { expect, test } from "vitest";
import { ProgressLine } from "../../load/progress_line.ts";

const worker = { joined: 2, connected: 1, failed: 1, sent: 100, received: 400, cpu: 33.4 };

function outputTo(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => void written.push(text) };
}

test("[LG12] on a terminal one line changes", () => {
  const output = outputTo(true);
  const line = new ProgressLine(output);
  line.show([worker, worker], 8, 1_000);
  line.show([{ ...worker, sent: 250 }, worker], 8, 2_000);
  line.end();
  expect(output.written).toEqual([
    "\r1 s: 4 of 8 joined, 2 with media, 2 failed; 200 packets/s sent, 800/s received; CPU 33, 33 %\u001b[K",
    "\r2 s: 4 of 8 joined, 2 with media, 2 failed; 150 packets/s sent, 0/s received; CPU 33, 33 %\u001b[K",
    "\n",
  ]);
});

test("[LG12] elsewhere there is a plain line now and then", () => {
  const output = outputTo(false);
  const line = new ProgressLine(output);
  for (const elapsedMs of [1_000, 2_000, 5_999, 6_000]) line.show([worker], 4, elapsedMs);
  line.end();
  expect(output.written.length).toBe(2);
  for (const each of output.written) expect(each).toMatch(/^\d+ s: [\w ,;/%]+\n$/);
});
