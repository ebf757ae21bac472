import fc from "fast-check";
import { expect, test } from "vitest";
import { durationWords } from "../../../web/inspector/events/duration_words.ts";
import { kindOfEvent } from "../../../web/inspector/events/event_kind.ts";
import { labelOfEvent } from "../../../web/inspector/events/event_label.ts";
import { regionStates, stateChanges, stateChangeWords } from "../../../web/inspector/events/region_states.ts";

const message = (fields: object) => ({ type: "message.received", message: fields });

test("[IP46] every event has a kind by what it is about, and a failure is one wherever it comes from", () => {
  const kinds = [
    message({ type: "offer" }),
    message({ type: "candidate" }),
    message({ type: "error" }),
    message({ type: "join" }),
    { type: "localDescription.created" },
    { type: "candidate.gathered" },
    { type: "ice.changed", state: "failed" },
    { type: "ice.changed", state: "connected" },
    { type: "dtls.moved", state: "connected" },
    { type: "xstate.after.answerTimeout.negotiation" },
    { type: "xstate.init" },
    { type: "xstate.error.actor.a-1" },
    { type: "connection.observed" },
    { type: "track.published" },
    { type: "remote.seen" },
    { type: "remote.describing" },
    { type: "part.beat" },
  ].map(kindOfEvent);
  expect(kinds.join(" ")).toBe(
    "signalling ice error room signalling ice error ice dtls timer internal error observed room room signalling internal",
  );
});

test("[IP46] an event is named by what was said, with its state, its candidate or its time limit", () => {
  const candidate = "candidate:1 1 udp 2122194687 192.0.2.2 48049 typ host generation 0";
  expect(
    [
      message({ type: "join", room: "atrium" }),
      message({ type: "candidate", candidate: { candidate } }),
      message({ type: "candidate", candidate: null }),
      { type: "candidate.received", candidate: { candidate } },
      { type: "ice.changed", state: "connected" },
      { type: "xstate.after.answerTimeout.negotiation.have-local-offer" },
      { type: "xstate.after.3000.session.open" },
      { type: "xstate.done.actor.a-1" },
      message({ type: "error", code: "bad-sdp" }),
    ].map(labelOfEvent),
  ).toEqual([
    "join",
    "candidate host udp",
    "candidate (end)",
    "candidate.received host udp",
    "ice.changed connected",
    "answerTimeout",
    "after 3000 ms",
    "a-1 ended",
    "error bad-sdp",
  ]);
});

test("[IP46] whatever an event holds, it has a kind and a name", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.dictionary(fc.constantFrom("message", "state", "candidate", "code"), fc.anything()),
      (type, rest) => {
        for (const event of [
          { ...rest, type },
          { ...rest, type: "message.sent" },
          { ...rest, type: "candidate.received" },
        ]) {
          expect(typeof labelOfEvent(event)).toBe("string");
          expect(typeof kindOfEvent(event)).toBe("string");
        }
      },
    ),
  );
});

test("[IP42] states are told by region, nested ones from outer to inner", () => {
  const told = (value: unknown) => [...regionStates(value)].map(([region, path]) => `${region}: ${path.join(" ")}`);
  expect(told("ready")).toEqual([": ready"]);
  expect(told({ open: { joined: "attached" } })).toEqual([": open joined attached"]);
  expect(told({ ice: "new", dtls: { on: "up" } })).toEqual(["ice: new", "dtls: on up"]);
  expect(told({ open: { ice: "new", dtls: "new" } })).toEqual(["open.ice: new", "open.dtls: new"]);
  expect(told(undefined)).toEqual([]);
  fc.assert(fc.property(fc.anything(), fc.anything(), (one, other) => void stateChanges(one, other)));
});

test("[IP42] a change is as short as it can be told", () => {
  const words = (before: unknown, after: unknown) => stateChanges(before, after).map(stateChangeWords);
  expect(words({ open: "joining" }, { open: { joined: "attached" } })).toEqual(["joined.attached"]);
  expect(words({ ice: "new", dtls: "new" }, { ice: "checking", dtls: "new" })).toEqual(["ice checking"]);
  expect(words({ stable: "settled" }, { stable: "settled" })).toEqual([]);
  expect(words({ open: { a: "b" } }, { open: "a" })).toEqual(["a"]);
});

test("[IP44] spans of time are told in the unit that fits them", () => {
  const spans = [0, 0.44, 9.96, 12.4, 999.6, 1_234, 59_960, 65_000, 3_600_000, 7_500_000, -20];
  expect(spans.map(durationWords)).toEqual([
    "0 ms",
    "0.4 ms",
    "10 ms",
    "12 ms",
    "1 s",
    "1.2 s",
    "1 min",
    "1 min 5 s",
    "1 h",
    "2 h 5 min",
    "-20 ms",
  ]);
});
