import { expect, test } from "vitest";
import { SimulatedClock } from "xstate";
import { LocalHub } from "../../../transport/bus/local_hub.ts";
import { codeOfRejection } from "../../kit/code_of_rejection.ts";
import { testBusContract } from "./bus_contract.ts";

testBusContract("LocalBus", async () => {
  const faults: unknown[] = [];
  const hub = new LocalHub({ reportFault: (error) => faults.push(error) });
  return {
    faults,
    open: async () => hub.connect(),
    stop: async () => expect(faults).toEqual([]),
  };
});

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (payload: Uint8Array) => new TextDecoder().decode(payload);

test("[BU13] a simulation decides when a message arrives, by its own clock, and none overtakes another", () => {
  const clock = new SimulatedClock();
  const delays = [50, 10, 0, 70];
  const hub = new LocalHub({ clock, route: () => delays.shift() ?? 0 });
  const [a, b] = [hub.connect("a"), hub.connect("b")];
  const got: string[] = [];
  b.subscribe("x", (payload) => got.push(`${clock.now()} ${text(payload)}`));
  for (const word of ["1", "2", "3", "4"]) a.publish("x", bytes(word));
  expect(got).toEqual([]);
  clock.increment(49);
  expect(got).toEqual([]);
  clock.increment(1);
  expect(got).toEqual(["50 1", "50 2", "50 3"]);
  clock.increment(20);
  expect(got).toEqual(["50 1", "50 2", "50 3", "70 4"]);
});

test("[BU13] a simulation loses what it wants between whom it wants", () => {
  const clock = new SimulatedClock();
  const hub = new LocalHub({
    clock,
    route: ({ from, to, subject }) => (`${from}${to}${subject}` === "abx" ? undefined : 5),
  });
  const [a, b, c] = [hub.connect("a"), hub.connect("b"), hub.connect("c")];
  const got: string[] = [];
  for (const bus of [b, c]) bus.subscribe(">", (_payload, subject) => got.push(`${bus.name} ${subject}`));
  a.publish("x", bytes(""));
  a.publish("y", bytes(""));
  clock.increment(5);
  expect(got).toEqual(["c x", "b y", "c y"]);
});

test("[BU13] the time limit of a request is the simulation's, too", async () => {
  const clock = new SimulatedClock();
  const hub = new LocalHub({ clock, route: () => 100 });
  const [a, b] = [hub.connect("a"), hub.connect("b")];
  b.subscribe("x", (payload, _subject, reply) => b.respond(reply, payload));
  const quick = codeOfRejection(a.request("x", bytes("?"), { timeoutMs: 199 }));
  const patient = a.request("x", bytes("?"), { timeoutMs: 201 });
  clock.increment(100);
  clock.increment(99);
  expect(await quick).toBe("bus-timeout");
  clock.increment(1);
  expect(text(await patient)).toBe("?");
});

test("[BU14] a bus that is cut off reaches nobody and hears nothing, says so, and is whole again afterwards", async () => {
  const hub = new LocalHub();
  const [a, b] = [hub.connect("a"), hub.connect("b")];
  const links: string[] = [];
  a.watchLink(({ state, reason }) => links.push(`${state} ${reason}`));
  const got: string[] = [];
  a.subscribe("a", (payload) => got.push(text(payload)));
  b.subscribe("b", (payload) => got.push(text(payload)));
  b.publish("a", bytes("under way"));
  const pending = codeOfRejection(a.request("b", bytes("asked"), { timeoutMs: 10_000 }));
  a.cutOff("no route");
  expect(await pending).toBe("bus-cut-off");
  a.publish("b", bytes("lost"));
  expect(await codeOfRejection(a.request("b", bytes("?"), { timeoutMs: 10_000 }))).toBe("bus-cut-off");
  expect(await codeOfRejection(a.flush())).toBe("bus-cut-off");
  expect(await codeOfRejection(b.request("a", bytes("?"), { timeoutMs: 10_000 }))).toBe("no-responders");
  a.mend();
  a.publish("b", bytes("1"));
  b.publish("a", bytes("2"));
  await a.flush();
  await b.flush();
  expect(got).toEqual(["asked", "1", "2"]);
  expect(a.counts.dropped).toBe(1);
  expect(links).toEqual(["reconnecting no route", "connected "]);
});

test("[BU15] what a node alone publishes costs no more with 10,000 subscriptions of its own than with 10", async () => {
  const bus = new LocalHub().connect();
  let count = 0;
  const fill = (upTo: number): void => {
    for (; count < upTo; count += 1) bus.subscribe(`room.${count}.>`, () => undefined);
  };
  const measure = (): number => {
    const rounds = Array.from({ length: 15 }, () => {
      const startedAt = performance.now();
      for (let n = 0; n < 100; n += 1) bus.publish(`room.${n}.heartbeat`, bytes("there"));
      return performance.now() - startedAt;
    });
    return Math.min(...rounds);
  };
  fill(10);
  measure();
  const few = measure();
  fill(10_000);
  expect(measure()).toBeLessThan(10 * few);
  expect(await codeOfRejection(bus.request("room.7.ask", bytes("?"), { timeoutMs: 1 }))).toBe("bus-timeout");
  expect(await codeOfRejection(bus.request("nowhere", bytes("?"), { timeoutMs: 10_000 }))).toBe("no-responders");
});
