import { expect, test } from "vitest";
import { createActor, SimulatedClock } from "xstate";
import { type RemotePartEvent, remotePartMachine } from "../../machines/remote_part_machine.ts";
import { type ClusterPeer, digestOf, type PartChange } from "../../protocol/room_gossip.ts";
import { Lines } from "./run_peer.ts";
import { nameOf, stepsOf, walk } from "./walk.ts";

const timeouts = { partTimeoutMs: 1_000, nodeTimeoutMs: 6_000, resumeTimeoutMs: 30_000 };

function peer(id: string, name = id): ClusterPeer {
  return { info: { id, name, metadata: null, state: "connected", tracks: [] }, epoch: 1, isMoving: false };
}

const left = (id: string): PartChange => ({ left: id, reason: "left", epoch: 1 });
const changed = (number: number, change: PartChange): RemotePartEvent => ({ type: "part.changed", number, change });
const told = (number: number, ...peers: ClusterPeer[]): RemotePartEvent => ({ type: "part.told", number, peers });
const beat = (number: number, ...peers: ClusterPeer[]): RemotePartEvent => ({
  type: "part.beat",
  number,
  digest: digestOf(peers),
});

function runPart() {
  const lines = new Lines();
  const clock = new SimulatedClock();
  const actor = createActor(
    remotePartMachine.provide({
      actions: {
        requestPart: (_, { room, node }) => lines.write("ask", node, "for", room),
        tellChanged: ({ context: { peers } }, { isSilent, left: leaving }) =>
          lines.write(
            isSilent ? "silent" : "now",
            `[${Object.values(peers).map(({ info }) => info.name)}]`,
            leaving !== null && "left" in leaving ? `${leaving.left} ${leaving.reason}` : null,
          ),
      },
    }),
    { input: { room: "atrium", node: "a", timeouts }, clock },
  );
  actor.start();
  return {
    actor,
    get state() {
      return nameOf(actor.getSnapshot().value);
    },
    send(...events: RemotePartEvent[]) {
      for (const event of events) actor.send(event);
      return lines.take();
    },
    pass(ms: number) {
      clock.increment(ms);
      return lines.take();
    },
  };
}

/** One that knows two peers after 11 changes. */
function runKnown() {
  const run = runPart();
  run.send(told(10), changed(11, { peer: peer("ada") }));
  return run;
}

test("[XR5] a part that began is followed change by change, without a question", () => {
  const run = runPart();
  expect(run.send(told(10))).toEqual(["now []"]);
  expect(run.send(changed(11, { peer: peer("ada") }))).toEqual(["now [ada]"]);
  expect(run.send(changed(12, { peer: peer("ada", "Ada") }))).toEqual(["now [Ada]"]);
  expect(run.send(beat(12, peer("ada", "Ada")))).toEqual([]);
  expect(run.send(changed(13, left("ada")))).toEqual(["now [] ada left"]);
  expect(run.state).toBe("heard.current");
});

test("[XR5] what is known already is nothing", () => {
  const run = runKnown();
  expect(run.send(changed(11, left("ada")), changed(3, left("ada")))).toEqual([]);
});

test("[XR5] a change out of order has the whole part asked for, and those that came meanwhile are applied to it", () => {
  const run = runKnown();
  expect(run.send(changed(13, { peer: peer("cy") }))).toEqual(["ask a for atrium"]);
  expect(run.send(changed(14, left("ada")))).toEqual([]);
  expect(run.send(told(12, peer("ada"), peer("bob")))).toEqual(["now [bob,cy]"]);
  expect(run.send(changed(15, { peer: peer("dee") }))).toEqual(["now [bob,cy,dee]"]);
});

test("[XR5] a gap that stays after the whole part is found by the next beat", () => {
  const run = runKnown();
  run.send(changed(13, { peer: peer("cy") }), changed(15, left("cy")));
  expect(run.send(told(12, peer("ada")))).toEqual(["now [ada,cy]"]);
  expect(run.send(beat(15, peer("ada")))).toEqual(["ask a for atrium"]);
  expect(run.send(told(15, peer("ada")))).toEqual(["now [ada]"]);
});

test.each([
  ["number", beat(12, peer("ada"))],
  ["digest", beat(11, peer("bob"))],
])("[XR5] a %s that does not fit has the whole part asked for, again and again", (_, event) => {
  const run = runKnown();
  expect(run.send(event)).toEqual(["ask a for atrium"]);
  expect(run.pass(999)).toEqual([]);
  expect(run.pass(1)).toEqual(["ask a for atrium"]);
  expect(run.pass(1_000)).toEqual(["ask a for atrium"]);
  expect(run.send(told(12, peer("bob")))).toEqual(["now [bob]"]);
  expect(run.pass(3_000)).toEqual([]);
});

test("[XR5] a whole part and an end that were said before something known count for nothing", () => {
  const run = runKnown();
  expect(run.send(told(10), { type: "part.ended", number: 10 })).toEqual([]);
  run.send({ type: "link.restored" });
  expect(run.send(told(10), { type: "part.ended", number: 10 })).toEqual([]);
  expect(run.state).toBe("heard.asking");
  expect(run.send(told(11, peer("ada")))).toEqual(["now [ada]"]);
});

test("[XR5] a part that began anew is the new one", () => {
  const run = runKnown();
  expect(run.send(told(12))).toEqual(["now []"]);
  expect(run.send(changed(13, { peer: peer("ada", "again") }))).toEqual(["now [again]"]);
});

test("[XR5] after the link to the bus was cut the whole part is asked for", () => {
  const run = runKnown();
  expect(run.send({ type: "link.restored" })).toEqual(["ask a for atrium"]);
});

test("[XR5] no more than 256 changes wait for the whole part", () => {
  const run = runKnown();
  for (let number = 13; number < 400; number += 1) run.send(changed(number, { peer: peer("ada", String(number)) }));
  expect(run.actor.getSnapshot().context.waiting).toHaveLength(256);
  expect(run.send(told(12))).toEqual(["now [268]"]);
});

test("[XR6] a part of which nothing is heard is silent, and asked once: its end may have been missed", () => {
  const run = runKnown();
  expect(run.pass(5_999)).toEqual([]);
  expect(run.pass(1)).toEqual(["silent [ada]", "ask a for atrium"]);
  expect(run.send(told(12))).toEqual(["now []"]);
});

test("[XR6] whatever is heard of a part puts its silence off", () => {
  const run = runKnown();
  for (const event of [
    beat(11, peer("ada")),
    changed(5, left("ada")),
    told(3),
    { type: "part.ended", number: 3 } as const,
  ]) {
    run.pass(5_000);
    run.send(event);
    expect(run.pass(999)).toEqual([]);
  }
});

test("[XR6] the members of a silent part are gone after the time to resume, lost with their node", () => {
  const run = runKnown();
  run.pass(6_000);
  expect(run.pass(29_999)).toEqual([]);
  run.pass(1);
  expect(run.state).toBe("ended");
  expect(run.actor.getSnapshot().context.isLost).toBe(true);
});

test.each([
  ["beat", beat(11, peer("ada"))],
  ["change", changed(12, { peer: peer("bob") })],
  ["older whole part", told(3)],
])("[XR6] a %s of a silent part has the whole one asked for", (_, event) => {
  const run = runKnown();
  run.pass(6_000);
  expect(run.send(event)).toEqual(["ask a for atrium"]);
  expect(run.send(told(12, peer("bob")))).toEqual(["now [bob]"]);
});

test("[XR6] a part that ended is not lost", () => {
  for (const ms of [0, 6_000]) {
    const run = runKnown();
    run.pass(ms);
    run.send({ type: "part.ended", number: 11 });
    expect([run.state, run.actor.getSnapshot().context.isLost]).toEqual(["ended", false]);
  }
});

test("[XR7] what another node knew is believed of a part that says nothing itself, as of a silent one", () => {
  const recalled: RemotePartEvent = { type: "part.recalled", number: 7, peers: [peer("ada")] };
  const run = runPart();
  expect(run.send(recalled)).toEqual(["silent [ada]", "ask a for atrium"]);
  expect(run.send(recalled)).toEqual([]);
  run.pass(30_000);
  expect(run.state).toBe("ended");
  expect(runKnown().send({ ...recalled, number: 99 })).toEqual([]);
});

const events: readonly RemotePartEvent[] = [
  changed(1, { peer: peer("ada") }),
  changed(2, { peer: peer("bob") }),
  changed(3, left("ada")),
  beat(1, peer("ada")),
  beat(2),
  told(1, peer("ada")),
  told(2, peer("ada"), peer("bob")),
  { type: "part.recalled", number: 1, peers: [peer("ada")] },
  { type: "part.silent" },
  { type: "part.ended", number: 2 },
  { type: "link.restored" },
];

const options = {
  input: { room: "atrium", node: "a", timeouts },
  events,
  relevant: ({ number, peers, waiting }: { number: number; peers: object; waiting: readonly { number: number }[] }) => [
    number,
    Object.keys(peers),
    // Changes may wait in any number and order: which ones is what counts here.
    [...new Set(waiting.map((each) => each.number))].sort().slice(0, 2),
  ],
};

test("[XR5] a part is current, asked for, silent or ended, and in no other state", () => {
  const states = walk(remotePartMachine, { ...options, events: events.filter(({ type }) => type !== "link.restored") });
  expect(new Set(states.map(({ value }) => nameOf(value)))).toEqual(
    new Set(["heard.current", "heard.asking", "silent", "ended"]),
  );
  for (const { context } of states) expect(JSON.parse(JSON.stringify(context))).toEqual(context);
});

test("[XR5] in every state what is known never goes back, and whoever begins to wait asks", () => {
  for (const { from, event, to, actions } of stepsOf(remotePartMachine, options)) {
    const what = `${nameOf(from.value)} on ${event.type}`;
    expect(to.context.number, what).toBeGreaterThanOrEqual(from.context.number);
    const [before, after] = [nameOf(from.value), nameOf(to.value)];
    const asked = actions.filter(({ type }) => type === "requestPart").length;
    const isWaiting = after === "silent" || after === "heard.asking";
    if (before !== after && isWaiting) expect(asked, what).toBe(1);
    if (after === "heard.current") expect(asked, what).toBe(0);
    if (JSON.stringify(from.context.peers) === JSON.stringify(to.context.peers)) continue;
    expect(
      actions.filter(({ type }) => type === "tellChanged"),
      what,
    ).toHaveLength(1);
  }
});
