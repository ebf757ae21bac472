import { setTimeout as pause } from "node:timers/promises";
import { describe, vi } from "vitest";
import { eventually } from "../kit/eventually.ts";
import { faultTest } from "../kit/fault_e2e.ts";
import { hearEachOther, type Person, seeTheTruth } from "../kit/person.ts";

// Most of it is waiting: all of it at the same time.
vi.setConfig({ testTimeout: 280_000 });

/** Nobody is given up for lost, however slow the machine is. */
const patient = ["--resume-timeout-ms", "120000"];

/** Until so long after `sinceMs` a fault lasts, whatever was done meanwhile. */
async function lastFor(durationMs: number, sinceMs: number): Promise<void> {
  await pause(Math.max(0, durationMs - (performance.now() - sinceMs)));
}

/** What those who stayed were told. */
function departuresOf(people: readonly Person[]): readonly string[] {
  const present = people.filter(({ isIn }) => isIn);
  return present.flatMap(({ name, departures }) => departures.map((line) => `${name}: ${line}`));
}

describe.concurrent("faults", () => {
  faultTest(
    "[XC20] a node that stands still for 3 s is missed by nobody, and one that does for 15 s gives up who went on elsewhere",
    async ({ start, expect }) => {
      const cluster = await start({ nodeCount: 2, flagsOf: () => patient });
      const [paused, other] = cluster.nodes;
      const { people } = cluster;
      const room = "pause";
      const front = await cluster.front(paused, other);
      const ada = await cluster.enter({ url: front.wsUrl, room, name: "Ada", metadata: { hat: "red" } });
      await cluster.enter({ url: paused.wsUrl, room, name: "Bea" });
      const cem = await cluster.enter({ url: other.wsUrl, room, name: "Cem" });
      await seeTheTruth(people);
      await hearEachOther(people);
      const ids = people.map((person) => person.room.id);

      paused.process.kill("SIGSTOP");
      await pause(3_000);
      paused.process.kill("SIGCONT");
      await seeTheTruth(people);
      await hearEachOther(people);
      expect(people.map(({ departures, states }) => [departures, states])).toEqual(people.map(() => [[], []]));

      paused.process.kill("SIGSTOP");
      const sinceMs = performance.now();
      // A load balancer gives nobody to a node that does not answer.
      front.targets = [other.wsUrl];
      front.cut();
      ada.setMetadata({ hat: "blue" });
      await cem.setMuted("microphone", true);
      await eventually(() => cem.states.includes("Bea reconnecting"), {
        what: "the node to be missed",
        timeoutMs: 60_000,
      });
      await eventually(() => JSON.stringify(cem.view[ada.room.id]) === JSON.stringify(ada.appearance), {
        what: "Ada to be back on the other node",
        timeoutMs: 60_000,
        describe: () => ({ ada: ada.log, sees: cem.view, cem: cem.log }),
      });
      await lastFor(15_000, sinceMs);
      paused.process.kill("SIGCONT");
      await seeTheTruth(people);
      await hearEachOther(people);
      expect(people.map((person) => person.room.id)).toEqual(ids);
      expect(departuresOf(people)).toEqual([]);
      await cluster.isEmptied();
    },
  );

  faultTest(
    "[XC21] one NATS server of three that is killed, and all that are started again, lose nobody; calls within a node go on",
    async ({ start, expect }) => {
      const cluster = await start({ nodeCount: 2, natsCount: 3, flagsOf: () => patient });
      const [one, two] = cluster.nodes;
      const { people } = cluster;
      const room = "nats";
      const gil = await cluster.enter({ url: one.wsUrl, room, name: "Gil", metadata: 1 });
      const hal = await cluster.enter({ url: one.wsUrl, room, name: "Hal" });
      const ida = await cluster.enter({ url: two.wsUrl, room, name: "Ida" });
      await seeTheTruth(people);
      await hearEachOther(people);

      const lost = await cluster.natsOf(one);
      const linksBefore = one.log.seen.filter(({ event }) => event === "bus connected").length;
      await lost.server.kill();
      gil.setMetadata(2);
      await ida.publish("screen-audio");
      await eventually(() => one.log.seen.filter(({ event }) => event === "bus connected").length > linksBefore, {
        what: "the node to be at another server",
        timeoutMs: 60_000,
      });
      await seeTheTruth(people);
      await hearEachOther(people);
      await cluster.restartNats(lost);
      await seeTheTruth(people);
      await hearEachOther(people);
      expect(departuresOf(people)).toEqual([]);

      await Promise.all(cluster.nats.map(({ server }) => server.kill()));
      for (const node of cluster.nodes) await cluster.isReady(node, "cut-off");
      expect((await cluster.readiness(one)).code).toBe(503);
      gil.setMetadata(3);
      await hal.setMuted("microphone", true);
      const jan = await cluster.enter({ url: one.wsUrl, room, name: "Jan" });
      ida.unpublish("screen-audio");
      const kim = await cluster.enter({ url: two.wsUrl, room, name: "Kim", metadata: "new" });
      await hearEachOther([gil, hal, jan]);
      await hearEachOther([ida, kim]);
      await eventually(() => JSON.stringify(hal.view[gil.room.id]) === JSON.stringify(gil.appearance), {
        what: "a change on the same node to be told",
        timeoutMs: 30_000,
      });
      await Promise.all(cluster.nats.map((nats) => cluster.restartNats(nats)));
      for (const node of cluster.nodes) await cluster.isReady(node);
      await seeTheTruth(people);
      await hearEachOther(people);
      expect(departuresOf(people)).toEqual([]);
      await cluster.isEmptied();
    },
  );

  faultTest(
    "[XC22] nodes that are cut off from NATS, silently or not, for 10 s and for 60 s, see the truth once they are back",
    async ({ start, expect }) => {
      const cluster = await start({ nodeCount: 3, hasProxies: true });
      const [one, two, three] = cluster.nodes;
      const { people } = cluster;
      const room = "cut";
      const front = await cluster.front(one, three);
      const ann = await cluster.enter({ url: one.wsUrl, room, name: "Ann", metadata: "a" });
      const abe = await cluster.enter({ url: front.wsUrl, room, name: "Abe" });
      const bob = await cluster.enter({ url: two.wsUrl, room, name: "Bob" });
      const bea = await cluster.enter({ url: two.wsUrl, room, name: "Bea" });
      const cid = await cluster.enter({ url: three.wsUrl, room, name: "Cid" });
      await seeTheTruth(people);
      await hearEachOther(people);
      const ids = [ann, abe, bob, cid].map((person) => person.room.id);

      one.natsProxy?.hold();
      let sinceMs = performance.now();
      ann.setMetadata("b");
      await ann.publish("screen-audio");
      await abe.setMuted("microphone", true);
      bob.setMetadata({ at: "two" });
      bea.leave();
      const amy = await cluster.enter({ url: one.wsUrl, room, name: "Amy" });
      const ben = await cluster.enter({ url: two.wsUrl, room, name: "Ben" });
      await hearEachOther([ann, abe, amy]);
      await lastFor(10_000, sinceMs);
      one.natsProxy?.release();
      await cluster.isReady(one);
      await seeTheTruth(people);
      await hearEachOther(people);
      const others = departuresOf(people).filter((line) => !line.includes(": Bea "));
      expect(others).toEqual([]);

      one.natsProxy?.hold();
      two.natsProxy?.sever();
      sinceMs = performance.now();
      await cluster.isReady(one, "cut-off");
      await cluster.isReady(two, "cut-off");
      // A load balancer gives nobody to a node that is not ready.
      front.targets = [three.wsUrl];
      front.cut();
      amy.leave();
      await ann.setMuted("microphone", true);
      ann.unpublish("screen-audio");
      const aki = await cluster.enter({ url: one.wsUrl, room, name: "Aki", metadata: [1] });
      bob.setMetadata({ at: "two", again: true });
      await bob.publish("screen-audio");
      ben.leave();
      const bud = await cluster.enter({ url: two.wsUrl, room, name: "Bud" });
      cid.setMetadata("c");
      await cid.setMuted("microphone", true);
      await hearEachOther([ann, aki]);
      await hearEachOther([bob, bud]);
      await hearEachOther([abe, cid]);
      await abe.setMuted("microphone", false);
      await lastFor(60_000, sinceMs);
      one.natsProxy?.release();
      two.natsProxy?.mend();
      for (const node of cluster.nodes) await cluster.isReady(node);
      await seeTheTruth(people);
      await hearEachOther(people);
      expect([ann, abe, bob, cid].map((person) => person.room.id)).toEqual(ids);
      await cluster.isEmptied();
    },
  );
});
