import fc from "fast-check";
import { expect, test } from "vitest";
import { indexAtOrBefore, indexAtTime, orderSteps } from "../../../../web/inspector/events/order_steps.ts";
import { type SequenceScope, scopeOf } from "../../../../web/inspector/sequence/sequence_scope.ts";
import { actorOf, actorsOf } from "../actor_of.ts";

const names = ({ lifelines }: SequenceScope) => lifelines.map(({ name, detail }) => `${name} ${detail}`.trim());

const arrows = (scope: SequenceScope) =>
  scope.steps.map((step) => {
    const { from, to } = scope.arrowOf(step);
    return `${from === null ? "?" : scope.lifelines[from]?.name} > ${scope.lifelines[to]?.name}`;
  });

const join = (name: string) => ({ type: "message.received", message: { type: "join", room: "atrium", name } });
const joined = { type: "message.sent", message: { type: "joined", room: "atrium" } };

const ada = actorOf("session", "n1/session:a", {
  peers: ["a"],
  steps: [
    { seq: 1, from: "n1/session:a/client", event: join("Ada") },
    { seq: 3, from: "n1/session:a", to: "n1/session:a/client", event: joined },
  ],
});
const adasPeer = actorOf("peer", "n1/session:a/a-1", {
  peers: ["a"],
  room: "atrium",
  steps: [
    { seq: 4, from: "n1/session:a", event: "remote.offered" },
    { seq: 5, event: { type: "ice.changed", state: "checking" } },
    { seq: 6, event: "xstate.after.9.x" },
  ],
});
const bob = actorOf("session", "n2/session:b", {
  peers: ["b"],
  steps: [
    { seq: 1, at: 1_000_002, from: "n2/session:b/client", event: join("Bob") },
    { seq: 2, at: 1_000_009, from: "n2/session:b", to: "n2/session:b/client", event: joined },
  ],
});
const room = actorOf("room", "n1/room:atrium", {
  room: "atrium",
  steps: [
    { seq: 2, event: { type: "join.requested", member: { id: "a" } } },
    { seq: 7, event: { type: "member.left", memberId: "c" } },
  ],
});
const other = actorOf("session", "n1/session:c", { peers: ["c"], steps: [{ seq: 8, event: "xstate.init" }] });
const actors = actorsOf(ada, adasPeer, bob, room, other);

test("[IP41] of a client it shows the session, the peer connection, the media engine, and what the room had to do with it", () => {
  for (const selected of [ada, adasPeer]) {
    const scope = scopeOf(actors, selected);
    expect(names(scope)).toEqual(["Ada", "session", "media engine", "peer connection", "room atrium"]);
    expect(arrows(scope)).toEqual([
      "Ada > session",
      "? > room atrium",
      "session > Ada",
      "session > peer connection",
      "media engine > peer connection",
      "? > peer connection",
    ]);
  }
});

test("[IP41] of a client that goes on on another node it shows the sessions on both", () => {
  const resumed = actorOf("session", "n2/session:a", {
    peers: ["a"],
    steps: [{ seq: 9, at: 1_000_099, from: "n2/session:a/client", event: join("Ada") }],
  });
  const scope = scopeOf(actorsOf(ada, resumed), ada);
  expect(names(scope)).toEqual(["Ada", "session n1", "session n2"]);
});

test("[IP41] of a room it shows its clients by name, the nodes that they are on, and nothing of others", () => {
  const scope = scopeOf(actors, room);
  expect(names(scope)).toEqual(["Ada", "Bob", "n1", "n2", "room"]);
  expect(arrows(scope)).toEqual(["Ada > n1", "? > room", "Bob > n2", "n1 > Ada", "? > room", "n2 > Bob"]);
});

test("[IP41] what a node hears of the others' parts of a room comes from these nodes, by name where who is there tells it", () => {
  const changed = { type: "part.changed", change: { peer: { info: { id: "b" } } } };
  const part = (node: string, seq: number, event: object) =>
    actorOf("remotePart", `n1/remote-part:atrium/${node}`, {
      room: "atrium",
      steps: [
        { seq, event: { type: "part.beat", ...event } },
        { seq: seq + 1, event: "part.silent" },
      ],
    });
  const scope = scopeOf(actorsOf(ada, bob, room, part("0a-0b", 20, changed), part("1234567890", 30, {})), room);
  expect(names(scope)).toEqual(["Ada", "Bob", "n1", "n2", "node 12345678", "room"]);
  expect(arrows(scope).slice(-4)).toEqual(["n2 > room", "? > room", "node 12345678 > room", "? > room"]);
});

test("[IP41] of an actor that is about nobody it shows that one", () => {
  const node = actorOf("node", "n1/node", { steps: [{ seq: 1, event: "edge.opened" }] });
  const scope = scopeOf(actorsOf(node, ada), node);
  expect([names(scope), arrows(scope)]).toEqual([["node"], ["? > node"]]);
});

test("[IP40] events are in the order of their numbers on each node, and of their times between nodes", () => {
  const one = actorOf("room", "n1/room:x", { steps: [{ seq: 2, at: 50, event: "b" }] });
  const two = actorOf("node", "n1/node", {
    steps: [
      { seq: 1, at: 60, event: "a" },
      { seq: 9, at: 70, event: "d" },
    ],
  });
  const far = actorOf("node", "n2/node", { steps: [{ seq: 1, at: 65, event: "c" }] });
  expect(orderSteps([one, two, far]).map(({ event }) => event.type)).toEqual(["a", "b", "c", "d"]);
});

test("[IP40] whatever comes from whichever node, nothing is lost and no node's own order is changed", () => {
  const sketch = fc.record({ node: fc.constantFrom("n1", "n2", "n3"), seq: fc.nat(99), at: fc.nat(99) });
  fc.assert(
    fc.property(fc.uniqueArray(sketch, { selector: ({ node, seq }) => `${node} ${seq}` }), (sketches) => {
      const each = sketches.map(({ node, seq, at }) =>
        actorOf("room", `${node}/room`, { steps: [{ seq, at, event: "x" }] }),
      );
      const ordered = orderSteps(each);
      expect(ordered).toHaveLength(sketches.length);
      for (const node of ["n1", "n2", "n3"]) {
        const own = ordered.filter((step) => step.node === node).map(({ seq }) => seq);
        expect(own).toEqual([...own].sort((a, b) => a - b));
      }
    }),
  );
});

test("[IP40] a moment is found as the last event that is no later", () => {
  const steps = orderSteps([actorOf("room", "n1/room", { steps: [2, 4, 6].map((seq) => ({ seq, event: "x" })) })]);
  expect([1, 2, 3, 9].map((seq) => indexAtOrBefore(steps, { node: "n1", seq, at: 0 }))).toEqual([-1, 0, 0, 2]);
  expect([1, 2, 3, 9].map((ms) => indexAtTime(steps, 1_000_000 + ms))).toEqual([-1, 0, 0, 2]);
});
