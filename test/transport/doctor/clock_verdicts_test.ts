import { expect, test } from "vitest";
import { boundClock, judgeHttpClock, judgeTurnClock } from "../../../transport/doctor/clock_checks.ts";

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000];
const of = { host: "turn.example.org", ttlMs: 12 * hourMs };

/** A server whose clock is so much ahead of ours takes what has not ended by it. */
function serverAheadBy(aheadMs: number) {
  return boundClock(async (endsInMs) => endsInMs > aheadMs);
}

test("[DOC15] a TURN server's clock is bounded by the credentials that it takes and those that it refuses", async () => {
  expect(await serverAheadBy(0)).toEqual({ aboveMs: -minuteMs, atMostMs: minuteMs });
  expect(await serverAheadBy(5 * minuteMs)).toEqual({ aboveMs: minuteMs, atMostMs: 10 * minuteMs });
  expect(await serverAheadBy(2 * hourMs)).toEqual({ aboveMs: hourMs, atMostMs: 12 * hourMs });
  expect(await serverAheadBy(-5 * minuteMs)).toEqual({ aboveMs: -10 * minuteMs, atMostMs: -minuteMs });
  expect(await serverAheadBy(30 * dayMs)).toEqual({ aboveMs: 7 * dayMs, atMostMs: undefined });
  expect(await serverAheadBy(-30 * dayMs)).toEqual({ aboveMs: undefined, atMostMs: -7 * dayMs });
});

test("[DOC15] a clock that is off deserves a warning, and fails where it makes all credentials void", async () => {
  const judge = async (aheadMs: number) => judgeTurnClock(await serverAheadBy(aheadMs), of);
  expect((await judge(0)).verdict).toBe("passed");
  expect(await judge(5 * minuteMs)).toMatchObject({
    verdict: "warning",
    saw: "the clock of turn.example.org is 1 min to 10 min ahead of ours (by which credentials it takes): credentials end that much sooner",
  });
  expect(await judge(-5 * minuteMs)).toMatchObject({ verdict: "warning", saw: expect.stringContaining("behind ours") });
  expect(await judge(dayMs)).toMatchObject({ verdict: "failed", saw: expect.stringContaining("12 h to 168 h ahead") });
  // A wrong secret is not the clock's fault.
  expect((await judge(30 * dayMs)).verdict).toBe("skipped");
  expect((await judge(-30 * dayMs)).verdict).toBe("warning");
});

test("[DOC16] a clock is compared with the Date of a provider, as exactly as that is", () => {
  const judge = (offMs: number) => judgeHttpClock({ host: "api.example.org", offMs, roundTripMs: 80 });
  expect(judge(900).saw).toContain("to a second");
  expect(judge(-20_000)).toMatchObject({
    verdict: "passed",
    saw: expect.stringContaining("20.0 s behind api.example.org"),
  });
  expect(judge(61_000)).toMatchObject({
    verdict: "warning",
    saw: expect.stringContaining("ahead of"),
    advice: expect.stringContaining("NTP"),
  });
});
