import { expect, test } from "vitest";
import { ClusterClock } from "../../actors/cluster_clock.ts";
import type { ClusterNode, ClusterNodes } from "../../actors/cluster_nodes.ts";
import { LocalHub } from "../../transport/bus/local_hub.ts";
import { eventually } from "../kit/eventually.ts";
import { joinCluster, KeptLog } from "./start_supervisor.ts";

/** A node that writes down what it sees of the others. */
function join(origin: string, hub: LocalHub) {
  const log = new KeptLog();
  const cluster = joinCluster(origin, { hub, log });
  const told: string[] = [];
  cluster.nodes.watch({
    seen: ({ origin: other }, { isBack }) => told.push(`${isBack ? "back" : "seen"} ${other}`),
    lost: (other) => told.push(`lost ${other}`),
  });
  cluster.nodes.start();
  return { ...cluster, log, told };
}

function known({ nodes }: { readonly nodes: ClusterNodes }): readonly ClusterNode[] {
  return [...nodes.nodes];
}

test("[RC1] a new node and those that are there know each other before anybody's period is over", async () => {
  const hub = new LocalHub();
  const [a, b] = [join("a", hub), join("b", hub)];
  await eventually(() => a.told.length > 0 && b.told.length > 0, { what: "the two to see each other" });
  b.sessions.count = 3;
  const c = join("c", hub);
  await eventually(() => known(c).length === 2, { what: "the third to see both" });
  expect(known(c)).toContainEqual(
    expect.objectContaining({ origin: "b", nodeId: "b-name", state: "ready", sessions: 3 }),
  );
  expect([a.told, b.told]).toEqual([
    ["seen b", "seen c"],
    ["seen a", "seen c"],
  ]);
  expect(a.nodes.has("b") && !a.nodes.has("a")).toBe(true);
});

test("[RC1] changes are told at once, and clients with the next telling", async () => {
  const hub = new LocalHub();
  const [a, b] = [join("a", hub), join("b", hub)];
  await a.bus.flush();
  b.nodes.drain();
  await eventually(() => known(a)[0]?.state === "draining", { what: "the drain to be seen" });
  b.sessions.count = 7;
  b.pass(2_000);
  await eventually(() => known(a)[0]?.sessions === 7, { what: "the number to be seen" });
});

test("[RC2] a node that stops is lost at once, and one that is not heard of after its time", async () => {
  const hub = new LocalHub();
  const [a, b, c] = [join("a", hub), join("b", hub), join("c", hub)];
  await eventually(() => known(a).length === 2, { what: "all to be seen" });
  b.nodes.stop();
  await eventually(() => a.told.includes("lost b"), { what: "the last word to be heard" });
  // Whoever tells of itself in time is never lost.
  for (let round = 0; round < 5; round += 1) {
    c.pass(2_000);
    await a.bus.flush();
    a.pass(2_000);
  }
  expect(known(a).map(({ origin }) => origin)).toEqual(["c"]);
  a.pass(3_500);
  expect(a.told).not.toContain("lost c");
  a.pass(2_000);
  expect(a.told.at(-1)).toBe("lost c");
  expect(known(a)).toEqual([]);
});

test("[RC2] a node that was paused or cut off is seen again when it is back, and one that stopped is new", async () => {
  const hub = new LocalHub();
  const [a, b] = [join("a", hub), join("b", hub)];
  await eventually(() => a.told.length > 0 && b.told.length > 0, { what: "the two to see each other" });
  b.bus.cutOff();
  for (const node of [a, b]) node.pass(8_000);
  expect([a.told.at(-1), b.told.at(-1)]).toEqual(["lost b", "lost a"]);
  b.bus.mend();
  await eventually(() => a.told.at(-1) === "back b" && b.told.at(-1) === "back a", { what: "the two to be back" });
  b.nodes.stop();
  await eventually(() => a.told.at(-1) === "lost b", { what: "the end" });
  const again = join("b", hub);
  await eventually(() => a.told.at(-1) === "seen b" && again.told.length === 1, { what: "the new start" });
});

test("[RC2] after its stop a node hears and tells nothing", async () => {
  const hub = new LocalHub();
  const [a, b] = [join("a", hub), join("b", hub)];
  await a.bus.flush();
  a.nodes.stop();
  const published = a.bus.counts.published;
  b.pass(20_000);
  a.pass(20_000);
  await b.bus.flush();
  expect(a.told).toEqual(["seen b"]);
  expect(a.bus.counts.published).toBe(published);
});

test("[RC3] what is no word of a node of this version is counted, logged now and then, and does no harm", async () => {
  const hub = new LocalHub();
  const a = join("a", hub);
  const stranger = hub.connect("stranger");
  const good = { v: 1, origin: "s", node: "s", state: "ready", sessions: 0 };
  const bad = [
    "",
    "no JSON",
    "null",
    "[]",
    JSON.stringify({ ...good, v: 2 }),
    JSON.stringify({ ...good, origin: "a.b" }),
    JSON.stringify({ ...good, state: "gone away" }),
    JSON.stringify({ ...good, sessions: -1 }),
    JSON.stringify({ ...good, node: "x".repeat(65) }),
    `${"[".repeat(100_000)}`,
  ];
  for (const text of bad) stranger.publish(a.subjects.cluster("nodes"), new TextEncoder().encode(text));
  stranger.publish(a.subjects.cluster("nodes"), Uint8Array.of(0xff, 0, 0xc3));
  stranger.publish(a.subjects.cluster("nodes"), new TextEncoder().encode(JSON.stringify({ ...good, more: 1 })));
  await eventually(() => known(a).length === 1, { what: "the good word to be heard" });
  expect(a.log.entries.filter(({ level }) => level === "warn").map(({ fields }) => fields["count"])).toEqual([
    1, 2, 4, 8,
  ]);
  expect(a.log.errors).toEqual([]);
});

test("[RC3] no more than a thousand nodes are known", async () => {
  const hub = new LocalHub();
  const a = join("a", hub);
  const stranger = hub.connect("stranger");
  for (let n = 0; n < 1_200; n += 1) {
    const presence = { v: 1, origin: `s${n}`, node: "s", state: "ready", sessions: 0 };
    stranger.publish(a.subjects.cluster("nodes"), new TextEncoder().encode(JSON.stringify(presence)));
  }
  await a.bus.flush();
  expect(known(a).length).toBe(1_000);
});

test("[RC31] nodes whose clocks differ agree on the time, by the fastest that was heard of, as long as one of them remembers", async () => {
  const hub = new LocalHub();
  const clocks = [300_000, -300_000, 0].map((shiftMs) => new ClusterClock(() => 1_000_000 + shiftMs));
  const [fast, slow, right] = clocks.map((clock, index) => joinCluster(`${index}`, { hub, clock })) as [
    ReturnType<typeof joinCluster>,
    ReturnType<typeof joinCluster>,
    ReturnType<typeof joinCluster>,
  ];
  for (const { nodes } of [fast, slow]) nodes.start();
  const agree = (...those: readonly (ClusterClock | undefined)[]) =>
    eventually(() => those.every((clock) => clock?.now() === 1_300_000), { what: "the clocks to agree" });
  await agree(clocks[0], clocks[1]);
  fast.nodes.stop();
  right.nodes.start();
  await agree(clocks[1], clocks[2]);
  // What comes late sets nothing back.
  clocks[1]?.heard(5);
  await agree(clocks[1]);
});

test("[RC4] a node that stood still gives the others one more period to be heard of, and no more", async () => {
  const hub = new LocalHub();
  join("a", hub);
  const time = { nowMs: 0, tick: (_nowMs: number): void => undefined };
  const b = joinCluster("b", {
    hub,
    time: {
      now: () => time.nowMs,
      every: (_, call) => {
        time.tick = call;
        return () => undefined;
      },
    },
  });
  b.nodes.start();
  await eventually(() => b.nodes.has("a"), { what: "the second to see the first" });
  const tickAt = (nowMs: number): boolean => {
    time.nowMs = nowMs;
    time.tick(nowMs);
    return b.nodes.has("a");
  };
  expect(tickAt(2_000)).toBe(true);
  // It stood still for ten seconds, and did not read yet what waited.
  expect(tickAt(12_000)).toBe(true);
  expect(tickAt(14_000)).toBe(false);
});
