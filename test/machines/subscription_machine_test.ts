import { expect, test } from "vitest";
import { createActor } from "xstate";
import {
  type SubscriptionContext,
  type SubscriptionEvent,
  type SubscriptionInput,
  subscriptionMachine,
} from "../../machines/subscription_machine.ts";
import { nameOf, stepsOf, walk } from "./walk.ts";
import "../kit/quiet_xstate.ts";

const input: SubscriptionInput = {
  subscriptionId: "b-s1",
  subscriberId: "b",
  publisherId: "a",
  trackId: "a-t1",
  preferredLayer: null,
  isMuted: false,
};

const events: readonly SubscriptionEvent[] = [
  { type: "peer.opened", peerId: "b-1", isConnected: true },
  { type: "peer.opened", peerId: "b-1", isConnected: false },
  { type: "peer.closed" },
  { type: "peer.connected" },
  { type: "peer.disconnected" },
  { type: "track.negotiated", mid: "3" },
  { type: "track.renegotiated" },
  { type: "track.rejected" },
  { type: "track.stopped" },
  { type: "track.muted" },
  { type: "track.unmuted" },
  { type: "layer.chosen", layer: "h" },
  { type: "layer.changed", layer: "q" },
  { type: "subscription.ended" },
];

const relevant = ({ isMuted, isUnreachable, peerId, mid, layer, preferredLayer }: SubscriptionContext) => [
  isMuted,
  isUnreachable,
  peerId,
  mid,
  layer,
  preferredLayer,
];

const options = { input, events, relevant };

/** A live subscription whose orders are written down. */
function run(given: Partial<SubscriptionInput> = {}) {
  let orders: string[] = [];
  const actor = createActor(
    subscriptionMachine.provide({
      actions: {
        addTrack: ({ context }) => orders.push(`add on ${context.peerId}`),
        removeTrack: ({ context }) => orders.push(`remove on ${context.peerId}`),
        preferLayer: ({ context }) => orders.push(`prefer ${context.preferredLayer}`),
      },
    }),
    { input: { ...input, ...given } },
  );
  actor.start();
  return {
    actor,
    get state() {
      return nameOf(actor.getSnapshot().value);
    },
    get context() {
      return actor.getSnapshot().context;
    },
    send(...sent: SubscriptionEvent[]): string[] {
      for (const event of sent) actor.send(event);
      const taken = orders;
      orders = [];
      return taken;
    },
  };
}

const opened: SubscriptionEvent = { type: "peer.opened", peerId: "b-1", isConnected: true };
const negotiated: SubscriptionEvent = { type: "track.negotiated", mid: "3" };

test("[SB1] a subscription gets into every documented state and into no other", () => {
  const found = walk(subscriptionMachine, options).map(({ value }) => nameOf(value));
  expect([...new Set(found)].sort()).toEqual([
    "attached.active",
    "attached.paused",
    "attached.rejected",
    "attached.requested",
    "ended",
    "waiting",
  ]);
});

test("[SB1] its context is JSON, in whatever state", () => {
  for (const { context } of walk(subscriptionMachine, options)) {
    expect(JSON.parse(JSON.stringify(context))).toEqual(context);
  }
});

test("[SB2] every track that is added is removed before another one is added, and at the end", () => {
  for (const { from, to, actions } of stepsOf(subscriptionMachine, options)) {
    const orders = actions.map(({ type }) => type).filter((type) => type === "addTrack" || type === "removeTrack");
    const wasAttached = nameOf(from.value).startsWith("attached");
    const isAttached = nameOf(to.value).startsWith("attached");
    if (!wasAttached && !isAttached) expect(orders).toEqual([]);
    if (!wasAttached && isAttached) expect(orders).toEqual(["addTrack"]);
    if (wasAttached && !isAttached) expect(orders).toEqual(["removeTrack"]);
    if (wasAttached && isAttached) expect([[], ["removeTrack", "addTrack"]]).toContainEqual(orders);
  }
});

test("[SB2] a subscription without a peer connection has no section and no layer", () => {
  for (const { value, context } of walk(subscriptionMachine, options)) {
    if (nameOf(value) !== "waiting" && nameOf(value) !== "ended") continue;
    expect(context).toMatchObject({ peerId: null, mid: null, layer: null, isUnreachable: false });
  }
});

test("[SB2] from wherever it is, the end of the peer connection has it wait, and the next one has it ask again", () => {
  for (const { from, event, to } of stepsOf(subscriptionMachine, options)) {
    if (nameOf(from.value) === "ended") continue;
    if (event.type === "peer.closed") expect(nameOf(to.value)).toBe("waiting");
    if (event.type === "peer.opened") expect(nameOf(to.value)).toBe("attached.requested");
  }
});

test("[SB2] a new peer connection takes the place of one that nobody closed", () => {
  const subscription = run();
  subscription.send(opened, negotiated, { type: "layer.changed", layer: "q" });
  expect(subscription.send({ type: "peer.opened", peerId: "b-2", isConnected: true })).toEqual([
    "remove on b-1",
    "add on b-2",
  ]);
  expect(subscription.state).toBe("attached.requested");
  expect(subscription.context).toMatchObject({ peerId: "b-2", mid: null, layer: null });
});

test("[SB3] it is requested, active when the client agreed, and paused while nothing flows", () => {
  const subscription = run();
  expect(subscription.state).toBe("waiting");
  expect(subscription.send(opened)).toEqual(["add on b-1"]);
  expect(subscription.state).toBe("attached.requested");
  expect(subscription.send(negotiated)).toEqual([]);
  expect(subscription.state).toBe("attached.active");
  expect(subscription.context.mid).toBe("3");
  subscription.send({ type: "track.muted" });
  expect(subscription.state).toBe("attached.paused");
  subscription.send({ type: "peer.disconnected" }, { type: "track.unmuted" });
  expect(subscription.state).toBe("attached.paused");
  subscription.send({ type: "peer.connected" });
  expect(subscription.state).toBe("attached.active");
  expect(subscription.context.mid).toBe("3");
  expect(subscription.send({ type: "track.renegotiated" })).toEqual([]);
  expect(subscription.state).toBe("attached.requested");
});

test("[SB3] a track that is muted already, or mutes meanwhile, is paused as soon as it is negotiated", () => {
  const muted = run({ isMuted: true });
  muted.send(opened, negotiated);
  expect(muted.state).toBe("attached.paused");
  const muting = run();
  muting.send({ type: "track.muted" }, opened, negotiated);
  expect(muting.state).toBe("attached.paused");
});

test("[SB51] a track that is negotiated is paused until the peer connection is connected, also after it was requested anew", () => {
  const subscription = run();
  const unconnected: SubscriptionEvent = { type: "peer.opened", peerId: "b-1", isConnected: false };
  subscription.send(unconnected);
  expect(subscription.state).toBe("attached.requested");
  subscription.send(negotiated);
  expect(subscription.state).toBe("attached.paused");
  subscription.send({ type: "track.muted" }, { type: "track.unmuted" }, { type: "track.renegotiated" }, negotiated);
  expect(subscription.state).toBe("attached.paused");
  subscription.send({ type: "peer.connected" });
  expect(subscription.state).toBe("attached.active");
  subscription.send({ ...unconnected, peerId: "b-2" }, negotiated);
  expect(subscription.state).toBe("attached.paused");
  subscription.send({ type: "peer.closed" }, opened, negotiated);
  expect(subscription.state).toBe("attached.active");
});

test("[SB4] what the client rejects stays rejected until it agrees after all, or has a new peer connection", () => {
  const subscription = run();
  subscription.send(opened, { type: "track.rejected" });
  expect(subscription.state).toBe("attached.rejected");
  subscription.send({ type: "track.muted" }, { type: "track.unmuted" });
  expect(subscription.state).toBe("attached.rejected");
  subscription.send(negotiated);
  expect(subscription.state).toBe("attached.active");
  subscription.send({ type: "track.rejected" });
  expect(subscription.send({ type: "peer.closed" })).toEqual(["remove on b-1"]);
  expect(subscription.send({ type: "peer.opened", peerId: "b-2", isConnected: true })).toEqual(["add on b-2"]);
  expect(subscription.state).toBe("attached.requested");
});

test("[SB5] a chosen layer is ordered at once when the track is sent, and kept for the next peer connection", () => {
  const subscription = run({ preferredLayer: "q" });
  expect(subscription.send({ type: "layer.chosen", layer: "h" })).toEqual([]);
  expect(subscription.context.preferredLayer).toBe("h");
  subscription.send(opened);
  expect(subscription.send({ type: "layer.chosen", layer: null })).toEqual(["prefer null"]);
  subscription.send({ type: "peer.closed" });
  expect(subscription.context.preferredLayer).toBe(null);
});

test("[SB5] the layer that is sent is not the one that is preferred", () => {
  const subscription = run({ preferredLayer: "h" });
  subscription.send(opened, negotiated, { type: "layer.changed", layer: "q" });
  expect(subscription.context).toMatchObject({ preferredLayer: "h", layer: "q" });
});

test("[SB6] a subscription that ended does nothing any more", () => {
  const subscription = run();
  subscription.send(opened, negotiated);
  expect(subscription.send({ type: "subscription.ended" })).toEqual(["remove on b-1"]);
  expect(subscription.actor.getSnapshot().status).toBe("done");
  expect(subscription.send(...events)).toEqual([]);
});

test("[SB6] a track that somebody else stopped is removed, and asked for on the next peer connection only", () => {
  const subscription = run();
  subscription.send(opened, negotiated);
  expect(subscription.send({ type: "track.stopped" })).toEqual(["remove on b-1"]);
  expect(subscription.send({ type: "peer.closed" }, { type: "track.negotiated", mid: "4" })).toEqual([]);
  expect(subscription.send(opened)).toEqual(["add on b-1"]);
});
