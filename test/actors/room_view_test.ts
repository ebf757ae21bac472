import { expect, test } from "vitest";
import { SimulatedClock } from "xstate";
import { RoomView, type SeenPeer } from "../../actors/room_view.ts";
import type { PeerInfo, Track } from "../../protocol/room.ts";
import type { ClusterPeer } from "../../protocol/room_gossip.ts";

const timeouts = { nodeTimeoutMs: 6_000, resumeTimeoutMs: 30_000 };

function track(id: string): Track {
  return { id, kind: "video", source: "camera", name: "", muted: false };
}

interface PeerOptions extends Partial<Omit<PeerInfo, "tracks">> {
  readonly epoch?: number;
  readonly isMoving?: boolean;
  readonly tracks?: readonly string[];
}

function peer(id: string, { epoch = 1, isMoving = false, tracks = [], ...info }: PeerOptions = {}): ClusterPeer {
  const whole = { id, name: id, metadata: null, state: "connected" as const, ...info, tracks: tracks.map(track) };
  return { info: whole, epoch, isMoving };
}

/** The view of node `me`, whose effects are written down. */
function openView(localEpochs: Record<string, number> = {}) {
  const clock = new SimulatedClock();
  const lines: string[] = [];
  const describe = ({ info: { id, name, state, tracks }, trackNodes }: SeenPeer) =>
    [
      id,
      name === id ? "" : name,
      state === "connected" ? "" : state,
      ...tracks.map((each) => `${each.id}@${trackNodes[each.id]}`),
    ]
      .filter((word) => word !== "")
      .join(" ");
  const view = new RoomView({
    node: "me",
    localEpoch: (id) => localEpochs[id],
    onSeen: (seen) => lines.push(`seen ${describe(seen)}`),
    onGone: (id, reason) => lines.push(`gone ${id} ${reason}`),
    onSuperseded: (seen) => lines.push(`superseded ${describe(seen)}`),
    onReleased: (id) => {
      lines.push(`released ${id}`);
      delete localEpochs[id];
      view.noteShown({ info: peer(id).info, trackNodes: {} });
    },
    after: (delayMs, call) => {
      const timer = clock.setTimeout(call, delayMs);
      return () => clock.clearTimeout(timer);
    },
    timeouts,
  });
  const set = (
    node: string,
    peers: readonly ClusterPeer[],
    { isSilent = false, left }: { isSilent?: boolean; left?: string } = {},
  ) => {
    const [id = "", reason = "left", epoch = "1"] = left?.split(" ") ?? [];
    const leaving = { id, reason: reason as "left", epoch: Number(epoch), node };
    const part = { peers: Object.fromEntries(peers.map((each) => [each.info.id, each])), isSilent };
    view.setPart(node, part, left === undefined ? undefined : leaving);
    return lines.splice(0);
  };
  return {
    view,
    set,
    pass: (ms: number) => {
      clock.increment(ms);
      return lines.splice(0);
    },
    take: () => lines.splice(0),
    localEpochs,
  };
}

test("[XR2] who is on another node is seen, and seen anew only as another one", () => {
  const { set } = openView();
  expect(set("a", [peer("ada")])).toEqual(["seen ada"]);
  expect(set("a", [peer("ada")])).toEqual([]);
  expect(set("a", [peer("ada", { name: "Ada" })])).toEqual(["seen ada Ada"]);
});

test("[XR2] of two nodes the higher epoch is right, and the larger start of equal ones, in either order", () => {
  for (const isReversed of [false, true]) {
    const { set } = openView();
    const tellings = [
      () => set("a", [peer("ada", { epoch: 2, name: "new" })]),
      () => set("b", [peer("ada", { epoch: 1, name: "old" })]),
    ];
    const told = (isReversed ? tellings.reverse() : tellings).flatMap((tell) => tell());
    expect(told.at(-1)).toBe("seen ada new");
    const tie = openView();
    const ties = [
      () => tie.set("a", [peer("ada", { name: "less" })]),
      () => tie.set("b", [peer("ada", { name: "more" })]),
    ];
    expect((isReversed ? ties.reverse() : ties).flatMap((tell) => tell()).at(-1)).toBe("seen ada more");
  }
});

test("[XR2] a member of this node goes on at another one that has it under a higher epoch, not under a lower one", () => {
  const { set, localEpochs } = openView({ ada: 2 });
  expect(set("a", [peer("ada", { epoch: 1 })])).toEqual([]);
  expect(set("z", [peer("ada", { epoch: 2 })])).toEqual(["superseded ada"]);
  localEpochs["ada"] = 3;
  expect(set("a", [peer("ada", { epoch: 4 })])).toEqual(["superseded ada"]);
});

test("[XR2] one that is on its way is here until it sends there what it sends here", () => {
  const { view, set } = openView({ ada: 1 });
  expect(set("a", [peer("ada", { epoch: 2, isMoving: true })])).toEqual([]);
  expect(view.isClaimedElsewhere("ada")).toBe(true);
  expect(set("a", [peer("ada", { epoch: 2, tracks: ["t1"] })])).toEqual(["superseded ada t1@a"]);
});

test("[XR3] a member that is on its way to another node and leaves there is gone here, unless this node has it anew", () => {
  for (const [epoch, expected] of [
    [1, ["released ada", "gone ada left"]],
    [3, []],
  ] as const) {
    const { set } = openView({ ada: epoch });
    expect(set("a", [peer("ada", { epoch: 2, isMoving: true })])).toEqual([]);
    expect(set("a", [], { left: "ada left 2" })).toEqual(expected);
  }
});

test("[XR2] the tracks of one that is on its way are where they were", () => {
  const { set } = openView();
  set("a", [peer("ada", { tracks: ["t1", "t2"] })]);
  expect(set("b", [peer("ada", { epoch: 2, isMoving: true })])).toEqual([]);
  expect(set("b", [peer("ada", { epoch: 2, isMoving: true, tracks: ["t1"] })])).toEqual(["seen ada t1@b t2@a"]);
  expect(set("b", [peer("ada", { epoch: 2, tracks: ["t1"] })])).toEqual(["seen ada t1@b"]);
  expect(set("a", [], { left: "ada replaced 1" })).toEqual([]);
});

test("[XR3] who left by a word is gone at once", () => {
  const { set, pass } = openView();
  set("a", [peer("ada")]);
  expect(set("a", [], { left: "ada timeout 1" })).toEqual(["gone ada timeout"]);
  expect(pass(60_000)).toEqual([]);
});

test("[XR3] an older claim of another node brings nobody back who left", () => {
  const { set } = openView();
  set("a", [peer("ada")]);
  set("b", [peer("ada", { epoch: 2 })]);
  expect(set("b", [], { left: "ada left 2" })).toEqual(["gone ada left"]);
  expect(set("a", [peer("ada", { name: "still here" })])).toEqual([]);
});

test("[XR3] who left and joined again on the same node is back, though an older claim is about", () => {
  const { set } = openView();
  set("a", [peer("ada")]);
  set("b", [peer("ada", { epoch: 2 })]);
  set("b", [], { left: "ada left 2" });
  expect(set("b", [peer("ada", { epoch: 2, name: "again" })])).toEqual(["seen ada again"]);
});

test("[XR3] the leave of the loser of a tie does not hide the winner", () => {
  const { set } = openView();
  set("a", [peer("ada", { epoch: 2 })]);
  expect(set("b", [peer("ada", { epoch: 2, name: "winner" })])).toEqual(["seen ada winner"]);
  expect(set("a", [], { left: "ada replaced 2" })).toEqual([]);
});

test("[XR4] who is said to go on elsewhere is not gone before that can be heard of", () => {
  const { set, pass } = openView();
  set("a", [peer("ada")]);
  expect(set("a", [], { left: "ada replaced 1" })).toEqual([]);
  expect(pass(29_999)).toEqual([]);
  expect(set("b", [peer("ada", { epoch: 2, name: "there" })])).toEqual(["seen ada there"]);
  expect(pass(60_000)).toEqual([]);
});

test("[XR4] who is heard of nowhere in time is gone: with node-lost after a move, as left without a word", () => {
  const { set, pass } = openView();
  set("a", [peer("ada"), peer("bob")]);
  set("a", [peer("bob")], { left: "ada replaced 1" });
  set("a", []);
  expect(pass(5_999)).toEqual([]);
  expect(pass(1)).toEqual(["gone bob left"]);
  expect(pass(23_999)).toEqual([]);
  expect(pass(1)).toEqual(["gone ada node-lost"]);
});

test("[XR4] the end of a part is no leave of who is in another one, and of others only after a while", () => {
  const { view, set, pass, take } = openView();
  set("a", [peer("ada"), peer("bob")]);
  set("b", [peer("ada", { epoch: 2 })]);
  view.dropPart("a", undefined);
  expect(take()).toEqual([]);
  expect(pass(6_000)).toEqual(["gone bob left"]);
  view.dropPart("b", "node-lost");
  expect(take()).toEqual(["gone ada node-lost"]);
});

test("[XR4] who comes to this node while it is waited for is waited for no more, and a closed view waits for nobody", () => {
  const { view, set, pass, localEpochs } = openView();
  set("a", [peer("ada"), peer("bob")]);
  set("a", [peer("bob")], { left: "ada replaced 1" });
  localEpochs["ada"] = 2;
  view.resolve("ada");
  set("a", []);
  view.close();
  expect(pass(60_000)).toEqual([]);
});

test("[XR6] the peers of a silent part are reconnecting, unless they are elsewhere", () => {
  const { set } = openView();
  set("a", [peer("ada"), peer("bob")]);
  set("b", [peer("ada", { epoch: 2 })]);
  expect(set("a", [peer("ada"), peer("bob")], { isSilent: true })).toEqual(["seen bob reconnecting"]);
  expect(set("a", [peer("ada"), peer("bob")])).toEqual(["seen bob"]);
});
