import { setTimeout as pause } from "node:timers/promises";
import { describe, type ExpectStatic, vi } from "vitest";
import { eventually } from "../kit/eventually.ts";
import type { FaultCluster, FaultNode } from "../kit/fault_cluster.ts";
import { faultTest } from "../kit/fault_e2e.ts";
import { hearEachOther, type Person, seeTheTruth } from "../kit/person.ts";
import { openSignallingSocket, type SignallingSocket } from "../kit/signalling_socket.ts";
import type { Front } from "../kit/start_front.ts";

vi.setConfig({ testTimeout: 240_000 });

const waitMs = 60_000;
const cutCount = 6;

function shiftedClock(shiftMs: number): Readonly<Record<string, string>> {
  const preload = new URL("../kit/shift_clock.ts", import.meta.url).href;
  return { NODE_OPTIONS: `--import=${preload}`, SHIFT_CLOCK_MS: `${shiftMs}` };
}

/** Waits until something has had somebody come back. */
async function comesBack(person: Person, act: () => unknown): Promise<void> {
  const countOf = () => person.log.filter((line) => line.endsWith("ms: joined ")).length;
  const before = countOf();
  await act();
  await eventually(() => countOf() > before && person.room.state === "joined", {
    what: `${person.name} to be back`,
    timeoutMs: waitMs,
    describe: () => person.log,
  });
}

/** Cuts the socket of somebody behind a front, and waits until they are back, by another node. */
async function cut(front: Front, node: FaultNode, person: Person): Promise<void> {
  await comesBack(person, () => {
    front.targets = [node.wsUrl];
    front.cut();
  });
}

/** Says a number after the other, as long as it is in the room, until what it returns is called. */
function count(person: Person, topic: string): () => void {
  let number = 0;
  const timer = setInterval(() => {
    if (person.room.state === "joined") person.room.sendData({ topic, number: ++number });
  }, 10);
  return () => clearInterval(timer);
}

function numbersOf(person: Person, topic: string): number[] {
  return person.data.flatMap(({ payload }) => {
    const said = payload as { readonly topic?: string; readonly number?: number };
    return said.topic === topic ? [said.number ?? 0] : [];
  });
}

async function cutAgainAndAgain(cluster: FaultCluster, expect: ExpectStatic): Promise<void> {
  const [one, two, three] = cluster.nodes;
  const nodes = [two, three, one] as const;
  const front = await cluster.front(one);
  const dan = await cluster.enter({ url: front.wsUrl, room: "cuts", name: "Dan", metadata: "cut" });
  const eve = await cluster.enter({ url: two.wsUrl, room: "cuts", name: "Eve" });
  const people = [dan, eve];
  await seeTheTruth(people);
  await hearEachOther(people);
  const { id } = dan.room;
  const mediaBefore = dan.log.filter((line) => line.includes("media")).length;
  const stops = [count(dan, "Dan counts"), count(eve, "Eve counts")];
  let kept = 0;
  for (let round = 0; round < cutCount; round += 1) {
    await pause(1_500);
    const isAway = eventually(() => eve.view[id]?.state === "reconnecting" && dan.room.state !== "joined", {
      what: "Dan to be missed",
      timeoutMs: 5_000,
      intervalMs: 1,
    })
      // What is said to one who is away waits for him.
      .then(() => eve.room.sendData({ topic: "kept", number: ++kept }))
      // He was back sooner than that was seen.
      .catch(() => undefined);
    await cut(front, nodes[round % 3] ?? one, dan);
    await isAway;
  }
  for (const stop of stops) stop();
  await seeTheTruth(people);
  await hearEachOther(people);
  expect(kept).toBeGreaterThan(0);
  expect(numbersOf(dan, "kept")).toEqual(Array.from({ length: kept }, (_, index) => index + 1));
  for (const [hearer, topic] of [
    [dan, "Eve counts"],
    [eve, "Dan counts"],
  ] as const) {
    const heard = numbersOf(hearer, topic);
    expect(heard.length).toBeGreaterThan(cutCount);
    expect(heard, "in order, and none twice").toEqual([...new Set(heard)].sort((a, b) => a - b));
  }
  expect(dan.room.id).toBe(id);
  expect(dan.log.filter((line) => line.includes("media")).length, dan.log.join("\n")).toBe(mediaBefore);
  expect(people.map(({ departures }) => departures)).toEqual([[], []]);
}

/** Two sockets that come back with one token at the same time, and then another one: one of them has the session in the end. */
async function resumeTwice(cluster: FaultCluster, expect: ExpectStatic): Promise<void> {
  const [one, two, three] = cluster.nodes;
  const watcher = await cluster.enter({ url: three.wsUrl, room: "token", name: "Wim" });
  let socket = await openSignallingSocket(one.wsUrl, waitMs);
  let entry = await socket.ask({ type: "join", room: "token", name: "Tom" }, { timeoutMs: waitMs });
  const id = String(entry["peer"]);
  const isReplaced = async (lost: SignallingSocket) => {
    expect(await lost.closed(waitMs)).toMatchObject({ code: 4409 });
    expect(lost.messages.seen.at(-1)).toMatchObject({ type: "peer-left", peer: id, reason: "replaced" });
  };
  const isHeard = async () => {
    const text = crypto.randomUUID();
    watcher.room.sendData({ text });
    socket.send({ type: "data", payload: { text } });
    await socket.next(({ payload }) => JSON.stringify(payload)?.includes(text) === true, { timeoutMs: waitMs });
    await eventually(() => watcher.data.filter(({ payload }) => JSON.stringify(payload).includes(text)).length === 1, {
      what: "Tom to be heard",
      timeoutMs: waitMs,
    });
    expect(socket.isOpen).toBe(true);
    expect([Object.keys(watcher.view), watcher.view[id]?.state]).toEqual([[id], "connected"]);
  };
  for (let round = 0; round < 4; round += 1) {
    const both = await Promise.all([two, three].map(({ wsUrl }) => openSignallingSocket(wsUrl, waitMs)));
    for (const each of both) each.send({ type: "resume", token: entry["resume"] });
    const loser = await Promise.race(both.map((each) => each.closed(waitMs).then(() => each)));
    await Promise.all([loser, socket].map(isReplaced));
    [socket] = both.filter((each) => each !== loser) as [SignallingSocket];
    entry = await socket.next("resumed", { timeoutMs: waitMs });
    expect(entry).toMatchObject({ fresh: false, peer: id });
    await isHeard();
  }
  const newer = await openSignallingSocket(one.wsUrl, waitMs);
  const resumed = await newer.ask({ type: "resume", token: entry["resume"] }, { timeoutMs: waitMs });
  expect(resumed).toMatchObject({ fresh: false, peer: id });
  await isReplaced(socket);
  socket = newer;
  await isHeard();
  await socket.close();
  await eventually(() => watcher.room.peers.size === 0, { what: "Tom to be gone", timeoutMs: waitMs });
  expect(watcher.departures).toEqual(["Tom left"]);
}

/**
 * The answer to a client that came back was lost with its node's voice: it goes on elsewhere with the token of before, while its
 * node believes that it came back.
 */
async function losesAnAnswer(from: FaultNode, to: FaultNode, expect: ExpectStatic): Promise<void> {
  const first = await openSignallingSocket(from.wsUrl, waitMs);
  const joined = await first.ask({ type: "join", room: "lost", name: "Lou" }, { timeoutMs: waitMs });
  const second = await openSignallingSocket(from.wsUrl, waitMs);
  await second.ask({ type: "resume", token: joined["resume"] }, { timeoutMs: waitMs });
  from.process.kill("SIGSTOP");
  const third = await openSignallingSocket(to.wsUrl, waitMs);
  const resumed = await third.ask({ type: "resume", token: joined["resume"] }, { timeoutMs: waitMs });
  expect(resumed).toMatchObject({ fresh: true, peer: joined["peer"] });
  from.process.kill("SIGCONT");
  expect(await second.closed(waitMs)).toMatchObject({ code: 4409 });
  const reply = await third.ask({ type: "data", to: ["nobody"], payload: null }, { timeoutMs: waitMs });
  expect(reply).toMatchObject({ code: "no-such-peer" });
  await third.close();
}

describe.concurrent("sockets", () => {
  faultTest(
    "[XC23, XC24] a client whose socket is cut again and again stays the same peer, with its media; of two with one token one has it",
    async ({ start, expect }) => {
      const cluster = await start({ nodeCount: 3 });
      await Promise.all([cutAgainAndAgain(cluster, expect), resumeTwice(cluster, expect)]);
      await cluster.isEmptied();
    },
  );

  faultTest(
    "[XC25] nodes whose clocks are five minutes apart take over from each other as those whose clocks agree",
    async ({ start, expect }) => {
      const shiftsMs = [300_000, -300_000, 0];
      const cluster = await start({
        nodeCount: 3,
        flagsOf: () => ["--resume-timeout-ms", "120000"],
        envOf: (index) => shiftedClock(shiftsMs[index] ?? 0),
      });
      const [fast, slow, right] = cluster.nodes;
      const { people } = cluster;
      const room = "clocks";
      const front = await cluster.front(fast);
      const slowFront = await cluster.front(slow, right);
      const pia = await cluster.enter({ url: front.wsUrl, room, name: "Pia", metadata: 5 });
      const quy = await cluster.enter({ url: slowFront.wsUrl, room, name: "Quy" });
      await cluster.enter({ url: right.wsUrl, room, name: "Rob" });
      await seeTheTruth(people);
      await hearEachOther(people);
      const ids = people.map((person) => person.room.id);
      await cut(front, slow, pia);
      await cut(front, fast, pia);
      await seeTheTruth(people);
      for (const [from, to] of [
        [fast, slow],
        [slow, fast],
        [slow, right],
      ] as const)
        await losesAnAnswer(from, to, expect);
      await seeTheTruth(people);

      front.targets = [slow.wsUrl, right.wsUrl];
      await comesBack(pia, () => fast.stop("SIGKILL"));
      await seeTheTruth(people);
      await hearEachOther(people);
      await comesBack(quy, () => slow.stop("SIGKILL"));
      await seeTheTruth(people);
      await hearEachOther(people);
      expect(people.map((person) => person.room.id)).toEqual(ids);
      expect(people.map(({ departures }) => departures)).toEqual([[], [], []]);
      await cluster.isEmptied();
    },
  );
});
