import { expect, test } from "vitest";
import { recordBounds } from "../../protocol/connection_record.ts";
import { redact } from "../../protocol/redact.ts";

test("[RR6] secrets are looked for in text that was made to be slow to search as fast as in any other", () => {
  const length = 100_000;
  const timeOf = (piece: string) => {
    const text = piece.repeat(length / piece.length);
    const beganAt = performance.now();
    redact(text, recordBounds);
    return performance.now() - beganAt;
  };
  timeOf("a=sendrecv");
  const plainMs = Math.max(1, timeOf("a=sendrecv"));
  for (const piece of ["ab.-+", "eyJa-", "eyJa.", "ab://"]) expect(timeOf(piece) / plainMs, piece).toBeLessThan(50);
  expect(redact("nats://u:p@h wss://me@x/y?token=t eyJa.b.c", recordBounds)).toBe(
    "nats://[redacted]@h wss://[redacted]@x/y?token=[redacted] [redacted]",
  );
});
