import fc from "fast-check";
import { expect, test } from "vitest";
import { lanesOf } from "../../../../web/inspector/timeline/lanes.ts";
import { AxisView } from "../../../../web/inspector/timeline/strip_view.ts";
import {
  clampWindow,
  panWindow,
  wholeOf,
  windowShowing,
  zoomWindow,
} from "../../../../web/inspector/timeline/strip_window.ts";
import { elapsedWords, timeMarks } from "../../../../web/inspector/timeline/time_marks.ts";
import { shortenedMs, timeScale } from "../../../../web/inspector/timeline/time_scale.ts";
import { timelineKey } from "../../../../web/inspector/timeline/timeline_keys.ts";
import { timelineScope } from "../../../../web/inspector/timeline/timeline_scope.ts";
import { actorOf, actorsOf } from "../actor_of.ts";

const kindOf = ({ kind }: { readonly kind: string }) => kind;
const told = (lanes: ReturnType<typeof lanesOf>) =>
  lanes.map(({ actor, region, bars }) => {
    const words = bars.map(
      ({ from, to, state, tone }) => `${state} ${from - 1_000_000}-${to === null ? "" : to - 1_000_000} ${tone}`,
    );
    return [`${actor} ${region}`.trim(), ...words];
  });

test("[IP53] an actor has a lane for each region, with its states as long as they lasted", () => {
  const before = { status: "active" as const, value: { ice: "new", dtls: "new" }, context: {} };
  const lanes = lanesOf(
    [
      actorOf("connectivity", "n1/session:a/a-1/connectivity", {
        before,
        steps: [
          { seq: 10, event: "x", value: { ice: "checking", dtls: "new" } },
          { seq: 20, event: "x", value: { ice: "checking", dtls: "new" } },
          { seq: 30, event: "x" },
          { seq: 40, event: "x", value: { ice: "failed", dtls: "new" } },
        ],
        endedAt: 1_000_050,
      }),
    ],
    kindOf,
  );
  expect(told(lanes)).toEqual([
    ["connectivity ice", "new 0-10 idle", "checking 10-40 working", "failed 40-50 bad"],
    ["dtls", "new 0-50 idle"],
  ]);
  expect([...(lanes[0]?.ticks ?? [])]).toEqual([["room", [1_000_010, 1_000_020, 1_000_030, 1_000_040]]]);
  expect(lanes[1]?.ticks.size).toBe(0);
});

test("[IP53] a region that is left ends, and an actor without states has its events", () => {
  const regions = actorOf("peer", "n1/session:a/a-1", {
    steps: [
      { seq: 10, event: "x", value: { open: { ice: "new", dtls: "new" } } },
      { seq: 20, event: "x", value: "closed" },
    ],
  });
  expect(told(lanesOf([regions], kindOf))).toEqual([
    ["peer open.ice", "new 10-20 idle"],
    ["open.dtls", "new 10-20 idle"],
    ["", "closed 20- ended"],
  ]);
  expect(told(lanesOf([actorOf("client", "n1/x")], kindOf))).toEqual([["client"]]);
});

test("[IP54] pauses are drawn the shorter the longer they were, and what lies close as it was", () => {
  expect([shortenedMs(0), shortenedMs(499), shortenedMs(500)]).toEqual([0, 499, 500]);
  expect(shortenedMs(3_600_000)).toBeLessThan(6_000);
  const scale = timeScale([0, 100, 100, 60_100, 60_200], false);
  expect(scale.pauses).toEqual([{ from: 100, to: 60_100 }]);
  expect(scale.place(100)).toBe(100);
  expect(scale.length).toBe(200 + shortenedMs(60_000));
  expect(timeScale([0, 100, 60_100], true)).toMatchObject({ length: 60_100, pauses: [] });
});

test("[IP54] every moment has a place, and every place its moment, in their order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1e12 })),
      fc.boolean(),
      fc.integer({ min: 0, max: 1e12 }),
      fc.nat(1e6),
      (moments, isTrue, at, later) => {
        const scale = timeScale(
          [...moments].sort((a, b) => a - b),
          isTrue,
        );
        expect(scale.place(at + later)).toBeGreaterThanOrEqual(scale.place(at));
        for (const moment of moments) expect(scale.at(scale.place(moment))).toBeCloseTo(moment, 0);
      },
    ),
  );
  expect(timeScale([], false).place(5)).toBe(0);
});

test("[IP54] zooming keeps what is pointed at where it is, and nothing leads out of the strip", () => {
  const length = 1_000;
  const window = fc
    .tuple(fc.nat(2_000), fc.nat(2_000))
    .map(([from, size]) => clampWindow({ from, to: from + size }, length));
  fc.assert(
    fc.property(
      window,
      fc.double({ min: 0.1, max: 10, noNaN: true }),
      fc.nat(1_000),
      fc.integer({ min: -2_000, max: 2_000 }),
      (seen, factor, anchor, by) => {
        for (const next of [
          seen,
          zoomWindow(seen, { factor, anchor, length }),
          panWindow(seen, by, length),
          windowShowing(seen, anchor, length),
        ]) {
          expect(next.from).toBeGreaterThanOrEqual(0);
          expect(next.to).toBeLessThanOrEqual(length + 1e-6);
          expect(next.to - next.from).toBeGreaterThan(0);
        }
        const shown = windowShowing(seen, anchor, length);
        expect(anchor).toBeGreaterThanOrEqual(shown.from - 1e-6);
        expect(anchor).toBeLessThanOrEqual(shown.to + 1e-6);
      },
    ),
  );
  expect(zoomWindow({ from: 200, to: 400 }, { factor: 2, anchor: 300, length })).toEqual({ from: 250, to: 350 });
  expect(wholeOf(0).to).toBeGreaterThan(0);
});

test("[IP54] the axis tells times since the first event as fine as they lie apart", () => {
  const marks = timeMarks(timeScale([1_000, 1_400], true), { from: 0, to: 400 }, 200);
  expect(marks).toEqual([
    { share: 0.25, words: "0.1 s" },
    { share: 0.75, words: "0.3 s" },
  ]);
  expect([
    elapsedWords(1_234, 1),
    elapsedWords(65_400, 2_000),
    elapsedWords(65_400, 60_000),
    elapsedWords(3_725_000, 60_000),
  ]).toEqual(["1.234 s", "1:05.4", "1:05", "1:02:05"]);
});

test("[IP54] a pause that is drawn shorter is called one on the axis, or marked where there is no room for words", () => {
  const scale = timeScale([0, 100, 60_100, 60_200], false);
  const drawn = (width: number) =>
    JSON.stringify(AxisView({ layout: { scale, window: wholeOf(scale.length), width } }));
  expect(drawn(600)).toMatch(/"⋯ [^"]+ pause"/);
  expect(drawn(60)).toContain('"⋯"');
});

test("[IP55] arrows walk a step, with Shift ten, Home and End lead to the ends, Space to now", () => {
  const press = (key: string, index = 50, shiftKey = false) => timelineKey({ key, shiftKey }, index, 100);
  const steps = [
    press("ArrowLeft"),
    press("ArrowRight"),
    press("ArrowRight", 50, true),
    press("ArrowLeft", 5, true),
    press("Home"),
    press("End"),
    press("End", 99),
  ];
  expect(steps).toEqual([49, 51, 60, 0, 0, 99, 99].map((index) => ({ kind: "step", index })));
  expect([press(" "), press("+"), press("-"), press("0"), press("x")].map((key) => key?.kind)).toEqual([
    "now",
    "zoom",
    "zoom",
    "whole",
    undefined,
  ]);
  expect(timelineKey({ key: "End", shiftKey: false }, 0, 0)).toBeNull();
});

test("[IP53] of a room there are lanes of its parts and of each peer connection in it, by the names of their clients", () => {
  const joined = { type: "message.sent", message: { type: "joined", room: "atrium" } };
  const join = { type: "message.received", message: { type: "join", name: "Ada" } };
  const ada = actorOf("session", "n1/session:a", {
    peers: ["a"],
    steps: [
      { seq: 1, event: join },
      { seq: 2, event: joined },
    ],
  });
  const peer = actorOf("peer", "n1/session:a/a-1", { peers: ["a"] });
  const other = actorOf("peer", "n1/session:b/b-1", { peers: ["b"] });
  const room = actorOf("room", "n1/room:atrium", { room: "atrium" });
  const actors = actorsOf(ada, peer, other, room);
  const named = (selected: typeof ada) => {
    const { actors: shown, nameOf } = timelineScope({ actors, systemOf: () => [ada, peer] }, selected);
    return shown.map(nameOf);
  };
  expect(named(room)).toEqual(["room", "Ada"]);
  expect(named(peer)).toEqual(["session", "peer connection"]);
});
