import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type ClusterPeer,
  decodeChannelMessage,
  decodeGossip,
  digestOf,
  encodeChannelMessage,
  encodeGossip,
  type Gossip,
  type GossipKind,
  isGossipKind,
} from "../../protocol/room_gossip.ts";

const peer: ClusterPeer = {
  info: {
    id: "ada",
    name: "Ada",
    metadata: { hat: "red" },
    state: "connected",
    tracks: [{ id: "t1", kind: "video", source: "camera", name: "", muted: false, layers: ["q", "h"] }],
  },
  epoch: 1,
  isMoving: false,
};

const kinds: { readonly [K in GossipKind]: readonly Gossip<K>[] } = {
  change: [
    { node: "a", number: 1, change: { peer } },
    { node: "a", number: 2, change: { left: "ada", reason: "timeout", epoch: 1_700_000_000_000 } },
  ],
  heartbeat: [{ node: "a", number: 0, digest: 4_294_967_295 }],
  end: [{ node: "a", number: 7 }],
  data: [
    { from: "ada", payload: null },
    { from: "ada", to: ["bob"], topic: "chat", payload: [1, { two: "3" }] },
  ],
  speakers: [{ node: "a", peers: [{ peer: "ada", level: 0.5 }] }],
  remove: [{ peer: "ada" }, { peer: "ada", message: "enough", isFault: true }],
  close: [{}, { message: "good night" }],
  ask: [
    { node: "a", room: "atrium" },
    { node: "a", room: "atrium", isSeeking: true },
  ],
  part: [
    { node: "a", room: "atrium", number: 3, peers: [peer] },
    { node: "a", room: "atrium", number: 0, peers: [], toldBy: "b" },
  ],
};

test.each(Object.entries(kinds))("[XR9] a %s is read as it was written", (kind, all) => {
  if (!isGossipKind(kind)) throw new Error(`${kind} is no gossip`);
  for (const gossip of all) {
    expect(decodeGossip(kind, encodeGossip(kind, gossip))).toEqual(gossip);
  }
});

test("[XR9] gossip of one kind is none of another one", () => {
  const [change] = kinds.change;
  if (change === undefined) throw new Error("There is no change");
  for (const kind of ["heartbeat", "data", "speakers", "ask", "part"] as const) {
    expect([kind, decodeGossip(kind, encodeGossip("change", change))]).toEqual([kind, undefined]);
  }
  expect(["change", "channel", "toString", "__proto__", ""].filter(isGossipKind)).toEqual(["change"]);
});

test("[XR9] whatever bytes come, nothing is thrown", () => {
  const names = Object.keys(kinds).filter(isGossipKind);
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.uint8Array({ maxLength: 300 }), (kind, bytes) => {
      expect(decodeGossip(kind, bytes)).toBeUndefined();
    }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.jsonValue(), (kind, value) => {
      decodeGossip(kind, new TextEncoder().encode(JSON.stringify(value)));
    }),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void decodeChannelMessage(bytes)));
});

test("[XR9] gossip whose fields were changed one by one is nothing or well-formed", () => {
  const [whole] = kinds.part;
  const spoiled = [
    { ...whole, number: -1 },
    { ...whole, number: 1.5 },
    { ...whole, node: 7 },
    { ...whole, peers: [{ ...peer, epoch: 0 }] },
    { ...whole, peers: [{ ...peer, isMoving: "no" }] },
    { ...whole, peers: [{ ...peer, info: { ...peer.info, state: "asleep" } }] },
    { ...whole, peers: [{ ...peer, info: { ...peer.info, tracks: [{ id: "t" }] } }] },
    { ...whole, peers: {} },
  ];
  for (const each of spoiled) {
    expect(decodeGossip("part", new TextEncoder().encode(JSON.stringify(each)))).toBeUndefined();
  }
});

test("[XR9] what is said on a channel is read as it was written, text and bytes, with any label", () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
      fc.string({ unit: "grapheme", maxLength: 200 }),
      fc.oneof(fc.string({ unit: "grapheme" }), fc.uint8Array({ maxLength: 2_000 })),
      (from, label, data) => {
        const message = { from, label, data };
        expect(decodeChannelMessage(encodeChannelMessage(message))).toEqual(message);
      },
    ),
  );
});

test("[XR9] the bytes of a channel's message are its own", () => {
  const bytes = encodeChannelMessage({ from: "ada", label: "chat", data: Uint8Array.of(1, 2, 3) });
  const message = decodeChannelMessage(bytes);
  bytes.fill(0);
  expect(message?.data).toEqual(Uint8Array.of(1, 2, 3));
});

test("[XR9] the digest of a part is the same in any order, and another one when anything is another", () => {
  const bob = { ...peer, info: { ...peer.info, id: "bob" } };
  expect(digestOf([peer, bob])).toBe(digestOf([bob, { ...peer }]));
  expect(digestOf([])).toBe(0);
  const { info } = peer;
  const others: ClusterPeer[] = [
    { ...peer, epoch: 2 },
    { ...peer, isMoving: true },
    { ...peer, info: { ...info, name: "Eva" } },
    { ...peer, info: { ...info, metadata: null } },
    { ...peer, info: { ...info, state: "reconnecting" } },
    { ...peer, info: { ...info, tracks: [] } },
  ];
  const digests = [peer, ...others].map((each) => digestOf([each]));
  expect(new Set(digests).size).toBe(digests.length);
});

test("[XR9] what names a node or a peer by anything but an id is nothing", () => {
  const read = (kind: "heartbeat" | "data", value: unknown) =>
    decodeGossip(kind, new TextEncoder().encode(JSON.stringify(value)));
  expect(read("heartbeat", { node: "n1", number: 1, digest: 1 })).toBeDefined();
  expect(read("heartbeat", { node: "x".repeat(65), number: 1, digest: 1 })).toBeUndefined();
  expect(read("data", { from: "ada", to: ["bob"], payload: 1 })).toBeDefined();
  expect(read("data", { from: "a.b", payload: 1 })).toBeUndefined();
  expect(read("data", { from: "ada", to: [""], payload: 1 })).toBeUndefined();
});
