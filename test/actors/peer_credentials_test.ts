import { expect, test } from "vitest";
import { PeerCredentials } from "../../actors/peer_credentials.ts";

const lifeMs = 100_000;

/** Credentials u1, u2 ... of 100 s, on a clock that the test sets. */
function open(options: { readonly ahead?: number; readonly maxPeers?: number } = {}) {
  const clock = { nowMs: 0 };
  const given: string[] = [];
  const nameOf = (servers: ReturnType<PeerCredentials["give"]>) => servers?.iceServers[0]?.username;
  const peers = new PeerCredentials({
    ahead: 4,
    ...options,
    now: () => clock.nowMs,
    onGiven: (servers, peerId) => given.push(`${peerId}:${nameOf(servers)}`),
  });
  let count = 0;
  const add = () => {
    const server = { urls: "turn:192.0.2.1", username: `u${++count}`, credential: "hush" };
    return peers.add({ iceServers: [server], expiresAtMs: clock.nowMs + lifeMs, renewInMs: lifeMs });
  };
  return {
    peers,
    clock,
    given,
    add,
    give: (peerId: string) => nameOf(peers.give(peerId)),
    pass: (ms: number) => {
      clock.nowMs += ms;
      peers.age();
    },
  };
}

test("[IS40] each peer has a credential of its own, the same one each time until half of its life is over", () => {
  const { add, give, pass } = open();
  add();
  add();
  expect([give("ann"), give("bob"), give("ann")]).toEqual(["u1", "u2", "u1"]);
  pass(49_999);
  add();
  expect([give("ann"), give("bob")]).toEqual(["u1", "u2"]);
  pass(1);
  expect([give("ann"), give("ann")]).toEqual(["u3", "u3"]);
});

test("[IS40] a peer whose credential is old has it until there is another one, but not beyond its end", () => {
  const { add, give, pass } = open();
  add();
  give("ann");
  pass(60_000);
  expect(give("ann")).toBe("u1");
  expect(add()).toBe("ann");
  expect(give("ann")).toBe("u2");
  pass(100_000);
  expect(give("ann")).toBeUndefined();
});

test("[IS41] who finds no credential waits, and gets the next one in its turn", () => {
  const { add, give, given, peers } = open();
  expect([give("ann"), give("bob"), give("ann")]).toEqual([undefined, undefined, undefined]);
  expect(peers.waiting).toEqual(["ann", "bob"]);
  expect([add(), add(), add()]).toEqual(["ann", "bob", undefined]);
  expect(given).toEqual(["ann:u1", "bob:u2"]);
  expect(give("eve")).toBe("u3");
});

test("[IS42] one credential is kept ready, one more for each peer that wants one, up to the bound, and one less for each that got old", () => {
  const { add, give, pass, peers } = open();
  expect(peers.need.missing).toBe(1);
  add();
  expect(peers.need).toEqual({ missing: 0, shelfLifeMs: 50_000 });
  give("p1");
  // Two are wanted, of which none is there.
  expect(peers.need.missing).toBe(2);
  for (let number = 2; number <= 9; number += 1) give(`p${number}`);
  expect(peers.need.missing).toBe(8 + 4);
  for (let number = 0; number < 12; number += 1) add();
  expect(peers.need.missing).toBe(0);
  pass(49_999);
  expect(peers.need).toEqual({ missing: 0, shelfLifeMs: 1 });
  pass(1);
  expect(peers.need.missing).toBe(1);
  add();
  pass(50_000);
  expect(peers.need.missing).toBe(1);
});

test("[IS42] a credential that got old is given when there is no other, and none after its end", () => {
  const { add, give, pass } = open();
  add();
  pass(50_000);
  expect(give("ann")).toBe("u1");
  add();
  pass(50_000);
  add();
  expect(give("bob")).toBe("u3");
  const late = open();
  late.add();
  late.pass(100_000);
  expect(late.give("ann")).toBeUndefined();
});

test("[IS44] what is remembered of a peer ends when it leaves and with its credential, and is bounded", () => {
  const { add, give, pass, peers } = open({ maxPeers: 3 });
  give("ann");
  peers.forget("ann");
  expect([peers.peerCount, add()]).toEqual([0, undefined]);
  expect(give("ann")).toBe("u1");
  peers.forget("ann");
  add();
  expect(give("ann")).toBe("u2");
  pass(100_000);
  expect(peers.peerCount).toBe(0);
  for (const peer of ["a", "b", "c", "d", "e"]) {
    add();
    give(peer);
  }
  expect(peers.peerCount).toBe(3);
  for (const peer of ["f", "g", "h", "i", "j"]) give(peer);
  expect(peers.waiting).toEqual(["f", "g", "h"]);
});

test("[IS45] a credential that is dropped is ready for nobody and nobody's any more", () => {
  const { add, give, peers } = open();
  add();
  add();
  add();
  give("ann");
  expect(peers.drop("u2")).toEqual([]);
  expect(peers.drop("u1")).toEqual(["ann"]);
  expect(peers.drop("u1")).toEqual([]);
  expect([give("bob"), give("ann")]).toEqual(["u3", undefined]);
  expect(peers.waiting).toEqual(["ann"]);
});
