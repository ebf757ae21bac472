import { expect, test } from "vitest";
import type { ConnectivityEvent } from "../../machines/connectivity_events.ts";
import { candidate, described, describing, dismissed, limits, runConnectivity } from "./run_connectivity.ts";

const withRef = (event: ConnectivityEvent, ref: string | number): ConnectivityEvent => ({ ...event, ref }) as never;

test("[CN10] candidates that come before their description wait for it and keep their order", () => {
  const run = runConnectivity();
  expect(run.send(candidate("a"), candidate("b", "u"), candidate("c"))).toEqual([]);
  expect(run.send(described("u"))).toEqual(["add a", "add b", "add c", "tell ice.moved checking"]);
  expect(run.context.waitingCandidates).toEqual([]);
  expect(run.send(candidate("d"))).toEqual(["add d"]);
});

test("[CN10] what is released goes before what comes afterwards", () => {
  const run = runConnectivity(describing, candidate("a"), candidate("b"));
  expect(run.send(described("u"), candidate("c")).filter((line) => line.startsWith("add"))).toEqual([
    "add a",
    "add b",
    "add c",
  ]);
});

test("[CN11] candidates of an older generation are dropped and counted, named in the field or in the line", () => {
  const run = runConnectivity(described("u"), described("v"));
  const line = "candidate:1 1 udp 1 192.0.2.1 9 typ host generation 0 ufrag u network-id 1";
  expect(run.send(candidate("old", "u"), candidate(line), candidate("new", "v"))).toEqual(["add new"]);
  expect(run.context.droppedCandidateCount).toBe(2);
});

test("[CN11] the field says more than the line", () => {
  const run = runConnectivity(described("u"), described("v"));
  expect(run.send(candidate("x ufrag u", "v"))).toEqual(["add x ufrag u"]);
  expect(run.send(candidate("y ufrag v", "u"))).toEqual([]);
});

test("[CN11] what waited and is of an older generation by then is dropped", () => {
  const run = runConnectivity(described("u"), describing, candidate("late", "v"));
  run.send(described("v"), describing);
  expect(run.send(candidate("older", "u"), described("w"))).toEqual(["tell ice.moved checking"]);
  expect(run.context.droppedCandidateCount).toBe(1);
});

test("[CN11] a fragment that both generations have is of the current one", () => {
  const run = runConnectivity(described("u", "v"), described("u", "w"));
  expect(run.send(candidate("a", "u"), candidate("b", "v"), candidate("c", "w"))).toEqual(["add a", "add c"]);
});

test("[CN12] candidates of a generation that nobody described yet wait until it is", () => {
  const run = runConnectivity(described("u"));
  expect(run.send(candidate("a", "v"), candidate("b", "w"))).toEqual([]);
  expect(run.send(described("v"))).toEqual(["add a", "tell ice.moved checking"]);
  expect(run.send(described("w"))).toEqual(["add b", "tell ice.moved checking"]);
});

test.each([
  ["null", null],
  ["an empty one", { candidate: "" }],
])("[CN13] %s ends the candidates, and the engine is not told", (_, end) => {
  const run = runConnectivity(described("u"), candidate("a"));
  expect(run.send({ type: "candidate.received", candidate: end })).toEqual([]);
  expect(run.remoteCandidates).toBe("complete");
});

test("[CN13] a candidate that comes after the end is taken nevertheless, and a new generation begins anew", () => {
  const run = runConnectivity(described("u"), candidate(""));
  expect(run.send(candidate("a"))).toEqual(["add a"]);
  expect(run.remoteCandidates).toBe("trickling");
  run.send(candidate(""), described("v"));
  expect(run.remoteCandidates).toBe("awaited");
});

test("[CN14] no more than maxWaitingCandidates wait; the next is refused with its ref", () => {
  const run = runConnectivity(...["a", "b", "c"].map((name) => candidate(name)));
  expect(run.send(withRef(candidate("d"), 7))).toEqual(["error bad-candidate 7"]);
  expect(run.context.waitingCandidates).toHaveLength(limits.maxWaitingCandidates);
  expect(run.send(described("u")).filter((line) => line.startsWith("add"))).toHaveLength(limits.maxWaitingCandidates);
});

test("[CN14] no more than maxCandidates of one generation are used; the next generation has as many again", () => {
  const run = runConnectivity(described("u"));
  const many = ["a", "b", "c", "d"].map((name) => candidate(name));
  expect(run.send(...many)).toHaveLength(limits.maxCandidates);
  expect(run.send(withRef(candidate("e"), "r"))).toEqual(["error bad-candidate r"]);
  run.send(described("v"));
  expect(run.send(...many)).toEqual(["add a", "add b", "add c", "add d"]);
  run.send(described("v"));
  expect(run.send(candidate("e"))).toEqual(["error bad-candidate"]);
});

test("[CN14] dropped candidates and the end of them use up no bound", () => {
  const run = runConnectivity(described("u"), described("v"));
  run.send(...Array.from({ length: 100 }, () => candidate("old", "u")), candidate(""));
  expect(run.send(candidate("a"))).toEqual(["add a"]);
});

test("[CN14] the memory of older generations is bounded: one still older counts as unknown and waits", () => {
  const names = Array.from({ length: 20 }, (_, index) => `u${index}`);
  const run = runConnectivity(...names.map((name) => described(name)));
  expect(run.context.pastUsernameFragments).toEqual(names.slice(3, 19));
  run.send(candidate("a", "u0"), candidate("b", "u3"));
  expect(run.context).toMatchObject({
    droppedCandidateCount: 1,
    waitingCandidates: [{ candidate: { candidate: "a" } }],
  });
});

test("[CN15] a candidate without a fragment is of the generation in force", () => {
  expect(runConnectivity(described("u")).send(candidate("a"))).toEqual(["add a"]);
});

test("[CN15] a candidate without a fragment waits while a description is being applied, for it may belong to it", () => {
  const run = runConnectivity(described("u"), describing);
  expect(run.send(candidate("a"), candidate("b", "u"))).toEqual(["add b"]);
  expect(run.send(described("v"))).toEqual(["add a", "tell ice.moved checking"]);
});

test("[CN15] a description that came to nothing lets what waited for it go", () => {
  const run = runConnectivity(described("u"), describing, candidate("a"), candidate("b", "v"));
  expect(run.send(dismissed)).toEqual(["add a"]);
  expect(run.send(candidate("c"))).toEqual(["add c"]);
  expect(run.send(described("v"))).toEqual(["add b", "tell ice.moved checking"]);
});

test("[CN15] before the first description even one that came to nothing lets nothing go", () => {
  const run = runConnectivity(describing, candidate("a"));
  expect(run.send(dismissed)).toEqual([]);
  expect(run.send(described("u"))).toEqual(["add a", "tell ice.moved checking"]);
});

test("[CN16] a candidate is handed over with the ref of its message, even if it had to wait", () => {
  const run = runConnectivity(withRef(candidate("a"), 1), withRef(candidate("b"), 2));
  expect(run.send(described("u")).slice(0, 2)).toEqual(["add a 1", "add b 2"]);
  expect(run.send(withRef(candidate("c"), 3))).toEqual(["add c 3"]);
});

test("[CN16] a candidate that the engine refuses is told with its own ref and disturbs nothing", () => {
  const run = runConnectivity(described("u"), withRef(candidate("a"), 1), withRef(candidate("b"), 2));
  expect(run.send({ type: "candidate.refused", message: "no", ref: 1 })).toEqual(["error bad-candidate 1"]);
  expect([run.ice, run.remoteCandidates]).toEqual(["checking", "trickling"]);
});
