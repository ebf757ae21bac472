import { describe, expect, test } from "vitest";
import { lastToken } from "../../../../protocol/subjects.ts";
import { faultIntervalMs } from "../../../../transport/media/relay/relay_fault_log.ts";
import { codeOfRejection } from "../../../kit/code_of_rejection.ts";
import { eventually } from "../../../kit/eventually.ts";
import {
  namesOf,
  openLocalWires,
  openNatsWires,
  PublishedVideo,
  RelayingNode,
  subjects,
  subscribe,
  timeoutMs,
} from "./relay_cluster.ts";

const rids = ["q", "h", "f"];
const all = Number.MAX_SAFE_INTEGER;
const never = new AbortController().signal;

/** Everything that `nodes` published and subscribed to before is where it belongs. */
async function settle(...nodes: readonly RelayingNode[]): Promise<void> {
  for (let i = 0; i < 2; i += 1) for (const { bus } of nodes) await bus.flush();
}

describe.each([
  ["on one local hub", openLocalWires],
  ["on a NATS server", openNatsWires],
])("bus track relay %s", { timeout: 60_000 }, (_, openWires) => {
  const openNodes = async () => {
    const wires = await openWires();
    const nodes = [await RelayingNode.open(wires), await RelayingNode.open(wires), await RelayingNode.open(wires)];
    return { wires, nodes: nodes as [RelayingNode, RelayingNode, RelayingNode] };
  };

  test("[RL17] subscribers on two other nodes get what those on the publisher's get", async () => {
    const { nodes } = await openNodes();
    const [home, ...others] = nodes;
    const video = new PublishedVideo();
    home.relay.offer("camera", video.track);
    const tracks = await Promise.all(others.map((node) => node.open(home)));
    const subscribers = [video, ...tracks].map(subscribe);
    // Both asked what the track is like, and asked for it.
    await eventually(() => home.bus.counts.delivered >= 4, { what: "the requests", timeoutMs });
    for (let frame = 0; frame < 30; frame += 1) {
      video.frame(1 + (frame % 5));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const count = subscribers[0]?.outlet.sent.length;
    await eventually(() => subscribers.every(({ outlet }) => outlet.sent.length === count), { what: "the packets" });
    expect(count).toBeGreaterThan(80);
    const [local, ...relayed] = subscribers.map(({ outlet }) => outlet.sent.map(({ bytes }) => bytes.toString("hex")));
    for (const bytes of relayed) expect(bytes).toEqual(local);
  });

  test("[RL19] each node subscribes to the layers that it wants, while it does", async () => {
    const { wires, nodes } = await openNodes();
    const [home, one, other] = nodes;
    const stranger = await RelayingNode.open(wires);
    const layers: string[] = [];
    stranger.bus.subscribe(subjects.mediaAll(home.start, "packets"), (_, subject) => layers.push(lastToken(subject)));
    const video = new PublishedVideo("", rids);
    home.relay.offer("camera", video.track);
    const [low, high] = [subscribe(await one.open(home)), subscribe(await other.open(home))];
    low.stream.setTarget(0, all);
    const countMessages = () =>
      [home.bus.counts.published, one.bus.counts.delivered, other.bus.counts.delivered] as const;
    /** Sends a frame of all layers. @returns whether those that are wanted crossed, each message to one node */
    const isSplit = async () => {
      const before = countMessages();
      layers.length = 0;
      video.frame();
      await settle(home, one, other, stranger);
      const after = countMessages();
      const [published, first, second] = [after[0] - before[0], after[1] - before[1], after[2] - before[2]];
      return [...new Set(layers)].sort().join() === "0,2" && first > 0 && second > 0 && first + second === published;
    };
    await eventually(isSplit, { what: "the layers", timeoutMs, intervalMs: 10 });
    expect([low, high].map((subscriber) => namesOf(subscriber).at(-1)?.[0])).toEqual(["0", "2"]);

    low.stream.stop();
    high.stream.stop();
    await settle(one, other, home);
    await settle(one, other, home);
    const after = home.bus.counts.published;
    video.frame();
    expect(home.bus.counts.published).toBe(after);
  });

  test("[RL19] nothing crosses, and nothing is said, while nobody is subscribed", async () => {
    const { nodes } = await openNodes();
    const [home, other] = nodes;
    const video = new PublishedVideo();
    home.relay.offer("camera", video.track);
    const opened = await other.open(home);
    await settle(home, other);
    const before = [home.bus.counts, other.bus.counts];
    for (let frame = 0; frame < 30; frame += 1) {
      video.frame();
      await settle(home, other);
    }
    expect([home.bus.counts, other.bus.counts]).toEqual(before);
    const subscriber = subscribe(opened);
    await video.play(() => subscriber.outlet.sent.length > 0, "a packet");
  });

  test("[RL17] keyframes that are asked for on another node are asked of the publisher", async () => {
    const { nodes } = await openNodes();
    const [home, other] = nodes;
    const video = new PublishedVideo();
    home.relay.offer("camera", video.track);
    const opened = await other.open(home);
    const subscriber = subscribe(opened);
    await video.play(() => subscriber.outlet.sent.length > 0, "a packet");
    video.keyframeRequests.length = 0;
    await eventually(
      () => {
        opened.track.requestKeyframe();
        return video.keyframeRequests.length > 0;
      },
      { what: "the request", timeoutMs },
    );
  });

  test("[RL17] a node that is gone wants nothing any more", async () => {
    const { nodes } = await openNodes();
    const [home, other] = nodes;
    const video = new PublishedVideo();
    home.relay.offer("camera", video.track);
    const subscriber = subscribe(await other.open(home));
    await video.play(() => subscriber.outlet.sent.length > 0, "a packet");
    await other.bus.close();
    // Its last request is here.
    await home.bus.flush();
    home.relay.forgetNode(other.start);
    const before = home.bus.counts.published;
    video.frame();
    expect(home.bus.counts.published).toBe(before);
  });

  test("[RL17] a track that moves is two tracks for a while, under one id at two nodes", async () => {
    const { nodes } = await openNodes();
    const [from, to, other] = nodes;
    const [before, after] = [new PublishedVideo("before "), new PublishedVideo("after ")];
    const offer = from.relay.offer("camera", before.track);
    const first = await other.open(from);
    const old = subscribe(first);
    await before.play(() => old.outlet.sent.length > 0, "a packet from the one node");
    to.relay.offer("camera", after.track);
    const second = await other.open(to);
    const next = subscribe(second);
    await after.play(() => next.outlet.sent.length > 0, "a packet from the other node");
    const count = old.outlet.sent.length;
    await before.play(() => old.outlet.sent.length > count, "a packet from the one node");
    for (const [subscriber, name] of [
      [old, "before"],
      [next, "after"],
    ] as const) {
      expect(new Set(namesOf(subscriber).map((packet) => packet.split(" ")[0]))).toEqual(new Set([name]));
    }
    first.close();
    offer.close();
    before.track.end();
    const rest = next.outlet.sent.length;
    await after.play(() => next.outlet.sent.length > rest, "a packet from the other node");
    expect([first.track.readyState, second.track.readyState]).toEqual(["ended", "live"]);
  });

  test("[RL17] of several tracks of one id at one node the last one is given, and those before it go on", async () => {
    const { nodes } = await openNodes();
    const [home, one, other] = nodes;
    const [before, after] = [new PublishedVideo("before "), new PublishedVideo("after ")];
    const offer = home.relay.offer("camera", before.track);
    const old = subscribe(await one.open(home));
    await before.play(() => old.outlet.sent.length > 0, "a packet of the one");
    home.relay.offer("camera", after.track);
    const next = subscribe(await other.open(home));
    await after.play(() => next.outlet.sent.length > 0, "a packet of the other");
    const count = old.outlet.sent.length;
    await before.play(() => old.outlet.sent.length > count, "a packet of the one");
    offer.close();
    const rest = next.outlet.sent.length;
    await after.play(() => next.outlet.sent.length > rest, "a packet of the other");
    expect(namesOf(old).every((name) => name.startsWith("before"))).toBe(true);
    expect(namesOf(next).every((name) => name.startsWith("after"))).toBe(true);
  });

  test("[RL18] a track that is about to be offered is waited for", async () => {
    const { nodes } = await openNodes();
    const [home, other] = nodes;
    home.relay.offer("microphone", new PublishedVideo().track);
    await settle(home, other);
    const opening = other.open(home);
    await eventually(() => home.bus.counts.delivered >= 1, { what: "a first question", timeoutMs });
    home.relay.offer("camera", new PublishedVideo().track);
    expect((await opening).track).toMatchObject({ id: "camera", kind: "video", readyState: "live" });
  });

  test("[RL18] one that nobody offers, that ended, or of a node that is not there is refused after a while", async () => {
    const { nodes } = await openNodes();
    const [home, other] = nodes;
    const video = new PublishedVideo();
    home.relay.offer("camera", video.track);
    video.track.end();
    await settle(home, other);
    const codes = [other.open(home), other.open(home, "microphone"), other.relay.open("camera", "nobody", never)];
    expect(await Promise.all(codes.map(codeOfRejection))).toEqual(["no-responders", "no-responders", "no-responders"]);
    await expect(other.open(home)).rejects.toThrow(`Cannot relay track camera: node ${home.start} does not offer it`);
  });

  test("[RL18] an attempt ends with its signal, with the link, and with the relay", async () => {
    const { wires, nodes } = await openNodes();
    const [home, other] = nodes;
    const given = new AbortController();
    const attempt = other.relay.open("camera", home.start, given.signal);
    const reason = new Error("No more need");
    given.abort(reason);
    await expect(attempt).rejects.toBe(reason);
    const last = codeOfRejection(other.open(home));
    other.relay.close();
    expect(await last).toBe("bus-closed");
    await wires.cut();
    expect(await codeOfRejection(home.open(other))).toBe("bus-cut-off");
  });

  test("[RL20] after the link was cut, what is wanted comes again by itself", async () => {
    const { wires, nodes } = await openNodes();
    const [home, other] = nodes;
    const video = new PublishedVideo();
    home.relay.offer("camera", video.track);
    const opened = await other.open(home);
    const subscriber = subscribe(opened);
    await video.play(() => subscriber.outlet.sent.length > 0, "a packet");
    for (const isForgotten of [false, true]) {
      await wires.cut();
      const dropped = home.bus.counts.dropped;
      await video.play(() => home.bus.counts.dropped > dropped + 20, "messages that are lost");
      if (isForgotten) home.relay.forgetNode(other.start);
      subscriber.outlet.take();
      await wires.mend();
      // What its client would ask for, which misses packets.
      if (!isForgotten) opened.track.requestKeyframe();
      const number = video.encoders[0]?.sequenceNumber ?? Number.NaN;
      const numbers = () => namesOf(subscriber).map((name) => Number(name.split(":")[1]));
      await video.play(() => numbers().filter((sent) => sent > number).length > 20, "packets after the cut");
    }
    // The next one can be opened, too.
    expect((await nodes[2].open(home)).track.readyState).toBe("live");
  });

  test("[RL21] what cannot be read is logged with its track and node, once in a while, and the rest goes on", async () => {
    const { nodes } = await openNodes();
    const [home, other, stranger] = nodes;
    const video = new PublishedVideo();
    home.relay.offer("camera", video.track);
    const opened = await other.open(home);
    const subscriber = subscribe(opened);
    await video.play(() => subscriber.outlet.sent.length > 0, "a packet");
    const garbage = [new Uint8Array(0), new Uint8Array(8).fill(7), new Uint8Array(500).fill(1)];
    const { start, bus } = stranger;
    for (const bytes of [...garbage, ...garbage]) {
      bus.publish(subjects.media(home.start, "want", "camera", start), bytes);
      bus.publish(subjects.media(home.start, "want", "camera"), bytes);
      bus.publish(subjects.media(home.start, "want", "other", start), bytes);
      bus.publish(`${subjects.media(home.start, "want", "camera")}.${"ü".repeat(100)}.x`, bytes);
      bus.publish(subjects.media(home.start, "ask", "camera"), bytes);
      bus.publish(subjects.media(home.start, "packets", "camera", "0"), bytes);
    }
    const count = () => subscriber.outlet.sent.length;
    await settle(stranger, home, other);
    const before = count();
    await video.play(() => count() > before + 20, "packets after them");
    const line = { event: "relay message refused", fields: { track: "camera", untold: 0 } };
    expect(home.log).toMatchObject([{ ...line, fields: { ...line.fields, node: start } }]);
    expect(other.log).toMatchObject([{ ...line, fields: { ...line.fields, node: home.start } }]);
    expect(faultIntervalMs).toBeGreaterThan(1_000);

    // Descriptions, too.
    stranger.bus.subscribe(subjects.mediaAll(start, "ask"), (_payload, _subject, reply) =>
      stranger.bus.respond(reply, new TextEncoder().encode("{}")),
    );
    await settle(stranger, other);
    expect(await codeOfRejection(other.open(stranger))).toBe("bad-message");
  });

  test("[RL22] a track that was closed on either side, or ended, crosses no more", async () => {
    const { nodes } = await openNodes();
    const [home, one, other] = nodes;
    const video = new PublishedVideo();
    const offer = home.relay.offer("camera", video.track);
    const [closed, ended] = [await one.open(home), await other.open(home)];
    const subscribers = [subscribe(closed), subscribe(ended)];
    await video.play(() => subscribers.every(({ outlet }) => outlet.sent.length > 0), "packets");
    closed.close();
    closed.close();
    expect(closed.track.readyState).toBe("ended");
    const [first, second] = subscribers.map(({ outlet }) => outlet.sent.length);
    await video.play(() => (subscribers[1]?.outlet.sent.length ?? 0) > (second ?? 0), "packets for the other");
    expect(subscribers[0]?.outlet.sent).toHaveLength(first ?? 0);
    video.track.end();
    await eventually(() => ended.track.readyState === "ended", { what: "the end", timeoutMs });
    offer.close();
    offer.close();

    const next = new PublishedVideo();
    home.relay.offer("camera", next.track);
    const again = await one.open(home);
    const subscriber = subscribe(again);
    await next.play(() => subscriber.outlet.sent.length > 0, "packets of the next one");
    one.relay.close();
    expect(again.track.readyState).toBe("ended");
    home.relay.close();
    const { published } = home.bus.counts;
    next.frame();
    expect(home.bus.counts.published).toBe(published);
    expect([...home.log, ...one.log, ...other.log]).toEqual([]);
  });
});

test("[RL19] a node has the same few subscriptions however many tracks it offers, and says nothing of them", async () => {
  const wires = await openLocalWires();
  const node = await RelayingNode.open(wires);
  const subscribed: string[] = [];
  const { bus } = node;
  const original = bus.subscribe.bind(bus);
  bus.subscribe = (pattern, handler) => {
    subscribed.push(pattern);
    return original(pattern, handler);
  };
  for (let index = 0; index < 100; index += 1) node.relay.offer(`track-${index}`, new PublishedVideo().track);
  expect(subscribed).toEqual([subjects.mediaAll(node.start, "ask"), subjects.mediaAll(node.start, "want")]);
  expect(bus.counts).toEqual({ published: 0, delivered: 0, dropped: 0 });
});
