import { describe, expect, onTestFinished, test } from "vitest";
import type { Bus, BusLink } from "../../../actors/bus.ts";
import { codeOfRejection } from "../../kit/code_of_rejection.ts";

/** Where the buses of one test meet. */
export interface BusMeeting {
  /** A connected bus of its own. */
  open(): Promise<Bus>;
  /** What was reported of handlers that threw, so far. */
  readonly faults: unknown[];
  /** Ends what it started, the buses included. */
  stop(): Promise<void>;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (payload: Uint8Array) => new TextDecoder().decode(payload);
/** Generous: only a bus that hangs takes as long. */
const timeoutMs = 10_000;

/** What every implementation of the bus keeps to. */
export function testBusContract(name: string, startMeeting: () => Promise<BusMeeting>): void {
  const meet = async () => {
    const meeting = await startMeeting();
    onTestFinished(() => meeting.stop());
    const buses: Bus[] = [];
    const open = async () => {
      const bus = await meeting.open();
      buses.push(bus);
      return bus;
    };
    /**
     * Waits until every bus has what every other one published, and everyone knows of every subscription. Where servers are a cluster,
     * both take their time, but come in order: so who gets an answer on a subject made just now knows all that was before.
     */
    const settle = async () => {
      const live = buses.filter((bus) => bus.link.state === "connected");
      for (const to of live) {
        const subject = `sync.${crypto.randomUUID()}`;
        const subscription = to.subscribe(subject, (payload, _subject, reply) => to.respond(reply, payload));
        await to.flush();
        for (const from of live) if (from !== to) await untilAnswered(from, subject);
        subscription.unsubscribe();
      }
    };
    /** What `bus` gets of `pattern`, each as `subject=payload`, without what `settle` sends. */
    const listen = async (bus: Bus, pattern: string) => {
      const got: string[] = [];
      const subscription = bus.subscribe(pattern, (payload, subject) => {
        if (!/^(sync|_INBOX)\./.test(subject)) got.push(`${subject}=${text(payload)}`);
      });
      await settle();
      return { got, subscription };
    };
    const [a, b] = [await open(), await open()];
    return { meeting, open, settle, listen, a, b };
  };
  const untilAnswered = async (bus: Bus, subject: string) => {
    const isAnswered = async () =>
      (await codeOfRejection(bus.request(subject, bytes(""), { timeoutMs: 1_000 }))) === "nothing";
    await expect.poll(isAnswered, { timeout: timeoutMs, interval: 2 }).toBe(true);
  };

  describe(name, () => {
    test("[BU1] every other bus gets what it subscribed to, once for each subscription and in the order of its publisher", async () => {
      const { open, settle, listen, a, b } = await meet();
      const c = await open();
      const first = await listen(b, "x.one");
      const second = await listen(b, "x.one");
      const third = await listen(c, "x.one");
      const other = await listen(c, "x.two");
      const before = { a: a.counts.published, b: b.counts.delivered };
      const sent = Array.from({ length: 500 }, (_, index) => `x.one=${index}`);
      for (const [index] of sent.entries()) a.publish("x.one", bytes(`${index}`));
      expect(a.counts.published - before.a).toBe(500);
      await settle();
      expect(first.got).toEqual(sent);
      expect(second.got).toEqual(sent);
      expect(third.got).toEqual(sent);
      expect(other.got).toEqual([]);
      expect(a.counts.dropped).toBe(0);
      // And one from each of the two others by which all was settled.
      expect(b.counts.delivered - before.b).toBe(1_002);
    });

    test("[BU1] the order holds across the subjects of one pattern, also with messages of very different lengths", async () => {
      const { settle, a, b } = await meet();
      const lengths: string[] = [];
      b.subscribe("x.>", (payload, subject) => lengths.push(`${subject}:${payload.length}`));
      await settle();
      const sent = Array.from(
        { length: 60 },
        (_, index) => [`x.${index % 3}`, index % 4 === 0 ? 100_000 + index : index] as const,
      );
      for (const [subject, length] of sent) a.publish(subject, new Uint8Array(length));
      await settle();
      expect(lengths).toEqual(sent.map(([subject, length]) => `${subject}:${length}`));
    });

    test("[BU2] a bus hears nothing of what it publishes or asks itself", async () => {
      const { settle, listen, a, b } = await meet();
      const own = await listen(a, ">");
      const theirs = await listen(b, "x");
      a.publish("x", bytes("1"));
      await settle();
      expect(own.got).toEqual([]);
      expect(theirs.got).toEqual(["x=1"]);
      a.subscribe("only.mine", () => expect.unreachable());
      await settle();
      expect(await codeOfRejection(a.request("only.mine", bytes("?"), { timeoutMs: 50 }))).toBe("bus-timeout");
    });

    test.each([
      ["x.*", ["x.a", "x.b"]],
      ["*.a", ["x.a", "y.a"]],
      ["x.>", ["x.a", "x.b", "x.a.c"]],
      ["x.*.c", ["x.a.c"]],
      ["*.>", ["x.a", "x.b", "x.a.c", "y.a"]],
      [">", ["x", "x.a", "x.b", "x.a.c", "y.a"]],
      ["x", ["x"]],
      ["x.*.*", ["x.a.c"]],
    ])("[BU3] %s stands for what NATS says", async (pattern, expected) => {
      const { settle, listen, a, b } = await meet();
      const { got } = await listen(b, pattern);
      for (const subject of ["x", "x.a", "x.b", "x.a.c", "y.a"]) a.publish(subject, bytes(""));
      await settle();
      expect(got).toEqual(expected.map((subject) => `${subject}=`));
    });

    test.each(["", ".", "x.", ".x", "x..y", "x y", "x\r\nPUB y 0", "x.*", "x.>", ">", "x\ty"])(
      "[BU3] %j is no subject to publish to",
      async (subject) => {
        const { a } = await meet();
        expect(() => a.publish(subject, bytes(""))).toThrow(TypeError);
        await expect(a.request(subject, bytes(""), { timeoutMs })).rejects.toThrow(TypeError);
      },
    );

    test.each(["", ".", "x.", "x..*", "x y", "x.>.y", "x.a*", "x\r\n", "x.>y", "x."])(
      "[BU3] %j is no pattern to subscribe to",
      async (pattern) => {
        const { a } = await meet();
        expect(() => a.subscribe(pattern, () => undefined)).toThrow(TypeError);
      },
    );

    test("[BU4] nothing is delivered from within a call", async () => {
      const { settle, a, b } = await meet();
      let isCalling = false;
      const calls: boolean[] = [];
      const call = <T>(what: () => T): T => {
        isCalling = true;
        try {
          return what();
        } finally {
          isCalling = false;
        }
      };
      for (const bus of [a, b]) {
        bus.subscribe("ping", (payload) => {
          calls.push(isCalling);
          if (payload.length < 5) call(() => bus.publish("ping", new Uint8Array(payload.length + 1)));
        });
      }
      await settle();
      call(() => a.publish("ping", new Uint8Array(1)));
      await expect.poll(() => calls.length, { timeout: timeoutMs }).toBe(5);
      expect(calls).toEqual([false, false, false, false, false]);
    });

    test("[BU4] messages published in one turn arrive in far fewer turns than there are messages", async () => {
      const { settle, a, b } = await meet();
      const turns = new Set<number>();
      let turn = 0;
      let got = 0;
      let isOver = false;
      const count = () => {
        turn++;
        if (!isOver) setImmediate(count);
      };
      b.subscribe("x", () => {
        turns.add(turn);
        got++;
      });
      await settle();
      count();
      for (let index = 0; index < 300; index++) a.publish("x", new Uint8Array(100));
      await settle();
      isOver = true;
      expect(got).toBe(300);
      expect(turns.size).toBeLessThan(30);
    });

    test("[BU5] the bytes are the caller's again in the next turn of the event loop, and a handler may keep its own", async () => {
      const { settle, a, b } = await meet();
      const kept: Uint8Array[] = [];
      b.subscribe("x", (payload) => kept.push(payload));
      await settle();
      const buffer = new Uint8Array(64);
      for (let index = 1; index <= 20; index++) {
        buffer.fill(index);
        a.publish("x", buffer);
        await new Promise((resolve) => setImmediate(resolve));
      }
      buffer.fill(0);
      await settle();
      expect(kept.map((payload) => [payload.length, payload[0], payload[63]])).toEqual(
        Array.from({ length: 20 }, (_, index) => [64, index + 1, index + 1]),
      );
    });

    test("[BU6] a handler that throws is reported and keeps nobody from anything", async () => {
      const { meeting, settle, listen, a, b } = await meet();
      const error = new Error("boom");
      b.subscribe("x", () => {
        throw error;
      });
      const { got } = await listen(b, "x");
      a.publish("x", bytes("1"));
      a.publish("x", bytes("2"));
      await settle();
      expect(got).toEqual(["x=1", "x=2"]);
      expect(meeting.faults).toEqual([error, error]);
      meeting.faults.length = 0;
    });

    test("[BU7] nothing is delivered after the end of a subscription, not even what has arrived already", async () => {
      const { settle, listen, a, b } = await meet();
      const got: string[] = [];
      const subscription = b.subscribe("x", (payload) => {
        got.push(text(payload));
        subscription.unsubscribe();
      });
      const second = await listen(b, "x");
      for (const word of ["1", "2", "3"]) a.publish("x", bytes(word));
      await settle();
      subscription.unsubscribe();
      expect(got).toEqual(["1"]);
      expect(second.got).toEqual(["x=1", "x=2", "x=3"]);
      second.subscription.unsubscribe();
      await settle();
      a.publish("x", bytes("4"));
      await settle();
      expect(second.got).toHaveLength(3);
      expect(await codeOfRejection(a.request("x", bytes("?"), { timeoutMs }))).toBe("no-responders");
    });

    test("[BU8] a request gets the first answer, many at a time get each their own", async () => {
      const { open, settle, a, b } = await meet();
      const c = await open();
      const handler = (bus: Bus) => (payload: Uint8Array, _subject: string, reply: string) => {
        bus.respond(reply, bytes(`re ${text(payload)}`));
      };
      b.subscribe("ask.>", handler(b));
      c.subscribe("ask.both", handler(c));
      await settle();
      const asked = ["ask.1", "ask.2", "ask.both", "ask.4"];
      const answers = await Promise.all(asked.map((subject) => a.request(subject, bytes(subject), { timeoutMs })));
      expect(answers.map(text)).toEqual(asked.map((subject) => `re ${subject}`));
    });

    test("[BU8] a message that is no request has no reply, and to answer it is nothing", async () => {
      const { settle, a, b } = await meet();
      const replies: string[] = [];
      b.subscribe("x", (_payload, _subject, reply) => {
        replies.push(reply);
        b.respond(reply, bytes("1"));
      });
      await settle();
      a.publish("x", bytes(""));
      await settle();
      expect(replies).toEqual([""]);
    });

    test("[BU9] a request that nobody hears, that nobody answers in time or that is given up ends with words that say so", async () => {
      const { settle, a, b } = await meet();
      const unheard = a.request("nobody.there", bytes("?"), { timeoutMs });
      await expect(unheard).rejects.toMatchObject({
        code: "no-responders",
        message: 'Cannot ask "nobody.there": nobody subscribed to it',
      });
      const replies: string[] = [];
      b.subscribe("silent", (_payload, _subject, reply) => replies.push(reply));
      await settle();
      await expect(a.request("silent", bytes("?"), { timeoutMs: 50 })).rejects.toMatchObject({
        code: "bus-timeout",
        message: 'Cannot ask "silent": no answer within 50 ms',
      });
      const controller = new AbortController();
      const given = a.request("silent", bytes("?"), { timeoutMs, signal: controller.signal });
      const reason = new Error("no more need");
      controller.abort(reason);
      await expect(given).rejects.toBe(reason);
      await expect(a.request("silent", bytes("?"), { timeoutMs, signal: controller.signal })).rejects.toBe(reason);
      // What comes too late harms nobody.
      await settle();
      for (const reply of replies) b.respond(reply, bytes("late"));
      await settle();
    });

    test("[BU10] a payload as long as allowed arrives; a longer one is refused, and the bus goes on", async () => {
      const { settle, a, b } = await meet();
      const lengths: number[] = [];
      b.subscribe("x", (payload) => lengths.push(payload.length));
      await settle();
      const max = a.maxPayloadBytes;
      expect(max).toBeGreaterThanOrEqual(65_536);
      a.publish("x", new Uint8Array(max));
      expect(() => a.publish("x", new Uint8Array(max + 1))).toThrow(
        expect.objectContaining({
          code: "payload-too-large",
          message: `Cannot publish ${max + 1} bytes to "x": the bus takes ${max}`,
        }),
      );
      expect(await codeOfRejection(a.request("x", new Uint8Array(max + 1), { timeoutMs }))).toBe("payload-too-large");
      a.publish("x", new Uint8Array(0));
      await settle();
      expect(lengths).toEqual([max, 0]);
    });

    test("[BU11] a closed bus has sent what it published and delivers nothing more", async () => {
      const { listen, a, b } = await meet();
      const { got } = await listen(b, "x");
      const own = await listen(a, "y");
      const links: BusLink[] = [];
      a.watchLink((link) => links.push(link));
      const pending = codeOfRejection(a.request("x", bytes("?"), { timeoutMs }));
      a.publish("x", bytes("last"));
      await Promise.all([a.close(), a.close()]);
      expect(await pending).toBe("bus-closed");
      await expect.poll(() => got, { timeout: timeoutMs }).toEqual(["x=?", "x=last"]);
      expect(links).toEqual([{ state: "closed", reason: "closed by the node" }]);
      expect(a.link).toEqual(links[0]);

      b.publish("y", bytes("1"));
      a.publish("x", bytes("too late"));
      a.respond("x", bytes("too late"));
      a.subscribe("y", () => expect.unreachable()).unsubscribe();
      expect(await codeOfRejection(a.request("x", bytes("?"), { timeoutMs }))).toBe("bus-closed");
      expect(await codeOfRejection(a.flush())).toBe("bus-closed");
      await b.flush();
      expect(got).toHaveLength(2);
      expect(own.got).toEqual([]);
      expect(a.counts.dropped).toBe(2);
      await a.close();
    });

    test("[BU11] what arrived before the end is delivered, and may be answered", async () => {
      const { settle, a, b } = await meet();
      const got: string[] = [];
      a.subscribe("x", (payload, _subject, reply) => {
        got.push(text(payload));
        a.respond(reply, bytes("yes"));
      });
      await settle();
      const answer = b.request("x", bytes("?"), { timeoutMs });
      await settle();
      await a.close();
      expect(got).toEqual(["?"]);
      expect(text(await answer)).toBe("yes");
    });

    test("[BU12] a link that is connected says so, and watchers that ended hear nothing", async () => {
      const { meeting, a } = await meet();
      expect(a.link).toEqual({ state: "connected", reason: "" });
      const heard: string[] = [];
      a.watchLink(({ state }) => heard.push(`first ${state}`))();
      a.watchLink(() => {
        throw new Error("bad watcher");
      });
      a.watchLink(({ state }) => heard.push(`third ${state}`));
      await a.close();
      expect(heard).toEqual(["third closed"]);
      expect(meeting.faults).toEqual([new Error("bad watcher")]);
      meeting.faults.length = 0;
    });
  });
}
