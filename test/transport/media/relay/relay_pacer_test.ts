import { describe, expect, it } from "vitest";
import { RelayPacer } from "../../../../transport/media/relay/relay_pacer.ts";

describe("relay pacer", () => {
  function makePacer() {
    const clock = { nowMs: 1_000 };
    const waits: { readonly delayMs: number; readonly call: () => void }[] = [];
    const sent: string[] = [];
    const pacer = new RelayPacer({
      intervalMs: 4,
      now: () => clock.nowMs,
      after: (delayMs, call) => void waits.push({ delayMs, call }),
    });
    return {
      clock,
      sent,
      waits,
      send: (...names: string[]) => {
        for (const name of names) pacer.schedule(() => void sent.push(name));
      },
      /** The time that was waited for is over. */
      pass: () => {
        const { delayMs, call } = waits.shift() ?? { delayMs: 0, call: () => undefined };
        clock.nowMs += delayMs;
        call();
        return delayMs;
      },
    };
  }

  it("[RL23] what comes after a quiet time waits for the end of the turn only, and all of a turn leaves together", () => {
    const { waits, sent, send, pass } = makePacer();
    send("a", "b");
    expect(sent).toEqual([]);
    expect(waits).toHaveLength(1);
    expect(pass()).toBe(0);
    expect(sent).toEqual(["a", "b"]);
  });

  it("[RL23] what comes soon after that waits for the rest of the interval, together with what comes meanwhile", () => {
    const { clock, waits, sent, send, pass } = makePacer();
    send("a");
    pass();
    clock.nowMs += 1;
    send("b");
    send("c");
    expect(waits).toHaveLength(1);
    expect(pass()).toBe(3);
    expect(sent).toEqual(["a", "b", "c"]);
    clock.nowMs += 10;
    send("d");
    expect(pass()).toBe(0);
    expect(sent).toEqual(["a", "b", "c", "d"]);
  });

  it("[RL23] nothing is sent twice, and what is scheduled while it sends comes with the next", () => {
    const { waits, sent, pass } = makePacer();
    const pacer = new RelayPacer({ now: () => 0, after: (_, call) => void waits.push({ delayMs: 0, call }) });
    pacer.schedule(() => {
      sent.push("first");
      pacer.schedule(() => void sent.push("second"));
    });
    pass();
    expect(sent).toEqual(["first"]);
    pass();
    expect(sent).toEqual(["first", "second"]);
    expect(waits).toEqual([]);
  });
});
